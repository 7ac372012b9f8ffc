#ifndef SWEEPS_H
#define SWEEPS_H

#include "hl-log.h"

/* Which sweep closed which hard-link: a sweep's entry doesn't say, but it
   follows from the expiries. */

struct sweeps {
	/* ascending */
	struct sweep *list;
	size_t count, allocated;
};

struct sweep {
	uint64_t seq;
	/* what its entry says, once that was read and verified */
	bool known;
	int64_t horizon;
	uint64_t closed;
};

/* A hard-link that a sweep closed. */
struct closing {
	uint64_t sweep_seq;
	/* of the entry that stated it, as its `next` or its `current` link */
	uint64_t entry_seq;
	bool is_next;
};

/* In a snapshot; not within a walk of the index. */
int sweeps_read(struct sweeps *sweeps, struct hl_log *log,
		struct hl_error *err);
void sweeps_free(struct sweeps *sweeps);

/* How many addresses this sweep closed. */
int sweeps_get_closed(const struct sweeps *sweeps, struct hl_log *log,
		      uint64_t sweep_seq, uint64_t *closed_r,
		      struct hl_error *err);

/* The links of this entry that a sweep closed unless something else superseded
   the entry before, newest first; *count_r says how many. */
int sweeps_find_closings(const struct sweeps *sweeps, struct hl_log *log,
			 const struct hl_entry *entry,
			 struct closing closings_r[2], size_t *count_r,
			 struct hl_error *err);

#endif
