#include "hl-sqlite.h"

#include <stdio.h>
#include <string.h>

int hl_sqlite_write_begin(struct hl_store *store, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret;

	/* SQLite would begin all the same, and fail later. */
	if (!sqlite->writable)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "%s: opened for reading only",
				    sqlite->path);
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_BEGIN_IMMEDIATE, err);
	if (stmt == NULL || hl_sqlite_run(sqlite, stmt, "writing", err) < 0)
		return -1;
	sqlite->write_failed = false;
	/* Only now: whoever replaces the file holds this lock while doing so.
	 */
	if (hl_sqlite_is_replaced(store))
		ret = hl_error_set(err, HL_ERROR_TEMP,
				   "%s: replaced or removed while it was open; "
				   "try again",
				   sqlite->path);
	else
		ret = hl_sqlite_check_version(sqlite, err);
	if (ret < 0)
		hl_sqlite_write_rollback(store);
	return ret;
}

static int add_entry(struct hl_sqlite *sqlite, const struct hl_record *record,
		     struct hl_error *err)
{
	sqlite3_stmt *stmt;
	int ret;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_ADD_ENTRY, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)record->seq);
	sqlite3_bind_blob64(stmt, 2, record->statement, record->statement_size,
			    SQLITE_STATIC);
	sqlite3_bind_blob64(stmt, 3, record->signature, HL_SIGNATURE_SIZE,
			    SQLITE_STATIC);
	sqlite3_bind_blob64(stmt, 4, record->payload, record->payload_size,
			    SQLITE_STATIC);
	ret = hl_sqlite_run(sqlite, stmt, "adding an entry", err);
	sqlite3_clear_bindings(stmt);
	return ret;
}

/* Marks the newest row of a key, if there is one, as superseded by seq. */
static int supersede(struct hl_sqlite *sqlite, const char *key, uint64_t seq,
		     struct hl_error *err)
{
	struct hl_index_row rows[2];
	sqlite3_stmt *stmt;
	size_t count;

	if (hl_sqlite_get_newest(&sqlite->store, key, rows, &count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	if (rows[0].superseded_by != 0 || rows[0].seq >= seq)
		return hl_sqlite_damaged(
			sqlite, "link", (sqlite3_int64)rows[0].seq,
			"the newest row of its key isn't open", err);
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_SUPERSEDE, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)rows[0].seq);
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)seq);
	return hl_sqlite_run(sqlite, stmt, "superseding an entry", err);
}

static int add_link(struct hl_sqlite *sqlite, const char *key, uint64_t seq,
		    struct hl_error *err)
{
	sqlite3_stmt *stmt;

	if (supersede(sqlite, key, seq, err) < 0)
		return -1;
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_ADD_LINK, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)seq);
	return hl_sqlite_run(sqlite, stmt, "indexing an entry", err);
}

int hl_sqlite_append(struct hl_store *store, const char *key,
		     const struct hl_record *record, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	if (!hl_store_key_is_sane(key, strlen(key)) ||
	    !hl_store_record_is_sane(record)) {
		sqlite->write_failed = true;
		return hl_error_set(err, HL_ERROR_DATA,
				    "an entry's key, sequence number or size "
				    "is out of bounds");
	}
	if (add_entry(sqlite, record, err) < 0 ||
	    add_link(sqlite, key, record->seq, err) < 0) {
		sqlite->write_failed = true;
		return -1;
	}
	return 0;
}

int hl_sqlite_put_entry(struct hl_store *store, const struct hl_record *record,
			struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	if (add_entry(sqlite, record, err) == 0)
		return 0;
	sqlite->write_failed = true;
	return -1;
}

int hl_sqlite_put_link(struct hl_store *store, const struct hl_index_row *row,
		       struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_PUT_LINK, err);
	int ret = -1;

	if (stmt != NULL) {
		sqlite3_bind_text(stmt, 1, row->key, -1, SQLITE_STATIC);
		sqlite3_bind_int64(stmt, 2, (sqlite3_int64)row->seq);
		if (row->superseded_by != 0)
			sqlite3_bind_int64(stmt, 3,
					   (sqlite3_int64)row->superseded_by);
		ret = hl_sqlite_run(sqlite, stmt, "indexing an entry", err);
		sqlite3_clear_bindings(stmt);
	}
	if (ret < 0)
		sqlite->write_failed = true;
	return ret;
}

int hl_sqlite_put_head(struct hl_store *store, const struct hl_head_row *head,
		       struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret = -1;

	if (!hl_store_head_is_sane(head)) {
		sqlite->write_failed = true;
		return hl_error_set(err, HL_ERROR_DATA,
				    "the head's size is out of bounds");
	}
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_PUT_HEAD, err);
	if (stmt != NULL) {
		sqlite3_bind_blob64(stmt, 1, head->checkpoint,
				    head->checkpoint_size, SQLITE_STATIC);
		sqlite3_bind_blob64(stmt, 2, head->frontier,
				    head->frontier_size, SQLITE_STATIC);
		ret = hl_sqlite_run(sqlite, stmt, "writing the head", err);
		sqlite3_clear_bindings(stmt);
	}
	if (ret < 0)
		sqlite->write_failed = true;
	return ret;
}

/* A write of the same value, but of page 1 all the same; see
   hl-sqlite-wal.c. */
static int touch_page_1(struct hl_sqlite *sqlite)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %u",
		 hl_sqlite_known_version(sqlite->schema));
	return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL);
}

/* A commit whose fsync failed has left its frames in the WAL, where the next
   process to start would find them whole. Writes others over them. */
static int overwrite_failed_commit(struct hl_sqlite *sqlite)
{
	if (sqlite3_exec(sqlite->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
		    SQLITE_OK &&
	    touch_page_1(sqlite) == SQLITE_OK &&
	    sqlite3_exec(sqlite->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	if (sqlite3_get_autocommit(sqlite->db) == 0)
		sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

int hl_sqlite_write_commit(struct hl_store *store, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	if (sqlite->write_failed || sqlite3_get_autocommit(sqlite->db) != 0) {
		hl_sqlite_write_rollback(store);
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: nothing was written, because a part "
				    "of it failed before",
				    sqlite->path);
	}
	hl_sqlite_release(sqlite);
	if (touch_page_1(sqlite) != SQLITE_OK) {
		hl_sqlite_error(sqlite->db, sqlite->path, "committing", err);
		hl_sqlite_write_rollback(store);
		return -1;
	}
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_COMMIT, err);
	if (stmt == NULL) {
		hl_sqlite_write_rollback(store);
		return -1;
	}
	if (hl_sqlite_run(sqlite, stmt, "committing", err) == 0)
		return 0;
	hl_sqlite_write_rollback(store);
	if (overwrite_failed_commit(sqlite) < 0)
		hl_error_prefix(err, "the store is failing, so that this "
				     "change may still show up later; look "
				     "before you repeat it");
	return -1;
}

void hl_sqlite_write_rollback(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	struct hl_error ignored;

	/* SQLite itself rolls back after some errors. */
	if (sqlite3_get_autocommit(sqlite->db) != 0) {
		hl_sqlite_release(sqlite);
		return;
	}
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_ROLLBACK, &ignored);
	if (stmt != NULL)
		hl_sqlite_run(sqlite, stmt, "rolling back", &ignored);
}
