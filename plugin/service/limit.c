#include "limit.h"

#include "hash.h"

/* From so many keys on, those are looked for that don't count any more. */
#define SWEEP_MIN 1024

struct events {
	char *key;
	/* of the newest ones, a ring; 0: none yet */
	time_t *times;
	unsigned int next;
};

struct hld_limit {
	unsigned int count, seconds;
	HASH_TABLE(char *, struct events *) keys;
	unsigned int sweep_at;
};

struct hld_limit *hld_limit_init(unsigned int count, unsigned int seconds)
{
	struct hld_limit *limit = i_new(struct hld_limit, 1);

	i_assert(count > 0);
	limit->count = count;
	limit->seconds = seconds;
	limit->sweep_at = SWEEP_MIN;
	hash_table_create(&limit->keys, default_pool, 0, str_hash, strcmp);
	return limit;
}

static void events_free(struct events *events)
{
	i_free(events->key);
	i_free(events->times);
	i_free(events);
}

/* Frees what was over by now; now 0: everything. */
static void sweep(struct hld_limit *limit, time_t now)
{
	struct hash_iterate_context *iter;
	struct events *events;
	time_t newest;
	char *key;

	iter = hash_table_iterate_init(limit->keys);
	while (hash_table_iterate(iter, limit->keys, &key, &events)) {
		newest = events->times[(events->next + limit->count - 1) %
				       limit->count];
		if (now != 0 && newest <= now && now - newest < limit->seconds)
			continue;
		hash_table_remove(limit->keys, key);
		events_free(events);
	}
	hash_table_iterate_deinit(&iter);
}

void hld_limit_deinit(struct hld_limit **_limit)
{
	struct hld_limit *limit = *_limit;

	*_limit = NULL;
	sweep(limit, 0);
	hash_table_destroy(&limit->keys);
	i_free(limit);
}

unsigned int hld_limit_wait(const struct hld_limit *limit, const char *key,
			    time_t now)
{
	const struct events *events = hash_table_lookup(limit->keys, key);
	time_t oldest;

	if (events == NULL)
		return 0;
	oldest = events->times[events->next];
	/* the latter: of a clock that was wrong then */
	if (now - oldest >= limit->seconds || oldest > now)
		return 0;
	return (unsigned int)(oldest + limit->seconds - now);
}

void hld_limit_count(struct hld_limit *limit, const char *key, time_t now)
{
	struct events *events = hash_table_lookup(limit->keys, key);

	if (events == NULL) {
		if (hash_table_count(limit->keys) >= limit->sweep_at) {
			sweep(limit, now);
			limit->sweep_at =
				2 * hash_table_count(limit->keys) + SWEEP_MIN;
		}
		events = i_new(struct events, 1);
		events->key = i_strdup(key);
		events->times = i_new(time_t, limit->count);
		hash_table_insert(limit->keys, events->key, events);
	}
	events->times[events->next] = now;
	events->next = (events->next + 1) % limit->count;
}
