#include "hl-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static enum hl_error_code code_of_errno(enum hl_error_code otherwise)
{
	switch (errno) {
	case EACCES:
	case EPERM:
	case EEXIST:
		return HL_ERROR_PERMISSION;
	case ENOSPC:
	case EDQUOT:
	case EROFS:
	case EIO:
	case EMFILE:
	case ENFILE:
		return HL_ERROR_TEMP;
	default:
		return otherwise;
	}
}

static int errno_error(struct hl_error *err, enum hl_error_code otherwise,
		       const char *what, const char *path)
{
	return hl_error_set(err, code_of_errno(otherwise), "%s %s: %s", what,
			    path, strerror(errno));
}

static bool read_all(int fd, char *buf, size_t size, size_t *size_r)
{
	ssize_t got;

	*size_r = 0;
	while (*size_r < size) {
		got = read(fd, buf + *size_r, size - *size_r);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0;
		*size_r += (size_t)got;
	}
	return true;
}

static bool write_all(int fd, const char *data, size_t size)
{
	ssize_t put;

	while (size > 0) {
		put = write(fd, data, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		data += put;
		size -= (size_t)put;
	}
	return true;
}

int hl_file_read(const char *path, const char *what, enum hl_error_code code,
		 char *buf, size_t size, size_t *size_r, struct stat *st_r,
		 struct hl_error *err)
{
	int fd, ret = -1;

	/* NONBLOCK: opening a FIFO must not hang */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno_error(err, code, what, path);
	if (fstat(fd, st_r) < 0)
		errno_error(err, code, what, path);
	else if (!S_ISREG(st_r->st_mode))
		hl_error_set(err, code, "%s %s: not a regular file", what,
			     path);
	else if (!read_all(fd, buf, size, size_r))
		errno_error(err, code, what, path);
	else if (*size_r == size)
		hl_error_set(err, code, "%s %s: too large", what, path);
	else
		ret = 0;
	close(fd);
	return ret;
}

int hl_file_check_owner(const char *path, const char *what,
			const struct stat *st, struct hl_error *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s %s: owned by user %lu; it must belong "
				    "to root or to the user who reads it "
				    "(chown it)",
				    what, path, (unsigned long)st->st_uid);
	if ((st->st_mode & 022) != 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s %s: others than its owner may write "
				    "to it (chmod go-w it)",
				    what, path);
	return 0;
}

/* Longer than a tick of the clock that stamps files. */
#define RACY_NSEC INT64_C(50000000)

void hl_fingerprint_init(struct hl_fingerprint *seen, const struct stat *st)
{
	struct timespec now;
	int64_t age;

	seen->dev = st->st_dev;
	seen->ino = st->st_ino;
	seen->size = st->st_size;
	seen->mtime = st->st_mtim;
	seen->ctime = st->st_ctim;
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - st->st_ctim.tv_sec) * INT64_C(1000000000) +
	      now.tv_nsec - st->st_ctim.tv_nsec;
	seen->racy = age > -RACY_NSEC && age < RACY_NSEC;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool hl_fingerprint_changed(const struct hl_fingerprint *seen, const char *path)
{
	return seen->racy || hl_fingerprint_differs(seen, path);
}

bool hl_fingerprint_differs(const struct hl_fingerprint *seen, const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 || !hl_fingerprint_fits(seen, &st);
}

bool hl_fingerprint_fits(const struct hl_fingerprint *seen,
			 const struct stat *st)
{
	return st->st_dev == seen->dev && st->st_ino == seen->ino &&
	       st->st_size == seen->size &&
	       same_time(&st->st_mtim, &seen->mtime) &&
	       same_time(&st->st_ctim, &seen->ctime);
}

int hl_file_open_dir_of(const char *path, struct hl_error *err)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	int fd;

	if (slash == NULL)
		snprintf(dir, sizeof(dir), ".");
	else if (snprintf(dir, sizeof(dir), "%.*s/", (int)(slash - path),
			  path) >= (int)sizeof(dir))
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long",
				    path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno_error(err, HL_ERROR_CONFIG, "directory", dir);
	return fd;
}

/* A rename or a new name is on disk only when its directory is. */
static int sync_dir_of(const char *path, const char *what, struct hl_error *err)
{
	int fd = hl_file_open_dir_of(path, err), ret;

	if (fd < 0)
		return -1;
	ret = fsync(fd);
	if (ret < 0)
		errno_error(err, HL_ERROR_TEMP, what, path);
	close(fd);
	return ret;
}

/* Makes a new file with this owner (if like isn't NULL) and mode. */
static int write_new(const char *path, const char *what, mode_t mode,
		     const struct stat *like, const void *data, size_t size,
		     struct hl_error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0)
		return errno_error(err, HL_ERROR_CONFIG, what, path);
	ok = like == NULL ||
	     (like->st_uid == geteuid() && like->st_gid == getegid()) ||
	     fchown(fd, like->st_uid, like->st_gid) == 0;
	ok = ok && fchmod(fd, mode) == 0 && write_all(fd, data, size) &&
	     fsync(fd) == 0;
	if (!ok) {
		errno_error(err, HL_ERROR_TEMP, what, path);
		unlink(path);
	}
	close(fd);
	return ok ? 0 : -1;
}

/* Of the file until it's whole; what a writer that died left there is removed.
 */
static int new_name(const char *path, const char *what,
		    char new_path_r[PATH_MAX], struct hl_error *err)
{
	if (snprintf(new_path_r, PATH_MAX, "%s.new", path) >= PATH_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s %s: path too long", what, path);
	unlink(new_path_r);
	return 0;
}

int hl_file_create(const char *path, const char *what, mode_t mode,
		   const void *data, size_t size, struct hl_error *err)
{
	char new_path[PATH_MAX];
	int ret;

	if (new_name(path, what, new_path, err) < 0 ||
	    write_new(new_path, what, mode, NULL, data, size, err) < 0)
		return -1;
	/* unlike rename() it doesn't overwrite */
	ret = link(new_path, path);
	if (ret < 0)
		errno_error(err, HL_ERROR_TEMP, what, path);
	unlink(new_path);
	if (ret == 0 && sync_dir_of(path, what, err) < 0) {
		unlink(path);
		ret = -1;
	}
	return ret;
}

int hl_file_replace(const char *path, const char *what, mode_t mode,
		    const char *owner_like, const void *data, size_t size,
		    struct hl_error *err)
{
	char new_path[PATH_MAX];
	struct stat st;
	bool exists = stat(path, &st) == 0;
	bool has_owner = exists || stat(owner_like, &st) == 0;

	if (new_name(path, what, new_path, err) < 0)
		return -1;
	if (write_new(new_path, what, exists ? st.st_mode & 07777 : mode,
		      has_owner ? &st : NULL, data, size, err) < 0)
		return -1;
	if (rename(new_path, path) < 0) {
		errno_error(err, HL_ERROR_TEMP, what, path);
		unlink(new_path);
		return -1;
	}
	return sync_dir_of(path, what, err);
}
