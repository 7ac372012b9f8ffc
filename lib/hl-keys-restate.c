/* Saying again, signed by another key, what a key said that is to be revoked.

   Only the newest entry of an address says how it stands. What the checkpoint
   doesn't reach may be a forgery; what held before isn't brought back for it:
   that may be over for good, and a wrong redirect is worse than none. */

#include "hl-keys-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* Each holds the write lock for some milliseconds. */
#define BATCH 200

static bool is_lost(const struct hl_keys_restate *restate,
		    const struct hl_entry *entry)
{
	const struct hl_next *next = &entry->payload.state.next;

	return entry->statement.seq > restate->proven &&
	       (next->link.kind != HL_KIND_NONE ||
		hl_state_in_force(&entry->payload.state,
				  hl_log_now(restate->log)) != NULL);
}

static int add_seq(struct hl_keys_restate *restate, uint64_t seq,
		   struct hl_error *err)
{
	size_t size = restate->size == 0 ? 1024 : 2 * restate->size;
	uint64_t *seqs;

	if (restate->count == restate->size) {
		seqs = reallocarray(restate->seqs, size, sizeof(*seqs));
		if (seqs == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		restate->seqs = seqs;
		restate->size = size;
	}
	restate->seqs[restate->count++] = seq;
	return 0;
}

static bool is_by_key(const struct hl_keys_restate *restate,
		      const struct hl_statement *statement)
{
	return memcmp(statement->key_id, restate->key->id, HL_KEY_ID_SIZE) == 0;
}

static int find_open(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct hl_keys_restate *restate = context;
	struct hl_statement statement;
	struct hl_record record;
	struct hl_entry entry;
	uint64_t seq = row->seq;
	int ret;

	ret = hl_store_get_entry(restate->log->store, seq, &record, err);
	if (ret == 0)
		ret = hl_error_set(err, HL_ERROR_STORE, "entry %llu is missing",
				   (unsigned long long)seq);
	if (ret < 0 ||
	    hl_statement_parse(record.statement, record.statement_size,
			       &statement, err) < 0)
		return -1;
	if (!is_by_key(restate, &statement))
		return 0;
	if (hl_log_decode_past(restate->log, &record, &entry, err) < 0)
		return -1;
	if (is_lost(restate, &entry))
		restate->lost++;
	return add_seq(restate, seq, err);
}

int hl_keys_restate_find(struct hl_keys_restate *restate, struct hl_error *err)
{
	return hl_store_each_open(restate->log->store, find_open, restate, err);
}

/* Who does it, and why. */
static int apply_actor(const struct hl_keys_restate *restate, bool proven,
		       struct hl_payload *payload, struct hl_error *err)
{
	char reason[HL_REASON_SIZE], hex[2 * HL_KEY_ID_SIZE + 1];
	struct hl_actor actor = *restate->actor;

	sodium_bin2hex(hex, sizeof(hex), restate->key->id, HL_KEY_ID_SIZE);
	snprintf(reason, sizeof(reason),
		 proven ? "restated: key %s was revoked"
			: "ended, as nothing proves it: key %s was revoked",
		 hex);
	actor.reason = reason;
	return hl_actor_apply(&actor, payload, err);
}

/* In the channel that it came by: what owners may change stays theirs. */
static int restate_entry(struct hl_keys_restate *restate,
			 struct hl_entry *entry, struct hl_error *err)
{
	struct hl_payload *payload = &entry->payload;
	struct hl_state *state = &payload->state;
	bool proven = entry->statement.seq <= restate->proven;
	enum hl_action action = HL_ACTION_SET;

	if (is_lost(restate, entry) &&
	    restate->func(&payload->address, restate->context, err) < 0)
		return -1;
	if (!proven) {
		memset(&state->current, 0, sizeof(state->current));
		memset(&state->next, 0, sizeof(state->next));
	}
	if (state->current.kind == HL_KIND_NONE &&
	    state->next.link.kind == HL_KIND_NONE)
		action = HL_ACTION_WITHDRAW;
	if (apply_actor(restate, proven, payload, err) < 0 ||
	    hl_log_append(restate->log, action, entry->statement.channel,
			  payload, err) < 0)
		return -1;
	restate->restated++;
	return 0;
}

/* If it still is the newest of its address. */
static int restate_one(struct hl_keys_restate *restate, uint64_t seq,
		       struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct hl_index_row rows[2];
	struct hl_entry entry;
	size_t count;

	if (hl_log_get_past(restate->log, seq, &entry, err) < 0)
		return -1;
	hl_record_index_key(entry.statement.action, &entry.payload.address,
			    key);
	if (hl_store_get_newest(restate->log->store, key, rows, &count, err) <
	    0)
		return -1;
	if (count == 0 || rows[0].seq != seq)
		return 0;
	return restate_entry(restate, &entry, err);
}

static int restate_batch(struct hl_keys_restate *restate, size_t first,
			 size_t end, struct hl_error *err)
{
	size_t i;

	if (hl_log_begin(restate->log, err) < 0)
		return -1;
	for (i = first; i < end; i++) {
		if (restate_one(restate, restate->seqs[i], err) < 0) {
			hl_log_rollback(restate->log);
			return -1;
		}
	}
	return hl_log_commit_unmarked(restate->log, err);
}

int hl_keys_restate_addresses(struct hl_keys_restate *restate,
			      struct hl_error *err)
{
	size_t i, end;

	for (i = 0; i < restate->count; i = end) {
		end = restate->count - i > BATCH ? i + BATCH : restate->count;
		if (restate_batch(restate, i, end, err) < 0)
			return -1;
	}
	return 0;
}

/* What was swept stays swept, also if nothing proves it: those links ran out
   by then, or the horizon would be ahead of the clock. */
static int restate_sweep(struct hl_keys_restate *restate, struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct hl_index_row rows[2];
	struct hl_entry entry;
	size_t count;

	hl_record_index_key(HL_ACTION_SWEEP, NULL, key);
	if (hl_store_get_newest(restate->log->store, key, rows, &count, err) <
	    0)
		return -1;
	if (count == 0)
		return 0;
	if (hl_log_get_past(restate->log, rows[0].seq, &entry, err) < 0)
		return -1;
	if (!is_by_key(restate, &entry.statement))
		return 0;
	if (entry.payload.sweep.horizon > hl_log_now(restate->log))
		entry.payload.sweep.horizon = hl_log_now(restate->log);
	if (apply_actor(restate, true, &entry.payload, err) < 0)
		return -1;
	return hl_log_append(restate->log, HL_ACTION_SWEEP,
			     entry.statement.channel, &entry.payload, err);
}

struct found {
	uint64_t *seqs;
	size_t count;
};

static int note_seq(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	struct found *found = context;
	uint64_t *seqs =
		reallocarray(found->seqs, found->count + 1, sizeof(*seqs));

	if (seqs == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	found->seqs = seqs;
	seqs[found->count++] = row->seq;
	return 0;
}

/* Calls func for each entry of an action of scope log, oldest first. */
static int each_of_action(struct hl_keys_restate *restate,
			  enum hl_action action,
			  int (*func)(struct hl_keys_restate *restate,
				      uint64_t seq, struct hl_error *err),
			  struct hl_error *err)
{
	struct found found = {NULL, 0};
	char key[HL_INDEX_KEY_SIZE];
	size_t i;
	int ret;

	hl_record_index_key(action, NULL, key);
	ret = hl_store_each_index(restate->log->store, key, HL_ASCENDING,
				  note_seq, &found, err);
	for (i = 0; i < found.count && ret == 0; i++)
		ret = func(restate, found.seqs[i], err);
	free(found.seqs);
	return ret;
}

/* It says why payloads are missing. */
static int restate_erase(struct hl_keys_restate *restate, uint64_t seq,
			 struct hl_error *err)
{
	struct hl_payload *payload;
	struct hl_entry entry;
	char *ranges;
	int ret = -1;

	if (hl_log_get_past(restate->log, seq, &entry, err) < 0)
		return -1;
	if (!is_by_key(restate, &entry.statement))
		return 0;
	/* they point into the record */
	payload = &entry.payload;
	ranges = malloc(payload->erase.ranges_size);
	if (ranges == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	memcpy(ranges, payload->erase.ranges, payload->erase.ranges_size);
	payload->erase.ranges = ranges;
	if (apply_actor(restate, true, payload, err) == 0)
		ret = hl_log_append(restate->log, HL_ACTION_ERASE,
				    entry.statement.channel, payload, err);
	free(ranges);
	return ret;
}

/* It says that another key was revoked, which still is. */
static int restate_revoked(struct hl_keys_restate *restate, uint64_t seq,
			   struct hl_error *err)
{
	unsigned char id[HL_KEY_ID_SIZE];
	const struct hl_key *subject;
	struct hl_entry entry;

	if (hl_log_get_past(restate->log, seq, &entry, err) < 0)
		return -1;
	hl_key_id(entry.payload.key.public_key, id);
	subject = hl_keyring_find(restate->log->keyring, id);
	if (!is_by_key(restate, &entry.statement) ||
	    entry.payload.key.change != HL_KEY_REVOKED || subject == NULL ||
	    subject->status != HL_KEY_STATUS_REVOKED)
		return 0;
	if (apply_actor(restate, true, &entry.payload, err) < 0)
		return -1;
	return hl_log_append(restate->log, HL_ACTION_KEY,
			     entry.statement.channel, &entry.payload, err);
}

int hl_keys_restate_log(struct hl_keys_restate *restate, struct hl_error *err)
{
	if (restate_sweep(restate, err) < 0 ||
	    each_of_action(restate, HL_ACTION_ERASE, restate_erase, err) < 0)
		return -1;
	return each_of_action(restate, HL_ACTION_KEY, restate_revoked, err);
}
