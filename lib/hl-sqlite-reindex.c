/* The index made anew, from what the entries say. */

#include "hl-sqlite.h"

#include <string.h>

/* Beside the store, where it may be large. */
#define MAKE_FRESH \
	"PRAGMA temp_store = FILE;" \
	"DROP TABLE IF EXISTS temp.fresh;" \
	"CREATE TEMP TABLE fresh (key TEXT NOT NULL, seq INTEGER NOT NULL, " \
	"PRIMARY KEY (key, seq)) WITHOUT ROWID"

/* Of the rows of one key, each is superseded by the next. */
#define RIGHT_ROWS \
	"SELECT key, seq, lead(seq) OVER (PARTITION BY key ORDER BY seq) " \
	"AS superseded_by FROM temp.fresh"

#define COUNT_MISSING \
	"SELECT count(*) FROM temp.fresh AS f WHERE NOT EXISTS " \
	"(SELECT 1 FROM link WHERE link.key = f.key AND link.seq = f.seq)"
#define COUNT_EXTRA \
	"SELECT count(*) FROM link WHERE NOT EXISTS (SELECT 1 FROM " \
	"temp.fresh AS f WHERE link.key = f.key AND link.seq = f.seq)"
#define COUNT_WRONG \
	"SELECT count(*) FROM (" RIGHT_ROWS ") AS f JOIN link USING " \
	"(key, seq) WHERE link.superseded_by IS NOT f.superseded_by"

#define REPLACE \
	"DELETE FROM link;" \
	"INSERT INTO link (key, seq, superseded_by) " RIGHT_ROWS

struct reindex {
	struct hl_sqlite *sqlite;
	sqlite3_stmt *insert;
	hl_key_func *func;
	void *context;
};

static int add_row(const struct hl_record *record, void *context,
		   struct hl_error *err)
{
	struct reindex *reindex = context;
	struct hl_sqlite *sqlite = reindex->sqlite;
	const char *key;
	int ret;

	if (record->payload == NULL)
		return 0;
	if (reindex->func(record, &key, reindex->context, err) < 0)
		return -1;
	sqlite3_bind_text(reindex->insert, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(reindex->insert, 2, (sqlite3_int64)record->seq);
	ret = hl_sqlite_run(sqlite, reindex->insert, "indexing an entry", err);
	sqlite3_clear_bindings(reindex->insert);
	return ret;
}

static int fill_fresh(struct reindex *reindex, struct hl_error *err)
{
	struct hl_sqlite *sqlite = reindex->sqlite;
	int ret;

	if (hl_sqlite_exec(sqlite->db, sqlite->path, MAKE_FRESH, "indexing",
			   err) < 0)
		return -1;
	if (sqlite3_prepare_v2(sqlite->db,
			       "INSERT INTO temp.fresh VALUES (?1, ?2)", -1,
			       &reindex->insert, NULL) != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path, "indexing",
				       err);
	ret = hl_sqlite_each_entry(&sqlite->store, 1, INT64_MAX, HL_ASCENDING,
				   add_row, reindex, err);
	sqlite3_finalize(reindex->insert);
	return ret;
}

static int count(struct hl_sqlite *sqlite, const char *sql, uint64_t *count_r,
		 struct hl_error *err)
{
	sqlite3_int64 value;

	if (hl_sqlite_query_int(sqlite->db, sqlite->path, sql, &value, err) < 0)
		return -1;
	*count_r = (uint64_t)value;
	return 0;
}

/* An old index that can't be read whole is replaced all the same. */
static int compare(struct hl_sqlite *sqlite, struct hl_reindex *changes_r,
		   struct hl_error *err)
{
	if (count(sqlite, COUNT_MISSING, &changes_r->missing, err) == 0 &&
	    count(sqlite, COUNT_EXTRA, &changes_r->extra, err) == 0 &&
	    count(sqlite, COUNT_WRONG, &changes_r->wrong, err) == 0)
		return 0;
	if (err->code != HL_ERROR_STORE)
		return -1;
	memset(changes_r, 0, sizeof(*changes_r));
	changes_r->unreadable = true;
	return 0;
}

static int replace(struct hl_sqlite *sqlite, const struct hl_reindex *changes,
		   struct hl_error *err)
{
	if (!changes->unreadable && changes->missing == 0 &&
	    changes->extra == 0 && changes->wrong == 0)
		return 0;
	return hl_sqlite_exec(sqlite->db, sqlite->path, REPLACE, "indexing",
			      err);
}

int hl_sqlite_reindex(struct hl_store *store, hl_key_func *func, void *context,
		      struct hl_reindex *changes_r, struct hl_error *err)
{
	struct reindex reindex = {.sqlite = (struct hl_sqlite *)store,
				  .func = func,
				  .context = context};
	struct hl_sqlite *sqlite = reindex.sqlite;

	memset(changes_r, 0, sizeof(*changes_r));
	hl_sqlite_release(sqlite);
	if (fill_fresh(&reindex, err) < 0 ||
	    compare(sqlite, changes_r, err) < 0 ||
	    replace(sqlite, changes_r, err) < 0 ||
	    hl_sqlite_exec(sqlite->db, sqlite->path, "DROP TABLE temp.fresh",
			   "indexing", err) < 0) {
		sqlite->write_failed = true;
		return -1;
	}
	return 0;
}
