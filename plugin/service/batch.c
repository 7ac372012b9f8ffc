#include "batch.h"

#include "ioloop.h"

/* How long the high-water mark may lag behind what was committed. */
#define MARK_LAG_MS 200
/* More would keep lookups of the same process waiting. */
#define CHANGES_MAX 512

struct hld_batch {
	struct hld *hld;
	struct hld_change *first, **last;
	struct timeout *to, *to_mark;
};

struct hld_batch *hld_batch_init(struct hld *hld)
{
	struct hld_batch *batch = i_new(struct hld_batch, 1);

	batch->hld = hld;
	batch->last = &batch->first;
	return batch;
}

/* Takes the next ones off the queue. */
static struct hld_change *take(struct hld_batch *batch)
{
	struct hld_change *first = batch->first, *change = first;
	unsigned int count;

	for (count = 1; count < CHANGES_MAX && change->next != NULL; count++)
		change = change->next;
	batch->first = change->next;
	change->next = NULL;
	if (batch->first == NULL)
		batch->last = &batch->first;
	return first;
}

static void fail_all(struct hld_change *changes, const struct hl_error *err)
{
	struct hld_change *change;

	for (change = changes; change != NULL; change = change->next) {
		if (change->result < 0)
			continue;
		change->result = -1;
		change->err = *err;
	}
}

static bool apply_all(struct hld_batch *batch, struct hld_change *changes)
{
	struct hld_change *change;
	bool wrote = false;

	for (change = changes; change != NULL; change = change->next) {
		T_BEGIN
		{
			change->result = change->apply(change, batch->hld->log,
						       &change->err);
		}
		T_END;
		if (change->result >= 0)
			wrote = true;
	}
	return wrote;
}

static void raise_mark(struct hld_batch *batch)
{
	timeout_remove(&batch->to_mark);
	hld_raise_mark(batch->hld);
}

static int commit(struct hld_batch *batch, struct hl_error *err)
{
	if (hl_log_commit_unmarked(batch->hld->log, err) < 0)
		return -1;
	if (batch->to_mark == NULL)
		batch->to_mark =
			timeout_add_short(MARK_LAG_MS, raise_mark, batch);
	return 0;
}

static void write_all(struct hld_batch *batch, struct hld_change *changes)
{
	struct hld *hld = batch->hld;
	struct hl_error err;

	if (hld_refresh(hld, &err) < 0 || hld_open_log(hld, &err) < 0 ||
	    hl_log_begin(hld->log, &err) < 0) {
		e_error(hld->event, "Can't write: %s", err.text);
		fail_all(changes, &err);
		hld_close_log(hld);
		return;
	}
	if (!apply_all(batch, changes)) {
		hl_log_rollback(hld->log);
	} else if (commit(batch, &err) < 0) {
		e_error(hld->event, "Can't write: %s", err.text);
		fail_all(changes, &err);
		hld_close_log(hld);
	}
}

static void tell_all(struct hld_change *changes)
{
	struct hld_change *change;

	while (changes != NULL) {
		change = changes;
		changes = change->next;
		change->done(change, change->result == 0 ? 0 : -1,
			     &change->err);
	}
}

static void flush(struct hld_batch *batch)
{
	struct hld_change *changes;

	timeout_remove(&batch->to);
	while (batch->first != NULL) {
		changes = take(batch);
		write_all(batch, changes);
		tell_all(changes);
	}
}

void hld_batch_add(struct hld_batch *batch, struct hld_change *change)
{
	change->next = NULL;
	change->result = 0;
	*batch->last = change;
	batch->last = &change->next;
	/* runs after all that can be read now has been read */
	if (batch->to == NULL)
		batch->to = timeout_add_short(0, flush, batch);
}

void hld_batch_deinit(struct hld_batch **_batch)
{
	struct hld_batch *batch = *_batch;

	*_batch = NULL;
	flush(batch);
	timeout_remove(&batch->to_mark);
	i_free(batch);
}
