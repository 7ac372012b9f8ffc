#include "hl-sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int hl_sqlite_create_file(const char *path, mode_t mode, struct hl_error *err)
{
	int fd, ret = 0;

	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return hl_error_set(err, HL_ERROR_CONFIG,
					    "%s: no such directory to make "
					    "this file in",
					    path);
		return hl_sqlite_file_error(path, "making the file", err);
	}
	/* whatever the umask is */
	if (fchmod(fd, mode) < 0)
		ret = hl_sqlite_file_error(path, "setting the mode", err);
	close(fd);
	if (ret < 0)
		unlink(path);
	return ret;
}

void hl_sqlite_remove(const char *path)
{
	static const char *const suffixes[] = {"-wal", "-shm", "-journal", ""};
	char name[PATH_MAX + 16];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
		unlink(name);
	}
}

int hl_sqlite_sync_dir(const char *path, struct hl_error *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int fd, ret = 0;

	/* the path of an open file fits; "/x" lies in "/", "x" in "." */
	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else
		snprintf(dir, sizeof(dir), "%.*s",
			 slash == path ? 1 : (int)(slash - path), path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		ret = hl_error_set(err, HL_ERROR_TEMP,
				   "%s: making the directory durable: %s", dir,
				   strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}
