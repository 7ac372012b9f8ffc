/* A line that parses is what hardlink-query(8) says, and a client hears the
   same however its lines come in pieces. */

#include "fuzz-check.h"

#include "query-client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define REPLIES_MAX (1 << 20)

static char expected[REPLIES_MAX], heard[REPLIES_MAX];
static size_t heard_size;

static void check_again(const struct query *query)
{
	char line[2 * QUERY_LINE_MAX], address[INET6_ADDRSTRLEN];
	struct query again;
	struct hl_error err;
	int size;

	if (query->client.family != AF_UNSPEC)
		inet_ntop(query->client.family, query->client.address, address,
			  sizeof(address));
	size = snprintf(line, sizeof(line), "rcpt/1 %s%s%s%s%s%.*s",
			query->client.family == AF_UNSPEC ? "" : "client=",
			query->client.family == AF_UNSPEC ? "" : address,
			query->client.family == AF_UNSPEC ? "" : " ",
			query->smtputf8 ? "smtputf8 " : "",
			query->client.authenticated ? "authenticated " : "",
			(int)query->path_size, query->path);
	if (size >= QUERY_LINE_MAX)
		return;
	FUZZ_CHECK(query_parse(line, (size_t)size, &again, &err) == 0);
	FUZZ_CHECK(again.path_size == query->path_size);
	FUZZ_CHECK(memcmp(again.path, query->path, again.path_size) == 0);
	FUZZ_CHECK(again.smtputf8 == query->smtputf8);
	FUZZ_CHECK(memcmp(&again.client, &query->client,
			  sizeof(again.client)) == 0);
}

static void check_query(const char *line, size_t size,
			const struct query *query)
{
	size_t i;

	FUZZ_CHECK(query->path > line && query->path_size >= 2);
	FUZZ_CHECK(query->path + query->path_size == line + size);
	FUZZ_CHECK(query->path[0] == '<' && line[size - 1] == '>');
	for (i = 0; i < size; i++)
		FUZZ_CHECK((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	check_again(query);
}

static ssize_t answer(void *context, const char *line, size_t size,
		      char reply_r[QUERY_REPLY_SIZE])
{
	struct hl_reply reply = {.status = 557, .enhanced_code = "5.2.7"};
	struct query query;
	struct hl_error err;

	(void)context;
	FUZZ_CHECK(size <= QUERY_LINE_MAX);
	if (query_parse(line, size, &query, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA && err.text[0] != '\0');
		return -1;
	}
	check_query(line, size, &query);
	if (!query.smtputf8)
		return (ssize_t)query_format_accept(reply_r);
	memset(reply.text, 'x', query.path_size % (sizeof(reply.text) - 1));
	return (ssize_t)query_format_reply(&reply, reply_r);
}

/* What a client hears that sends all this; whether it is sent away. */
static size_t expect(const char *data, size_t size, bool *bad_r)
{
	const char *end = data + size, *line_end;
	char reply[QUERY_REPLY_SIZE];
	size_t line_size, expected_size = 0;
	ssize_t reply_size;

	*bad_r = false;
	for (; data < end && !*bad_r; data += line_size + 1) {
		line_size = (size_t)(end - data);
		if (line_size > QUERY_LINE_MAX)
			line_size = QUERY_LINE_MAX;
		line_end = memchr(data, '\n', line_size);
		if (line_end == NULL && line_size < QUERY_LINE_MAX)
			break;
		if (line_end != NULL)
			line_size = (size_t)(line_end - data);
		reply_size = answer(NULL, data, line_size, reply);
		*bad_r = reply_size < 0;
		if (*bad_r)
			reply_size = (ssize_t)query_format_bad(reply);
		FUZZ_CHECK(reply[reply_size - 1] == '\n' &&
			   (size_t)reply_size == strlen(reply));
		memcpy(expected + expected_size, reply, (size_t)reply_size);
		expected_size += (size_t)reply_size;
	}
	return expected_size;
}

static void hear(int fd)
{
	ssize_t size;

	while ((size = recv(fd, heard + heard_size, REPLIES_MAX - heard_size,
			    MSG_DONTWAIT)) > 0)
		heard_size += (size_t)size;
}

/* Serves as long as there is something to do. Returns -1 at its end. */
static int serve(struct query_client *client, int fd, bool is_more)
{
	bool readable = is_more;

	while (readable || query_client_is_ready(client) ||
	       query_client_events(client) == POLLOUT) {
		readable = false;
		if (query_client_serve(client, 1, answer, NULL) < 0) {
			hear(fd);
			return -1;
		}
		hear(fd);
	}
	return 0;
}

static bool talk(const char *data, size_t size, size_t piece)
{
	struct query_client client;
	bool ended = false;
	int fds[2];

	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	query_client_init(&client, fds[0], 0);
	heard_size = 0;
	for (; size > 0 && !ended; data += piece, size -= piece) {
		if (piece > size)
			piece = size;
		FUZZ_CHECK(send(fds[1], data, piece, MSG_NOSIGNAL) ==
			   (ssize_t)piece);
		/* until the piece has been read */
		while (!ended && recv(fds[0], (char[1]){0}, 1,
				      MSG_PEEK | MSG_DONTWAIT) > 0)
			ended = serve(&client, fds[1], true) < 0;
	}
	if (!ended) {
		shutdown(fds[1], SHUT_WR);
		FUZZ_CHECK(serve(&client, fds[1], true) < 0);
	}
	close(fds[0]);
	close(fds[1]);
	return client.closing;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	size_t pieces[] = {4096, 1 + size % 61, 1023}, i, expected_size;
	bool bad;

	if (size > 4096)
		return 0;
	expected_size = expect(text, size, &bad);
	for (i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		FUZZ_CHECK(talk(text, size, pieces[i]) == bad);
		FUZZ_CHECK(heard_size == expected_size);
		FUZZ_CHECK(memcmp(heard, expected, heard_size) == 0);
	}
	return 0;
}
