#include "query-server.h"

#include "hl-trouble.h"
#include "log.h"
#include "query-client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 512
/* How long a client may take for a line, or to read its reply; less when
   others wait for its place. */
#define PATIENCE_MS	 10000
#define PATIENCE_FULL_MS 1000
#define FINISH_MS	 2000
/* After accept() failed. */
#define PAUSE_MS 100

struct query_server {
	struct edge *edge;
	int listener;
	int64_t paused_until;
	struct hl_trouble bad_query, bad_accept;
	size_t count;
	struct query_client clients[CLIENTS_MAX];
	struct pollfd fds[CLIENTS_MAX + 1];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct query_server *query_server_init(struct edge *edge, int listener)
{
	struct query_server *server = calloc(1, sizeof(*server));

	if (server == NULL || fcntl(listener, F_SETFL, O_NONBLOCK) < 0) {
		close(listener);
		free(server);
		return NULL;
	}
	server->edge = edge;
	server->listener = listener;
	return server;
}

static void close_listener(struct query_server *server)
{
	if (server->listener >= 0)
		close(server->listener);
	server->listener = -1;
}

void query_server_deinit(struct query_server **_server)
{
	struct query_server *server = *_server;

	*_server = NULL;
	if (server == NULL)
		return;
	while (server->count > 0)
		close(server->clients[--server->count].fd);
	close_listener(server);
	free(server);
}

static void report_bad(struct query_server *server, const char *why)
{
	char text[HL_TROUBLE_TEXT_SIZE];

	snprintf(text, sizeof(text),
		 "A query wasn't understood: %s; its recipient is deferred; "
		 "see hardlink-query(8) for what the MTA has to ask",
		 why);
	if (hl_trouble_is_due(&server->bad_query, text, time(NULL)))
		edge_log_error("%s", text);
}

static ssize_t answer(void *context, const char *line, size_t size,
		      char reply_r[QUERY_REPLY_SIZE])
{
	struct query_server *server = context;
	struct hl_reply reply;
	struct query query;
	struct hl_error err;

	if (query_parse(line, size, &query, &err) < 0) {
		report_bad(server, err.text);
		return -1;
	}
	if (edge_rcpt(server->edge, &query.client, query.path, query.path_size,
		      query.smtputf8, &reply) == EDGE_ACCEPT)
		return (ssize_t)query_format_accept(reply_r);
	return (ssize_t)query_format_reply(&reply, reply_r);
}

static int64_t patience(const struct query_server *server)
{
	return server->count == CLIENTS_MAX ? PATIENCE_FULL_MS : PATIENCE_MS;
}

static void serve_all(struct query_server *server, int64_t now)
{
	int64_t oldest = now - patience(server);
	struct query_client *client;
	size_t i;

	/* backwards: the last one takes the place of one that goes */
	for (i = server->count; i-- > 0;) {
		client = &server->clients[i];
		if ((server->fds[i].revents == 0 &&
		     !query_client_is_ready(client)) ||
		    query_client_serve(client, now, answer, server) == 0) {
			/* also one that sends a byte now and then */
			if (client->since > oldest)
				continue;
		}
		close(client->fd);
		if (i != --server->count)
			*client = server->clients[server->count];
	}
}

static void accept_failed(struct query_server *server, int error, int64_t now)
{
	const char *reason = strerror(error);

	if (error == EAGAIN || error == EINTR || error == ECONNABORTED)
		return;
	server->paused_until = now + PAUSE_MS;
	if (hl_trouble_is_due(&server->bad_accept, reason, time(NULL)))
		edge_log_error("Can't take a client's connection: %s; trying "
			       "again",
			       reason);
}

static void accept_clients(struct query_server *server, int64_t now)
{
	int fd;

	while (server->count < CLIENTS_MAX) {
		fd = accept4(server->listener, NULL, NULL,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			accept_failed(server, errno, now);
			return;
		}
		query_client_init(&server->clients[server->count++], fd, now);
	}
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What to wait for. Returns for how long, in milliseconds; -1: for ever. */
static int64_t prepare(struct query_server *server, int64_t now)
{
	int64_t until = INT64_MAX;
	const struct query_client *client;
	int fd = server->count < CLIENTS_MAX ? server->listener : -1;
	size_t i;

	for (i = 0; i < server->count; i++) {
		client = &server->clients[i];
		server->fds[i] = (struct pollfd){
			.fd = client->fd,
			.events = query_client_events(client),
		};
		until = earlier(until,
				query_client_is_ready(client)
					? now
					: client->since + patience(server));
	}
	if (fd >= 0 && now < server->paused_until) {
		fd = -1;
		until = earlier(until, server->paused_until);
	}
	server->fds[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	if (until == INT64_MAX)
		return -1;
	return until > now ? until - now : 0;
}

void query_server_step(struct query_server *server, const sigset_t *blocked)
{
	int64_t wait = prepare(server, now_ms());
	size_t count = server->count;
	struct timespec timeout = {.tv_sec = wait / 1000,
				   .tv_nsec = wait % 1000 * 1000000};

	if (ppoll(server->fds, count + 1, wait < 0 ? NULL : &timeout, blocked) <
	    0)
		return;
	serve_all(server, now_ms());
	if (server->fds[count].revents != 0)
		accept_clients(server, now_ms());
}

void query_server_finish(struct query_server *server)
{
	int64_t end = now_ms() + FINISH_MS;
	sigset_t none;

	sigemptyset(&none);
	close_listener(server);
	while (server->count > 0 && now_ms() < end)
		query_server_step(server, &none);
}
