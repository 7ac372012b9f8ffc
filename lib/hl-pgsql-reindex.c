/* The index made anew, from what the entries say. */

#include "hl-pgsql.h"

#include <stdlib.h>
#include <string.h>

#define MAKE_FRESH \
	"CREATE TEMP TABLE fresh (key TEXT COLLATE \"C\" NOT NULL, " \
	"seq BIGINT NOT NULL, PRIMARY KEY (key, seq)) ON COMMIT DROP"

/* Of the rows of one key, each is superseded by the next. */
#define RIGHT_ROWS \
	"SELECT key, seq, lead(seq) OVER (PARTITION BY key ORDER BY seq) " \
	"AS superseded_by FROM pg_temp.fresh"

#define COUNT_CHANGES \
	"SELECT (SELECT count(*) FROM pg_temp.fresh AS f WHERE NOT EXISTS " \
	"(SELECT 1 FROM hardlink.link AS l " \
	"WHERE l.key = f.key AND l.seq = f.seq)), " \
	"(SELECT count(*) FROM hardlink.link AS l WHERE NOT EXISTS " \
	"(SELECT 1 FROM pg_temp.fresh AS f " \
	"WHERE l.key = f.key AND l.seq = f.seq)), " \
	"(SELECT count(*) FROM (" RIGHT_ROWS ") AS f " \
	"JOIN hardlink.link AS l USING (key, seq) " \
	"WHERE l.superseded_by IS DISTINCT FROM f.superseded_by)"

#define REPLACE \
	"DELETE FROM hardlink.link; " \
	"INSERT INTO hardlink.link (key, seq, superseded_by) " RIGHT_ROWS

struct reindex {
	struct hl_pgsql *pgsql;
	hl_key_func *func;
	void *context;
};

static int add_row(const struct hl_record *record, void *context,
		   struct hl_error *err)
{
	struct reindex *reindex = context;
	struct hl_pgsql_params params = {.count = 0};
	const char *key;

	if (record->payload == NULL)
		return 0;
	if (reindex->func(record, &key, reindex->context, err) < 0)
		return -1;
	hl_pgsql_add_text(&params, key);
	hl_pgsql_add_int(&params, (int64_t)record->seq);
	return hl_pgsql_run(reindex->pgsql, HL_PGSQL_ADD_FRESH, &params,
			    "indexing an entry", err) < 0
		       ? -1
		       : 0;
}

static uint64_t count(const PGresult *result, int column)
{
	return strtoull(PQgetvalue(result, 0, column), NULL, 10);
}

static int compare(struct hl_pgsql *pgsql, struct hl_reindex *changes_r,
		   struct hl_error *err)
{
	PGresult *result =
		hl_pgsql_select(pgsql, COUNT_CHANGES, -1, "indexing", err);

	if (result == NULL)
		return -1;
	changes_r->missing = count(result, 0);
	changes_r->extra = count(result, 1);
	changes_r->wrong = count(result, 2);
	PQclear(result);
	return 0;
}

static int replace(struct hl_pgsql *pgsql, const struct hl_reindex *changes,
		   struct hl_error *err)
{
	if (changes->missing == 0 && changes->extra == 0 && changes->wrong == 0)
		return 0;
	return hl_pgsql_exec(pgsql, REPLACE, -1, "indexing", err);
}

int hl_pgsql_reindex(struct hl_store *store, hl_key_func *func, void *context,
		     struct hl_reindex *changes_r, struct hl_error *err)
{
	struct reindex reindex = {.pgsql = (struct hl_pgsql *)store,
				  .func = func,
				  .context = context};
	struct hl_pgsql *pgsql = reindex.pgsql;

	memset(changes_r, 0, sizeof(*changes_r));
	if (hl_pgsql_exec(pgsql, MAKE_FRESH, -1, "indexing", err) < 0 ||
	    hl_pgsql_each_entry(store, 1, INT64_MAX, HL_ASCENDING, add_row,
				&reindex, err) < 0 ||
	    compare(pgsql, changes_r, err) < 0 ||
	    replace(pgsql, changes_r, err) < 0) {
		pgsql->write_failed = true;
		return -1;
	}
	return 0;
}
