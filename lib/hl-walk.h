#ifndef HL_WALK_H
#define HL_WALK_H

#include "hl-log.h"

/* A walk over what the log says of every address, for who takes his time. It
   reads in short snapshots with pauses between them, so that the -wal can be
   checkpointed meanwhile, and all the same shows one state: the one that the
   log had when it had so many entries. What came later is only left out. */

struct hl_walk {
	struct hl_log *log;
	uint64_t size;
	/* the key that was looked at last; "": none yet */
	char after[HL_INDEX_KEY_SIZE];
};

void hl_walk_init(struct hl_walk *walk, struct hl_log *log, uint64_t size);

/* The newest entry of an address; in a snapshot. Returns 0, or -1 to fail. */
typedef int hl_walk_func(const struct hl_entry *entry, void *context,
			 struct hl_error *err);
/* Calls func for the next ones, at most HL_WALK_SOME, in the order of keys.
   Returns 1 if there may be more, 0 at the end. Outside of a snapshot. */
#define HL_WALK_SOME 256
int hl_walk_some(struct hl_walk *walk, hl_walk_func *func, void *context,
		 struct hl_error *err);

/* The newest row of the index of this entry's address that is older than the
   entry with this number: 1, or 0 if there is none. row_r->key isn't set. */
int hl_walk_row_before(struct hl_log *log, const struct hl_entry *entry,
		       uint64_t seq, struct hl_index_row *row_r,
		       struct hl_error *err);

/* Is the payload of this entry gone? */
int hl_walk_is_erased(struct hl_log *log, uint64_t seq, bool *erased_r,
		      struct hl_error *err);

#endif
