#include "listen.h"

#include "hl-file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_address(struct sockaddr_un *address, const char *path,
		       const char *suffix, struct hl_error *err)
{
	int size;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	size = snprintf(address->sun_path, sizeof(address->sun_path), "%s%s",
			path, suffix);
	if (size < 0 || (size_t)size >= sizeof(address->sun_path))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: too long for a socket's path", path);
	return 0;
}

/* 1 if a program answers, 0 if none does. */
static int answers(const struct sockaddr_un *address, struct hl_error *err)
{
	int fd, ret, error;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "socket: %s",
				    strerror(errno));
	ret = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	error = errno;
	close(fd);
	if (ret == 0 || error == EAGAIN)
		return 1;
	if (error == ECONNREFUSED || error == ENOENT)
		return 0;
	return hl_error_set(
		err, error == EACCES ? HL_ERROR_PERMISSION : HL_ERROR_TEMP,
		"%s: can't find out whether a program answers "
		"there: %s",
		address->sun_path, strerror(error));
}

static int check_place(const struct edge_place *place, struct hl_error *err)
{
	const char *path = place->address.sun_path;
	struct stat st;
	int ret;

	if (lstat(path, &st) < 0)
		return errno == ENOENT
			       ? 0
			       : hl_error_set(err, HL_ERROR_CONFIG, "%s: %s",
					      path, strerror(errno));
	if (!S_ISSOCK(st.st_mode))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: not a socket; remove it, or choose "
				    "another place",
				    path);
	ret = answers(&place->address, err);
	if (ret > 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: another program answers there "
				    "already; stop it first",
				    path);
	return ret;
}

int edge_place_take(struct edge_place *place, const char *path,
		    struct hl_error *err)
{
	place->lock = -1;
	place->ino = 0;
	if (set_address(&place->address, path, "", err) < 0 ||
	    set_address(&place->bind_address, path, ".new", err) < 0)
		return -1;
	place->lock = hl_file_open_dir_of(path, err);
	if (place->lock < 0)
		return hl_error_prefix(err, "%s", path);
	/* Of two that start at once, the second sees the first one answer. */
	if (flock(place->lock, LOCK_EX) < 0) {
		hl_error_set(err, HL_ERROR_TEMP,
			     "%s: locking its directory: %s", path,
			     strerror(errno));
	} else if (check_place(place, err) == 0) {
		if (unlink(place->bind_address.sun_path) == 0 ||
		    errno == ENOENT)
			return 0;
		hl_error_set(err, HL_ERROR_PERMISSION, "%s: %s",
			     place->bind_address.sun_path, strerror(errno));
	}
	edge_place_abandon(place);
	return -1;
}

void edge_place_abandon(struct edge_place *place)
{
	if (place->lock >= 0)
		close(place->lock);
	place->lock = -1;
}

int edge_place_publish(struct edge_place *place, mode_t mode,
		       struct hl_error *err)
{
	const char *path = place->bind_address.sun_path;
	struct stat st;
	int ret = 0;

	/* Renamed, so that at no moment a socket of another mode is there. */
	if (chmod(path, mode) < 0 || stat(path, &st) < 0 ||
	    rename(path, place->address.sun_path) < 0) {
		ret = hl_error_set(err, HL_ERROR_TEMP, "%s: %s",
				   place->address.sun_path, strerror(errno));
		unlink(path);
	} else {
		place->dev = st.st_dev;
		place->ino = st.st_ino;
	}
	edge_place_abandon(place);
	return ret;
}

void edge_place_remove(const struct edge_place *place)
{
	const char *path = place->address.sun_path;
	struct hl_error err;
	struct stat st;
	int lock;

	if (place->ino == 0)
		return;
	lock = hl_file_open_dir_of(path, &err);
	if (lock < 0)
		return;
	if (flock(lock, LOCK_EX) == 0 && lstat(path, &st) == 0 &&
	    st.st_dev == place->dev && st.st_ino == place->ino)
		unlink(path);
	close(lock);
}

int edge_listen(struct edge_place *place, const char *path, mode_t mode,
		struct hl_error *err)
{
	int fd;

	if (edge_place_take(place, path, err) < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
	    bind(fd, (const struct sockaddr *)&place->bind_address,
		 sizeof(place->bind_address)) == 0 &&
	    listen(fd, SOMAXCONN) == 0) {
		if (edge_place_publish(place, mode, err) == 0)
			return fd;
	} else {
		hl_error_set(err, HL_ERROR_TEMP, "%s: %s", path,
			     strerror(errno));
		edge_place_abandon(place);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}
