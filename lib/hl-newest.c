/* From an index key to the one entry that speaks for it: schema/FORMAT.md
   section 10, steps 3 and 4. */

#include "hl-record.h"

#include <string.h>

/* The newest row must be open and the one before it superseded: otherwise a
   damaged index could let an older entry, validly signed, speak again. */
static int check_rows(const struct hl_index_row rows[2], size_t count,
		      const char *key, struct hl_error *err)
{
	if (rows[0].superseded_by != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: %s: entry %llu was superseded by "
				    "%llu, which is missing",
				    key, (unsigned long long)rows[0].seq,
				    (unsigned long long)rows[0].superseded_by);
	if (count > 1 && (rows[1].superseded_by <= rows[1].seq ||
			  rows[1].superseded_by > rows[0].seq))
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: %s: entry %llu isn't superseded "
				    "by %llu, which came after it",
				    key, (unsigned long long)rows[1].seq,
				    (unsigned long long)rows[0].seq);
	return 0;
}

int hl_record_get(struct hl_store *store, uint64_t seq,
		  const struct hl_keyring *keyring,
		  struct hl_verified *verified, struct hl_entry *entry_r,
		  struct hl_error *err)
{
	struct hl_record record;
	int ret;

	ret = hl_store_get_entry(store, seq, &record, err);
	if (ret < 0)
		return -1;
	if (ret == 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "entry %llu is missing",
				    (unsigned long long)seq);
	if (hl_record_verify(&record, hl_store_origin(store), keyring, verified,
			     entry_r, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)seq);
	if (entry_r->erased)
		return hl_error_set(err, HL_ERROR_STORE,
				    "entry %llu: its payload is missing",
				    (unsigned long long)seq);
	return 0;
}

int hl_record_get_newest(struct hl_store *store, enum hl_action action,
			 const struct hl_address *address,
			 const struct hl_keyring *keyring,
			 struct hl_verified *verified, struct hl_entry *entry_r,
			 struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE], entry_key[HL_INDEX_KEY_SIZE];
	struct hl_index_row rows[2];
	size_t count;
	uint64_t seq;

	hl_record_index_key(action, address, key);
	if (hl_store_get_newest(store, key, rows, &count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	if (check_rows(rows, count, key, err) < 0)
		return -1;
	seq = rows[0].seq;
	if (hl_record_get(store, seq, keyring, verified, entry_r, err) < 0)
		return hl_error_prefix(err, "index: %s", key);
	hl_record_index_key(entry_r->statement.action,
			    &entry_r->payload.address, entry_key);
	if (strcmp(key, entry_key) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: %s: entry %llu is about another "
				    "address",
				    key, (unsigned long long)seq);
	return 1;
}
