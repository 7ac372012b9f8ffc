/* A store in PostgreSQL as a file of SQLite's, and back. */

#include "hl-pgsql.h"
#include "hl-sqlite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What a recovered store takes the place of stays under another name. */
#define KEPT "hardlink_lost_"

/* In one transaction of the copy. */
static int copy_all(struct hl_store *from, struct hl_store *to,
		    struct hl_error *err)
{
	if (hl_store_write_begin(to, err) < 0)
		return -1;
	if (hl_store_copy(from, to, err) < 0) {
		hl_store_write_rollback(to);
		return -1;
	}
	return hl_store_write_commit(to, err);
}

static int copy_to_file(struct hl_store *store, const char *path,
			struct hl_error *err)
{
	struct hl_store *copy;
	int ret;

	if (hl_sqlite_open(path, HL_STORE_CREATE, hl_store_origin(store), &copy,
			   err) < 0)
		return -1;
	ret = chmod(path, 0600) < 0 ? hl_sqlite_file_error(path, "copying", err)
				    : copy_all(store, copy, err);
	hl_store_close(&copy);
	if (ret == 0)
		ret = hl_sqlite_make_single(path, err);
	if (ret == 0)
		ret = hl_sqlite_sync_dir(path, err);
	if (ret < 0)
		hl_sqlite_remove(path);
	return ret;
}

int hl_pgsql_backup(struct hl_store *store, const char *path,
		    struct hl_error *err)
{
	int ret;

	if (hl_pgsql_snapshot_begin(store, err) < 0)
		return -1;
	ret = copy_to_file(store, path, err);
	hl_pgsql_snapshot_end(store);
	return ret;
}

/* Puts aside what is there, if anything is. */
static int keep_old(struct hl_pgsql *pgsql, char *kept_r, size_t kept_r_size,
		    struct hl_error *err)
{
	char name[sizeof(KEPT) + 32] = KEPT, sql[128];
	int exists = hl_pgsql_has_schema(pgsql, err);
	time_t now = time(NULL);
	struct tm tm;

	if (exists <= 0)
		return exists;
	strftime(name + strlen(KEPT), sizeof(name) - strlen(KEPT),
		 "%Y%m%dt%H%M%Sz", gmtime_r(&now, &tm));
	snprintf(sql, sizeof(sql), "ALTER SCHEMA hardlink RENAME TO %s", name);
	if (hl_pgsql_exec(pgsql, sql, -1, "replacing the store", err) < 0)
		return -1;
	snprintf(kept_r, kept_r_size, "schema %s", name);
	return 0;
}

/* All of it in the transaction that was begun. */
static int replace_locked(struct hl_pgsql *pgsql, struct hl_store *present,
			  struct hl_store *from, hl_replace_func *func,
			  void *context, char *kept_r, size_t kept_r_size,
			  struct hl_error *err)
{
	if (func(present, context, err) < 0 ||
	    keep_old(pgsql, kept_r, kept_r_size, err) < 0 ||
	    hl_pgsql_make(pgsql, hl_store_origin(from), err) < 0 ||
	    hl_store_copy(from, &pgsql->store, err) < 0)
		return -1;
	return hl_pgsql_write_commit(&pgsql->store, err);
}

/* The present store with its write lock. One that isn't there, or is too
   damaged to be one, has no writers either: then *present_r is NULL, and the
   handle just connected, in a transaction. */
static struct hl_pgsql *begin_replace(const char *conninfo,
				      struct hl_store **present_r,
				      struct hl_error *err)
{
	struct hl_pgsql *pgsql;

	if (hl_pgsql_open(conninfo, HL_STORE_WRITE, NULL, present_r, err) ==
	    0) {
		if (hl_pgsql_write_begin(*present_r, err) == 0)
			return (struct hl_pgsql *)*present_r;
		hl_store_close(present_r);
	}
	if (err->code != HL_ERROR_STORE && err->code != HL_ERROR_CONFIG)
		return NULL;
	pgsql = hl_pgsql_new(conninfo, true, err);
	if (pgsql == NULL)
		return NULL;
	if (hl_pgsql_connect(pgsql, err) == 0 &&
	    hl_pgsql_exec(pgsql, "BEGIN", hl_pgsql_patience(pgsql),
			  "replacing the store", err) == 0) {
		pgsql->in_transaction = true;
		return pgsql;
	}
	hl_pgsql_close(&pgsql->store);
	return NULL;
}

static int replace_with(const char *conninfo, struct hl_store *from,
			hl_replace_func *func, void *context, char *kept_r,
			size_t kept_r_size, struct hl_error *err)
{
	struct hl_store *present = NULL;
	struct hl_pgsql *pgsql = begin_replace(conninfo, &present, err);
	int ret;

	if (pgsql == NULL)
		return -1;
	ret = replace_locked(pgsql, present, from, func, context, kept_r,
			     kept_r_size, err);
	if (ret < 0)
		kept_r[0] = '\0';
	/* what wasn't committed ends with the connection */
	hl_pgsql_close(&pgsql->store);
	return ret;
}

int hl_pgsql_replace(const char *conninfo, const char *from,
		     hl_replace_func *func, void *context, char *kept_r,
		     size_t kept_r_size, struct hl_error *err)
{
	struct hl_store *source;
	int ret;

	kept_r[0] = '\0';
	if (hl_sqlite_open(from, HL_STORE_READ, NULL, &source, err) < 0)
		return -1;
	ret = hl_store_snapshot_begin(source, err);
	if (ret == 0) {
		ret = replace_with(conninfo, source, func, context, kept_r,
				   kept_r_size, err);
		hl_store_snapshot_end(source);
	}
	hl_store_close(&source);
	return ret;
}
