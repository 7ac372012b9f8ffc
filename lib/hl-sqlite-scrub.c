/* After an erasure: nothing of it in any file.

   SQLite's secure_delete, which every writer sets, writes zeros over what it
   frees. It doesn't reach the space between the cells of a page: when pages are
   split or joined, copies of cells stay behind there, of index keys above all.
   So all pages are written anew, from the rows that are left; then all of the
   -wal goes into the database file, and the -wal is cut to nothing. The -shm
   holds page numbers only. */

#include "hl-sqlite.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The copy that VACUUM makes lies in a file without a name: a big store needn't
   fit into memory. It holds only what is left. */
static int rewrite(struct hl_sqlite *sqlite, struct hl_error *err)
{
	sqlite3 *db = sqlite->db;
	int ret;

	if (hl_sqlite_exec(db, sqlite->path, "PRAGMA temp_store = FILE",
			   "erasing", err) < 0)
		return -1;
	ret = hl_sqlite_exec(db, sqlite->path, "VACUUM", "erasing", err);
	sqlite3_exec(db, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL);
	return ret;
}

static int cut_wal(struct hl_sqlite *sqlite, struct hl_error *err)
{
	int result;

	/* waits for readers as long as a writer waits */
	result = sqlite3_wal_checkpoint_v2(
		sqlite->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	if ((result & 0xff) == SQLITE_BUSY)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s-wal still holds it, as someone reads "
				    "an older state of the store (a long "
				    "`verify`, `history` or `export`?)",
				    sqlite->path);
	if (result != SQLITE_OK)
		return hl_sqlite_error(sqlite->db, sqlite->path, "erasing",
				       err);
	return 0;
}

int hl_sqlite_scrub(struct hl_store *store, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;

	hl_sqlite_release(sqlite);
	return rewrite(sqlite, err) < 0 ? -1 : cut_wal(sqlite, err);
}

/* A path in which no byte has a meaning to glob(). */
static bool escape(const char *path, char *pattern_r, size_t size)
{
	size_t used = 0;

	for (; *path != '\0'; path++) {
		if (used + 3 > size)
			return false;
		if (strchr("*?[]\\", *path) != NULL)
			pattern_r[used++] = '\\';
		pattern_r[used++] = *path;
	}
	pattern_r[used] = '\0';
	return true;
}

void hl_sqlite_each_kept(struct hl_store *store, hl_kept_func *func,
			 void *context)
{
	static const char *const suffixes[] = {HL_SQLITE_KEPT "*", ".new*"};
	const struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	char path[PATH_MAX], pattern[2 * PATH_MAX + 16];
	size_t i, n, used;
	glob_t found;

	if (realpath(sqlite->path, path) == NULL ||
	    !escape(path, pattern, 2 * PATH_MAX))
		return;
	used = strlen(pattern);
	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(pattern + used, sizeof(pattern) - used, "%s",
			 suffixes[i]);
		if (glob(pattern, 0, NULL, &found) != 0)
			continue;
		for (n = 0; n < found.gl_pathc; n++)
			func(found.gl_pathv[n], context);
		globfree(&found);
	}
}
