#ifndef HLD_DAEMON_H
#define HLD_DAEMON_H

#include "../hl-dovecot-compat.h"

#include "hl-config.h"
#include "hl-log.h"
#include "hl-lookup.h"

/* hardlinkd's one state: configuration, log, and who helps it. Everything runs
   in Dovecot's ioloop, in one thread. */

struct hld {
	const char *config_path;
	/* NULL until the file could be used once */
	struct hl_config *config;
	struct hl_lookup *lookup;
	/* opened for writing; NULL while it can't be */
	struct hl_log *log;

	struct hld_userdb *userdb;
	struct hld_tokens *tokens;
	struct hld_batch *batch;
	struct hld_mails *mails;
	struct event *event;
};

void hld_init(struct hld *hld, const char *config_path);
void hld_deinit(struct hld *hld);

/* Reads the configuration if it changed. One that can't be used is logged, and
   the former one stays in force; -1 if there is none. */
int hld_refresh(struct hld *hld, struct hl_error *err);
/* The log, opened for writing if it isn't open yet. */
int hld_open_log(struct hld *hld, struct hl_error *err);
/* Raises the high-water mark if it's due. */
void hld_raise_mark(struct hld *hld);
/* After an error that a fresh start may mend. */
void hld_close_log(struct hld *hld);

#endif
