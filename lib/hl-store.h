#ifndef HL_STORE_H
#define HL_STORE_H

#include "hl-entry.h"

#include <limits.h>
#include <sys/stat.h>

/* Where entries, index and head are kept. A store knows rows, not their
   meaning: nothing here verifies a signature. Functions return 0, or -1 with
   an error; those that look for something return 1 when found and 0 when not.

   Errors: HL_ERROR_TEMP when it was busy for too long, full or read-only or
   had an I/O error, HL_ERROR_STORE when it is malformed, HL_ERROR_CONFIG when
   it is missing or of a version that this program doesn't know,
   HL_ERROR_PERMISSION. */

enum hl_store_mode {
	/* never changes the file and needs no right to write to it or its
	   directory (with that right, SQLite may make its -wal and -shm) */
	HL_STORE_READ,
	HL_STORE_WRITE,
	/* as WRITE, but makes a new, empty store; fails if there is one. (In
	   PostgreSQL, nothing of it is there before a first commit.) */
	HL_STORE_CREATE
};

/* One entry as stored. Pointers are valid until the next call for the same
   store. */
struct hl_record {
	uint64_t seq;
	const void *statement;
	size_t statement_size;
	const unsigned char *signature; /* HL_SIGNATURE_SIZE */
	/* NULL once erased */
	const void *payload;
	size_t payload_size;
};

/* One row of the index. */
struct hl_index_row {
	/* terminated; valid like a record's pointers */
	const char *key;
	uint64_t seq;
	/* 0: open */
	uint64_t superseded_by;
};

/* The signed head, and the frontier of the tree for the next writer. */
struct hl_head_row {
	const char *checkpoint;
	size_t checkpoint_size;
	const unsigned char *frontier;
	size_t frontier_size;
};

/* What a pending move waits for: that whoever reads mail at the new address
   gives back the code that was mailed there. */
#define HL_CONSENT_WRONG_MAX 5
#define HL_CONSENT_MAIL_SIZE 64
struct hl_consent {
	/* the pending entry */
	uint64_t seq;
	/* names the mail that the code was in */
	char mail[HL_CONSENT_MAIL_SIZE];
	unsigned char hash[HL_HASH_SIZE];
	int64_t expires;
	/* codes that weren't right */
	unsigned int wrong;
};

struct hl_store;

/* The path of the database file of a `sqlite:` location; HL_ERROR_CONFIG for
   any other. */
int hl_store_path(const char *location, char *path_r, size_t path_r_size,
		  struct hl_error *err);
/* Whose owner and group the file at path, which belongs to the store, is to
   have: that of the database file, or of path's own directory. */
int hl_store_find_owner(const char *location, const char *path,
			char like_r[PATH_MAX], struct hl_error *err);
bool hl_store_is_file(const char *location);
/* Refuses what can't be a location, without looking whether a store is there.
 */
int hl_store_check_location(const char *location, struct hl_error *err);

/* location is the value of the setting `store`. origin is for CREATE only
   (otherwise NULL). */
int hl_store_open(const char *location, enum hl_store_mode mode,
		  const unsigned char *origin, struct hl_store **store_r,
		  struct hl_error *err);
void hl_store_close(struct hl_store **store);

/* Takes away the store that was just made with this origin, when what was to
   be done after that failed. */
int hl_store_discard(const char *location, const unsigned char *origin,
		     struct hl_error *err);

/* Is what the location names still what is open here? (A database file that
   was replaced or removed isn't.) */
bool hl_store_is_replaced(struct hl_store *store);

const unsigned char *hl_store_origin(const struct hl_store *store);
/* The file that is open, if it's still where the location says. */
bool hl_store_stat(const struct hl_store *store, struct stat *st_r);
/* The version of the store's schema, and the one that this program makes. A
   store of an older one is read as it is; who opens it for writing migrates it,
   whole or not at all. */
int hl_store_get_version(struct hl_store *store, unsigned int *version_r,
			 unsigned int *known_r, struct hl_error *err);

/* Reads between begin and end see one state of the store. (One outside of
   both may hold up writers until the next call.) */
int hl_store_snapshot_begin(struct hl_store *store, struct hl_error *err);
void hl_store_snapshot_end(struct hl_store *store);
/* Within a snapshot: has anything been committed since the snapshot in which
   this was last asked? TRUE the first time (and, without need, for a reader
   without rights while nobody with rights has the store open). */
bool hl_store_has_changed(struct hl_store *store);
/* Within a snapshot, once in each: has certainly nothing been written to the
   store since before the snapshot in which this last said FALSE? A commit that
   was on its way then may have come into force since, so that it's for what
   every commit doesn't change anyway. */
bool hl_store_is_untouched(struct hl_store *store);

/* Before a snapshot, for a store open for reading: remembers the state that it
   is in. */
void hl_store_note_state(struct hl_store *store);
/* Outside of a snapshot: would one that began now certainly show what one
   showed that began after the state was noted? Then nothing was committed and
   nothing replaced in between. FALSE in any doubt, and until a state is noted.
   Takes no lock. */
bool hl_store_is_as_noted(struct hl_store *store);
/* The same in less time, but for what happens to the files by other means than
   a commit: one that was replaced is still taken for the one that is open. */
bool hl_store_has_no_commit(struct hl_store *store);

/* HL_ERROR_STORE if there is none. */
int hl_store_get_head(struct hl_store *store, struct hl_head_row *head_r,
		      struct hl_error *err);
/* The highest sequence number; 0 if there is no entry. */
int hl_store_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			  struct hl_error *err);
/* The two newest rows of a key, newest first; *count_r says how many. */
int hl_store_get_newest(struct hl_store *store, const char *key,
			struct hl_index_row rows_r[2], size_t *count_r,
			struct hl_error *err);
int hl_store_get_entry(struct hl_store *store, uint64_t seq,
		       struct hl_record *record_r, struct hl_error *err);

enum hl_order { HL_ASCENDING, HL_DESCENDING };

/* Walks that stream. A callback returns 0 to go on, 1 to stop (the walk then
   returns 1), -1 with err filled to fail. It may use the store's get functions
   but start no other walk of the same kind. */
typedef int hl_record_func(const struct hl_record *record, void *context,
			   struct hl_error *err);
typedef int hl_index_func(const struct hl_index_row *row, void *context,
			  struct hl_error *err);

/* Entries with first <= seq <= last. */
int hl_store_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			enum hl_order order, hl_record_func *func,
			void *context, struct hl_error *err);
/* Index rows of one key in this order of sequence; key NULL: of all keys,
   ordered by key and then sequence (ascending only). */
int hl_store_each_index(struct hl_store *store, const char *key,
			enum hl_order order, hl_index_func *func, void *context,
			struct hl_error *err);
/* Open rows of addresses, ordered by key. (An address may begin with `!` too,
   but only the keys of addresses have an `@`.) */
int hl_store_each_open(struct hl_store *store, hl_index_func *func,
		       void *context, struct hl_error *err);
/* The same of those that were open when entry `last` was the newest (whatever
   superseded them since), and only the keys behind `after` ("": all). */
int hl_store_each_open_at(struct hl_store *store, uint64_t last,
			  const char *after, hl_index_func *func, void *context,
			  struct hl_error *err);

/* All rows beside the log. */
typedef int hl_consent_func(const char *key, const struct hl_consent *consent,
			    void *context, struct hl_error *err);
typedef int hl_notice_func(const char *id, int64_t time, void *context,
			   struct hl_error *err);
int hl_store_each_consent(struct hl_store *store, hl_consent_func *func,
			  void *context, struct hl_error *err);
int hl_store_each_notice(struct hl_store *store, hl_notice_func *func,
			 void *context, struct hl_error *err);

/* One writing transaction; holds the write lock, so that no other writer is
   between begin and commit. A begin fails with HL_ERROR_TEMP if the store was
   replaced. Get functions work in it and see what was written. */
int hl_store_write_begin(struct hl_store *store, struct hl_error *err);
/* Adds the entry and its index row, and marks the open row of the same key as
   superseded by it. */
int hl_store_append(struct hl_store *store, const char *key,
		    const struct hl_record *record, struct hl_error *err);
int hl_store_put_head(struct hl_store *store, const struct hl_head_row *head,
		      struct hl_error *err);
/* Rows beside the log, which nothing signs; key is an address's. get: 1, or 0
   if there is none. put replaces. add_notice: 1, or 0 if this id was there
   already; has_notice: 1 if it is. All but get and has only between begin and
   commit. */
int hl_store_get_consent(struct hl_store *store, const char *key,
			 struct hl_consent *consent_r, struct hl_error *err);
int hl_store_put_consent(struct hl_store *store, const char *key,
			 const struct hl_consent *consent,
			 struct hl_error *err);
int hl_store_delete_consent(struct hl_store *store, const char *key,
			    struct hl_error *err);
int hl_store_add_notice(struct hl_store *store, const char *id, int64_t time,
			struct hl_error *err);
/* Takes away the payload of an entry of an address and its index row, which the
   row before it is then superseded past, and what consent it waited for. An
   open row only after all older ones of the key. */
int hl_store_erase(struct hl_store *store, const char *key, uint64_t seq,
		   struct hl_error *err);
int hl_store_has_notice(struct hl_store *store, const char *id,
			struct hl_error *err);
/* Between begin and commit: adds rows just as they are, for a copy of another
   store. */
int hl_store_put_entry(struct hl_store *store, const struct hl_record *record,
		       struct hl_error *err);
int hl_store_put_link(struct hl_store *store, const struct hl_index_row *row,
		      struct hl_error *err);
/* When it returns 0, the transaction survives a loss of power. When it fails,
   nothing of it is there; only if the store goes on failing may it show up at
   a later start, whole or not at all, and the error says so. */
int hl_store_write_commit(struct hl_store *store, struct hl_error *err);
void hl_store_write_rollback(struct hl_store *store);

/* Outside of a transaction, for writing: rewrites the store so that none of its
   files holds any more what was erased or replaced before: not in free space,
   not in the -wal. Other writers wait meanwhile. HL_ERROR_TEMP if a reader is
   in the way for longer than a writer waits, or space is short: to be repeated.
 */
int hl_store_scrub(struct hl_store *store, struct hl_error *err);
/* Calls func for each file that recover put aside, and that still holds what
   the store held then. */
typedef void hl_kept_func(const char *path, void *context);
void hl_store_each_kept(struct hl_store *store, hl_kept_func *func,
			void *context);

/* Rows and structure that no reader would notice: constraints, the schema's
   text, lost pages. Calls func for each problem. -1 if it couldn't check. */
typedef void hl_problem_func(const char *problem, void *context);
int hl_store_check(struct hl_store *store, hl_problem_func *func, void *context,
		   struct hl_error *err);

/* Makes the index anew, between begin and commit: func says the key of each
   entry that has a payload; key_r is valid until the next call. Nothing is
   written if it was right. */
typedef int hl_key_func(const struct hl_record *record, const char **key_r,
			void *context, struct hl_error *err);
struct hl_reindex {
	/* rows that weren't there, that nothing asked for, and that were
	   superseded by another entry than they should */
	uint64_t missing, extra, wrong;
	/* that couldn't be told, because the database is damaged there */
	bool unreadable;
};
int hl_store_reindex(struct hl_store *store, hl_key_func *func, void *context,
		     struct hl_reindex *changes_r, struct hl_error *err);

/* Every row of one store into another, which is empty and of the same origin,
   within a transaction of the latter. One state of the former if it is in a
   snapshot. Nothing is verified. */
int hl_store_copy(struct hl_store *from, struct hl_store *to,
		  struct hl_error *err);

/* A consistent copy, made while others read and write, to a new file (mode
   0600) that must not exist. */
int hl_store_backup(struct hl_store *store, const char *path,
		    struct hl_error *err);
/* Puts the store in file `from` in the place of `location` (which may be
   missing or damaged); what was there is kept beside it, and its name is
   written to kept_r (empty if nothing was there). Before that, with the write
   lock held, func is called with the present store, or NULL if there is none
   that can be opened; if it returns -1, nothing is replaced. */
typedef int hl_replace_func(struct hl_store *present, void *context,
			    struct hl_error *err);
int hl_store_replace(const char *location, const char *from,
		     hl_replace_func *func, void *context, char *kept_r,
		     size_t kept_r_size, struct hl_error *err);

#endif
