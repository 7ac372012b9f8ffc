#include "hl-pgsql.h"

#include <string.h>

/* The row lock on the head keeps out every other writer. (A store that nothing
   was ever written to has none; there the first entry's key decides.) Who
   waited for it may hold that of a store which was put aside meanwhile: it's
   looked at again, by name. */
static int lock_head(struct hl_pgsql *pgsql, struct hl_error *err)
{
	char locked[HL_PGSQL_STATE_SIZE];

	if (hl_pgsql_read_state(pgsql, HL_PGSQL_LOCK_HEAD, err) < 0)
		return -1;
	memcpy(locked, pgsql->state, sizeof(locked));
	if (hl_pgsql_read_state(pgsql, HL_PGSQL_GET_STATE, err) < 0)
		return -1;
	if (strcmp(pgsql->state, locked) != 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: replaced while it was open; try again",
				    pgsql->name);
	return 0;
}

int hl_pgsql_write_begin(struct hl_store *store, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	if (!pgsql->writable)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "%s: opened for reading only", pgsql->name);
	if (hl_pgsql_begin(pgsql, "BEGIN ISOLATION LEVEL READ COMMITTED",
			   "writing", err) < 0)
		return -1;
	pgsql->write_failed = false;
	if (lock_head(pgsql, err) < 0) {
		hl_pgsql_write_rollback(store);
		return -1;
	}
	return 0;
}

/* The row that was the newest must have been open and older. */
static int check_newest(struct hl_pgsql *pgsql, const PGresult *result,
			uint64_t seq, struct hl_error *err)
{
	int64_t newest;

	if (PQntuples(result) == 0)
		return 0;
	if (!hl_pgsql_get_int(result, 0, 0, &newest))
		return hl_pgsql_damaged(pgsql, "link", 0,
					"not a sequence number", err);
	if (PQgetisnull(result, 0, 1) == 0 || newest >= (int64_t)seq)
		return hl_pgsql_damaged(pgsql, "link", newest,
					"the newest row of its key isn't open",
					err);
	return 0;
}

int hl_pgsql_append(struct hl_store *store, const char *key,
		    const struct hl_record *record, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params = {.count = 0};
	PGresult *result;
	int ret;

	pgsql->write_failed = true;
	if (!hl_store_key_is_sane(key, strlen(key)) ||
	    !hl_store_record_is_sane(record))
		return hl_error_set(err, HL_ERROR_DATA,
				    "an entry's key, sequence number or size "
				    "is out of bounds");
	hl_pgsql_add_text(&params, key);
	hl_pgsql_add_int(&params, (int64_t)record->seq);
	hl_pgsql_add_blob(&params, record->statement, record->statement_size);
	hl_pgsql_add_blob(&params, record->signature, HL_SIGNATURE_SIZE);
	hl_pgsql_add_blob(&params, record->payload, record->payload_size);
	result = hl_pgsql_query(pgsql, HL_PGSQL_APPEND, &params,
				"adding an entry", err);
	if (result == NULL)
		return -1;
	ret = check_newest(pgsql, result, record->seq, err);
	PQclear(result);
	if (ret == 0)
		pgsql->write_failed = false;
	return ret;
}

static int put(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
	       const struct hl_pgsql_params *params, struct hl_error *err)
{
	if (hl_pgsql_run(pgsql, id, params, "copying", err) >= 0)
		return 0;
	pgsql->write_failed = true;
	return -1;
}

int hl_pgsql_put_entry(struct hl_store *store, const struct hl_record *record,
		       struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_int(&params, (int64_t)record->seq);
	hl_pgsql_add_blob(&params, record->statement, record->statement_size);
	hl_pgsql_add_blob(&params, record->signature, HL_SIGNATURE_SIZE);
	if (record->payload == NULL)
		hl_pgsql_add_null(&params);
	else
		hl_pgsql_add_blob(&params, record->payload,
				  record->payload_size);
	return put((struct hl_pgsql *)store, HL_PGSQL_PUT_ENTRY, &params, err);
}

int hl_pgsql_put_link(struct hl_store *store, const struct hl_index_row *row,
		      struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, row->key);
	hl_pgsql_add_int(&params, (int64_t)row->seq);
	if (row->superseded_by == 0)
		hl_pgsql_add_null(&params);
	else
		hl_pgsql_add_int(&params, (int64_t)row->superseded_by);
	return put((struct hl_pgsql *)store, HL_PGSQL_PUT_LINK, &params, err);
}

int hl_pgsql_put_head(struct hl_store *store, const struct hl_head_row *head,
		      struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params = {.count = 0};

	if (!hl_store_head_is_sane(head)) {
		pgsql->write_failed = true;
		return hl_error_set(err, HL_ERROR_DATA,
				    "the head's size is out of bounds");
	}
	hl_pgsql_add_blob(&params, head->checkpoint, head->checkpoint_size);
	hl_pgsql_add_blob(&params, head->frontier, head->frontier_size);
	if (hl_pgsql_run(pgsql, HL_PGSQL_PUT_HEAD, &params, "writing the head",
			 err) < 0) {
		pgsql->write_failed = true;
		return -1;
	}
	hl_pgsql_release(pgsql);
	return 0;
}

/* Whether it came into force is known only from the server's answer. */
static int commit(struct hl_pgsql *pgsql, struct hl_error *err)
{
	if (hl_pgsql_run(pgsql, HL_PGSQL_TOUCH_HEAD, NULL, "committing", err) <
	    0)
		return -1;
	hl_pgsql_release(pgsql);
	if (hl_pgsql_exec(pgsql, "COMMIT",
			  HL_PGSQL_WRITE_LOCK + HL_PGSQL_PATIENCE, "committing",
			  err) == 0) {
		pgsql->in_transaction = pgsql->creating = false;
		return 0;
	}
	if (hl_pgsql_is_lost(pgsql))
		hl_error_prefix(err, "the connection broke while this change "
				     "was being made, so that it may have been "
				     "made or not; look before you repeat it");
	return -1;
}

int hl_pgsql_write_commit(struct hl_store *store, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	if (pgsql->write_failed || !pgsql->in_transaction) {
		hl_pgsql_write_rollback(store);
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: nothing was written, because a part "
				    "of it failed before",
				    pgsql->name);
	}
	if (commit(pgsql, err) == 0)
		return 0;
	hl_pgsql_write_rollback(store);
	return -1;
}

void hl_pgsql_write_rollback(struct hl_store *store)
{
	hl_pgsql_end((struct hl_pgsql *)store, "ROLLBACK");
}

/* --- erasing, schema/FORMAT.md section 9 */

static void about(struct hl_pgsql_params *params, const char *key, uint64_t seq)
{
	params->count = 0;
	hl_pgsql_add_text(params, key);
	hl_pgsql_add_int(params, (int64_t)seq);
}

static int erase_payload(struct hl_pgsql *pgsql, uint64_t seq,
			 struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};
	int ret;

	hl_pgsql_add_int(&params, (int64_t)seq);
	ret = hl_pgsql_run(pgsql, HL_PGSQL_ERASE_PAYLOAD, &params, "erasing",
			   err);
	return ret != 0 ? ret
			: hl_pgsql_damaged(pgsql, "entry", (int64_t)seq,
					   "has no payload to be erased", err);
}

/* The row, and in before_r the number of the one before it or 0. */
static int get_row(struct hl_pgsql *pgsql, const char *key, uint64_t seq,
		   struct hl_index_row *row_r, uint64_t *before_r,
		   struct hl_error *err)
{
	struct hl_index_row before;
	struct hl_pgsql_params params;
	PGresult *rows;
	int ret = 0;

	*before_r = 0;
	memset(row_r, 0, sizeof(*row_r));
	about(&params, key, seq);
	rows = hl_pgsql_query(pgsql, HL_PGSQL_GET_NEIGHBOURS, &params,
			      "erasing", err);
	if (rows == NULL)
		return -1;
	if (PQntuples(rows) > 0)
		ret = hl_pgsql_row_index(pgsql, rows, 0, row_r, err);
	if (ret == 0 && PQntuples(rows) > 1) {
		ret = hl_pgsql_row_index(pgsql, rows, 1, &before, err);
		*before_r = before.seq;
	}
	PQclear(rows);
	row_r->key = key;
	if (ret == 0 && row_r->seq != seq)
		ret = hl_pgsql_damaged(pgsql, "link", (int64_t)seq,
				       "the row of its key is missing", err);
	return ret;
}

/* The row before it, if there is one, is superseded by what superseded it. */
static int bridge(struct hl_pgsql *pgsql, const struct hl_index_row *row,
		  uint64_t before, struct hl_error *err)
{
	struct hl_pgsql_params params;

	if (before == 0)
		return 0;
	if (row->superseded_by == 0)
		return hl_pgsql_damaged(pgsql, "link", (int64_t)row->seq,
					"is the newest row of its key, and "
					"can't be erased before the older",
					err);
	about(&params, row->key, before);
	hl_pgsql_add_int(&params, (int64_t)row->superseded_by);
	return hl_pgsql_run(pgsql, HL_PGSQL_SUPERSEDE, &params, "erasing",
			    err) < 0
		       ? -1
		       : 0;
}

int hl_pgsql_erase(struct hl_store *store, const char *key, uint64_t seq,
		   struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params;
	struct hl_index_row row;
	uint64_t before;

	pgsql->write_failed = true;
	if (erase_payload(pgsql, seq, err) < 0 ||
	    get_row(pgsql, key, seq, &row, &before, err) < 0 ||
	    bridge(pgsql, &row, before, err) < 0)
		return -1;
	about(&params, key, seq);
	if (hl_pgsql_run(pgsql, HL_PGSQL_ERASE_LINK, &params, "erasing", err) <
		    0 ||
	    hl_pgsql_run(pgsql, HL_PGSQL_ERASE_CONSENT, &params, "erasing",
			 err) < 0)
		return -1;
	pgsql->write_failed = false;
	return 0;
}
