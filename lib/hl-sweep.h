#ifndef HL_SWEEP_H
#define HL_SWEEP_H

#include "hl-change.h"

/* Closing what ran out, schema/FORMAT.md section 3, action sweep: one entry,
   however many there are. They are counted before the write lock is taken;
   under it, only what was written meanwhile is looked at. */

/* This entry states a hard-link that ran out and isn't closed yet. */
typedef int hl_sweep_found_func(uint64_t seq, void *context,
				struct hl_error *err);

struct hl_sweep {
	/* those that ran out by then are closed; those up to `swept` are */
	int64_t horizon, swept;
	/* of how many entries of the log this is true */
	uint64_t size;
	/* how many are to be closed */
	uint64_t closed;
	/* temporary hard-links that were in force when this began */
	uint64_t in_force;

	hl_sweep_found_func *found;
	void *context;
};

/* Counts what ran out more than grace seconds ago, in short snapshots; calls
   found for each. Outside of a snapshot. */
int hl_sweep_count(struct hl_log *log, int64_t grace,
		   hl_sweep_found_func *found, void *context,
		   struct hl_sweep *sweep_r, struct hl_error *err);
/* Takes into account what came since, in a snapshot or transaction; found may
   be called for more. Returns 1 if that can't be done, since something was
   closed, erased or recovered: count again. */
int hl_sweep_catch_up(struct hl_log *log, struct hl_sweep *sweep,
		      struct hl_error *err);
/* Closes them all with one entry, if there are any. In a transaction, after
   catch_up. */
int hl_sweep_append(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_sweep *sweep, struct hl_error *err);

/* Was what found was called for closed by this sweep, or would be? Not if it
   was superseded before. 1, with its address and hard-link; or 0. In a
   snapshot. */
int hl_sweep_get(struct hl_log *log, const struct hl_sweep *sweep, uint64_t seq,
		 struct hl_address *address_r, struct hl_link *link_r,
		 struct hl_error *err);

#endif
