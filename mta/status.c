#include "status.h"

#include "listen.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct status {
	struct edge *edge;
	struct edge_place place;
	pthread_t thread;
	int fd;
};

static void answer(struct status *status, int client)
{
	/* Whoever doesn't read holds up others no longer than this. */
	const struct timeval patience = {.tv_sec = 2};
	char text[EDGE_METRICS_SIZE];
	size_t size = edge_metrics(status->edge, text), sent = 0;
	ssize_t ret;

	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience,
		   sizeof(patience));
	while (sent < size) {
		ret = send(client, text + sent, size - sent, MSG_NOSIGNAL);
		if (ret <= 0)
			break;
		sent += (size_t)ret;
	}
}

static void *run(void *context)
{
	struct status *status = context;
	int client;

	for (;;) {
		client = accept4(status->fd, NULL, NULL, SOCK_CLOEXEC);
		if (client >= 0) {
			answer(status, client);
			close(client);
		} else if (errno == EMFILE || errno == ENFILE ||
			   errno == ENOBUFS || errno == ENOMEM) {
			usleep(100000);
		} else if (errno != EINTR && errno != ECONNABORTED) {
			/* status_stop() shut it down */
			return NULL;
		}
	}
}

int status_start(const char *path, struct edge *edge, struct status **status_r,
		 struct hl_error *err)
{
	struct status *status = calloc(1, sizeof(*status));

	*status_r = NULL;
	if (status == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	status->edge = edge;
	status->fd = edge_listen(&status->place, path, 0660, err);
	if (status->fd < 0) {
		free(status);
		return -1;
	}
	if (pthread_create(&status->thread, NULL, run, status) != 0) {
		hl_error_set(err, HL_ERROR_TEMP, "can't start a thread");
		edge_place_remove(&status->place);
		close(status->fd);
		free(status);
		return -1;
	}
	*status_r = status;
	return 0;
}

void status_stop(struct status **_status)
{
	struct status *status = *_status;

	*_status = NULL;
	if (status == NULL)
		return;
	edge_place_remove(&status->place);
	shutdown(status->fd, SHUT_RDWR);
	pthread_join(status->thread, NULL);
	close(status->fd);
	free(status);
}
