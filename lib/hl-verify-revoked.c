/* Entries of keys that were revoked: schema/FORMAT.md section 9, "disowned". */

#include "hl-verify-private.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* NULL if nothing that it signed was seen. */
static struct verify_revoked *find(struct verify *verify,
				   const unsigned char id[HL_KEY_ID_SIZE])
{
	size_t i;

	for (i = 0; i < verify->revoked_count; i++) {
		if (memcmp(verify->revoked[i].id, id, HL_KEY_ID_SIZE) == 0)
			return &verify->revoked[i];
	}
	return NULL;
}

void verify_revoked_add(struct verify *verify,
			const struct hl_statement *statement)
{
	struct verify_revoked *revoked = find(verify, statement->key_id);

	if (revoked == NULL) {
		revoked =
			reallocarray(verify->revoked, verify->revoked_count + 1,
				     sizeof(*revoked));
		if (revoked == NULL) {
			verify->out_of_memory = true;
			return;
		}
		verify->revoked = revoked;
		revoked += verify->revoked_count++;
		memset(revoked, 0, sizeof(*revoked));
		memcpy(revoked->id, statement->key_id, HL_KEY_ID_SIZE);
		revoked->first = statement->seq;
	}
	revoked->count++;
	revoked->last = statement->seq;
}

void verify_revoked_said(struct verify *verify, const struct hl_entry *entry)
{
	unsigned char id[HL_KEY_ID_SIZE];
	struct verify_revoked *revoked;

	if (entry->payload.key.change != HL_KEY_REVOKED)
		return;
	hl_key_id(entry->payload.key.public_key, id);
	revoked = find(verify, id);
	if (revoked != NULL)
		revoked->said = entry->statement.seq;
}

bool verify_is_disowned(const struct verify *verify,
			const struct hl_statement *statement)
{
	const struct hl_key *key =
		hl_keyring_find(verify->keyring, statement->key_id);

	return key != NULL && key->status == HL_KEY_STATUS_REVOKED;
}

void verify_compare_revoked(struct verify *verify)
{
	const struct verify_revoked *revoked;
	char hex[2 * HL_KEY_ID_SIZE + 1];
	size_t i;

	for (i = 0; i < verify->revoked_count; i++) {
		revoked = &verify->revoked[i];
		sodium_bin2hex(hex, sizeof(hex), revoked->id, HL_KEY_ID_SIZE);
		if (revoked->said > revoked->last)
			verify_note(verify, revoked->said,
				    "key %s was revoked: the entries that it "
				    "signed (%llu, from %llu to %llu) count no "
				    "more",
				    hex, (unsigned long long)revoked->count,
				    (unsigned long long)revoked->first,
				    (unsigned long long)revoked->last);
		else
			verify_problem(verify, revoked->first,
				       "key %s was revoked, and no later entry "
				       "says so (entries that it signed: %llu, "
				       "up to %llu); `hardlinkctl key revoke` "
				       "does",
				       hex, (unsigned long long)revoked->count,
				       (unsigned long long)revoked->last);
	}
}
