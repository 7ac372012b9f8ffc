/* Writing the log: number, sign, commit, raise the mark. */

#include "hl-log-private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

/* A clock that steps back by less than this is a clock being set right. */
#define CLOCK_BACK_MAX 300
/* One that is this far ahead of the last entry is more likely wrong than the
   store is idle, and an entry of then would end every temporary hard-link. */
#define CLOCK_AHEAD_MAX (366 * 86400)

void hl_log_accept_clock(struct hl_log *log)
{
	log->clock_accepted = true;
}

static int check_clock(const struct hl_log *log, int64_t wall,
		       struct hl_error *err)
{
	int64_t last = hl_log_head(log)->time;

	if (wall < last - CLOCK_BACK_MAX)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "the clock is %lld seconds behind the last "
				    "entry of the store; set it right",
				    (long long)(last - wall));
	if (wall > last + CLOCK_AHEAD_MAX && !log->clock_accepted)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "the clock is %lld days ahead of the last "
				    "entry of the store; if it is right, use "
				    "--accept-clock",
				    (long long)((wall - last) / 86400));
	return 0;
}

/* The frontier isn't signed: it must lead to the root that is. */
static int load_tree(struct hl_log *log, struct hl_error *err)
{
	const struct hl_checkpoint *head = hl_log_head(log);
	unsigned char root[HL_HASH_SIZE];
	struct hl_head_row row;

	if (hl_store_get_head(log->store, &row, err) < 0)
		return -1;
	if (hl_merkle_import(&log->tree, head->size, row.frontier,
			     row.frontier_size) == 0) {
		hl_merkle_root(&log->tree, root);
		if (memcmp(root, head->root, HL_HASH_SIZE) == 0)
			return 0;
	}
	return hl_error_set(err, HL_ERROR_STORE,
			    "the tree's frontier doesn't lead to the signed "
			    "root; run `hardlinkctl verify`");
}

static int begin_checked(struct hl_log *log, struct hl_error *err)
{
	const struct hl_key *key = hl_keyring_find(log->keyring, log->key.id);
	int64_t wall = time(NULL);

	if (hl_head_check(log->head, log->store, log->keyring, err) < 0 ||
	    load_tree(log, err) < 0 || check_clock(log, wall, err) < 0)
		return -1;
	log->next = *hl_log_head(log);
	if (key == NULL || hl_key_may_sign(key, log->next.size + 1, err) < 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "signing key %s: may not sign entry %llu "
				    "by the keyring %s",
				    log->config->signing_key,
				    (unsigned long long)log->next.size + 1,
				    log->config->keyring);
	log->now = wall > log->next.time ? wall : log->next.time;
	return 0;
}

int hl_log_begin(struct hl_log *log, struct hl_error *err)
{
	/* The mark may lag behind the head that is seen under the lock. */
	if (hl_head_read_mark(log->head, err) < 0 ||
	    hl_store_write_begin(log->store, err) < 0)
		return -1;
	/* under the lock: keys are rotated under it */
	if (hl_log_refresh_keys(log, err) < 0 || begin_checked(log, err) < 0) {
		hl_store_write_rollback(log->store);
		return -1;
	}
	hl_log_filter_begin(log);
	return 0;
}

/* What can't be read back must never be stored. */
static int check_record(struct hl_log *log, const struct hl_record *record,
			struct hl_error *err)
{
	struct hl_entry entry;

	if (hl_record_decode(record, log->next.origin, &entry, err) == 0)
		return 0;
	err->code = HL_ERROR_DATA;
	return -1;
}

int hl_log_append_epoch(struct hl_log *log, uint64_t epoch,
			enum hl_action action, enum hl_channel channel,
			struct hl_payload *payload, struct hl_error *err)
{
	char text[HL_STATEMENT_MAX], key[HL_INDEX_KEY_SIZE];
	char payload_text[HL_PAYLOAD_MAX];
	unsigned char signature[HL_SIGNATURE_SIZE];
	struct hl_statement statement;
	struct hl_record record;

	randombytes_buf(payload->salt, sizeof(payload->salt));
	record.payload = payload_text;
	record.payload_size = hl_payload_format(payload, action, payload_text,
						hl_action_has_address(action)
							? HL_PAYLOAD_ADDRESS_MAX
							: HL_PAYLOAD_MAX);
	if (record.payload_size == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the entry is too long: actor, reason or "
				    "owner id");

	memcpy(statement.origin, log->next.origin, HL_ORIGIN_SIZE);
	statement.epoch = epoch;
	statement.seq = log->next.size + 1;
	statement.time = log->now;
	statement.action = action;
	statement.channel = channel;
	memcpy(statement.key_id, log->key.id, HL_KEY_ID_SIZE);
	crypto_hash_sha256(statement.payload_hash,
			   (const unsigned char *)payload_text,
			   record.payload_size);
	record.seq = statement.seq;
	record.statement = text;
	record.statement_size =
		hl_statement_format(&statement, text, sizeof(text));
	hl_record_sign(text, record.statement_size, &log->key, signature);
	record.signature = signature;

	hl_record_index_key(action, &payload->address, key);
	if (check_record(log, &record, err) < 0)
		return -1;
	hl_log_filter_add(log, key);
	if (hl_store_append(log->store, key, &record, err) < 0)
		return -1;
	hl_merkle_add(&log->tree, text, record.statement_size);
	log->next.epoch = epoch;
	log->next.size = statement.seq;
	log->next.time = statement.time;
	return 0;
}

int hl_log_append(struct hl_log *log, enum hl_action action,
		  enum hl_channel channel, struct hl_payload *payload,
		  struct hl_error *err)
{
	return hl_log_append_epoch(log, log->next.epoch, action, channel,
				   payload, err);
}

int hl_log_commit_unmarked(struct hl_log *log, struct hl_error *err)
{
	unsigned char frontier[HL_MERKLE_FRONTIER_MAX];
	char checkpoint[HL_CHECKPOINT_MAX];
	struct hl_head_row row;

	hl_merkle_root(&log->tree, log->next.root);
	hl_log_filter_expect(log);
	row.checkpoint = checkpoint;
	row.checkpoint_size =
		hl_checkpoint_sign(&log->next, &log->key, checkpoint);
	row.frontier = frontier;
	row.frontier_size =
		hl_merkle_export(&log->tree, frontier, sizeof(frontier));
	if (hl_store_put_head(log->store, &row, err) < 0) {
		hl_store_write_rollback(log->store);
		return -1;
	}
	if (hl_store_write_commit(log->store, err) < 0)
		return -1;
	log->committed = log->next;
	log->mark_due = true;
	return 0;
}

int hl_log_raise_mark(struct hl_log *log, struct hl_error *err)
{
	char like[PATH_MAX];

	if (!log->mark_due)
		return 0;
	log->mark_due = false;
	if (hl_store_find_owner(log->config->store, log->config->mark, like,
				err) < 0 ||
	    hl_mark_write(log->config->mark, &log->committed, like, err) < 0)
		return hl_error_prefix(err,
				       "the change is made, but the high-water "
				       "mark couldn't be raised");
	return 0;
}

int hl_log_commit(struct hl_log *log, struct hl_error *err)
{
	if (hl_log_commit_unmarked(log, err) < 0)
		return -1;
	err->code = HL_ERROR_NONE;
	(void)hl_log_raise_mark(log, err);
	return 0;
}

void hl_log_rollback(struct hl_log *log)
{
	hl_store_write_rollback(log->store);
}
