#include "hl-sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int sync_file(const char *path, struct hl_error *err)
{
	int fd, ret = 0;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		ret = hl_sqlite_file_error(path, "making the copy durable",
					   err);
	if (fd >= 0)
		close(fd);
	return ret;
}

static int copy_pages(struct hl_sqlite *sqlite, sqlite3 *copy, const char *path,
		      struct hl_error *err)
{
	sqlite3_backup *backup;
	int result;

	backup = sqlite3_backup_init(copy, "main", sqlite->db, "main");
	if (backup == NULL)
		return hl_sqlite_error(copy, path, "copying", err);
	/* All at once is one snapshot; writers go on meanwhile. */
	result = sqlite3_backup_step(backup, -1);
	sqlite3_backup_finish(backup);
	if (result == SQLITE_DONE)
		return 0;
	if (sqlite3_errcode(copy) == SQLITE_OK)
		return hl_error_set(err, HL_ERROR_TEMP, "%s: copying: %s", path,
				    sqlite3_errstr(result));
	return hl_sqlite_error(copy, path, "copying", err);
}

int hl_sqlite_make_single(const char *path, struct hl_error *err)
{
	sqlite3 *db = NULL;
	int ret;

	if (sqlite3_open_v2(path, &db,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		ret = hl_sqlite_error(db, path, "copying", err);
	else
		ret = hl_sqlite_set_journal(db, path, "delete", err);
	if (sqlite3_close(db) != SQLITE_OK && ret == 0)
		ret = hl_sqlite_error(db, path, "copying", err);
	return ret < 0 ? -1 : sync_file(path, err);
}

static int fill_copy(struct hl_sqlite *sqlite, const char *path,
		     struct hl_error *err)
{
	sqlite3 *copy = NULL;
	int ret;

	if (sqlite3_open_v2(path, &copy,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
			    NULL) != SQLITE_OK)
		ret = hl_sqlite_error(copy, path, "copying", err);
	else
		ret = copy_pages(sqlite, copy, path, err);
	if (sqlite3_close(copy) != SQLITE_OK && ret == 0)
		ret = hl_sqlite_error(copy, path, "copying", err);
	/* The copy says WAL as its source does; as a single file it must not.
	 */
	return ret < 0 ? -1 : hl_sqlite_make_single(path, err);
}

int hl_sqlite_copy(struct hl_sqlite *sqlite, const char *path,
		   struct hl_error *err)
{
	hl_sqlite_release(sqlite);
	if (hl_sqlite_create_file(path, 0600, err) < 0)
		return -1;
	if (fill_copy(sqlite, path, err) < 0) {
		hl_sqlite_remove(path);
		return -1;
	}
	return 0;
}

int hl_sqlite_backup(struct hl_store *store, const char *path,
		     struct hl_error *err)
{
	if (hl_sqlite_copy((struct hl_sqlite *)store, path, err) < 0)
		return -1;
	if (hl_sqlite_sync_dir(path, err) < 0) {
		hl_sqlite_remove(path);
		return -1;
	}
	return 0;
}
