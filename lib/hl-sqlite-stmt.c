#include "hl-sqlite.h"

#include <stdio.h>
#include <string.h>

static const char *const queries[HL_SQLITE_STMT_COUNT] = {
	[HL_SQLITE_BEGIN] = "BEGIN",
	[HL_SQLITE_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
	[HL_SQLITE_COMMIT] = "COMMIT",
	[HL_SQLITE_ROLLBACK] = "ROLLBACK",
	[HL_SQLITE_VERSION] = "PRAGMA user_version",
	[HL_SQLITE_GET_HEAD] =
		"SELECT checkpoint, frontier FROM head WHERE id = 1",
	[HL_SQLITE_GET_LAST_SEQ] =
		"SELECT seq FROM entry ORDER BY seq DESC LIMIT 1",
	[HL_SQLITE_GET_NEWEST] =
		"SELECT key, seq, superseded_by FROM link WHERE key = ?1 "
		"ORDER BY seq DESC LIMIT 2",
	[HL_SQLITE_GET_ENTRY] = "SELECT seq, statement, signature, payload "
				"FROM entry WHERE seq = ?1",
	[HL_SQLITE_EACH_ENTRY] =
		"SELECT seq, statement, signature, payload FROM entry "
		"WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq",
	[HL_SQLITE_EACH_ENTRY_DOWN] =
		"SELECT seq, statement, signature, payload FROM entry "
		"WHERE seq BETWEEN ?1 AND ?2 ORDER BY seq DESC",
	[HL_SQLITE_EACH_INDEX] =
		"SELECT key, seq, superseded_by FROM link ORDER BY key, seq",
	[HL_SQLITE_EACH_INDEX_OF_KEY] =
		"SELECT key, seq, superseded_by FROM link WHERE key = ?1 "
		"ORDER BY seq",
	[HL_SQLITE_EACH_INDEX_OF_KEY_DOWN] =
		"SELECT key, seq, superseded_by FROM link WHERE key = ?1 "
		"ORDER BY seq DESC",
	/* An address may begin with `!`, but only an address has an `@`. */
	[HL_SQLITE_EACH_OPEN] =
		"SELECT key, seq, superseded_by FROM link "
		"WHERE superseded_by IS NULL AND instr(key, '@') > 0 "
		"ORDER BY key, seq",
	[HL_SQLITE_EACH_OPEN_AT] =
		"SELECT key, seq, superseded_by FROM link "
		"WHERE key > ?1 AND seq <= ?2 AND instr(key, '@') > 0 AND "
		"(superseded_by IS NULL OR superseded_by > ?2) "
		"ORDER BY key, seq",
	[HL_SQLITE_ADD_ENTRY] =
		"INSERT INTO entry (seq, statement, signature, payload) "
		"VALUES (?1, ?2, ?3, ?4)",
	[HL_SQLITE_ADD_LINK] = "INSERT INTO link (key, seq) VALUES (?1, ?2)",
	[HL_SQLITE_SUPERSEDE] = "UPDATE link SET superseded_by = ?3 "
				"WHERE key = ?1 AND seq = ?2",
	[HL_SQLITE_PUT_HEAD] = "REPLACE INTO head (id, checkpoint, frontier) "
			       "VALUES (1, ?1, ?2)",
	[HL_SQLITE_GET_CONSENT] =
		"SELECT seq, mail, hash, expires, wrong FROM consent "
		"WHERE key = ?1",
	[HL_SQLITE_PUT_CONSENT] =
		"REPLACE INTO consent (key, seq, mail, hash, expires, wrong) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[HL_SQLITE_DELETE_CONSENT] = "DELETE FROM consent WHERE key = ?1",
	[HL_SQLITE_ADD_NOTICE] =
		"INSERT OR IGNORE INTO notice (id, time) VALUES (?1, ?2)",
	[HL_SQLITE_ERASE_PAYLOAD] = "UPDATE entry SET payload = NULL "
				    "WHERE seq = ?1 AND payload IS NOT NULL",
	[HL_SQLITE_ERASE_LINK] = "DELETE FROM link WHERE key = ?1 AND seq = ?2",
	[HL_SQLITE_ERASE_CONSENT] =
		"DELETE FROM consent WHERE key = ?1 AND seq <= ?2",
	/* the row, and the one before it */
	[HL_SQLITE_GET_NEIGHBOURS] =
		"SELECT key, seq, superseded_by FROM link "
		"WHERE key = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 2",
	[HL_SQLITE_HAS_NOTICE] = "SELECT 1 FROM notice WHERE id = ?1",
	[HL_SQLITE_PUT_LINK] = "INSERT INTO link (key, seq, superseded_by) "
			       "VALUES (?1, ?2, ?3)",
	[HL_SQLITE_EACH_CONSENT] =
		"SELECT seq, mail, hash, expires, wrong, key FROM consent",
	[HL_SQLITE_EACH_NOTICE] = "SELECT id, time FROM notice",
};

int hl_sqlite_exec(sqlite3 *db, const char *path, const char *sql,
		   const char *doing, struct hl_error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return hl_sqlite_error(db, path, doing, err);
	return 0;
}

void hl_sqlite_release(struct hl_sqlite *sqlite)
{
	if (sqlite->pending != NULL)
		sqlite3_reset(sqlite->pending);
	sqlite->pending = NULL;
}

sqlite3_stmt *hl_sqlite_stmt(struct hl_sqlite *sqlite, enum hl_sqlite_stmt id,
			     struct hl_error *err)
{
	sqlite3_stmt **stmt = &sqlite->stmts[id];

	hl_sqlite_release(sqlite);
	if (*stmt == NULL) {
		if (sqlite3_prepare_v3(sqlite->db, queries[id], -1,
				       SQLITE_PREPARE_PERSISTENT, stmt,
				       NULL) != SQLITE_OK) {
			hl_sqlite_error(sqlite->db, sqlite->path,
					"preparing a query", err);
			return NULL;
		}
		return *stmt;
	}
	sqlite3_reset(*stmt);
	sqlite3_clear_bindings(*stmt);
	return *stmt;
}

int hl_sqlite_run(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		  const char *doing, struct hl_error *err)
{
	int ret = 0;

	if (sqlite3_step(stmt) != SQLITE_DONE)
		ret = hl_sqlite_error(sqlite->db, sqlite->path, doing, err);
	sqlite3_reset(stmt);
	return ret;
}

int hl_sqlite_query_int(sqlite3 *db, const char *path, const char *sql,
			sqlite3_int64 *value_r, struct hl_error *err)
{
	sqlite3_stmt *stmt;
	int ret = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		ret = hl_sqlite_error(db, path, "opening", err);
	else
		*value_r = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return ret;
}

int hl_sqlite_set_journal(sqlite3 *db, const char *path, const char *mode,
			  struct hl_error *err)
{
	bool changed = false;
	const char *result;
	sqlite3_stmt *stmt;
	char sql[64];

	snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s", mode);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		/* It answers with the old mode when it can't change it. */
		result = (const char *)sqlite3_column_text(stmt, 0);
		changed = result != NULL && strcmp(result, mode) == 0;
		/* It commits only after that answer. */
		sqlite3_step(stmt);
	}
	if (sqlite3_finalize(stmt) != SQLITE_OK)
		return hl_sqlite_error(db, path, sql, err);
	if (!changed)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: the store can't be changed to "
				    "journal mode `%s` here",
				    path, mode);
	return 0;
}
