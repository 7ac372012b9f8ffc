/* Taking away what an entry said, schema/FORMAT.md section 9. That nothing of
   it stays in the files is another matter: hl-sqlite-scrub.c. */

#include "hl-sqlite.h"

#include <string.h>

/* Whether it changed something: 1, 0 or -1. */
static int change(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		  struct hl_error *err)
{
	int ret = hl_sqlite_run(sqlite, stmt, "erasing", err);

	sqlite3_clear_bindings(stmt);
	if (ret < 0)
		return -1;
	return sqlite3_changes(sqlite->db) > 0 ? 1 : 0;
}

/* A statement about one row of a key. */
static sqlite3_stmt *about(struct hl_sqlite *sqlite, enum hl_sqlite_stmt id,
			   const char *key, uint64_t seq, struct hl_error *err)
{
	sqlite3_stmt *stmt = hl_sqlite_stmt(sqlite, id, err);

	if (stmt == NULL)
		return NULL;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)seq);
	return stmt;
}

static int erase_payload(struct hl_sqlite *sqlite, uint64_t seq,
			 struct hl_error *err)
{
	sqlite3_stmt *stmt;
	int ret;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_ERASE_PAYLOAD, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 1, (sqlite3_int64)seq);
	ret = change(sqlite, stmt, err);
	return ret != 0 ? ret
			: hl_sqlite_damaged(sqlite, "entry", (sqlite3_int64)seq,
					    "has no payload to be erased", err);
}

/* The row, and in before_r the number of the one before it or 0. */
static int get_row(struct hl_sqlite *sqlite, const char *key, uint64_t seq,
		   struct hl_index_row *row_r, uint64_t *before_r,
		   struct hl_error *err)
{
	struct hl_index_row before;
	sqlite3_stmt *stmt;
	int ret = 0, step;

	*before_r = 0;
	stmt = about(sqlite, HL_SQLITE_GET_NEIGHBOURS, key, seq, err);
	if (stmt == NULL)
		return -1;
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW) {
		ret = hl_sqlite_row_index(sqlite, stmt, row_r, err);
		step = sqlite3_step(stmt);
	} else {
		row_r->seq = 0;
	}
	if (ret == 0 && step == SQLITE_ROW) {
		ret = hl_sqlite_row_index(sqlite, stmt, &before, err);
		*before_r = before.seq;
	} else if (ret == 0 && step != SQLITE_DONE) {
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	}
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	if (ret == 0 && row_r->seq != seq)
		ret = hl_sqlite_damaged(sqlite, "link", (sqlite3_int64)seq,
					"the row of its key is missing", err);
	return ret;
}

/* The row before it, if there is one, is superseded by what superseded it. */
static int bridge(struct hl_sqlite *sqlite, const char *key,
		  const struct hl_index_row *row, uint64_t before,
		  struct hl_error *err)
{
	sqlite3_stmt *stmt;

	if (before == 0)
		return 0;
	if (row->superseded_by == 0)
		return hl_sqlite_damaged(sqlite, "link",
					 (sqlite3_int64)row->seq,
					 "is the newest row of its key, and "
					 "can't be erased before the older",
					 err);
	stmt = about(sqlite, HL_SQLITE_SUPERSEDE, key, before, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_int64(stmt, 3, (sqlite3_int64)row->superseded_by);
	return change(sqlite, stmt, err) < 0 ? -1 : 0;
}

static int erase_row(struct hl_sqlite *sqlite, const char *key, uint64_t seq,
		     struct hl_error *err)
{
	struct hl_index_row row;
	sqlite3_stmt *stmt;
	uint64_t before;

	if (get_row(sqlite, key, seq, &row, &before, err) < 0 ||
	    bridge(sqlite, key, &row, before, err) < 0)
		return -1;
	stmt = about(sqlite, HL_SQLITE_ERASE_LINK, key, seq, err);
	return stmt == NULL || change(sqlite, stmt, err) < 0 ? -1 : 0;
}

static int erase_consent(struct hl_sqlite *sqlite, const char *key,
			 uint64_t seq, struct hl_error *err)
{
	sqlite3_stmt *stmt =
		about(sqlite, HL_SQLITE_ERASE_CONSENT, key, seq, err);

	return stmt == NULL || change(sqlite, stmt, err) < 0 ? -1 : 0;
}

int hl_sqlite_erase(struct hl_store *store, const char *key, uint64_t seq,
		    struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	if (erase_payload(sqlite, seq, err) < 0 ||
	    erase_row(sqlite, key, seq, err) < 0 ||
	    erase_consent(sqlite, key, seq, err) < 0) {
		sqlite->write_failed = true;
		return -1;
	}
	return 0;
}
