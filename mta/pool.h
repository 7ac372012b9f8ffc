#ifndef EDGE_POOL_H
#define EDGE_POOL_H

#include "hl-lookup.h"

/* Lookups for many threads: each is used by one at a time, and belongs to the
   configuration it was made for. */

struct pool;

struct pool_handle {
	struct hl_lookup *lookup;
	const struct hl_config *config;
	struct pool_generation *generation;
};

/* config is the pool's from now on. NULL when out of memory (then config is
   the caller's still). */
struct pool *pool_init(struct hl_config *config);
/* All handles have been given back. */
void pool_deinit(struct pool **pool);

/* Handles taken from now on are of this configuration, the pool's from now on;
   the former one is freed when its last handle comes back. -1 when out of
   memory. */
int pool_replace(struct pool *pool, struct hl_config *config);
/* For the thread that calls pool_replace(). */
const struct hl_config *pool_config(const struct pool *pool);

/* Waits for one; handle_r->lookup is NULL when out of memory. */
void pool_take(struct pool *pool, struct pool_handle *handle_r);
void pool_give(struct pool *pool, const struct pool_handle *handle);

#endif
