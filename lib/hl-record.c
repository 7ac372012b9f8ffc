#include "hl-record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* With the NUL that ends the prefix (schema/FORMAT.md section 4). */
#define DOMAIN_SIZE sizeof(HL_STATEMENT_DOMAIN)

/* A set-associative table: a lookup touches one cache line or two, and an
   attacker who chooses addresses can't make it grow. */
#define VERIFIED_SETS 4096
#define VERIFIED_WAYS 4

struct hl_verified {
	unsigned char hashes[VERIFIED_SETS][VERIFIED_WAYS][HL_HASH_SIZE];
	unsigned char next_way[VERIFIED_SETS];
};

struct hl_verified *hl_verified_init(void)
{
	return calloc(1, sizeof(struct hl_verified));
}

void hl_verified_deinit(struct hl_verified **verified)
{
	free(*verified);
	*verified = NULL;
}

static unsigned int verified_set(const unsigned char hash[HL_HASH_SIZE])
{
	return (hash[0] | (unsigned int)hash[1] << 8) % VERIFIED_SETS;
}

static bool verified_has(const struct hl_verified *verified,
			 const unsigned char hash[HL_HASH_SIZE])
{
	unsigned int set = verified_set(hash), way;

	for (way = 0; way < VERIFIED_WAYS; way++) {
		if (memcmp(verified->hashes[set][way], hash, HL_HASH_SIZE) == 0)
			return true;
	}
	return false;
}

static void verified_add(struct hl_verified *verified,
			 const unsigned char hash[HL_HASH_SIZE])
{
	unsigned int set = verified_set(hash);
	unsigned int way = verified->next_way[set]++ % VERIFIED_WAYS;

	memcpy(verified->hashes[set][way], hash, HL_HASH_SIZE);
}

static void hash_sized(crypto_generichash_state *state, const void *data,
		       size_t size)
{
	crypto_generichash_update(state, (const unsigned char *)&size,
				  sizeof(size));
	crypto_generichash_update(state, data, size);
}

/* Over all that the verification looks at. */
static void record_hash(const struct hl_record *record,
			const struct hl_key *key,
			const struct hl_keyring *keyring,
			unsigned char hash_r[HL_HASH_SIZE])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, HL_HASH_SIZE);
	hash_sized(&state, record->statement, record->statement_size);
	if (record->payload != NULL)
		hash_sized(&state, record->payload, record->payload_size);
	hash_sized(&state, record->signature, HL_SIGNATURE_SIZE);
	hash_sized(&state, key->public_key, HL_PUBLIC_KEY_SIZE);
	hash_sized(&state, hl_keyring_generation(keyring), HL_HASH_SIZE);
	crypto_generichash_final(&state, hash_r, HL_HASH_SIZE);
}

bool hl_record_is_signed_by(const struct hl_record *record,
			    const struct hl_key *key)
{
	unsigned char message[DOMAIN_SIZE + HL_STATEMENT_MAX];

	memcpy(message, HL_STATEMENT_DOMAIN, DOMAIN_SIZE);
	memcpy(message + DOMAIN_SIZE, record->statement,
	       record->statement_size);
	return crypto_sign_verify_detached(record->signature, message,
					   DOMAIN_SIZE + record->statement_size,
					   key->public_key) == 0;
}

static int check_signature(const struct hl_record *record,
			   const struct hl_key *key, struct hl_error *err)
{
	if (hl_record_is_signed_by(record, key))
		return 0;
	return hl_error_set(err, HL_ERROR_STORE, HL_RECORD_WRONG_SIGNATURE);
}

void hl_record_sign(const void *statement, size_t size,
		    const struct hl_signing_key *key,
		    unsigned char signature_r[HL_SIGNATURE_SIZE])
{
	unsigned char message[DOMAIN_SIZE + HL_STATEMENT_MAX];

	memcpy(message, HL_STATEMENT_DOMAIN, DOMAIN_SIZE);
	memcpy(message + DOMAIN_SIZE, statement, size);
	crypto_sign_detached(signature_r, NULL, message, DOMAIN_SIZE + size,
			     key->secret);
}

static int check_payload_hash(const struct hl_record *record,
			      const struct hl_statement *statement,
			      struct hl_error *err)
{
	unsigned char hash[HL_HASH_SIZE];

	crypto_hash_sha256(hash, record->payload, record->payload_size);
	if (memcmp(hash, statement->payload_hash, HL_HASH_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "its payload isn't the one that was "
				    "signed");
	return 0;
}

static int check_payload(const struct hl_record *record,
			 const struct hl_statement *statement,
			 struct hl_error *err)
{
	return record->payload == NULL
		       ? 0
		       : check_payload_hash(record, statement, err);
}

static const struct hl_key *find_key(const struct hl_keyring *keyring,
				     const struct hl_statement *statement,
				     struct hl_error *err)
{
	const struct hl_key *key = hl_keyring_find(keyring, statement->key_id);

	if (key == NULL)
		hl_error_set(err, HL_ERROR_STORE,
			     "signed by a key that the keyring doesn't hold");
	return key;
}

static int check_crypto(const struct hl_record *record,
			const struct hl_statement *statement,
			const struct hl_keyring *keyring,
			struct hl_verified *verified, struct hl_error *err)
{
	const struct hl_key *key = find_key(keyring, statement, err);
	unsigned char hash[HL_HASH_SIZE];

	if (key == NULL || hl_key_may_sign(key, statement->seq, err) < 0)
		return -1;
	if (verified != NULL) {
		record_hash(record, key, keyring, hash);
		if (verified_has(verified, hash))
			return 0;
	}
	if (check_signature(record, key, err) < 0 ||
	    check_payload(record, statement, err) < 0)
		return -1;
	if (verified != NULL)
		verified_add(verified, hash);
	return 0;
}

/* What a payload may say depends on where it stands. */
static int check_place(const struct hl_entry *entry, struct hl_error *err)
{
	const struct hl_statement *statement = &entry->statement;
	uint64_t first, last = 0;
	size_t pos = 0;

	if (statement->action == HL_ACTION_RECOVER &&
	    entry->payload.lost.first != statement->seq)
		return hl_error_set(err, HL_ERROR_STORE,
				    "declares another range lost than its "
				    "own place");
	if (statement->action != HL_ACTION_ERASE)
		return 0;
	while (hl_ranges_next(entry->payload.erase.ranges,
			      entry->payload.erase.ranges_size, &pos, &first,
			      &last) > 0)
		;
	if (last >= statement->seq)
		return hl_error_set(err, HL_ERROR_STORE,
				    "erases what comes after it");
	return 0;
}

int hl_record_decode(const struct hl_record *record,
		     const unsigned char origin[HL_ORIGIN_SIZE],
		     struct hl_entry *entry_r, struct hl_error *err)
{
	struct hl_statement *statement = &entry_r->statement;

	memset(entry_r, 0, sizeof(*entry_r));
	if (hl_statement_parse(record->statement, record->statement_size,
			       statement, err) < 0)
		return -1;
	if (memcmp(statement->origin, origin, HL_ORIGIN_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "belongs to another store");
	if (statement->seq != record->seq)
		return hl_error_set(err, HL_ERROR_STORE,
				    "is entry %llu in the place of another",
				    (unsigned long long)statement->seq);
	entry_r->erased = record->payload == NULL;
	if (entry_r->erased)
		return hl_action_has_address(statement->action)
			       ? 0
			       : hl_error_set(err, HL_ERROR_STORE,
					      "its payload is missing, which "
					      "can't be erased");
	if (hl_payload_parse(record->payload, record->payload_size,
			     statement->action, &entry_r->payload, err) < 0)
		return -1;
	return check_place(entry_r, err);
}

int hl_record_check_past(const struct hl_record *record,
			 const unsigned char origin[HL_ORIGIN_SIZE],
			 const struct hl_keyring *keyring,
			 struct hl_entry *entry_r, const struct hl_key **key_r,
			 struct hl_error *err)
{
	const struct hl_statement *statement = &entry_r->statement;
	const struct hl_key *key;
	int ret;

	if (hl_record_decode(record, origin, entry_r, err) < 0)
		return -1;
	key = find_key(keyring, statement, err);
	if (key == NULL)
		return -1;
	entry_r->disowned = key->status == HL_KEY_STATUS_REVOKED;
	ret = entry_r->disowned
		      ? hl_key_might_have_signed(key, statement->seq, err)
		      : hl_key_may_sign(key, statement->seq, err);
	if (ret < 0)
		return -1;
	*key_r = key;
	return check_payload(record, statement, err);
}

int hl_record_verify_past(const struct hl_record *record,
			  const unsigned char origin[HL_ORIGIN_SIZE],
			  const struct hl_keyring *keyring,
			  struct hl_entry *entry_r, struct hl_error *err)
{
	const struct hl_key *key;

	if (hl_record_check_past(record, origin, keyring, entry_r, &key, err) <
	    0)
		return -1;
	return check_signature(record, key, err);
}

int hl_record_verify(const struct hl_record *record,
		     const unsigned char origin[HL_ORIGIN_SIZE],
		     const struct hl_keyring *keyring,
		     struct hl_verified *verified, struct hl_entry *entry_r,
		     struct hl_error *err)
{
	if (hl_record_decode(record, origin, entry_r, err) < 0)
		return -1;
	return check_crypto(record, &entry_r->statement, keyring, verified,
			    err);
}

void hl_record_index_key(enum hl_action action,
			 const struct hl_address *address,
			 char key_r[HL_INDEX_KEY_SIZE])
{
	if (hl_action_has_address(action))
		hl_address_format(address, key_r);
	else
		snprintf(key_r, HL_INDEX_KEY_SIZE, "!%s",
			 hl_action_name(action));
}
