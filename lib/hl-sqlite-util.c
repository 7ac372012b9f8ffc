#include "hl-sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
	[HL_SQLITE_ADD_ENTRY] =
		"INSERT INTO entry (seq, statement, signature, payload) "
		"VALUES (?1, ?2, ?3, ?4)",
	[HL_SQLITE_ADD_LINK] = "INSERT INTO link (key, seq) VALUES (?1, ?2)",
	[HL_SQLITE_SUPERSEDE] = "UPDATE link SET superseded_by = ?3 "
				"WHERE key = ?1 AND seq = ?2",
	[HL_SQLITE_PUT_HEAD] = "REPLACE INTO head (id, checkpoint, frontier) "
			       "VALUES (1, ?1, ?2)",
};

static enum hl_error_code error_code(int result)
{
	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_FULL:
	case SQLITE_IOERR:
	case SQLITE_READONLY:
	case SQLITE_NOMEM:
	case SQLITE_INTERRUPT:
	case SQLITE_PROTOCOL:
	case SQLITE_CANTOPEN:
		return HL_ERROR_TEMP;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return HL_ERROR_PERMISSION;
	default:
		return HL_ERROR_STORE;
	}
}

static const char *error_text(int result)
{
	switch (result & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return "the store is busy: another process holds its lock; "
		       "try again";
	case SQLITE_FULL:
		return "no space left for the store";
	case SQLITE_IOERR:
		return "the store can't be read or written";
	case SQLITE_READONLY:
		return "the store is read-only";
	case SQLITE_CANTOPEN:
		return "the store, or its -wal and -shm beside it, can't be "
		       "opened";
	case SQLITE_NOTADB:
		return "not a store of hard-links";
	case SQLITE_CORRUPT:
		return "the store is damaged";
	default:
		return "the store failed";
	}
}

int hl_sqlite_error(sqlite3 *db, const char *path, const char *doing,
		    struct hl_error *err)
{
	int result = sqlite3_extended_errcode(db);
	int system = sqlite3_system_errno(db);

	/* SQLite's text and errno say what the code alone doesn't. */
	if ((result & 0xff) == SQLITE_IOERR && system != 0)
		return hl_error_set(err, error_code(result), "%s: %s: %s (%s)",
				    path, error_text(result), strerror(system),
				    doing);
	if ((result & 0xff) == SQLITE_BUSY || (result & 0xff) == SQLITE_FULL)
		return hl_error_set(err, error_code(result), "%s: %s (%s)",
				    path, error_text(result), doing);
	return hl_error_set(err, error_code(result), "%s: %s: %s (%s)", path,
			    error_text(result), sqlite3_errmsg(db), doing);
}

int hl_sqlite_file_error(const char *path, const char *doing,
			 struct hl_error *err)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: no such store; run `hardlinkctl init` "
				    "or correct `store` in the configuration",
				    path);
	case EACCES:
	case EPERM:
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: %s: not permitted to this user", path,
				    doing);
	case EEXIST:
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: exists already; nothing is "
				    "overwritten",
				    path);
	default:
		return hl_error_set(err, HL_ERROR_TEMP, "%s: %s: %s", path,
				    doing, strerror(errno));
	}
}

int hl_sqlite_damaged(const struct hl_sqlite *sqlite, const char *table,
		      sqlite3_int64 seq, const char *problem,
		      struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: damaged: table %s, sequence number %lld: %s; "
			    "run `hardlinkctl verify`",
			    sqlite->path, table, (long long)seq, problem);
}

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
	const char *result;
	sqlite3_stmt *stmt;
	char sql[64];
	int ret = 0;

	snprintf(sql, sizeof(sql), "PRAGMA journal_mode = %s", mode);
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW) {
		ret = hl_sqlite_error(db, path, sql, err);
	} else {
		/* It answers with the old mode when it can't change it. */
		result = (const char *)sqlite3_column_text(stmt, 0);
		if (result == NULL || strcmp(result, mode) != 0)
			ret = hl_error_set(err, HL_ERROR_TEMP,
					   "%s: the store can't be changed to "
					   "journal mode `%s` here",
					   path, mode);
	}
	sqlite3_finalize(stmt);
	return ret;
}

int hl_sqlite_create_file(const char *path, mode_t mode, struct hl_error *err)
{
	int fd, ret = 0;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return hl_error_set(err, HL_ERROR_CONFIG,
					    "%s: no such directory to make "
					    "this file in",
					    path);
		return hl_sqlite_file_error(path, "making the file", err);
	}
	/* whatever the umask is */
	if (fchmod(fd, mode) < 0)
		ret = hl_sqlite_file_error(path, "setting the mode", err);
	close(fd);
	if (ret < 0)
		unlink(path);
	return ret;
}

void hl_sqlite_remove(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal", ""};
	char name[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

int hl_sqlite_sync_dir(const char *path, struct hl_error *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int fd, ret = 0;

	/* the path of an open file fits; "/x" lies in "/", "x" in "." */
	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		snprintf(dir, sizeof(dir), "%.*s",
			 slash == path ? 1 : (int)(slash - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		ret = hl_error_set(err, HL_ERROR_TEMP,
				   "%s: making the directory durable: %s", dir,
				   strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}
