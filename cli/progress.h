#ifndef PROGRESS_H
#define PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* How far a long command is, on standard error: a bar on a terminal; elsewhere,
   if it is asked for, a line now and then. */

struct progress {
	bool bar, lines;
	/* there is a bar on the terminal */
	bool shown;
	struct timespec drawn;
	/* where it was some seconds ago, and more recently: for the rate, which
	   changes on the way */
	struct progress_mark {
		struct timespec time;
		uint64_t done;
	} before, recent;
};

void progress_begin(struct progress *progress, bool lines);
/* May be called as often as one likes; first with 0 done, and in the end with
   all. */
void progress_show(struct progress *progress, uint64_t done, uint64_t total);
/* Before anything else is written to the terminal. */
void progress_clear(struct progress *progress);

#endif
