#include "hl-walk.h"

#include <stdio.h>
#include <time.h>

/* In which whoever writes may begin the -wal anew: it can only while nobody
   reads from it. */
#define PAUSE_NSECS (2 * 1000 * 1000)

struct some {
	struct hl_walk *walk;
	hl_walk_func *func;
	void *context;
	unsigned int count;
};

void hl_walk_init(struct hl_walk *walk, struct hl_log *log, uint64_t size)
{
	walk->log = log;
	walk->size = size;
	walk->after[0] = '\0';
}

int hl_walk_is_erased(struct hl_log *log, uint64_t seq, bool *erased_r,
		      struct hl_error *err)
{
	struct hl_record record;
	int ret = hl_store_get_entry(hl_log_store(log), seq, &record, err);

	*erased_r = ret > 0 && record.payload == NULL;
	return ret < 0 ? -1 : 0;
}

static int walk_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	struct some *some = context;
	struct hl_walk *walk = some->walk;
	struct hl_entry entry;
	bool erased = false;

	snprintf(walk->after, sizeof(walk->after), "%s", row->key);
	/* what was superseded meanwhile may have been erased, too */
	if (row->superseded_by != 0 &&
	    hl_walk_is_erased(walk->log, row->seq, &erased, err) < 0)
		return -1;
	if (!erased &&
	    (hl_log_get_entry(walk->log, row->seq, &entry, err) < 0 ||
	     some->func(&entry, some->context, err) < 0))
		return -1;
	return ++some->count == HL_WALK_SOME ? 1 : 0;
}

int hl_walk_some(struct hl_walk *walk, hl_walk_func *func, void *context,
		 struct hl_error *err)
{
	static const struct timespec pause = {0, PAUSE_NSECS};
	struct some some = {walk, func, context, 0};
	int ret;

	if (walk->after[0] != '\0')
		(void)nanosleep(&pause, NULL);
	if (hl_log_snapshot_begin(walk->log, err) < 0)
		return -1;
	ret = hl_store_each_open_at(hl_log_store(walk->log), walk->size,
				    walk->after, walk_row, &some, err);
	hl_log_snapshot_end(walk->log);
	return ret;
}

struct before {
	uint64_t seq;
	struct hl_index_row *row;
};

static int find_before(const struct hl_index_row *row, void *context,
		       struct hl_error *err)
{
	const struct before *before = context;

	(void)err;
	if (row->seq >= before->seq)
		return 0;
	before->row->seq = row->seq;
	before->row->superseded_by = row->superseded_by;
	before->row->key = NULL;
	return 1;
}

int hl_walk_row_before(struct hl_log *log, const struct hl_entry *entry,
		       uint64_t seq, struct hl_index_row *row_r,
		       struct hl_error *err)
{
	struct before before = {seq, row_r};
	char key[HL_INDEX_KEY_SIZE];

	hl_record_index_key(entry->statement.action, &entry->payload.address,
			    key);
	return hl_store_each_index(hl_log_store(log), key, HL_DESCENDING,
				   find_before, &before, err);
}
