#include "hl-sqlite.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* The names that play a part. */
struct replacement {
	char path[PATH_MAX];
	/* the new database until it takes its place */
	char new_path[PATH_MAX];
	/* what the old one becomes */
	char kept[PATH_MAX];
	/* the old one is there */
	bool exists;
	struct stat old;
};

/* A database and what SQLite keeps beside it, the database first. */
static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};

#define SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

static bool any_exists(const char *path)
{
	char name[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < SUFFIXES; i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		if (access(name, F_OK) == 0)
			return true;
	}
	return false;
}

/* A free name for the old database: two recoveries may share a second. */
static int find_kept(struct replacement *rep, struct hl_error *err)
{
	time_t now = time(NULL);
	unsigned int n = 0;
	char stamp[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	do {
		if (snprintf(rep->kept, sizeof(rep->kept),
			     n == 0 ? "%s" HL_SQLITE_KEPT "%s"
				    : "%s" HL_SQLITE_KEPT "%s.%u",
			     rep->path, stamp, n) >= (int)sizeof(rep->kept))
			return hl_error_set(err, HL_ERROR_CONFIG,
					    "%s: path too long", rep->path);
		n++;
	} while (any_exists(rep->kept));
	return 0;
}

static int find_paths(struct replacement *rep, const char *path,
		      struct hl_error *err)
{
	/* A symbolic link stays and leads to the new file. */
	if (realpath(path, rep->path) == NULL) {
		if (errno != ENOENT)
			return hl_sqlite_file_error(path, "replacing the store",
						    err);
		if (snprintf(rep->path, sizeof(rep->path), "%s", path) >=
		    (int)sizeof(rep->path))
			return hl_error_set(err, HL_ERROR_CONFIG,
					    "%s: path too long", path);
	}
	if (snprintf(rep->new_path, sizeof(rep->new_path), "%s.new",
		     rep->path) >= (int)sizeof(rep->new_path))
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long",
				    path);
	rep->exists = stat(rep->path, &rep->old) == 0;
	if (!rep->exists && errno != ENOENT)
		return hl_sqlite_file_error(rep->path, "replacing the store",
					    err);
	return find_kept(rep, err);
}

static int copy_new(struct replacement *rep, const char *from,
		    struct hl_error *err)
{
	struct hl_store *source;
	int ret;

	if (hl_sqlite_open(from, HL_STORE_READ, NULL, &source, err) < 0)
		return -1;
	ret = hl_sqlite_copy((struct hl_sqlite *)source, rep->new_path, err);
	hl_sqlite_close(source);
	if (ret < 0)
		return -1;
	/* Owner first: a change of owner clears bits of the mode. */
	if ((rep->exists &&
	     chown(rep->new_path, rep->old.st_uid, rep->old.st_gid) < 0) ||
	    chmod(rep->new_path,
		  rep->exists ? rep->old.st_mode & 0777 : HL_SQLITE_MODE) < 0) {
		ret = hl_sqlite_file_error(rep->new_path,
					   "setting owner and mode", err);
		unlink(rep->new_path);
	}
	return ret;
}

/* Takes the write lock of the old database, so that no writer is between begin
   and commit. One that is too damaged to be opened has no writers either. */
static int lock_old(struct replacement *rep, struct hl_store **old_r,
		    struct hl_error *err)
{
	*old_r = NULL;
	if (!rep->exists)
		return 0;
	if (hl_sqlite_open(rep->path, HL_STORE_WRITE, NULL, old_r, err) == 0) {
		/* as far as possible, the kept store is one file */
		hl_sqlite_empty_wal((struct hl_sqlite *)*old_r);
		if (hl_sqlite_write_begin(*old_r, err) == 0)
			return 0;
		hl_sqlite_close(*old_r);
		*old_r = NULL;
	}
	return err->code == HL_ERROR_STORE || err->code == HL_ERROR_CONFIG ? 0
									   : -1;
}

/* Returns whether there was something to move. */
static int move_away(struct replacement *rep, const char *suffix,
		     struct hl_error *err)
{
	char from[PATH_MAX + 16], to[PATH_MAX + 16];

	snprintf(from, sizeof(from), "%s%s", rep->path, suffix);
	snprintf(to, sizeof(to), "%s%s", rep->kept, suffix);
	if (rename(from, to) == 0)
		return 1;
	if (errno == ENOENT)
		return 0;
	return hl_sqlite_file_error(from, "keeping the old store", err);
}

/* The database first: without it nobody can open the rest. The -wal must be
   gone before the new one is there, since SQLite would replay it. */
static int exchange(struct replacement *rep, bool *kept_r, struct hl_error *err)
{
	size_t i;
	int ret;

	*kept_r = false;
	for (i = 0; i < SUFFIXES; i++) {
		ret = move_away(rep, suffixes[i], err);
		if (ret < 0)
			return -1;
		if (ret > 0)
			*kept_r = true;
	}
	if (hl_sqlite_sync_dir(rep->path, err) < 0)
		return -1;
	if (rename(rep->new_path, rep->path) < 0)
		return hl_sqlite_file_error(rep->new_path,
					    "replacing the store", err);
	return hl_sqlite_sync_dir(rep->path, err);
}

/* With the old store locked: asks func, then does it. */
static int replace_locked(struct replacement *rep, const char *from,
			  hl_replace_func *func, void *context,
			  struct hl_store *old, bool *kept_r,
			  struct hl_error *err)
{
	int ret;

	/* left by one that was killed */
	hl_sqlite_remove(rep->new_path);
	if (copy_new(rep, from, err) < 0)
		return -1;
	ret = func(old, context, err);
	if (ret == 0)
		ret = exchange(rep, kept_r, err);
	if (ret < 0)
		unlink(rep->new_path);
	return ret;
}

int hl_sqlite_replace(const char *path, const char *from, hl_replace_func *func,
		      void *context, char *kept_r, size_t kept_r_size,
		      struct hl_error *err)
{
	struct replacement *rep = calloc(1, sizeof(*rep));
	struct hl_store *old = NULL;
	bool kept = false;
	int ret;

	kept_r[0] = '\0';
	if (rep == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = find_paths(rep, path, err);
	if (ret == 0)
		ret = lock_old(rep, &old, err);
	if (ret == 0)
		ret = replace_locked(rep, from, func, context, old, &kept, err);
	if (ret < 0 && kept)
		hl_error_prefix(err, "the old store is now %s", rep->kept);
	if (old != NULL) {
		hl_sqlite_write_rollback(old);
		hl_sqlite_close(old);
	}
	if (ret == 0 && kept)
		snprintf(kept_r, kept_r_size, "%s", rep->kept);
	free(rep);
	return ret;
}
