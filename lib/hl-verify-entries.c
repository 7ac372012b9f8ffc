/* Entry by entry: sequence, signature, payload, time, epoch, tree. */

#include "hl-verify-private.h"

#include <string.h>

#define PROGRESS_EVERY 1024

static void check_recover(struct verify *verify, const struct hl_entry *entry)
{
	uint64_t seq = entry->statement.seq, lost = entry->payload.lost.epoch;

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
	    known->head.epoch != verify->epoch)
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

static int verify_entry(const struct hl_record *record, void *context,
			struct hl_error *_err)
{
	struct verify *verify = context;
	struct hl_entry entry;
	struct hl_error err;

	(void)_err;
	if (record->seq != verify->last_seq + 1)
		verify_problem(verify, verify->last_seq + 1,
			       "missing, up to entry %llu",
			       (unsigned long long)record->seq - 1);
	verify->last_seq = record->seq;
	hl_merkle_add(&verify->tree, record->statement, record->statement_size);
	if (record->payload == NULL)
		verify_ranges_add(verify, &verify->missing, record->seq,
				  record->seq);
	else
		verify->with_payload++;
	if (hl_record_verify_past(record, hl_store_origin(verify->store),
				  verify->keyring, &entry, &err) < 0)
		verify_problem(verify, record->seq, "%s", err.text);
	else
		note_entry(verify, &entry);
	compare_known(verify, &verify->mark);
	compare_known(verify, &verify->kept);
	if (verify->callbacks->progress != NULL &&
	    record->seq % PROGRESS_EVERY == 0)
		verify->callbacks->progress(record->seq,
					    verify->result->entries,
					    verify->callbacks->context);
	return 0;
}

void verify_entries(struct verify *verify)
{
	struct hl_error err;

	/* for the progress only */
	if (hl_store_get_last_seq(verify->store, &verify->result->entries,
				  &err) < 0)
		verify->result->entries = 0;
	hl_merkle_init(&verify->tree);
	if (hl_store_each_entry(verify->store, 1, INT64_MAX, HL_ASCENDING,
				verify_entry, verify, &err) < 0)
		verify_problem(verify, 0, "entries after %llu: %s",
			       (unsigned long long)verify->last_seq, err.text);
	if (verify->callbacks->progress != NULL)
		verify->callbacks->progress(verify->last_seq, verify->last_seq,
					    verify->callbacks->context);
}
