#include "hl-sqlite.h"

#include <string.h>

int hl_sqlite_snapshot_begin(struct hl_store *store, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_BEGIN, err);
	if (stmt == NULL || hl_sqlite_run(sqlite, stmt, "reading", err) < 0)
		return -1;
	/* BEGIN alone takes no snapshot; this does, and sees what a newer
	   program did to a store that has been open for long. */
	if (hl_sqlite_check_version(sqlite, err) < 0) {
		hl_sqlite_snapshot_end(store);
		return -1;
	}
	return 0;
}

void hl_sqlite_snapshot_end(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	struct hl_error ignored;

	/* Cannot fail: nothing was written. */
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_COMMIT, &ignored);
	if (stmt == NULL ||
	    hl_sqlite_run(sqlite, stmt, "reading", &ignored) < 0)
		sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
}

bool hl_sqlite_has_changed(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	unsigned int version = 0;

	if (sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_DATA_VERSION,
				 &version) != SQLITE_OK)
		return true;
	if (sqlite->data_version_known && sqlite->data_version == version)
		return false;
	sqlite->data_version = version;
	sqlite->data_version_known = true;
	return true;
}

bool hl_sqlite_is_untouched(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	struct stat st;

	if (sqlite->writable || !hl_sqlite_stat_wal(sqlite, &st)) {
		sqlite->wal_last_known = sqlite->wal_before_known = false;
		return false;
	}
	if (sqlite->wal_before_known && !sqlite->wal_before.racy &&
	    hl_fingerprint_fits(&sqlite->wal_before, &st))
		return true;
	/* Something may have been written between the start of this snapshot
	   and stat(); what was seen in the snapshot before it is older. */
	sqlite->wal_before = sqlite->wal_last;
	sqlite->wal_before_known = sqlite->wal_last_known;
	hl_fingerprint_init(&sqlite->wal_last, &st);
	sqlite->wal_last_known = true;
	return false;
}

/* Runs a query for one row. Returns 1 with the row standing until the next
   call, 0 if there is none. */
static int get_row(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		   struct hl_error *err)
{
	sqlite->pending = stmt;
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		hl_sqlite_release(sqlite);
		return 0;
	default:
		hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
		hl_sqlite_release(sqlite);
		return -1;
	}
}

int hl_sqlite_get_head(struct hl_store *store, struct hl_head_row *head_r,
		       struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_GET_HEAD, err);
	if (stmt == NULL)
		return -1;
	ret = get_row(sqlite, stmt, err);
	if (ret < 0)
		return -1;
	if (ret == 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: the store has no head", sqlite->path);
	return hl_sqlite_row_head(sqlite, stmt, head_r, err);
}

int hl_sqlite_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			   struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	sqlite3_int64 seq;
	int ret;

	*seq_r = 0;
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_GET_LAST_SEQ, err);
	if (stmt == NULL)
		return -1;
	ret = get_row(sqlite, stmt, err);
	if (ret <= 0)
		return ret;
	seq = sqlite3_column_int64(stmt, 0);
	if (seq < 1)
		return hl_sqlite_damaged(sqlite, "entry", seq,
					 "not a sequence number", err);
	*seq_r = (uint64_t)seq;
	return 0;
}

/* Fills a row and lets its key point to one that outlives the statement's next
   step. */
static int keep_row(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		    struct hl_index_row *row_r, struct hl_error *err)
{
	if (hl_sqlite_row_index(sqlite, stmt, row_r, err) < 0)
		return -1;
	if (strcmp(row_r->key, sqlite->key) != 0)
		return hl_sqlite_damaged(sqlite, "link",
					 (sqlite3_int64)row_r->seq,
					 "found under another key", err);
	row_r->key = sqlite->key;
	return 0;
}

int hl_sqlite_get_newest(struct hl_store *store, const char *key,
			 struct hl_index_row rows_r[2], size_t *count_r,
			 struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	size_t size = strlen(key);
	sqlite3_stmt *stmt;
	int ret;

	*count_r = 0;
	if (!hl_store_key_is_sane(key, size))
		return 0;
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_GET_NEWEST, err);
	if (stmt == NULL)
		return -1;
	memcpy(sqlite->key, key, size + 1);
	sqlite3_bind_text(stmt, 1, sqlite->key, (int)size, SQLITE_STATIC);
	while ((ret = get_row(sqlite, stmt, err)) > 0) {
		if (*count_r == 2 ||
		    keep_row(sqlite, stmt, &rows_r[*count_r], err) < 0)
			return -1;
		(*count_r)++;
	}
	return ret < 0 ? -1 : *count_r > 0;
}

int hl_sqlite_get_entry(struct hl_store *store, uint64_t seq,
			struct hl_record *record_r, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret;

	if (seq > INT64_MAX)
		return 0;
	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_GET_ENTRY, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)seq);
	ret = get_row(sqlite, stmt, err);
	if (ret > 0 && hl_sqlite_row_record(sqlite, stmt, record_r, err) < 0)
		return -1;
	return ret;
}
