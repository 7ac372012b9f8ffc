#ifndef HISTORY_H
#define HISTORY_H

#include "cli.h"
#include "sweeps.h"

/* The lines of a history. */

/* no action of an entry: what a sweep did to one address */
#define HISTORY_EXPIRED "expired"

struct history {
	struct cli *cli;
	struct hl_log *log;
	/* what to show; limit 0, NULL: all */
	int64_t since, until;
	const char *actor, *channel, *action;
	uint64_t limit;

	uint64_t printed;
	/* nobody reads any more */
	bool left;
	/* the sweep of which closings were shown last, once there is one */
	struct hl_entry sweep;
};

void history_begin(struct history *history);
/* Would a line of this action be shown? */
bool history_wants(const struct history *history, const char *action);
/* Has the limit been reached, or has whoever reads it had enough? */
bool history_is_full(const struct history *history);
int history_print_entry(struct history *history, const struct hl_entry *entry,
			struct hl_error *err);
/* The line that a sweep means for one address. */
int history_print_closing(struct history *history,
			  const struct closing *closing, struct hl_error *err);

#endif
