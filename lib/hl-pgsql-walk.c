/* Walks, a page at a time: each page goes on behind the last row of the one
   before it, so that the connection is free in between and a walk of any length
   needs no more memory than a page. */

#include "hl-pgsql.h"

#include <string.h>

int hl_pgsql_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			enum hl_order order, hl_record_func *func,
			void *context, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	enum hl_pgsql_stmt id = order == HL_ASCENDING
					? HL_PGSQL_EACH_ENTRY
					: HL_PGSQL_EACH_ENTRY_DOWN;
	/* Below 1 there must be none, which only who looks can tell. */
	int64_t from = first <= 1 ? INT64_MIN : (int64_t)first;
	int64_t to = last > INT64_MAX ? INT64_MAX : (int64_t)last;
	struct hl_record record;
	PGresult *page;
	int i, rows, ret = 0;

	if (first > INT64_MAX)
		return 0;
	do {
		struct hl_pgsql_params params = {.count = 0};

		hl_pgsql_add_int(&params, from);
		hl_pgsql_add_int(&params, to);
		hl_pgsql_add_int(&params, HL_PGSQL_PAGE);
		page = hl_pgsql_query(pgsql, id, &params, "reading", err);
		if (page == NULL)
			return -1;
		rows = PQntuples(page);
		for (i = 0; i < rows && ret == 0; i++) {
			ret = hl_pgsql_row_record(pgsql, page, i, &record, err);
			if (ret < 0)
				break;
			if (order == HL_DESCENDING)
				to = (int64_t)record.seq - 1;
			else if (record.seq < INT64_MAX)
				from = (int64_t)record.seq + 1;
			else
				to = INT64_MIN;
			ret = func(&record, context, err);
		}
		PQclear(page);
	} while (ret == 0 && rows == HL_PGSQL_PAGE && from <= to);
	return ret;
}

struct index_walk {
	struct hl_pgsql *pgsql;
	enum hl_pgsql_stmt id;
	/* behind these two it goes on */
	char key[HL_STORE_KEY_MAX + 1];
	int64_t seq;
	/* of one key: it stays */
	bool one_key;
	/* a fourth parameter, or 0 */
	int64_t last;
	hl_index_func *func;
	void *context;
};

static PGresult *next_page(struct index_walk *walk, struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, walk->key);
	hl_pgsql_add_int(&params, walk->seq);
	hl_pgsql_add_int(&params, HL_PGSQL_PAGE);
	if (walk->last > 0)
		hl_pgsql_add_int(&params, walk->last);
	return hl_pgsql_query(walk->pgsql, walk->id, &params, "reading", err);
}

static int walk_index(struct index_walk *walk, struct hl_error *err)
{
	struct hl_index_row row;
	PGresult *page;
	int i, rows, ret = 0;

	do {
		page = next_page(walk, err);
		if (page == NULL)
			return -1;
		rows = PQntuples(page);
		for (i = 0; i < rows && ret == 0; i++) {
			ret = hl_pgsql_row_index(walk->pgsql, page, i, &row,
						 err);
			if (ret < 0)
				break;
			walk->seq = (int64_t)row.seq;
			if (!walk->one_key)
				memcpy(walk->key, row.key, strlen(row.key) + 1);
			ret = walk->func(&row, walk->context, err);
		}
		PQclear(page);
	} while (ret == 0 && rows == HL_PGSQL_PAGE);
	return ret;
}

int hl_pgsql_each_index(struct hl_store *store, const char *key,
			enum hl_order order, hl_index_func *func, void *context,
			struct hl_error *err)
{
	struct index_walk walk = {.pgsql = (struct hl_pgsql *)store,
				  .id = HL_PGSQL_EACH_INDEX,
				  .seq = INT64_MIN,
				  .func = func,
				  .context = context};

	if (key != NULL) {
		if (!hl_store_key_is_sane(key, strlen(key)))
			return 0;
		memcpy(walk.key, key, strlen(key) + 1);
		walk.one_key = true;
		walk.id = order == HL_ASCENDING
				  ? HL_PGSQL_EACH_INDEX_OF_KEY
				  : HL_PGSQL_EACH_INDEX_OF_KEY_DOWN;
		if (order == HL_DESCENDING)
			walk.seq = INT64_MAX;
	}
	return walk_index(&walk, err);
}

int hl_pgsql_each_open(struct hl_store *store, hl_index_func *func,
		       void *context, struct hl_error *err)
{
	struct index_walk walk = {.pgsql = (struct hl_pgsql *)store,
				  .id = HL_PGSQL_EACH_OPEN,
				  .seq = INT64_MIN,
				  .func = func,
				  .context = context};

	return walk_index(&walk, err);
}

int hl_pgsql_each_open_at(struct hl_store *store, uint64_t last,
			  const char *after, hl_index_func *func, void *context,
			  struct hl_error *err)
{
	struct index_walk walk = {.pgsql = (struct hl_pgsql *)store,
				  .id = HL_PGSQL_EACH_OPEN_AT,
				  .seq = INT64_MAX,
				  .func = func,
				  .context = context};

	if (last == 0 || strlen(after) > HL_STORE_KEY_MAX)
		return 0;
	walk.last = last > INT64_MAX ? INT64_MAX : (int64_t)last;
	memcpy(walk.key, after, strlen(after) + 1);
	return walk_index(&walk, err);
}
