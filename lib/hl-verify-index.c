/* The index against the entries. Each row must be right, and there must be as
   many as entries with a payload: then none is missing and none too many. */

#include "hl-verify-private.h"

#include <stdio.h>
#include <string.h>

struct index_walk {
	struct verify *verify;
	/* the row before */
	char key[HL_INDEX_KEY_SIZE];
	uint64_t seq, superseded_by;
	uint64_t rows;
};

static void check_superseded(struct index_walk *walk, uint64_t next_seq)
{
	if (walk->rows == 0 || walk->superseded_by == next_seq)
		return;
	if (next_seq == 0)
		verify_problem(walk->verify, walk->seq,
			       "index: %s: superseded by %llu, which is "
			       "missing",
			       walk->key,
			       (unsigned long long)walk->superseded_by);
	else
		verify_problem(walk->verify, walk->seq,
			       "index: %s: not superseded by %llu, which came "
			       "after it",
			       walk->key, (unsigned long long)next_seq);
}

/* The index key that the entry itself asks for. Its signature was checked
   before, when all entries were. */
static int entry_key(struct verify *verify, const struct hl_index_row *row,
		     char key_r[HL_INDEX_KEY_SIZE], struct hl_error *err)
{
	struct hl_record record;
	struct hl_entry entry;
	uint64_t seq = row->seq;
	bool open = row->superseded_by == 0;
	int ret;

	ret = hl_store_get_entry(verify->store, seq, &record, err);
	if (ret < 0)
		return -1;
	if (ret == 0 || record.payload == NULL)
		return hl_error_set(err, HL_ERROR_STORE,
				    "the index names an entry that isn't "
				    "there");
	if (hl_record_decode(&record, hl_store_origin(verify->store), &entry,
			     err) < 0)
		return -1;
	hl_record_index_key(entry.statement.action, &entry.payload.address,
			    key_r);
	/* no other entry can say what that one does */
	if (open && entry.statement.action != HL_ACTION_RECOVER &&
	    verify_is_disowned(verify, &entry.statement))
		verify_problem(verify, seq,
			       "its key was revoked, and no later entry says "
			       "what holds; finish `hardlinkctl key revoke`");
	return 0;
}

static int verify_row(const struct hl_index_row *row, void *context,
		      struct hl_error *_err)
{
	struct index_walk *walk = context;
	char key[HL_INDEX_KEY_SIZE];
	struct hl_error err;

	(void)_err;
	check_superseded(walk, strcmp(row->key, walk->key) == 0 ? row->seq : 0);
	snprintf(walk->key, sizeof(walk->key), "%s", row->key);
	walk->seq = row->seq;
	walk->superseded_by = row->superseded_by;
	walk->rows++;
	if (entry_key(walk->verify, row, key, &err) < 0)
		verify_problem(walk->verify, walk->seq, "index: %s: %s",
			       walk->key, err.text);
	else if (strcmp(walk->key, key) != 0)
		verify_problem(walk->verify, walk->seq,
			       "index: %s: the entry is about another address",
			       walk->key);
	return 0;
}

void verify_index(struct verify *verify)
{
	struct index_walk walk;
	struct hl_error err;

	memset(&walk, 0, sizeof(walk));
	walk.verify = verify;
	if (hl_store_each_index(verify->store, NULL, HL_ASCENDING, verify_row,
				&walk, &err) < 0) {
		verify_problem(verify, 0, "index: %s", err.text);
		return;
	}
	check_superseded(&walk, 0);
	if (walk.rows != verify->with_payload)
		verify_problem(verify, 0,
			       "index: %llu rows for %llu entries with a "
			       "payload",
			       (unsigned long long)walk.rows,
			       (unsigned long long)verify->with_payload);
}
