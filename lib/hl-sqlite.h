#ifndef HL_SQLITE_H
#define HL_SQLITE_H

#include "hl-file.h"
#include "hl-store-private.h"
#include "hl-store-row.h"

#include <sqlite3.h>
#include <sys/types.h>

/* The store in an SQLite database: what its source files share. */

/* The oldest schema that is read as it is, by a program that knows newer ones:
   so that lookups go on until a store is migrated, and when that fails. A step
   that changes what a reader looks at raises it, and then hl_admin_migrate()
   has to look at the older store in another way first. */
#define HL_SQLITE_READABLE_VERSION 1

/* "HLnk" */
#define HL_SQLITE_APPLICATION_ID 0x484c6e6b
/* Milliseconds. A mail server waits for a reader, a person or a queue for a
   writer. */
#define HL_SQLITE_READ_BUSY  1000
#define HL_SQLITE_WRITE_BUSY 10000
#define HL_SQLITE_CLOSE_BUSY 100
#define HL_SQLITE_VALUE_MAX  (1 << 20)
#define HL_SQLITE_MODE	     0640

enum hl_sqlite_stmt {
	HL_SQLITE_BEGIN,
	HL_SQLITE_BEGIN_IMMEDIATE,
	HL_SQLITE_COMMIT,
	HL_SQLITE_ROLLBACK,
	HL_SQLITE_VERSION,
	HL_SQLITE_GET_HEAD,
	HL_SQLITE_GET_LAST_SEQ,
	HL_SQLITE_GET_NEWEST,
	HL_SQLITE_GET_ENTRY,
	HL_SQLITE_EACH_ENTRY,
	HL_SQLITE_EACH_ENTRY_DOWN,
	HL_SQLITE_EACH_INDEX,
	HL_SQLITE_EACH_INDEX_OF_KEY,
	HL_SQLITE_EACH_INDEX_OF_KEY_DOWN,
	HL_SQLITE_EACH_OPEN,
	HL_SQLITE_EACH_OPEN_AT,
	HL_SQLITE_ADD_ENTRY,
	HL_SQLITE_ADD_LINK,
	HL_SQLITE_SUPERSEDE,
	HL_SQLITE_PUT_HEAD,
	HL_SQLITE_GET_CONSENT,
	HL_SQLITE_PUT_CONSENT,
	HL_SQLITE_DELETE_CONSENT,
	HL_SQLITE_ADD_NOTICE,
	HL_SQLITE_ERASE_PAYLOAD,
	HL_SQLITE_ERASE_LINK,
	HL_SQLITE_ERASE_CONSENT,
	HL_SQLITE_GET_NEIGHBOURS,
	HL_SQLITE_HAS_NOTICE,
	HL_SQLITE_PUT_LINK,
	HL_SQLITE_EACH_CONSENT,
	HL_SQLITE_EACH_NOTICE,
	HL_SQLITE_STMT_COUNT
};

#define HL_SQLITE_INDEX_HEADER_SIZE 48

/* What the store's state is told by, besides the database file. */
enum hl_sqlite_state_kind {
	HL_SQLITE_STATE_UNKNOWN,
	/* the header of the WAL-index */
	HL_SQLITE_STATE_INDEX,
	/* the -wal alone: there was no writer */
	HL_SQLITE_STATE_FILES
};

struct hl_sqlite_state {
	enum hl_sqlite_state_kind kind;
	struct hl_fingerprint db, wal;
	unsigned char index[HL_SQLITE_INDEX_HEADER_SIZE];
};

struct hl_sqlite {
	struct hl_store store;
	sqlite3 *db;
	char *path;
	/* the migrations that this program knows */
	const char *const *schema;
	/* the file that is open, as it was just before */
	struct hl_fingerprint seen;
	/* its -wal; 0 if there was none */
	ino_t wal_inode;
	bool writable;
	/* An append failed: what is in the transaction isn't whole. */
	bool write_failed;
	bool data_version_known;
	unsigned int data_version;
	/* Its -wal when is_untouched said no last, and the time before. */
	struct hl_fingerprint wal_last, wal_before;
	bool wal_last_known, wal_before_known;
	struct hl_sqlite_state state;
	/* of the rows that get_newest gave out last */
	char key[HL_STORE_KEY_MAX + 1];
	/* Its row is what the caller was given last. */
	sqlite3_stmt *pending;
	sqlite3_stmt *stmts[HL_SQLITE_STMT_COUNT];
};

/* schema[n] makes version n + 1 from version n; NULL-terminated. Made from
   schema/sqlite at build time. */
extern const char *const hl_sqlite_schema[];

/* --- hl-sqlite.c */

/* hl_store_open() for a program that knows this schema. */
int hl_sqlite_open_schema(const char *path, enum hl_store_mode mode,
			  const unsigned char *origin,
			  const char *const *schema, struct hl_store **store_r,
			  struct hl_error *err);
int hl_sqlite_open(const char *path, enum hl_store_mode mode,
		   const unsigned char *origin, struct hl_store **store_r,
		   struct hl_error *err);
void hl_sqlite_close(struct hl_store *store);
bool hl_sqlite_is_replaced(struct hl_store *store);
bool hl_sqlite_stat(const struct hl_store *store, struct stat *st_r);
bool hl_sqlite_stat_wal(const struct hl_sqlite *sqlite, struct stat *st_r);
/* Writes all of the -wal into the database file, if that's possible now. Ends
   the patience of the handle: only before its close or its one write. */
void hl_sqlite_empty_wal(struct hl_sqlite *sqlite);

/* --- hl-sqlite-error.c */

/* Fills err from the last failure on db. Returns -1. */
int hl_sqlite_error(sqlite3 *db, const char *path, const char *doing,
		    struct hl_error *err);
/* Why a file couldn't be used, from errno. Returns -1. */
int hl_sqlite_file_error(const char *path, const char *doing,
			 struct hl_error *err);
/* A value that isn't what this program writes. Returns -1. */
int hl_sqlite_damaged(const struct hl_sqlite *sqlite, const char *table,
		      sqlite3_int64 seq, const char *problem,
		      struct hl_error *err);
/* --- hl-sqlite-stmt.c */
int hl_sqlite_exec(sqlite3 *db, const char *path, const char *sql,
		   const char *doing, struct hl_error *err);
/* The statement, reset, with nothing bound; ends the validity of what the
   caller was given. NULL on error. */
sqlite3_stmt *hl_sqlite_stmt(struct hl_sqlite *sqlite, enum hl_sqlite_stmt id,
			     struct hl_error *err);
void hl_sqlite_release(struct hl_sqlite *sqlite);
/* Runs a statement that has no result to the end, and resets it. */
int hl_sqlite_run(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		  const char *doing, struct hl_error *err);
/* The first value of the first row of a query that gives an integer. */
int hl_sqlite_query_int(sqlite3 *db, const char *path, const char *sql,
			sqlite3_int64 *value_r, struct hl_error *err);
/* Changes the journal mode (mode as SQLite writes it: "wal", "delete"). */
int hl_sqlite_set_journal(sqlite3 *db, const char *path, const char *mode,
			  struct hl_error *err);
/* --- hl-sqlite-file.c */

/* Makes an empty file of this mode that nobody else may read for a moment;
   HL_ERROR_PERMISSION if there is one. */
int hl_sqlite_create_file(const char *path, mode_t mode, struct hl_error *err);
/* Removes a database and what SQLite keeps beside it. */
void hl_sqlite_remove(const char *path);
/* Makes the names in the directory of path durable. */
int hl_sqlite_sync_dir(const char *path, struct hl_error *err);

/* --- hl-sqlite-schema.c */

unsigned int hl_sqlite_known_version(const char *const *schema);
/* Refuses a schema version that isn't the known one, or, for a reader, one that
   can be read. In a transaction. */
int hl_sqlite_check_version(struct hl_sqlite *sqlite, struct hl_error *err);
/* Is this a store, and of which version? */
int hl_sqlite_identify(sqlite3 *db, const char *path, unsigned int *version_r,
		       struct hl_error *err);
/* What hl_store_get_version() says. */
int hl_sqlite_get_version(struct hl_store *store, unsigned int *version_r,
			  unsigned int *known_r, struct hl_error *err);
/* Makes the newest version of any older one, in one transaction. */
int hl_sqlite_migrate(struct hl_sqlite *sqlite, struct hl_error *err);
/* Makes the newest version in an empty database. */
int hl_sqlite_init(struct hl_sqlite *sqlite, const unsigned char *origin,
		   struct hl_error *err);
/* Reads the table meta; checks the folding. */
int hl_sqlite_read_meta(struct hl_sqlite *sqlite, struct hl_error *err);
/* --- hl-sqlite-wal.c */

/* HL_ERROR_STORE if the -wal isn't that of the database file. After the first
   transaction of a connection. */
int hl_sqlite_check_wal(struct hl_sqlite *sqlite, struct hl_error *err);
/* --- hl-sqlite-check.c */
int hl_sqlite_check(struct hl_store *store, hl_problem_func *func,
		    void *context, struct hl_error *err);

/* --- hl-sqlite-reindex.c */
int hl_sqlite_reindex(struct hl_store *store, hl_key_func *func, void *context,
		      struct hl_reindex *changes_r, struct hl_error *err);

/* --- hl-sqlite-read.c */
int hl_sqlite_snapshot_begin(struct hl_store *store, struct hl_error *err);
void hl_sqlite_snapshot_end(struct hl_store *store);
bool hl_sqlite_has_changed(struct hl_store *store);
bool hl_sqlite_is_untouched(struct hl_store *store);
int hl_sqlite_get_head(struct hl_store *store, struct hl_head_row *head_r,
		       struct hl_error *err);
int hl_sqlite_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			   struct hl_error *err);
int hl_sqlite_get_newest(struct hl_store *store, const char *key,
			 struct hl_index_row rows_r[2], size_t *count_r,
			 struct hl_error *err);
int hl_sqlite_get_entry(struct hl_store *store, uint64_t seq,
			struct hl_record *record_r, struct hl_error *err);

/* --- hl-sqlite-state.c */

/* SQLite's own open file (SQLITE_FCNTL_…_POINTER); NULL if there is none. To
   open and close the database file or its -shm a second time would end the
   locks that other connections of this process hold. */
sqlite3_file *hl_sqlite_get_file(const struct hl_sqlite *sqlite, int which);
void hl_sqlite_note_state(struct hl_store *store);
bool hl_sqlite_is_as_noted(struct hl_store *store);
bool hl_sqlite_has_no_commit(struct hl_store *store);

/* --- hl-sqlite-row.c: rows as the database gives them, every value checked
   for its type and size, since a flipped bit can make a BLOB a TEXT or a
   NULL. */
int hl_sqlite_row_record(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
			 struct hl_record *record_r, struct hl_error *err);
int hl_sqlite_row_index(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
			struct hl_index_row *row_r, struct hl_error *err);
int hl_sqlite_row_head(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		       struct hl_head_row *head_r, struct hl_error *err);

/* --- hl-sqlite-walk.c */
int hl_sqlite_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			 enum hl_order order, hl_record_func *func,
			 void *context, struct hl_error *err);
int hl_sqlite_each_index(struct hl_store *store, const char *key,
			 enum hl_order order, hl_index_func *func,
			 void *context, struct hl_error *err);
int hl_sqlite_each_open(struct hl_store *store, hl_index_func *func,
			void *context, struct hl_error *err);
int hl_sqlite_each_open_at(struct hl_store *store, uint64_t last,
			   const char *after, hl_index_func *func,
			   void *context, struct hl_error *err);

/* --- hl-sqlite-write.c */
int hl_sqlite_write_begin(struct hl_store *store, struct hl_error *err);
int hl_sqlite_append(struct hl_store *store, const char *key,
		     const struct hl_record *record, struct hl_error *err);
int hl_sqlite_put_entry(struct hl_store *store, const struct hl_record *record,
			struct hl_error *err);
int hl_sqlite_put_link(struct hl_store *store, const struct hl_index_row *row,
		       struct hl_error *err);
int hl_sqlite_put_head(struct hl_store *store, const struct hl_head_row *head,
		       struct hl_error *err);
int hl_sqlite_write_commit(struct hl_store *store, struct hl_error *err);
void hl_sqlite_write_rollback(struct hl_store *store);

/* --- hl-sqlite-consent.c */
int hl_sqlite_get_consent(struct hl_store *store, const char *key,
			  struct hl_consent *consent_r, struct hl_error *err);
int hl_sqlite_put_consent(struct hl_store *store, const char *key,
			  const struct hl_consent *consent,
			  struct hl_error *err);
int hl_sqlite_delete_consent(struct hl_store *store, const char *key,
			     struct hl_error *err);
int hl_sqlite_add_notice(struct hl_store *store, const char *id, int64_t time,
			 struct hl_error *err);
int hl_sqlite_has_notice(struct hl_store *store, const char *id,
			 struct hl_error *err);

int hl_sqlite_each_consent(struct hl_store *store, hl_consent_func *func,
			   void *context, struct hl_error *err);
int hl_sqlite_each_notice(struct hl_store *store, hl_notice_func *func,
			  void *context, struct hl_error *err);

/* --- hl-sqlite-erase.c */
int hl_sqlite_erase(struct hl_store *store, const char *key, uint64_t seq,
		    struct hl_error *err);

/* --- hl-sqlite-scrub.c */
int hl_sqlite_scrub(struct hl_store *store, struct hl_error *err);
void hl_sqlite_each_kept(struct hl_store *store, hl_kept_func *func,
			 void *context);

/* --- hl-sqlite-backup.c */

/* Copies the whole database to a new file in one piece that needs nothing
   beside it, durable but for its name. */
int hl_sqlite_copy(struct hl_sqlite *sqlite, const char *path,
		   struct hl_error *err);
/* Leaves nothing beside a database that nobody has open, and makes it durable
   but for its name. */
int hl_sqlite_make_single(const char *path, struct hl_error *err);
int hl_sqlite_backup(struct hl_store *store, const char *path,
		     struct hl_error *err);
/* --- hl-sqlite-replace.c */

/* What is put aside is named like the database, and then this and a time. */
#define HL_SQLITE_KEPT ".lost-"

int hl_sqlite_replace(const char *path, const char *from, hl_replace_func *func,
		      void *context, char *kept_r, size_t kept_r_size,
		      struct hl_error *err);

#endif
