#ifndef SWEEPS_H
#define SWEEPS_H

#include "hl-log.h"

/* Which sweep closed which hard-link: a sweep's entry doesn't say, but it
   follows from the expiries. */

struct sweeps {
	/* their sequence numbers, ascending */
	uint64_t *seqs;
	size_t count, allocated;
};

/* A hard-link that a sweep closed. */
struct closing {
	uint64_t sweep_seq;
	/* of the entry that stated it, as its `next` or its `current` link */
	uint64_t entry_seq;
	bool is_next;
};

struct closings {
	struct closing *list;
	size_t count, allocated;
};

/* In a snapshot; not within a walk of the index. */
int sweeps_read(struct sweeps *sweeps, struct hl_log *log,
		struct hl_error *err);
void sweeps_free(struct sweeps *sweeps);

/* Adds the links of this entry that a sweep closed, newest first, before
   superseded_by (0: nothing) came. */
int closings_add(struct closings *closings, const struct sweeps *sweeps,
		 struct hl_log *log, const struct hl_entry *entry,
		 uint64_t superseded_by, struct hl_error *err);
/* All there are, by descending sweep_seq. Reads most of the log. */
int closings_read(struct closings *closings, const struct sweeps *sweeps,
		  struct hl_log *log, struct hl_error *err);
void closings_free(struct closings *closings);

#endif
