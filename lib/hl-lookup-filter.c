#include "hl-lookup-filter.h"
#include "hl-filter.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Milliseconds. Files that were changed by other means than a commit (a store
   or a key put in another's place by hand) are noticed that much later. */
#define LOOK_EVERY 10
/* A filter that isn't there isn't looked for at each commit. */
#define OPEN_EVERY 1000

struct hl_lookup_filter {
	const char *dir;
	struct hl_filter *filter;
	bool settled;
	/* of the head in the state that is settled */
	unsigned char root[HL_HASH_SIZE];
	int64_t looked, opened;
};

struct hl_lookup_filter *hl_lookup_filter_init(const char *dir)
{
	struct hl_lookup_filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL)
		return NULL;
	filter->dir = dir;
	filter->opened = -OPEN_EVERY;
	return filter;
}

void hl_lookup_filter_deinit(struct hl_lookup_filter **filter)
{
	if (*filter == NULL)
		return;
	hl_filter_close(&(*filter)->filter);
	free(*filter);
	*filter = NULL;
}

/* Milliseconds of a clock that costs no system call. */
static int64_t clock_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void reopen(struct hl_lookup_filter *filter, struct hl_store *store)
{
	int64_t now = clock_now();
	struct hl_error ignored;
	char path[PATH_MAX];
	struct stat st;

	if (now - filter->opened < OPEN_EVERY)
		return;
	filter->opened = now;
	hl_filter_close(&filter->filter);
	if (hl_store_stat(store, &st) &&
	    hl_filter_path(filter->dir, hl_store_origin(store), path,
			   sizeof(path), &ignored) == 0)
		filter->filter = hl_filter_open(path, st.st_uid, false);
}

void hl_lookup_filter_settle(struct hl_lookup_filter *filter,
			     struct hl_store *store,
			     const struct hl_checkpoint *head)
{
	if (filter->dir == NULL || *filter->dir == '\0')
		return;
	memcpy(filter->root, head->root, HL_HASH_SIZE);
	if (filter->filter == NULL ||
	    !hl_filter_covers(filter->filter, filter->root))
		reopen(filter, store);
	filter->settled = filter->filter != NULL;
	filter->looked = clock_now();
}

void hl_lookup_filter_unsettle(struct hl_lookup_filter *filter)
{
	filter->settled = false;
}

void hl_lookup_filter_looked(struct hl_lookup_filter *filter)
{
	filter->looked = clock_now();
}

bool hl_lookup_filter_excludes(const struct hl_lookup_filter *filter,
			       struct hl_store *store,
			       const char (*keys)[HL_INDEX_KEY_SIZE],
			       size_t count)
{
	size_t i;

	if (!filter->settled || clock_now() - filter->looked >= LOOK_EVERY ||
	    !hl_filter_covers(filter->filter, filter->root))
		return false;
	for (i = 0; i < count; i++) {
		if (hl_filter_may_hold(filter->filter, keys[i]))
			return false;
	}
	/* last: what was committed before this lookup began is seen */
	return hl_store_has_no_commit(store);
}
