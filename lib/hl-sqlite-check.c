#include "hl-sqlite.h"

#include <stdio.h>
#include <string.h>

/* A fresh schema beside the store's, and where problems go. */
struct check {
	struct hl_sqlite *sqlite;
	sqlite3 *fresh;
	hl_problem_func *func;
	void *context;
	struct hl_error *err;
};

static void problem(struct check *check, const char *where, const char *text)
{
	char line[HL_ERROR_TEXT_SIZE];

	snprintf(line, sizeof(line), "%s: %s", where, text);
	check->func(line, check->context);
}

static int check_failed(struct check *check, sqlite3 *db)
{
	return hl_sqlite_error(db, check->sqlite->path, "checking", check->err);
}

static int check_integrity(struct check *check)
{
	sqlite3 *db = check->sqlite->db;
	const char *text;
	sqlite3_stmt *stmt;
	int result;

	if (sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL) !=
	    SQLITE_OK)
		return check_failed(check, db);
	while ((result = sqlite3_step(stmt)) == SQLITE_ROW) {
		text = (const char *)sqlite3_column_text(stmt, 0);
		if (text == NULL || strcmp(text, "ok") != 0)
			problem(check, "database",
				text == NULL ? "damaged" : text);
	}
	sqlite3_finalize(stmt);
	return result == SQLITE_DONE ? 0 : check_failed(check, db);
}

/* On a handle for reading, integrity_check skips the CHECK constraints. Those
   of other tables are checked by every reader of a row. */
static int check_head(struct check *check)
{
	struct hl_sqlite *sqlite = check->sqlite;
	sqlite3_int64 others;

	if (hl_sqlite_query_int(sqlite->db, sqlite->path,
				"SELECT count(*) FROM head WHERE id <> 1",
				&others, check->err) < 0)
		return -1;
	if (others != 0)
		problem(check, "head", "there is more than one row");
	return 0;
}

#define SCHEMA_QUERY "SELECT type, name, tbl_name, sql FROM sqlite_schema"

/* Does db's schema hold what stands in this row of another's? 1 or 0. */
static int schema_has(struct check *check, sqlite3 *db, sqlite3_stmt *row)
{
	sqlite3_stmt *stmt;
	int i, result;

	if (sqlite3_prepare_v2(db,
			       SCHEMA_QUERY " WHERE type IS ?1 AND name IS ?2 "
					    "AND tbl_name IS ?3 AND sql IS ?4",
			       -1, &stmt, NULL) != SQLITE_OK)
		return check_failed(check, db);
	for (i = 0; i < 4; i++)
		sqlite3_bind_value(stmt, i + 1, sqlite3_column_value(row, i));
	result = sqlite3_step(stmt);
	sqlite3_finalize(stmt);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return check_failed(check, db);
	return result == SQLITE_ROW;
}

/* Reports what one schema has and the other hasn't, or not the same. */
static int compare_schemas(struct check *check, sqlite3 *db, sqlite3 *other,
			   const char *text)
{
	const char *name;
	sqlite3_stmt *row;
	int result, ret = 0;

	if (sqlite3_prepare_v2(db, SCHEMA_QUERY, -1, &row, NULL) != SQLITE_OK)
		return check_failed(check, db);
	while ((result = sqlite3_step(row)) == SQLITE_ROW) {
		ret = schema_has(check, other, row);
		if (ret < 0)
			break;
		name = (const char *)sqlite3_column_text(row, 1);
		if (ret == 0)
			problem(check, name == NULL ? "schema" : name, text);
	}
	if (ret >= 0)
		ret = result == SQLITE_DONE ? 0 : check_failed(check, db);
	sqlite3_finalize(row);
	return ret;
}

/* Of the store's version, which a reader takes as it is. */
static int make_fresh(struct check *check)
{
	const char *const *schema = check->sqlite->schema;
	const char *path = check->sqlite->path;
	sqlite3_int64 version;
	int ret;

	if (sqlite3_open(":memory:", &check->fresh) != SQLITE_OK)
		return hl_error_set(check->err, HL_ERROR_TEMP,
				    "%s: checking: out of memory", path);
	ret = hl_sqlite_query_int(check->sqlite->db, path,
				  "PRAGMA user_version", &version, check->err);
	for (; ret == 0 && *schema != NULL && version > 0; schema++, version--)
		ret = hl_sqlite_exec(check->fresh, path, *schema, "checking",
				     check->err);
	return ret;
}

/* Identity and meta, which were read when the store was opened, as they are
   now. */
static void check_identity(struct check *check)
{
	struct hl_sqlite *sqlite = check->sqlite;
	unsigned char origin[HL_ORIGIN_SIZE];
	struct hl_error err;
	unsigned int version;

	memcpy(origin, sqlite->store.origin, sizeof(origin));
	if (hl_sqlite_identify(sqlite->db, sqlite->path, &version, &err) < 0 ||
	    hl_sqlite_check_version(sqlite, &err) < 0 ||
	    hl_sqlite_read_meta(sqlite, &err) < 0)
		check->func(err.text, check->context);
	else if (memcmp(origin, sqlite->store.origin, sizeof(origin)) != 0)
		problem(check, "meta", "the origin changed while it was open");
	memcpy(sqlite->store.origin, origin, sizeof(origin));
}

static int check_schema(struct check *check)
{
	sqlite3 *db = check->sqlite->db;

	if (compare_schemas(check, db, check->fresh,
			    "is not part of this schema, or was changed") < 0)
		return -1;
	return compare_schemas(check, check->fresh, db,
			       "is missing from the schema, or was changed");
}

/* A store so broken that a check breaks off has been checked: it's broken. */
static int found(struct check *check, int ret)
{
	if (ret == 0 || check->err->code != HL_ERROR_STORE)
		return ret;
	check->func(check->err->text, check->context);
	return 0;
}

int hl_sqlite_check(struct hl_store *store, hl_problem_func *func,
		    void *context, struct hl_error *err)
{
	struct check check = {
		.sqlite = (struct hl_sqlite *)store,
		.func = func,
		.context = context,
		.err = err,
	};
	int ret;

	hl_sqlite_release(check.sqlite);
	check_identity(&check);
	ret = make_fresh(&check);
	if (ret == 0)
		ret = found(&check, check_integrity(&check));
	if (ret == 0)
		ret = found(&check, check_schema(&check));
	if (ret == 0)
		ret = found(&check, check_head(&check));
	sqlite3_close(check.fresh);
	return ret;
}
