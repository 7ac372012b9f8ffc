#include "hl-sqlite.h"

#include <errno.h>
#include <string.h>

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
	if (((result & 0xff) == SQLITE_IOERR ||
	     (result & 0xff) == SQLITE_CANTOPEN) &&
	    system != 0)
		return hl_error_set(err, error_code(result), "%s: %s: %s (%s)",
				    path, error_text(result), strerror(system),
				    doing);
	if ((result & 0xff) == SQLITE_BUSY || (result & 0xff) == SQLITE_FULL)
		return hl_error_set(err, error_code(result), "%s: %s (%s)",
				    path, error_text(result), doing);
	/* As after a copy of the file alone was put there. */
	if (result == SQLITE_READONLY_DIRECTORY)
		return hl_error_set(err, error_code(result),
				    "%s: its -wal and -shm are missing, and "
				    "this user may not make them; `hardlinkctl "
				    "list`, as root, does (%s)",
				    path, doing);
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
				    "%s: no such store; correct `store` in the "
				    "configuration, run `hardlinkctl init`, "
				    "or, if there was one, `hardlinkctl "
				    "recover --from` a backup",
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
