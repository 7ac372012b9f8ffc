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

/* The old store aside, an empty one in its place; within a transaction. */
static int exchange(struct hl_pgsql *pgsql, bool exists,
		    const unsigned char *origin, char *kept_r,
		    size_t kept_r_size, struct hl_error *err)
{
	char name[sizeof(KEPT) + 32], sql[128];
	time_t now = time(NULL);
	struct tm tm;
	size_t size;

	if (exists) {
		size = (size_t)snprintf(name, sizeof(name), "%s", KEPT);
		strftime(name + size, sizeof(name) - size, "%Y%m%dt%H%M%Sz",
			 gmtime_r(&now, &tm));
		snprintf(sql, sizeof(sql), "ALTER SCHEMA hardlink RENAME TO %s",
			 name);
		if (hl_pgsql_exec(pgsql, sql, -1, "replacing the store", err) <
		    0)
			return -1;
		snprintf(kept_r, kept_r_size, "schema %s", name);
	}
	return hl_pgsql_make(pgsql, origin, err);
}

/* 1: it's open, with the write lock; 0: there's none. */
static int open_present(const char *conninfo, struct hl_store **store_r,
			struct hl_error *err)
{
	if (hl_pgsql_open(conninfo, HL_STORE_WRITE, NULL, store_r, err) == 0) {
		if (hl_pgsql_write_begin(*store_r, err) == 0)
			return 1;
		hl_store_close(store_r);
		return -1;
	}
	return err->code == HL_ERROR_CONFIG ? 0 : -1;
}

static int replace_with(const char *conninfo, struct hl_store *from,
			hl_replace_func *func, void *context, char *kept_r,
			size_t kept_r_size, struct hl_error *err)
{
	struct hl_store *store = NULL;
	int exists = open_present(conninfo, &store, err);
	int ret;

	if (exists < 0)
		return -1;
	ret = func(store, context, err);
	if (ret == 0 && exists > 0)
		ret = exchange((struct hl_pgsql *)store, true,
			       hl_store_origin(from), kept_r, kept_r_size, err);
	else if (ret == 0)
		ret = hl_pgsql_open(conninfo, HL_STORE_CREATE,
				    hl_store_origin(from), &store, err);
	if (ret == 0 && exists == 0)
		ret = hl_pgsql_write_begin(store, err);
	if (ret == 0)
		ret = hl_store_copy(from, store, err);
	if (ret == 0)
		ret = hl_pgsql_write_commit(store, err);
	else if (store != NULL)
		hl_pgsql_write_rollback(store);
	if (ret < 0)
		kept_r[0] = '\0';
	hl_store_close(&store);
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
