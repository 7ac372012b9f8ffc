/* Keys in the keyring and in the log. */

#include "hl-keys-private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

int hl_keys_find(struct hl_log *log, const unsigned char id[HL_KEY_ID_SIZE],
		 struct hl_key *key_r, struct hl_error *err)
{
	const struct hl_key *key = hl_keyring_find(log->keyring, id);
	char hex[2 * HL_KEY_ID_SIZE + 1];

	if (key != NULL) {
		*key_r = *key;
		return 0;
	}
	sodium_bin2hex(hex, sizeof(hex), id, HL_KEY_ID_SIZE);
	return hl_error_set(err, HL_ERROR_NOT_FOUND,
			    "key %s isn't in the keyring %s", hex,
			    log->config->keyring);
}

int hl_keys_put(struct hl_log *log, const struct hl_key *key,
		struct hl_error *err)
{
	struct hl_keyring *keyring;

	if (hl_key_replace(log->config->keyring, key, err) < 0 ||
	    hl_keyring_read(log->config->keyring, &keyring, err) < 0)
		return -1;
	hl_keyring_free(&log->keyring);
	log->keyring = keyring;
	return 0;
}

struct last_signed {
	const struct hl_key *key;
	uint64_t seq;
};

static int is_signed(const struct hl_record *record, void *context,
		     struct hl_error *err)
{
	struct last_signed *last = context;
	struct hl_statement statement;

	if (hl_statement_parse(record->statement, record->statement_size,
			       &statement, err) < 0)
		return -1;
	if (memcmp(statement.key_id, last->key->id, HL_KEY_ID_SIZE) != 0)
		return 0;
	last->seq = record->seq;
	return 1;
}

int hl_keys_put_retired(struct hl_log *log, struct hl_key *key,
			struct hl_error *err)
{
	struct last_signed last = {key, key->first - 1};

	if (hl_store_each_entry(log->store, key->first, INT64_MAX,
				HL_DESCENDING, is_signed, &last, err) < 0)
		return -1;
	key->status = HL_KEY_STATUS_RETIRED;
	key->last = last.seq;
	return hl_keys_put(log, key, err);
}

struct logged {
	struct hl_log *log;
	const struct hl_key *key;
	enum hl_key_change change;
};

static int is_logged(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct logged *logged = context;
	struct hl_entry entry;

	if (hl_log_get_past(logged->log, row->seq, &entry, err) < 0)
		return -1;
	return !entry.disowned && entry.statement.action == HL_ACTION_KEY &&
	       entry.payload.key.change == logged->change &&
	       memcmp(entry.payload.key.public_key, logged->key->public_key,
		      HL_PUBLIC_KEY_SIZE) == 0;
}

int hl_keys_is_logged(struct hl_log *log, const struct hl_key *key,
		      enum hl_key_change change, struct hl_error *err)
{
	struct logged logged = {log, key, change};
	char index_key[HL_INDEX_KEY_SIZE];

	hl_record_index_key(HL_ACTION_KEY, NULL, index_key);
	return hl_store_each_index(log->store, index_key, HL_DESCENDING,
				   is_logged, &logged, err);
}

int hl_keys_log(struct hl_log *log, const struct hl_actor *actor,
		const struct hl_key *key, enum hl_key_change change,
		struct hl_error *err)
{
	struct hl_payload payload;

	memset(&payload, 0, sizeof(payload));
	if (hl_actor_apply(actor, &payload, err) < 0)
		return -1;
	payload.key.change = change;
	memcpy(payload.key.public_key, key->public_key, HL_PUBLIC_KEY_SIZE);
	return hl_log_append(log, HL_ACTION_KEY, actor->channel, &payload, err);
}

int hl_keys_retire(struct hl_log *log, const struct hl_actor *actor,
		   const unsigned char id[HL_KEY_ID_SIZE], struct hl_key *key_r,
		   struct hl_error *err)
{
	int ret;

	if (hl_keys_find(log, id, key_r, err) < 0)
		return -1;
	if (memcmp(id, log->key.id, HL_KEY_ID_SIZE) == 0)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "this key signs; `key rotate` retires it "
				    "in favour of another");
	if (key_r->status == HL_KEY_STATUS_REVOKED)
		return hl_error_set(err, HL_ERROR_DATA,
				    "this key was revoked, which is more than "
				    "retired, and for good");
	if (key_r->status == HL_KEY_ACTIVE &&
	    hl_keys_put_retired(log, key_r, err) < 0)
		return -1;
	ret = hl_keys_is_logged(log, key_r, HL_KEY_RETIRED, err);
	return ret != 0 ? ret
			: hl_keys_log(log, actor, key_r, HL_KEY_RETIRED, err);
}
