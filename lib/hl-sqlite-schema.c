#include "hl-sqlite.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

unsigned int hl_sqlite_known_version(const char *const *schema)
{
	unsigned int version = 0;

	while (schema[version] != NULL)
		version++;
	return version;
}

static int refuse_version(struct hl_sqlite *sqlite, sqlite3_int64 version,
			  struct hl_error *err)
{
	unsigned int known = hl_sqlite_known_version(sqlite->schema);

	if (version > known)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: the store has schema version %lld, "
				    "this program knows up to version %u; "
				    "upgrade this program",
				    sqlite->path, (long long)version, known);
	if (version < 1)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: not a complete store: schema version "
				    "%lld",
				    sqlite->path, (long long)version);
	return hl_error_set(err, HL_ERROR_CONFIG,
			    "%s: the store has schema version %lld, this "
			    "program needs version %u; run `hardlinkctl "
			    "migrate`",
			    sqlite->path, (long long)version, known);
}

static bool can_use(const struct hl_sqlite *sqlite, sqlite3_int64 version)
{
	unsigned int known = hl_sqlite_known_version(sqlite->schema);

	return version == known || (!sqlite->writable && version < known &&
				    version >= HL_SQLITE_READABLE_VERSION);
}

int hl_sqlite_check_version(struct hl_sqlite *sqlite, struct hl_error *err)
{
	sqlite3_int64 version;
	sqlite3_stmt *stmt;
	int ret = 0;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_VERSION, err);
	if (stmt == NULL)
		return -1;
	if (sqlite3_step(stmt) != SQLITE_ROW) {
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	} else {
		version = sqlite3_column_int64(stmt, 0);
		if (!can_use(sqlite, version))
			ret = refuse_version(sqlite, version, err);
	}
	sqlite3_reset(stmt);
	return ret;
}

int hl_sqlite_identify(sqlite3 *db, const char *path, unsigned int *version_r,
		       struct hl_error *err)
{
	sqlite3_int64 application, version;

	if (hl_sqlite_query_int(db, path, "PRAGMA application_id", &application,
				err) < 0 ||
	    hl_sqlite_query_int(db, path, "PRAGMA user_version", &version,
				err) < 0)
		return -1;
	if (application != HL_SQLITE_APPLICATION_ID || version < 1)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: not a store of hard-links", path);
	*version_r = (unsigned int)version;
	return 0;
}

/* Makes version + 1. Within a transaction. */
static int apply_step(struct hl_sqlite *sqlite, unsigned int version,
		      struct hl_error *err)
{
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA user_version = %u", version + 1);
	if (hl_sqlite_exec(sqlite->db, sqlite->path, sqlite->schema[version],
			   "changing the schema", err) < 0)
		return -1;
	return hl_sqlite_exec(sqlite->db, sqlite->path, sql,
			      "changing the schema", err);
}

static int add_meta(struct hl_sqlite *sqlite, const char *name,
		    const char *value, struct hl_error *err)
{
	sqlite3_stmt *stmt;
	int ret;

	if (sqlite3_prepare_v2(sqlite->db, "INSERT INTO meta VALUES (?1, ?2)",
			       -1, &stmt, NULL) != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path,
				       "making the store", err);
	sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, value, -1, SQLITE_STATIC);
	ret = hl_sqlite_run(sqlite, stmt, "making the store", err);
	sqlite3_finalize(stmt);
	return ret;
}

int hl_sqlite_init(struct hl_sqlite *sqlite, const unsigned char *origin,
		   struct hl_error *err)
{
	char origin_hex[HL_ORIGIN_SIZE * 2 + 1];
	char sql[64];
	unsigned int i;

	sodium_bin2hex(origin_hex, sizeof(origin_hex), origin, HL_ORIGIN_SIZE);
	snprintf(sql, sizeof(sql),
		 "BEGIN IMMEDIATE; PRAGMA application_id = %d",
		 HL_SQLITE_APPLICATION_ID);
	if (hl_sqlite_exec(sqlite->db, sqlite->path, sql, "making the store",
			   err) < 0)
		return -1;
	for (i = 0; sqlite->schema[i] != NULL; i++) {
		if (apply_step(sqlite, i, err) < 0)
			return -1;
	}
	if (add_meta(sqlite, "origin", origin_hex, err) < 0 ||
	    add_meta(sqlite, "folding", HL_STORE_FOLDING, err) < 0)
		return -1;
	return hl_sqlite_exec(sqlite->db, sqlite->path, "COMMIT",
			      "making the store", err);
}

int hl_sqlite_get_version(struct hl_store *store, unsigned int *version_r,
			  unsigned int *known_r, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	*known_r = hl_sqlite_known_version(sqlite->schema);
	return hl_sqlite_identify(sqlite->db, sqlite->path, version_r, err);
}

/* What is left to do, unless another process was faster. */
static int migrate_steps(struct hl_sqlite *sqlite, struct hl_error *err)
{
	unsigned int known = hl_sqlite_known_version(sqlite->schema);
	unsigned int version;

	if (hl_sqlite_identify(sqlite->db, sqlite->path, &version, err) < 0)
		return -1;
	for (; version < known; version++) {
		if (apply_step(sqlite, version, err) < 0)
			return -1;
	}
	return 0;
}

int hl_sqlite_migrate(struct hl_sqlite *sqlite, struct hl_error *err)
{
	unsigned int version;

	if (hl_sqlite_identify(sqlite->db, sqlite->path, &version, err) < 0)
		return -1;
	if (version >= hl_sqlite_known_version(sqlite->schema))
		return 0;
	/* A failed one is rolled back when the handle is closed. */
	if (hl_sqlite_exec(sqlite->db, sqlite->path, "BEGIN IMMEDIATE",
			   "opening", err) < 0 ||
	    migrate_steps(sqlite, err) < 0)
		return -1;
	return hl_sqlite_exec(sqlite->db, sqlite->path, "COMMIT",
			      "changing the schema", err);
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	const char *text = NULL;

	if (sqlite3_column_type(stmt, column) == SQLITE_TEXT)
		text = (const char *)sqlite3_column_text(stmt, column);
	return text == NULL ? "" : text;
}

int hl_sqlite_read_meta(struct hl_sqlite *sqlite, struct hl_error *err)
{
	unsigned int rows = 0;
	sqlite3_stmt *stmt;
	int result, ret = 0;

	if (sqlite3_prepare_v2(sqlite->db, "SELECT name, value FROM meta", -1,
			       &stmt, NULL) != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path, "opening",
				       err);
	while ((result = sqlite3_step(stmt)) == SQLITE_ROW && ret == 0) {
		ret = hl_store_parse_meta(sqlite->path, column_text(stmt, 0),
					  column_text(stmt, 1),
					  sqlite->store.origin, err);
		rows++;
	}
	/* The names are unique: two rows are these two. */
	if (ret == 0 && result != SQLITE_DONE)
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "opening", err);
	else if (ret == 0 && rows != 2)
		ret = hl_error_set(err, HL_ERROR_STORE,
				   "%s: damaged: table meta: origin or folding "
				   "is missing",
				   sqlite->path);
	sqlite3_finalize(stmt);
	return ret;
}
