#include "hl-sqlite.h"

/* A BLOB that isn't empty. SQLite gives NULL for one also when it is out of
   memory or can't read the overflow pages. */
static const void *column_blob(sqlite3_stmt *stmt, int column, size_t *size_r)
{
	const void *data;

	*size_r = 0;
	if (sqlite3_column_type(stmt, column) != SQLITE_BLOB)
		return NULL;
	data = sqlite3_column_blob(stmt, column);
	if (data != NULL)
		*size_r = (size_t)sqlite3_column_bytes(stmt, column);
	return data;
}

/* Did a column fail to be fetched, as opposed to be of the wrong form? */
static bool fetch_failed(struct hl_sqlite *sqlite)
{
	int result = sqlite3_errcode(sqlite->db);

	return result != SQLITE_OK && result != SQLITE_ROW &&
	       result != SQLITE_DONE;
}

static int bad_row(struct hl_sqlite *sqlite, const char *table,
		   sqlite3_int64 seq, const char *problem, struct hl_error *err)
{
	if (fetch_failed(sqlite))
		return hl_sqlite_error(sqlite->db, sqlite->path, "reading",
				       err);
	return hl_sqlite_damaged(sqlite, table, seq, problem, err);
}

int hl_sqlite_row_record(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
			 struct hl_record *record_r, struct hl_error *err)
{
	sqlite3_int64 seq = sqlite3_column_int64(stmt, 0);
	size_t signature_size;

	if (seq < 1)
		return bad_row(sqlite, "entry", seq, "not a sequence number",
			       err);
	record_r->seq = (uint64_t)seq;
	record_r->statement = column_blob(stmt, 1, &record_r->statement_size);
	record_r->signature = column_blob(stmt, 2, &signature_size);
	record_r->payload = column_blob(stmt, 3, &record_r->payload_size);
	if (record_r->statement == NULL || record_r->signature == NULL ||
	    signature_size != HL_SIGNATURE_SIZE ||
	    (record_r->payload == NULL &&
	     sqlite3_column_type(stmt, 3) != SQLITE_NULL) ||
	    !hl_store_record_is_sane(record_r))
		return bad_row(sqlite, "entry", seq,
			       "statement, signature or payload is of the "
			       "wrong type or size",
			       err);
	return 0;
}

int hl_sqlite_row_index(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
			struct hl_index_row *row_r, struct hl_error *err)
{
	sqlite3_int64 seq = sqlite3_column_int64(stmt, 1);
	sqlite3_int64 superseded_by = sqlite3_column_int64(stmt, 2);
	int superseded_type = sqlite3_column_type(stmt, 2);

	if (sqlite3_column_type(stmt, 1) != SQLITE_INTEGER || seq < 1)
		return bad_row(sqlite, "link", seq, "not a sequence number",
			       err);
	if (superseded_type != SQLITE_NULL &&
	    (superseded_type != SQLITE_INTEGER || superseded_by <= seq))
		return bad_row(sqlite, "link", seq,
			       "superseded_by is not a later sequence number",
			       err);
	row_r->key = NULL;
	if (sqlite3_column_type(stmt, 0) == SQLITE_TEXT)
		row_r->key = (const char *)sqlite3_column_text(stmt, 0);
	if (row_r->key == NULL ||
	    !hl_store_key_is_sane(row_r->key,
				  (size_t)sqlite3_column_bytes(stmt, 0)))
		return bad_row(sqlite, "link", seq,
			       "key is of the wrong type or size", err);
	row_r->seq = (uint64_t)seq;
	row_r->superseded_by = (uint64_t)superseded_by;
	return 0;
}

int hl_sqlite_row_head(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		       struct hl_head_row *head_r, struct hl_error *err)
{
	head_r->checkpoint = column_blob(stmt, 0, &head_r->checkpoint_size);
	head_r->frontier = column_blob(stmt, 1, &head_r->frontier_size);
	if (head_r->checkpoint == NULL || head_r->frontier == NULL ||
	    !hl_store_head_is_sane(head_r))
		return bad_row(sqlite, "head", 1,
			       "checkpoint or frontier is of the wrong type "
			       "or size",
			       err);
	return 0;
}
