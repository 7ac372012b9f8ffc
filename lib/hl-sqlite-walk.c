#include "hl-sqlite.h"

#include <string.h>

/* One step of a walk: 1 with a row, 0 at the end. */
static int walk_step(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		     struct hl_error *err)
{
	switch (sqlite3_step(stmt)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return hl_sqlite_error(sqlite->db, sqlite->path, "reading",
				       err);
	}
}

static int walk_entries(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
			hl_record_func *func, void *context,
			struct hl_error *err)
{
	struct hl_record record;
	int ret;

	while ((ret = walk_step(sqlite, stmt, err)) > 0) {
		ret = hl_sqlite_row_record(sqlite, stmt, &record, err);
		if (ret == 0)
			ret = func(&record, context, err);
		if (ret != 0)
			break;
	}
	sqlite3_reset(stmt);
	return ret;
}

static int walk_index(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		      hl_index_func *func, void *context, struct hl_error *err)
{
	struct hl_index_row row;
	int ret;

	while ((ret = walk_step(sqlite, stmt, err)) > 0) {
		ret = hl_sqlite_row_index(sqlite, stmt, &row, err);
		if (ret == 0)
			ret = func(&row, context, err);
		if (ret != 0)
			break;
	}
	sqlite3_reset(stmt);
	return ret;
}

int hl_sqlite_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			 enum hl_order order, hl_record_func *func,
			 void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	if (first > INT64_MAX)
		return 0;
	if (last > INT64_MAX)
		last = INT64_MAX;
	stmt = hl_sqlite_stmt(sqlite,
			      order == HL_ASCENDING ? HL_SQLITE_EACH_ENTRY
						    : HL_SQLITE_EACH_ENTRY_DOWN,
			      err);
	if (stmt == NULL)
		return -1;
	/* Below 1 there must be none, which only who looks can tell. */
	sqlite3_bind_int64(stmt, 1,
			   first <= 1 ? INT64_MIN : (sqlite3_int64)first);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)last);
	return walk_entries(sqlite, stmt, func, context, err);
}

int hl_sqlite_each_index(struct hl_store *store, const char *key,
			 enum hl_order order, hl_index_func *func,
			 void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	enum hl_sqlite_stmt id;
	sqlite3_stmt *stmt;

	if (key == NULL)
		id = HL_SQLITE_EACH_INDEX;
	else if (order == HL_ASCENDING)
		id = HL_SQLITE_EACH_INDEX_OF_KEY;
	else
		id = HL_SQLITE_EACH_INDEX_OF_KEY_DOWN;
	stmt = hl_sqlite_stmt(sqlite, id, err);
	if (stmt == NULL)
		return -1;
	if (key != NULL &&
	    sqlite3_bind_text64(stmt, 1, key, strlen(key), SQLITE_TRANSIENT,
				SQLITE_UTF8) != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path, "reading",
				       err);
	return walk_index(sqlite, stmt, func, context, err);
}

int hl_sqlite_each_open(struct hl_store *store, hl_index_func *func,
			void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_EACH_OPEN, err);
	if (stmt == NULL)
		return -1;
	return walk_index(sqlite, stmt, func, context, err);
}

int hl_sqlite_each_open_at(struct hl_store *store, uint64_t last,
			   const char *after, hl_index_func *func,
			   void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_EACH_OPEN_AT, err);
	if (stmt == NULL)
		return -1;
	if (sqlite3_bind_text64(stmt, 1, after, strlen(after), SQLITE_TRANSIENT,
				SQLITE_UTF8) != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path, "reading",
				       err);
	sqlite3_bind_int64(stmt, 2,
			   last > INT64_MAX ? INT64_MAX : (sqlite3_int64)last);
	return walk_index(sqlite, stmt, func, context, err);
}
