/* A server that is asked something, with a deadline. */

#include "doctor.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct doctor_peer {
	int fd;
	struct timespec deadline;
	char name[256];
};

static int peer_error(const struct doctor_peer *peer, const char *what,
		      struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", peer->name, what);
}

static int wait_for(const struct doctor_peer *peer, short events,
		    struct hl_error *err)
{
	struct pollfd pollfd = {.fd = peer->fd, .events = events};
	struct timespec now;
	int64_t left;
	int ret;

	do {
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (int64_t)(peer->deadline.tv_sec - now.tv_sec) * 1000 +
		       (peer->deadline.tv_nsec - now.tv_nsec) / 1000000;
		ret = left <= 0 ? 0 : poll(&pollfd, 1, (int)left);
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return 0;
	return peer_error(peer, ret == 0 ? "no answer" : strerror(errno), err);
}

static int finish_connect(const struct doctor_peer *peer, struct hl_error *err)
{
	socklen_t size = sizeof(int);
	int error = 0;

	if (wait_for(peer, POLLOUT, err) < 0)
		return -1;
	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	return error == 0 ? 0 : peer_error(peer, strerror(error), err);
}

static int connect_to(struct doctor_peer *peer, const struct sockaddr *address,
		      socklen_t size, struct hl_error *err)
{
	peer->fd = socket(address->sa_family,
			  SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (peer->fd < 0)
		return peer_error(peer, strerror(errno), err);
	if (connect(peer->fd, address, size) == 0)
		return 0;
	if (errno == EINPROGRESS)
		return finish_connect(peer, err);
	if (errno == EACCES)
		return hl_error_set(err, HL_ERROR_PERMISSION, "%s: %s",
				    peer->name, strerror(errno));
	return peer_error(peer, strerror(errno), err);
}

static int connect_unix(struct doctor_peer *peer, const char *path,
			struct hl_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return peer_error(peer, "too long for a socket's path", err);
	strcpy(address.sun_path, path);
	return connect_to(peer, (const struct sockaddr *)&address,
			  sizeof(address), err);
}

/* Names are asked of the resolver, which has a deadline of its own. */
static int connect_inet(struct doctor_peer *peer, const char *host,
			const char *port, struct hl_error *err)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list, *one;
	int ret;

	ret = getaddrinfo(host, port, &hints, &list);
	if (ret != 0)
		return peer_error(peer, gai_strerror(ret), err);
	ret = -1;
	for (one = list; one != NULL && ret < 0; one = one->ai_next) {
		if (peer->fd >= 0)
			close(peer->fd);
		ret = connect_to(peer, one->ai_addr, one->ai_addrlen, err);
	}
	freeaddrinfo(list);
	return ret;
}

int doctor_peer_connect(const char *where, const char *port,
			struct doctor_peer **peer_r, struct hl_error *err)
{
	struct doctor_peer *peer = calloc(1, sizeof(*peer));
	int ret;

	*peer_r = NULL;
	if (peer == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	peer->fd = -1;
	snprintf(peer->name, sizeof(peer->name), "%s%s%s", where,
		 port == NULL ? "" : ":", port == NULL ? "" : port);
	clock_gettime(CLOCK_MONOTONIC, &peer->deadline);
	peer->deadline.tv_sec += DOCTOR_PATIENCE;
	ret = port == NULL ? connect_unix(peer, where, err)
			   : connect_inet(peer, where, port, err);
	if (ret == 0)
		*peer_r = peer;
	else
		doctor_peer_close(&peer);
	return ret;
}

void doctor_peer_close(struct doctor_peer **peer)
{
	if (*peer != NULL && (*peer)->fd >= 0)
		close((*peer)->fd);
	free(*peer);
	*peer = NULL;
}

int doctor_peer_send(struct doctor_peer *peer, const void *data, size_t size,
		     struct hl_error *err)
{
	const char *pos = data;
	ssize_t sent;

	while (size > 0) {
		sent = send(peer->fd, pos, size, MSG_NOSIGNAL);
		if (sent >= 0) {
			pos += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (wait_for(peer, POLLOUT, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return peer_error(peer, strerror(errno), err);
		}
	}
	return 0;
}

int doctor_peer_read(struct doctor_peer *peer, void *data, size_t size,
		     struct hl_error *err)
{
	char *pos = data;
	ssize_t got;

	while (size > 0) {
		if (wait_for(peer, POLLIN, err) < 0)
			return -1;
		got = recv(peer->fd, pos, size, 0);
		if (got > 0) {
			pos += got;
			size -= (size_t)got;
		} else if (got == 0) {
			return peer_error(peer, "it hung up", err);
		} else if (errno != EAGAIN && errno != EINTR) {
			return peer_error(peer, strerror(errno), err);
		}
	}
	return 0;
}

/* Byte by byte: a dozen short lines are read in all. */
int doctor_peer_read_line(struct doctor_peer *peer, char *line_r, size_t size,
			  struct hl_error *err)
{
	size_t length = 0;

	for (;;) {
		if (length == size - 1)
			return peer_error(peer, "it sent too long a line", err);
		if (doctor_peer_read(peer, line_r + length, 1, err) < 0)
			return -1;
		if (line_r[length] == '\n')
			break;
		length++;
	}
	if (length > 0 && line_r[length - 1] == '\r')
		length--;
	line_r[length] = '\0';
	return 0;
}
