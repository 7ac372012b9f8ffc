#ifndef HLD_BATCH_H
#define HLD_BATCH_H

#include "daemon.h"

/* Group commit: changes that are asked for at about the same time are written
   in one transaction, so that they wait for one fsync together. */

struct hld_batch;

struct hld_change {
	struct hld_change *next;
	/* Appends to the log. Returns 0; 1 if what it wrote has to be committed
	   although it refuses (err says why); -1 if it refuses and wrote
	   nothing. Called once. */
	int (*apply)(struct hld_change *change, struct hl_log *log,
		     struct hl_error *err);
	/* Once, when all is committed (0) or not to be (-1). May free the
	   change. */
	void (*done)(struct hld_change *change, int result,
		     const struct hl_error *err);

	/* the batch's own */
	int result;
	struct hl_error err;
};

struct hld_batch *hld_batch_init(struct hld *hld);
/* Writes what waits still. */
void hld_batch_deinit(struct hld_batch **batch);

/* It's written before the ioloop waits again. */
void hld_batch_add(struct hld_batch *batch, struct hld_change *change);

#endif
