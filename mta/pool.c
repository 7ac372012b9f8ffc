#include "pool.h"

#include <pthread.h>
#include <stdlib.h>

/* A lookup takes microseconds; more than this many at once would only wait for
   processors. */
#define POOL_HANDLES 8

struct pool_generation {
	struct hl_config *config;
	struct hl_lookup *idle[POOL_HANDLES];
	size_t idle_count, used_count;
};

struct pool {
	pthread_mutex_t mutex;
	/* a handle was given back, or there is a new generation */
	pthread_cond_t given;
	struct pool_generation *now;
};

static struct pool_generation *generation_init(struct hl_config *config)
{
	struct pool_generation *generation = calloc(1, sizeof(*generation));

	if (generation != NULL)
		generation->config = config;
	return generation;
}

static void generation_deinit(struct pool_generation *generation)
{
	while (generation->idle_count > 0)
		hl_lookup_deinit(&generation->idle[--generation->idle_count]);
	hl_config_free(&generation->config);
	free(generation);
}

struct pool *pool_init(struct hl_config *config)
{
	struct pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->now = generation_init(config);
	if (pool->now == NULL) {
		free(pool);
		return NULL;
	}
	pthread_mutex_init(&pool->mutex, NULL);
	pthread_cond_init(&pool->given, NULL);
	return pool;
}

void pool_deinit(struct pool **_pool)
{
	struct pool *pool = *_pool;

	*_pool = NULL;
	if (pool == NULL)
		return;
	generation_deinit(pool->now);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->mutex);
	free(pool);
}

int pool_replace(struct pool *pool, struct hl_config *config)
{
	struct pool_generation *next = generation_init(config), *former;
	bool unused;

	if (next == NULL)
		return -1;
	pthread_mutex_lock(&pool->mutex);
	former = pool->now;
	pool->now = next;
	unused = former->used_count == 0;
	pthread_cond_broadcast(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
	if (unused)
		generation_deinit(former);
	return 0;
}

const struct hl_config *pool_config(const struct pool *pool)
{
	return pool->now->config;
}

void pool_take(struct pool *pool, struct pool_handle *handle_r)
{
	struct pool_generation *now;

	pthread_mutex_lock(&pool->mutex);
	while (pool->now->used_count == POOL_HANDLES)
		pthread_cond_wait(&pool->given, &pool->mutex);
	now = pool->now;
	now->used_count++;
	handle_r->generation = now;
	handle_r->config = now->config;
	handle_r->lookup = now->idle_count > 0 ? now->idle[--now->idle_count]
					       : hl_lookup_init(now->config);
	pthread_mutex_unlock(&pool->mutex);
}

void pool_give(struct pool *pool, const struct pool_handle *handle)
{
	struct pool_generation *generation = handle->generation;
	bool unused;

	pthread_mutex_lock(&pool->mutex);
	if (handle->lookup != NULL)
		generation->idle[generation->idle_count++] = handle->lookup;
	generation->used_count--;
	unused = generation != pool->now && generation->used_count == 0;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
	if (unused)
		generation_deinit(generation);
}
