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
	/* what to show; 0, NULL: all */
	int64_t since;
	const char *actor, *action;
	uint64_t limit;

	uint64_t printed;
};

void history_begin(struct history *history);
/* Would a line of this action be shown? */
bool history_wants(const struct history *history, const char *action);
/* Has the limit been reached? */
bool history_is_full(const struct history *history);
int history_print_entry(struct history *history, const struct hl_entry *entry,
			struct hl_error *err);
/* The line that a sweep means for one address. */
int history_print_closing(struct history *history,
			  const struct closing *closing, struct hl_error *err);

#endif
