/* Entry by entry: sequence, signature, payload, time, epoch, tree. */

#include "hl-verify-private.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY 1024

/* Is the state that was seen elsewhere one of those that are declared lost? */
static void note_lost(struct verify_known *known, uint64_t epoch,
		      const struct hl_payload *payload)
{
	if (known->what != NULL && known->head.epoch >= epoch &&
	    known->head.epoch <= payload->lost.epoch &&
	    known->head.size >= payload->lost.first &&
	    (!payload->lost.extent_known ||
	     known->head.epoch < payload->lost.epoch ||
	     known->head.size <= payload->lost.last))
		known->declared_lost = true;
}

static void check_recover(struct verify *verify, const struct hl_entry *entry)
{
	uint64_t seq = entry->statement.seq, lost = entry->payload.lost.epoch;

	note_lost(&verify->kept, verify->epoch, &entry->payload);
	note_lost(&verify->resume, verify->epoch, &entry->payload);

	if (lost < verify->epoch || lost >= entry->statement.epoch)
		verify_problem(verify, seq,
			       "declares a loss in epoch %llu, which isn't "
			       "between the one before it and its own",
			       (unsigned long long)lost);
	if (!entry->payload.lost.extent_known)
		verify_note(verify, seq,
			    "declared loss: whatever followed entry %llu in "
			    "epoch %llu",
			    (unsigned long long)(seq - 1),
			    (unsigned long long)lost);
	else if (entry->payload.lost.last >= entry->payload.lost.first)
		verify_note(verify, seq,
			    "declared loss: entries %llu to %llu of epoch "
			    "%llu",
			    (unsigned long long)entry->payload.lost.first,
			    (unsigned long long)entry->payload.lost.last,
			    (unsigned long long)lost);
	else
		verify_note(verify, seq,
			    "recovered without a loss of entries in epoch "
			    "%llu",
			    (unsigned long long)lost);
}

/* What an entry must be after the one before it. */
static void check_order(struct verify *verify, const struct hl_entry *entry)
{
	const struct hl_statement *statement = &entry->statement;
	bool first = statement->seq == 1;

	if (statement->time < verify->time)
		verify_problem(verify, statement->seq,
			       "its time is before that of the entry before "
			       "it");
	if (first &&
	    (statement->epoch != 1 || statement->action != HL_ACTION_KEY))
		verify_problem(verify, 1,
			       "the first entry isn't a `key` of epoch 1");
	if (!first && statement->action != HL_ACTION_RECOVER &&
	    statement->epoch != verify->epoch)
		verify_problem(verify, statement->seq,
			       "its epoch isn't that of the entry before it");
	if (statement->action == HL_ACTION_RECOVER)
		check_recover(verify, entry);
	verify->time = statement->time;
	verify->epoch = statement->epoch;
}

static void note_erased(struct verify *verify, const struct hl_entry *entry)
{
	uint64_t first, last;
	size_t pos = 0;

	while (hl_ranges_next(entry->payload.erase.ranges,
			      entry->payload.erase.ranges_size, &pos, &first,
			      &last) > 0)
		verify_ranges_add(verify, &verify->erased, first, last);
}

static void note_entry(struct verify *verify, const struct hl_entry *entry)
{
	enum hl_action action = entry->statement.action;

	check_order(verify, entry);
	if (entry->disowned)
		verify_revoked_add(verify, &entry->statement);
	else if (action == HL_ACTION_ERASE)
		note_erased(verify, entry);
	else if (action == HL_ACTION_KEY)
		verify_revoked_said(verify, entry);
}

/* Is the tree what it was when that head was seen? */
static void compare_known(struct verify *verify, struct verify_known *known)
{
	unsigned char root[HL_HASH_SIZE];

	if (known->what == NULL || known->head.size != verify->tree.size ||
	    known->head.epoch != verify->epoch ||
	    memcmp(known->head.origin, hl_store_origin(verify->store),
		   HL_ORIGIN_SIZE) != 0)
		return;
	known->compared = true;
	hl_merkle_root(&verify->tree, root);
	if (memcmp(root, known->head.root, HL_HASH_SIZE) != 0)
		verify_problem(verify, 0,
			       "the entries up to %llu aren't those that %s "
			       "saw",
			       (unsigned long long)known->head.size,
			       known->what);
}

struct entries_walk {
	struct verify *verify;
	struct verify_batch batch;
};

/* What is known of an entry, in its order. */
static void take_item(struct verify *verify, const struct verify_item *item)
{
	const struct hl_record *record = &item->record;

	if (record->seq != verify->last_seq + 1)
		verify_problem(verify, verify->last_seq + 1,
			       "missing, up to entry %llu",
			       (unsigned long long)record->seq - 1);
	verify->last_seq = record->seq;
	hl_merkle_add(&verify->tree, record->statement, record->statement_size);
	if (item->has_payload)
		verify->with_payload++;
	else
		verify_ranges_add(verify, &verify->missing, record->seq,
				  record->seq);
	if (item->problem != NULL)
		verify_problem(verify, record->seq, "%s", item->problem);
	else if (item->key != NULL && !item->is_signed)
		verify_problem(verify, record->seq, HL_RECORD_WRONG_SIGNATURE);
	else
		note_entry(verify, &item->entry);
	compare_known(verify, &verify->mark);
	compare_known(verify, &verify->kept);
	compare_known(verify, &verify->resume);
	if (verify->callbacks->progress != NULL &&
	    record->seq % PROGRESS_EVERY == 0)
		verify->callbacks->progress(record->seq,
					    verify->result->entries,
					    verify->callbacks->context);
}

static void take_batch(struct entries_walk *walk)
{
	struct verify_batch *batch = &walk->batch;
	size_t i;

	verify_signatures(batch);
	for (i = 0; i < batch->count; i++) {
		take_item(walk->verify, &batch->items[i]);
		free(batch->items[i].problem);
	}
	batch->count = 0;
}

static void fill_item(struct verify *verify, const struct hl_record *record,
		      struct verify_item *item)
{
	struct hl_error err;

	item->record = *record;
	memcpy(item->statement, record->statement, record->statement_size);
	memcpy(item->signature, record->signature, sizeof(item->signature));
	item->record.statement = item->statement;
	item->record.signature = item->signature;
	item->record.payload = NULL;
	item->has_payload = record->payload != NULL;
	item->is_signed = false;
	item->problem = NULL;
	if (hl_record_check_past(record, hl_store_origin(verify->store),
				 verify->keyring, &item->entry, &item->key,
				 &err) == 0) {
		if (record->seq <= verify->trusted)
			item->key = NULL;
		return;
	}
	item->key = NULL;
	item->problem = strdup(err.text);
	if (item->problem == NULL)
		verify->out_of_memory = true;
}

static int add_entry(const struct hl_record *record, void *context,
		     struct hl_error *err)
{
	struct entries_walk *walk = context;
	struct verify_item *item = &walk->batch.items[walk->batch.count++];

	(void)err;
	fill_item(walk->verify, record, item);
	/* of these, the payload is needed: it's there until the next one */
	if (walk->batch.count == VERIFY_BATCH ||
	    item->entry.statement.action == HL_ACTION_ERASE)
		take_batch(walk);
	return 0;
}

static void walk_entries(struct entries_walk *walk)
{
	struct verify *verify = walk->verify;
	struct hl_error err;
	int ret;

	ret = hl_store_each_entry(verify->store, 1, INT64_MAX, HL_ASCENDING,
				  add_entry, walk, &err);
	take_batch(walk);
	if (ret < 0)
		verify_problem(verify, 0, "entries after %llu: %s",
			       (unsigned long long)verify->last_seq, err.text);
}

void verify_entries(struct verify *verify)
{
	struct entries_walk *walk = calloc(1, sizeof(*walk));
	struct hl_error err;

	if (walk == NULL) {
		verify->out_of_memory = true;
		return;
	}
	walk->verify = verify;
	walk->batch.jobs = verify->jobs;
	/* for the progress only */
	if (hl_store_get_last_seq(verify->store, &verify->result->entries,
				  &err) < 0)
		verify->result->entries = 0;
	if (verify->callbacks->progress != NULL)
		verify->callbacks->progress(0, verify->result->entries,
					    verify->callbacks->context);
	hl_merkle_init(&verify->tree);
	walk_entries(walk);
	free(walk);
	if (verify->callbacks->progress != NULL)
		verify->callbacks->progress(verify->last_seq, verify->last_seq,
					    verify->callbacks->context);
}
