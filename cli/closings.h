#ifndef CLOSINGS_H
#define CLOSINGS_H

#include "sweeps.h"

/* What each sweep closed, sweep by sweep, newest first, without having it all
   in memory: the entries before a sweep are looked at, newest first, until all
   that it closed is found. What older sweeps closed is remembered meanwhile, so
   that one pass does for all, as long as there isn't too much of it. */

#define CLOSINGS_MAX 65536

struct closings {
	struct hl_log *log;
	const struct sweeps *sweeps;
	/* all entries behind this one were looked at, or can't matter; 0 at
	   the end */
	uint64_t next;
	/* those of older sweeps, newest entry first */
	struct closing *list;
	size_t count;
	/* what this sweep and older ones closed isn't all in the list */
	uint64_t forgotten;
};

/* sweeps must outlive it. */
void closings_init(struct closings *closings, struct hl_log *log,
		   const struct sweeps *sweeps);
void closings_free(struct closings *closings);

/* Returns 0 to go on, 1 to stop. */
typedef int closing_func(const struct closing *closing, void *context,
			 struct hl_error *err);
/* Calls func for each that the sweep closed, newest entry first. Sweeps must be
   asked for in descending order; in a snapshot, not within a walk of the index
   of a key. Returns 1 if func stopped it. */
int closings_each(struct closings *closings, uint64_t sweep_seq,
		  closing_func *func, void *context, struct hl_error *err);

#endif
