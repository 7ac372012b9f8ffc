#include "fault-vfs.h"

#include <stddef.h>

#include <sqlite3.h>

static sqlite3_vfs *real;
static sqlite3_vfs shim;
static enum fault_mode fault_mode;
static unsigned int calls_left;
static bool fired;

struct fault_file {
	sqlite3_file base;
	/* of the real VFS, which needs szOsFile bytes of its own */
	sqlite3_file real[];
};

static sqlite3_file *real_file(sqlite3_file *file)
{
	return ((struct fault_file *)file)->real;
}

/* Counts a call. Is it the one, or after a crash? */
static bool strikes(void)
{
	if (fired)
		return fault_mode == FAULT_CRASH;
	if (calls_left == 0 || --calls_left > 0)
		return false;
	fired = true;
	return true;
}

static int fault_write(sqlite3_file *file, const void *data, int size,
		       sqlite3_int64 offset)
{
	bool before = fired;

	file = real_file(file);
	if (!strikes())
		return file->pMethods->xWrite(file, data, size, offset);
	if (!before && (fault_mode == FAULT_TORN || fault_mode == FAULT_CRASH))
		file->pMethods->xWrite(file, data, size / 2, offset);
	return fault_mode == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
}

static int fault_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	file = real_file(file);
	return strikes() ? SQLITE_IOERR_TRUNCATE
			 : file->pMethods->xTruncate(file, size);
}

static int fault_sync(sqlite3_file *file, int flags)
{
	file = real_file(file);
	return strikes() ? SQLITE_IOERR_FSYNC
			 : file->pMethods->xSync(file, flags);
}

static int fault_shm_map(sqlite3_file *file, int page, int size, int extend,
			 void volatile **data_r)
{
	file = real_file(file);
	if (strikes()) {
		*data_r = NULL;
		return SQLITE_IOERR_SHMMAP;
	}
	return file->pMethods->xShmMap(file, page, size, extend, data_r);
}

static int fault_close(sqlite3_file *file)
{
	file = real_file(file);
	return file->pMethods->xClose(file);
}

static int fault_read(sqlite3_file *file, void *data, int size,
		      sqlite3_int64 offset)
{
	file = real_file(file);
	return file->pMethods->xRead(file, data, size, offset);
}

static int fault_file_size(sqlite3_file *file, sqlite3_int64 *size_r)
{
	file = real_file(file);
	return file->pMethods->xFileSize(file, size_r);
}

static int fault_lock(sqlite3_file *file, int level)
{
	file = real_file(file);
	return file->pMethods->xLock(file, level);
}

static int fault_unlock(sqlite3_file *file, int level)
{
	file = real_file(file);
	return file->pMethods->xUnlock(file, level);
}

static int fault_check_reserved(sqlite3_file *file, int *reserved_r)
{
	file = real_file(file);
	return file->pMethods->xCheckReservedLock(file, reserved_r);
}

static int fault_control(sqlite3_file *file, int op, void *arg)
{
	file = real_file(file);
	return file->pMethods->xFileControl(file, op, arg);
}

static int fault_sector_size(sqlite3_file *file)
{
	file = real_file(file);
	return file->pMethods->xSectorSize(file);
}

static int fault_characteristics(sqlite3_file *file)
{
	file = real_file(file);
	return file->pMethods->xDeviceCharacteristics(file);
}

static int fault_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
	file = real_file(file);
	return file->pMethods->xShmLock(file, offset, n, flags);
}

static void fault_shm_barrier(sqlite3_file *file)
{
	file = real_file(file);
	file->pMethods->xShmBarrier(file);
}

static int fault_shm_unmap(sqlite3_file *file, int delete)
{
	file = real_file(file);
	return file->pMethods->xShmUnmap(file, delete);
}

/* Version 2: no xFetch, so that every page is read and written by calls. */
static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = fault_close,
	.xRead = fault_read,
	.xWrite = fault_write,
	.xTruncate = fault_truncate,
	.xSync = fault_sync,
	.xFileSize = fault_file_size,
	.xLock = fault_lock,
	.xUnlock = fault_unlock,
	.xCheckReservedLock = fault_check_reserved,
	.xFileControl = fault_control,
	.xSectorSize = fault_sector_size,
	.xDeviceCharacteristics = fault_characteristics,
	.xShmMap = fault_shm_map,
	.xShmLock = fault_shm_lock,
	.xShmBarrier = fault_shm_barrier,
	.xShmUnmap = fault_shm_unmap,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		      int flags, int *flags_r)
{
	int result;

	(void)vfs;
	file->pMethods = NULL;
	if ((flags & SQLITE_OPEN_CREATE) != 0 && strikes())
		return SQLITE_CANTOPEN;
	result = real->xOpen(real, name, real_file(file), flags, flags_r);
	/* SQLite closes what has methods, even if the opening failed. */
	if (real_file(file)->pMethods != NULL)
		file->pMethods = &methods;
	return result;
}

static int fault_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
	(void)vfs;
	return strikes() ? SQLITE_IOERR_DELETE
			 : real->xDelete(real, name, sync_dir);
}

void fault_vfs_install(void)
{
	real = sqlite3_vfs_find(NULL);
	shim = *real;
	shim.zName = "fault";
	shim.pNext = NULL;
	shim.szOsFile = real->szOsFile + (int)sizeof(struct fault_file);
	/* The rest takes no file, so that the real functions do. */
	shim.xOpen = fault_open;
	shim.xDelete = fault_delete;
	fault_vfs_arm(FAULT_FAIL, 0);
	sqlite3_vfs_register(&shim, 1);
}

void fault_vfs_remove(void)
{
	sqlite3_vfs_unregister(&shim);
	sqlite3_vfs_register(real, 1);
}

void fault_vfs_arm(enum fault_mode mode, unsigned int n)
{
	fault_mode = mode;
	calls_left = n;
	fired = false;
}

bool fault_vfs_fired(void)
{
	return fired;
}
