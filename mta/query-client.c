#include "query-client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

void query_client_init(struct query_client *client, int fd, int64_t now)
{
	memset(client, 0, sizeof(*client));
	client->fd = fd;
	client->since = now;
}

/* The length of its first line, without LF; or -1. */
static ssize_t find_line(const struct query_client *client)
{
	const char *end = memchr(client->in, '\n', client->in_size);

	return end == NULL ? -1 : end - client->in;
}

bool query_client_is_ready(const struct query_client *client)
{
	return client->out_size == 0 && !client->closing &&
	       (find_line(client) >= 0 ||
		client->in_size == sizeof(client->in));
}

static bool wants_to_read(const struct query_client *client)
{
	return client->out_size == 0 && !client->eof && !client->closing &&
	       !query_client_is_ready(client);
}

short query_client_events(const struct query_client *client)
{
	if (client->out_size > 0)
		return POLLOUT;
	return wants_to_read(client) ? POLLIN : 0;
}

static int read_some(struct query_client *client)
{
	ssize_t ret = recv(client->fd, client->in + client->in_size,
			   sizeof(client->in) - client->in_size, MSG_DONTWAIT);

	if (ret < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	client->eof = ret == 0;
	client->in_size += (size_t)ret;
	return 0;
}

static int write_some(struct query_client *client)
{
	ssize_t ret = send(client->fd, client->out + client->out_sent,
			   client->out_size - client->out_sent,
			   MSG_DONTWAIT | MSG_NOSIGNAL);

	if (ret < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	client->out_sent += (size_t)ret;
	if (client->out_sent == client->out_size)
		client->out_sent = client->out_size = 0;
	return 0;
}

static void answer_one(struct query_client *client, query_answer *answer,
		       void *context)
{
	ssize_t line_size = find_line(client), reply_size;
	size_t size = line_size < 0 ? client->in_size : (size_t)line_size;

	reply_size = answer(context, client->in, size, client->out);
	if (reply_size < 0) {
		client->closing = true;
		client->out_size = query_format_bad(client->out);
		return;
	}
	client->out_size = (size_t)reply_size;
	client->in_size -= size + 1;
	memmove(client->in, client->in + size + 1, client->in_size);
}

int query_client_serve(struct query_client *client, int64_t now,
		       query_answer *answer, void *context)
{
	if (wants_to_read(client) && read_some(client) < 0)
		return -1;
	if (query_client_is_ready(client)) {
		client->since = now;
		answer_one(client, answer, context);
	}
	if (client->out_size > 0 && write_some(client) < 0)
		return -1;
	if (client->out_size > 0 || query_client_is_ready(client))
		return 0;
	/* Half a line at the end is nobody's question. */
	return client->closing || client->eof ? -1 : 0;
}
