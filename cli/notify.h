#ifndef NOTIFY_H
#define NOTIFY_H

#include "cli.h"

/* Owners are told that their temporary hard-link is about to run out, or has:
   by hardlink-notice, into the old mailbox. Each is noted in the store before
   it is sent, so that it's told never rather than twice. */

enum notify_flags {
	/* say what is told */
	NOTIFY_PRINT = 1 << 0,
	/* nobody is there who could tell it: then it waits for another time */
	NOTIFY_IF_RUNNING = 1 << 1
};

/* Tells all that is due. Within output_begin() of notify_begin() if it prints;
   with the log open, for writing unless it's a dry run. HL_ERROR_TEMP if
   hardlink-notice isn't there: then nothing is noted. */
void notify_begin(struct cli *cli);
int notify_all(struct cli *cli, struct hl_log *log, enum notify_flags flags,
	       struct hl_error *err);

#endif
