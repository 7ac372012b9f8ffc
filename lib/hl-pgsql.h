#ifndef HL_PGSQL_H
#define HL_PGSQL_H

#include "hl-store-private.h"
#include "hl-store-row.h"

#include <libpq-fe.h>

/* The store in a PostgreSQL database: what its source files share. Its tables
   are in the schema `hardlink`; every name in a statement says so, and the
   search path holds nothing else than PostgreSQL's own. */

/* Milliseconds that the server waits for a lock. A mail server waits for a
   reader, a person or a queue for a writer. */
#define HL_PGSQL_READ_LOCK  1000
#define HL_PGSQL_WRITE_LOCK 10000
/* Milliseconds beyond these until an answer that doesn't come is given up. */
#define HL_PGSQL_PATIENCE 1000
/* Seconds for a connection to one host, unless the conninfo says otherwise. */
#define HL_PGSQL_CONNECT "2"
/* Rows of a walk that are fetched at a time. */
#define HL_PGSQL_PAGE	    500

#define HL_PGSQL_PARAMS_MAX 6
/* xmin and ctid of the head's row */
#define HL_PGSQL_STATE_SIZE   64
#define HL_PGSQL_WARNING_SIZE 256

enum hl_pgsql_stmt {
	HL_PGSQL_GET_STATE,
	HL_PGSQL_LOCK_HEAD,
	HL_PGSQL_GET_LAST_SEQ,
	HL_PGSQL_GET_NEWEST,
	HL_PGSQL_GET_ENTRY,
	HL_PGSQL_EACH_ENTRY,
	HL_PGSQL_EACH_ENTRY_DOWN,
	HL_PGSQL_EACH_INDEX,
	HL_PGSQL_EACH_INDEX_OF_KEY,
	HL_PGSQL_EACH_INDEX_OF_KEY_DOWN,
	HL_PGSQL_EACH_OPEN,
	HL_PGSQL_EACH_OPEN_AT,
	HL_PGSQL_APPEND,
	HL_PGSQL_PUT_HEAD,
	HL_PGSQL_TOUCH_HEAD,
	HL_PGSQL_GET_CONSENT,
	HL_PGSQL_PUT_CONSENT,
	HL_PGSQL_DELETE_CONSENT,
	HL_PGSQL_ADD_NOTICE,
	HL_PGSQL_HAS_NOTICE,
	HL_PGSQL_ERASE_PAYLOAD,
	HL_PGSQL_ERASE_CONSENT,
	HL_PGSQL_GET_NEIGHBOURS,
	HL_PGSQL_SUPERSEDE,
	HL_PGSQL_ERASE_LINK,
	HL_PGSQL_ADD_FRESH,
	HL_PGSQL_PUT_ENTRY,
	HL_PGSQL_PUT_LINK,
	HL_PGSQL_EACH_CONSENT,
	HL_PGSQL_EACH_NOTICE,
	HL_PGSQL_STMT_COUNT
};

struct hl_pgsql {
	struct hl_store store;
	char *conninfo;
	/* of host and database, for messages: never a secret */
	char *name;
	/* the migrations that this program knows */
	const char *const *schema;
	PGconn *conn;
	bool writable;
	/* Its origin is known. */
	bool identified;
	/* Made here, and not committed yet: the first transaction does it. */
	bool creating;
	/* between begin and end or commit */
	bool in_transaction;
	/* An append failed: what is in the transaction isn't whole. */
	bool write_failed;
	/* The next snapshot's state is to be noted. */
	bool noting;
	/* of the head in this snapshot, in the snapshot that was noted, and in
	   the one in which has_changed was last asked; "": not known */
	char state[HL_PGSQL_STATE_SIZE];
	char noted[HL_PGSQL_STATE_SIZE];
	char asked[HL_PGSQL_STATE_SIZE];
	/* of the rows that get_newest gave out last */
	char key[HL_STORE_KEY_MAX + 1];
	/* The first warning of the server since this was emptied. */
	char warning[HL_PGSQL_WARNING_SIZE];
	/* What the caller was given last points into them. */
	PGresult *head, *row;
	bool prepared[HL_PGSQL_STMT_COUNT];
};

/* schema[n] makes version n + 1 from version n; NULL-terminated. Made from
   schema/pgsql at build time. */
extern const char *const hl_pgsql_schema[];

/* --- hl-pgsql.c */
/* A handle that isn't connected; NULL with an error. */
struct hl_pgsql *hl_pgsql_new(const char *conninfo, bool writable,
			      struct hl_error *err);
int hl_pgsql_open(const char *conninfo, enum hl_store_mode mode,
		  const unsigned char *origin, struct hl_store **store_r,
		  struct hl_error *err);
void hl_pgsql_close(struct hl_store *store);

/* --- hl-pgsql-error.c */

/* Fills err from a result that failed, or, if it is NULL, from the connection.
   Returns -1. */
int hl_pgsql_error(const struct hl_pgsql *pgsql, const PGresult *result,
		   const char *doing, struct hl_error *err);
/* A value that isn't what this program writes. Returns -1. */
int hl_pgsql_damaged(const struct hl_pgsql *pgsql, const char *table,
		     int64_t seq, const char *problem, struct hl_error *err);

/* --- hl-pgsql-connect.c */

/* Connects, and makes sure that this is a server that may be asked. Waits a
   little for one that is just starting or has no connection left. */
int hl_pgsql_connect(struct hl_pgsql *pgsql, struct hl_error *err);
void hl_pgsql_disconnect(struct hl_pgsql *pgsql);
/* Is there no connection, or a broken one? */
bool hl_pgsql_is_lost(const struct hl_pgsql *pgsql);
/* The name of a conninfo for messages (free it), or NULL with an error. */
char *hl_pgsql_name(const char *conninfo, struct hl_error *err);

/* --- hl-pgsql-exec.c */

/* The parameters of a statement; what they point to must live as long. */
struct hl_pgsql_params {
	int count;
	const char *values[HL_PGSQL_PARAMS_MAX];
	int sizes[HL_PGSQL_PARAMS_MAX];
	/* in network byte order */
	uint64_t numbers[HL_PGSQL_PARAMS_MAX];
};
void hl_pgsql_add_blob(struct hl_pgsql_params *params, const void *data,
		       size_t size);
void hl_pgsql_add_null(struct hl_pgsql_params *params);
void hl_pgsql_add_text(struct hl_pgsql_params *params, const char *text);
void hl_pgsql_add_int(struct hl_pgsql_params *params, int64_t number);

/* Runs a statement and gives its rows, in binary; NULL on error. */
PGresult *hl_pgsql_query(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			 const struct hl_pgsql_params *params,
			 const char *doing, struct hl_error *err);
/* The same for one whose rows don't matter. Returns how many it changed. */
int hl_pgsql_run(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
		 const struct hl_pgsql_params *params, const char *doing,
		 struct hl_error *err);
/* Several statements, with no parameters; patience: milliseconds, or -1. */
int hl_pgsql_exec(struct hl_pgsql *pgsql, const char *sql, int patience,
		  const char *doing, struct hl_error *err);
/* One of them, whose rows are wanted, as text. */
PGresult *hl_pgsql_select(struct hl_pgsql *pgsql, const char *sql, int patience,
			  const char *doing, struct hl_error *err);
/* Milliseconds for what is no more than a moment's work. */
int hl_pgsql_patience(const struct hl_pgsql *pgsql);

/* --- hl-pgsql-row.c: rows as the database gives them, every value checked for
   its size and bounds. */
bool hl_pgsql_get_int(const PGresult *result, int row, int column,
		      int64_t *value_r);
int hl_pgsql_row_record(struct hl_pgsql *pgsql, const PGresult *result, int row,
			struct hl_record *record_r, struct hl_error *err);
int hl_pgsql_row_index(struct hl_pgsql *pgsql, const PGresult *result, int row,
		       struct hl_index_row *row_r, struct hl_error *err);
int hl_pgsql_row_head(struct hl_pgsql *pgsql, const PGresult *result,
		      struct hl_head_row *head_r, struct hl_error *err);

/* --- hl-pgsql-schema.c */
/* Is there the schema of a store, whatever is in it? 1, 0 or -1. */
int hl_pgsql_has_schema(struct hl_pgsql *pgsql, struct hl_error *err);
/* init: within a new transaction; make: within the present one. */
int hl_pgsql_make(struct hl_pgsql *pgsql, const unsigned char *origin,
		  struct hl_error *err);
int hl_pgsql_init(struct hl_pgsql *pgsql, const unsigned char *origin,
		  struct hl_error *err);
/* Refuses what isn't a store, or another one than before, or of a version that
   this program doesn't know; for writing, makes the newest version of an
   older. */
int hl_pgsql_identify(struct hl_pgsql *pgsql, struct hl_error *err);
/* The version as the table meta has it, which may have changed since. */
int hl_pgsql_check_version(const struct hl_pgsql *pgsql, const char *text,
			   struct hl_error *err);
int hl_pgsql_get_version(struct hl_store *store, unsigned int *version_r,
			 unsigned int *known_r, struct hl_error *err);

/* --- hl-pgsql-read.c */

/* Ends the validity of what the caller was given. */
void hl_pgsql_release(struct hl_pgsql *pgsql);
/* Begins a transaction, on a new connection if the present one broke while it
   was idle. */
int hl_pgsql_begin(struct hl_pgsql *pgsql, const char *sql, const char *doing,
		   struct hl_error *err);
void hl_pgsql_end(struct hl_pgsql *pgsql, const char *sql);
/* Reads the head with its state. */
int hl_pgsql_read_state(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			struct hl_error *err);
int hl_pgsql_snapshot_begin(struct hl_store *store, struct hl_error *err);
void hl_pgsql_snapshot_end(struct hl_store *store);
bool hl_pgsql_has_changed(struct hl_store *store);
bool hl_pgsql_is_untouched(struct hl_store *store);
void hl_pgsql_note_state(struct hl_store *store);
bool hl_pgsql_is_as_noted(struct hl_store *store);
int hl_pgsql_get_head(struct hl_store *store, struct hl_head_row *head_r,
		      struct hl_error *err);
int hl_pgsql_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			  struct hl_error *err);
int hl_pgsql_get_newest(struct hl_store *store, const char *key,
			struct hl_index_row rows_r[2], size_t *count_r,
			struct hl_error *err);
int hl_pgsql_get_entry(struct hl_store *store, uint64_t seq,
		       struct hl_record *record_r, struct hl_error *err);

/* --- hl-pgsql-walk.c */
int hl_pgsql_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			enum hl_order order, hl_record_func *func,
			void *context, struct hl_error *err);
int hl_pgsql_each_index(struct hl_store *store, const char *key,
			enum hl_order order, hl_index_func *func, void *context,
			struct hl_error *err);
int hl_pgsql_each_open(struct hl_store *store, hl_index_func *func,
		       void *context, struct hl_error *err);
int hl_pgsql_each_open_at(struct hl_store *store, uint64_t last,
			  const char *after, hl_index_func *func, void *context,
			  struct hl_error *err);

/* --- hl-pgsql-write.c */
int hl_pgsql_write_begin(struct hl_store *store, struct hl_error *err);
int hl_pgsql_append(struct hl_store *store, const char *key,
		    const struct hl_record *record, struct hl_error *err);
int hl_pgsql_put_entry(struct hl_store *store, const struct hl_record *record,
		       struct hl_error *err);
int hl_pgsql_put_link(struct hl_store *store, const struct hl_index_row *row,
		      struct hl_error *err);
int hl_pgsql_put_head(struct hl_store *store, const struct hl_head_row *head,
		      struct hl_error *err);
int hl_pgsql_write_commit(struct hl_store *store, struct hl_error *err);
void hl_pgsql_write_rollback(struct hl_store *store);
int hl_pgsql_erase(struct hl_store *store, const char *key, uint64_t seq,
		   struct hl_error *err);

/* --- hl-pgsql-reindex.c */
int hl_pgsql_reindex(struct hl_store *store, hl_key_func *func, void *context,
		     struct hl_reindex *changes_r, struct hl_error *err);

/* --- hl-pgsql-consent.c */
int hl_pgsql_get_consent(struct hl_store *store, const char *key,
			 struct hl_consent *consent_r, struct hl_error *err);
int hl_pgsql_put_consent(struct hl_store *store, const char *key,
			 const struct hl_consent *consent,
			 struct hl_error *err);
int hl_pgsql_delete_consent(struct hl_store *store, const char *key,
			    struct hl_error *err);
int hl_pgsql_add_notice(struct hl_store *store, const char *id, int64_t time,
			struct hl_error *err);
int hl_pgsql_has_notice(struct hl_store *store, const char *id,
			struct hl_error *err);
int hl_pgsql_each_consent(struct hl_store *store, hl_consent_func *func,
			  void *context, struct hl_error *err);
int hl_pgsql_each_notice(struct hl_store *store, hl_notice_func *func,
			 void *context, struct hl_error *err);

/* --- hl-pgsql-backup.c */
int hl_pgsql_backup(struct hl_store *store, const char *path,
		    struct hl_error *err);
int hl_pgsql_replace(const char *conninfo, const char *from,
		     hl_replace_func *func, void *context, char *kept_r,
		     size_t kept_r_size, struct hl_error *err);

#endif
