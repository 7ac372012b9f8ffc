#include "hl-sqlite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int hl_sqlite_check_path(const char *path, struct hl_error *err)
{
	/* room for what is put behind it; SQLite's own limit is lower still */
	if (path[0] != '/' || strlen(path) > PATH_MAX - 64)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "store = sqlite:%s: not an absolute path",
				    path);
	return 0;
}

static int stat_file(const char *path, struct stat *st_r, struct hl_error *err)
{
	if (stat(path, st_r) < 0)
		return hl_sqlite_file_error(path, "opening the store", err);
	if (!S_ISREG(st_r->st_mode))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: not a regular file", path);
	return 0;
}

/* SQLite keeps it beside the file that a symbolic link leads to. */
bool hl_sqlite_stat_wal(const struct hl_sqlite *sqlite, struct stat *st_r)
{
	const char *file = sqlite3_db_filename(sqlite->db, "main");

	return file != NULL && stat(sqlite3_filename_wal(file), st_r) == 0;
}

static ino_t wal_inode(const struct hl_sqlite *sqlite)
{
	struct stat st;

	return hl_sqlite_stat_wal(sqlite, &st) ? st.st_ino : 0;
}

static bool is_other_file(const struct hl_sqlite *sqlite)
{
	struct stat st;

	return stat(sqlite->path, &st) < 0 || st.st_dev != sqlite->seen.dev ||
	       st.st_ino != sqlite->seen.ino;
}

/* A writer changes the file itself, by checkpoints; to a reader every change
   of it is a reason to look anew. Otherwise an older copy that is written over
   it would be read page by page, among newer ones that are still cached. */
bool hl_sqlite_is_replaced(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	if (!sqlite->writable)
		return hl_fingerprint_differs(&sqlite->seen, sqlite->path) ||
		       wal_inode(sqlite) != sqlite->wal_inode;
	return is_other_file(sqlite);
}

bool hl_sqlite_stat(const struct hl_store *store, struct stat *st_r)
{
	const struct hl_sqlite *sqlite = (const struct hl_sqlite *)store;

	return stat(sqlite->path, st_r) == 0 &&
	       st_r->st_dev == sqlite->seen.dev &&
	       st_r->st_ino == sqlite->seen.ino;
}

/* Settings of the connection that read no page yet. */
static int configure(struct hl_sqlite *sqlite, struct hl_error *err)
{
	static const char pragmas[] = "PRAGMA cell_size_check = ON;"
				      "PRAGMA mmap_size = 0;"
				      "PRAGMA temp_store = MEMORY";
	sqlite3 *db = sqlite->db;
	int persist = 1;

	sqlite3_busy_timeout(db, sqlite->writable ? HL_SQLITE_WRITE_BUSY
						  : HL_SQLITE_READ_BUSY);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* Not before it is sure which file this is; see open_checked(). */
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	/* A reader that may not write to the directory needs the -wal. */
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	/* what is longer isn't ours; it needn't be read to be refused */
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, HL_SQLITE_VALUE_MAX);
	return hl_sqlite_exec(db, sqlite->path, pragmas, "opening", err);
}

static int open_database(struct hl_sqlite *sqlite, struct hl_error *err)
{
	int flags =
		sqlite->writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;

	if (sqlite3_open_v2(sqlite->path, &sqlite->db,
			    flags | SQLITE_OPEN_EXRESCODE |
				    SQLITE_OPEN_NOMUTEX |
				    SQLITE_OPEN_PRIVATECACHE,
			    NULL) != SQLITE_OK) {
		if (sqlite->db == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "%s: out of memory", sqlite->path);
		/* stat_file() found it, so that this alone is in the way */
		if (access(sqlite->path, R_OK) < 0)
			return hl_sqlite_file_error(sqlite->path,
						    "opening the store", err);
		return hl_sqlite_error(sqlite->db, sqlite->path, "opening",
				       err);
	}
	/* SQLite opens what it may not write to for reading only. */
	if (sqlite->writable && sqlite3_db_readonly(sqlite->db, "main") != 0) {
		if (access(sqlite->path, W_OK) == 0 || errno == EROFS)
			return hl_error_set(
				err, HL_ERROR_TEMP,
				"%s: the store is on a read-only file system",
				sqlite->path);
		return hl_sqlite_file_error(
			sqlite->path, "opening the store for writing", err);
	}
	return configure(sqlite, err);
}

static int prepare_writer(struct hl_sqlite *sqlite, struct hl_error *err)
{
	static const char pragmas[] = "PRAGMA synchronous = FULL;"
				      "PRAGMA secure_delete = ON";

	if (hl_sqlite_set_journal(sqlite->db, sqlite->path, "wal", err) < 0)
		return -1;
	return hl_sqlite_exec(sqlite->db, sqlite->path, pragmas, "opening",
			      err);
}

/* Opens what is there, or the empty file that was just made. */
static int open_contents(struct hl_sqlite *sqlite, const unsigned char *origin,
			 struct hl_error *err)
{
	unsigned int version;

	if (origin != NULL) {
		if (prepare_writer(sqlite, err) < 0 ||
		    hl_sqlite_init(sqlite, origin, err) < 0)
			return -1;
		return hl_sqlite_read_meta(sqlite, err);
	}
	/* A store of a newer program is refused before it is touched. */
	if (hl_sqlite_identify(sqlite->db, sqlite->path, &version, err) < 0 ||
	    hl_sqlite_check_wal(sqlite, err) < 0)
		return -1;
	if (sqlite->writable &&
	    version <= hl_sqlite_known_version(sqlite->schema) &&
	    (prepare_writer(sqlite, err) < 0 ||
	     hl_sqlite_migrate(sqlite, err) < 0))
		return -1;
	if (hl_sqlite_check_version(sqlite, err) < 0)
		return -1;
	return hl_sqlite_read_meta(sqlite, err);
}

/* If the file is replaced between its opening and that of the -wal beside it,
   the two don't belong together. By now both are open; before this is known,
   nothing may be checkpointed. */
static int open_checked(struct hl_sqlite *sqlite, const unsigned char *origin,
			struct hl_error *err)
{
	struct stat st;

	if (stat_file(sqlite->path, &st, err) < 0)
		return -1;
	hl_fingerprint_init(&sqlite->seen, &st);
	if (open_database(sqlite, err) < 0)
		return -1;
	if (open_contents(sqlite, origin, err) < 0)
		return -1;
	sqlite->wal_inode = wal_inode(sqlite);
	/* A checkpoint meanwhile is no reason to fail. */
	if (is_other_file(sqlite))
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: replaced while it was being opened; "
				    "try again",
				    sqlite->path);
	if (sqlite->writable)
		sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
				  0, NULL);
	return 0;
}

/* Makes the empty file of a new store. What a lost one left beside it isn't
   SQLite's to remove. */
static int create_file(const char *path, struct hl_error *err)
{
	char wal[PATH_MAX];

	snprintf(wal, sizeof(wal), "%s-wal", path);
	if (access(wal, F_OK) == 0) {
		errno = EEXIST;
		return hl_sqlite_file_error(wal, "making the store", err);
	}
	return hl_sqlite_create_file(path, HL_SQLITE_MODE, err);
}

static struct hl_sqlite *new_handle(const char *path, bool writable,
				    const char *const *schema)
{
	struct hl_sqlite *sqlite = calloc(1, sizeof(*sqlite));

	if (sqlite == NULL)
		return NULL;
	sqlite->path = strdup(path);
	if (sqlite->path == NULL) {
		free(sqlite);
		return NULL;
	}
	sqlite->store.driver = &hl_sqlite_driver;
	sqlite->schema = schema;
	sqlite->writable = writable;
	return sqlite;
}

int hl_sqlite_open_schema(const char *path, enum hl_store_mode mode,
			  const unsigned char *origin,
			  const char *const *schema, struct hl_store **store_r,
			  struct hl_error *err)
{
	bool create = mode == HL_STORE_CREATE;
	struct hl_sqlite *sqlite;
	int ret;

	if (hl_sqlite_check_path(path, err) < 0 ||
	    (create && create_file(path, err) < 0))
		return -1;
	sqlite = new_handle(path, mode != HL_STORE_READ, schema);
	if (sqlite == NULL) {
		ret = hl_error_set(err, HL_ERROR_TEMP, "%s: out of memory",
				   path);
	} else {
		ret = open_checked(sqlite, create ? origin : NULL, err);
		if (ret == 0 && create)
			ret = hl_sqlite_sync_dir(path, err);
	}
	if (ret == 0) {
		*store_r = &sqlite->store;
		return 0;
	}
	if (sqlite != NULL)
		hl_sqlite_close(&sqlite->store);
	if (create)
		hl_sqlite_remove(path);
	return -1;
}

int hl_sqlite_open(const char *path, enum hl_store_mode mode,
		   const unsigned char *origin, struct hl_store **store_r,
		   struct hl_error *err)
{
	return hl_sqlite_open_schema(path, mode, origin, hl_sqlite_schema,
				     store_r, err);
}

/* The file is exclusively made: it's no other one. */
static int hl_sqlite_discard(const char *path, const unsigned char *origin,
			     struct hl_error *err)
{
	(void)origin;
	(void)err;
	hl_sqlite_remove(path);
	return 0;
}

/* So that who copies the store, or puts a copy in its place, deals with one
   file. A reader in the middle of a snapshot prevents it, and isn't waited for
   long. */
void hl_sqlite_empty_wal(struct hl_sqlite *sqlite)
{
	sqlite3_busy_timeout(sqlite->db, HL_SQLITE_CLOSE_BUSY);
	sqlite3_wal_checkpoint_v2(sqlite->db, NULL, SQLITE_CHECKPOINT_TRUNCATE,
				  NULL, NULL);
}

void hl_sqlite_close(struct hl_store *store)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	int without_checkpoint = 1;
	size_t i;

	for (i = 0; i < HL_SQLITE_STMT_COUNT; i++)
		sqlite3_finalize(sqlite->stmts[i]);
	if (sqlite->db != NULL)
		sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
				  -1, &without_checkpoint);
	if (without_checkpoint == 0)
		hl_sqlite_empty_wal(sqlite);
	sqlite3_close(sqlite->db);
	free(sqlite->path);
	free(sqlite);
}

const struct hl_store_driver hl_sqlite_driver = {
	.scheme = "sqlite:",
	.check_place = hl_sqlite_check_path,
	.open = hl_sqlite_open,
	.discard = hl_sqlite_discard,
	.close = hl_sqlite_close,
	.is_replaced = hl_sqlite_is_replaced,
	.stat = hl_sqlite_stat,
	.get_version = hl_sqlite_get_version,
	.snapshot_begin = hl_sqlite_snapshot_begin,
	.snapshot_end = hl_sqlite_snapshot_end,
	.has_changed = hl_sqlite_has_changed,
	.is_untouched = hl_sqlite_is_untouched,
	.note_state = hl_sqlite_note_state,
	.is_as_noted = hl_sqlite_is_as_noted,
	.has_no_commit = hl_sqlite_has_no_commit,
	.get_head = hl_sqlite_get_head,
	.get_last_seq = hl_sqlite_get_last_seq,
	.get_newest = hl_sqlite_get_newest,
	.get_entry = hl_sqlite_get_entry,
	.each_entry = hl_sqlite_each_entry,
	.each_index = hl_sqlite_each_index,
	.each_open = hl_sqlite_each_open,
	.each_open_at = hl_sqlite_each_open_at,
	.write_begin = hl_sqlite_write_begin,
	.append = hl_sqlite_append,
	.put_head = hl_sqlite_put_head,
	.get_consent = hl_sqlite_get_consent,
	.put_consent = hl_sqlite_put_consent,
	.delete_consent = hl_sqlite_delete_consent,
	.add_notice = hl_sqlite_add_notice,
	.erase = hl_sqlite_erase,
	.has_notice = hl_sqlite_has_notice,
	.put_entry = hl_sqlite_put_entry,
	.put_link = hl_sqlite_put_link,
	.each_consent = hl_sqlite_each_consent,
	.each_notice = hl_sqlite_each_notice,
	.write_commit = hl_sqlite_write_commit,
	.write_rollback = hl_sqlite_write_rollback,
	.scrub = hl_sqlite_scrub,
	.each_kept = hl_sqlite_each_kept,
	.check = hl_sqlite_check,
	.reindex = hl_sqlite_reindex,
	.backup = hl_sqlite_backup,
	.replace = hl_sqlite_replace,
};
