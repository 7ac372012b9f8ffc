#include "query-line.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define VERSION "rcpt/1 "

static int refuse(struct hl_error *err, const char *why)
{
	return hl_error_set(err, HL_ERROR_DATA, "%s", why);
}

static bool is_word(const char *word, size_t size, const char *expected)
{
	return size == strlen(expected) && memcmp(word, expected, size) == 0;
}

static int parse_client(const char *text, size_t size, struct query *query)
{
	bool authenticated = query->client.authenticated;
	char address[INET6_ADDRSTRLEN];

	if (query->client.family != AF_UNSPEC || size >= sizeof(address))
		return -1;
	memcpy(address, text, size);
	address[size] = '\0';
	/* nothing in front, as other MTAs have it */
	if (strspn(address, "0123456789abcdefABCDEF:.") != size)
		return -1;
	edge_client_from_text(address, &query->client);
	query->client.authenticated = authenticated;
	return query->client.family == AF_UNSPEC ? -1 : 0;
}

static int parse_word(const char *word, size_t size, struct query *query)
{
	static const char client[] = "client=";
	bool *flag;

	if (size > strlen(client) && memcmp(word, client, strlen(client)) == 0)
		return parse_client(word + strlen(client),
				    size - strlen(client), query);
	if (is_word(word, size, "smtputf8"))
		flag = &query->smtputf8;
	else if (is_word(word, size, "authenticated"))
		flag = &query->client.authenticated;
	else
		return -1;
	if (*flag)
		return -1;
	*flag = true;
	return 0;
}

static bool has_control(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return true;
	}
	return false;
}

int query_parse(const char *line, size_t size, struct query *query_r,
		struct hl_error *err)
{
	const char *pos = line + strlen(VERSION), *end = line + size, *blank;

	memset(query_r, 0, sizeof(*query_r));
	if (size >= QUERY_LINE_MAX)
		return refuse(err, "it's too long");
	if (has_control(line, size))
		return refuse(err, "a control character");
	if (size < strlen(VERSION) ||
	    memcmp(line, VERSION, strlen(VERSION)) != 0)
		return refuse(err, "it doesn't begin with \"" VERSION "\"");
	/* The address stands last: it may hold blanks. */
	while (pos < end && *pos != '<') {
		blank = memchr(pos, ' ', (size_t)(end - pos));
		if (blank == NULL)
			return refuse(err, "no address in angle brackets");
		if (parse_word(pos, (size_t)(blank - pos), query_r) < 0)
			return refuse(err, "a word that is unknown, repeated "
					   "or without a good value");
		pos = blank + 1;
	}
	if (end - pos < 2 || end[-1] != '>')
		return refuse(err, "no address in angle brackets at its end");
	query_r->path = pos;
	query_r->path_size = (size_t)(end - pos);
	return 0;
}

static size_t format(char reply_r[QUERY_REPLY_SIZE], unsigned int status,
		     const char *enhanced_code, const char *text)
{
	return (size_t)snprintf(reply_r, QUERY_REPLY_SIZE, "%u %s %s\n", status,
				enhanced_code, text);
}

size_t query_format_accept(char reply_r[QUERY_REPLY_SIZE])
{
	return format(reply_r, 250, "2.1.5", "not hard-linked");
}

size_t query_format_reply(const struct hl_reply *reply,
			  char reply_r[QUERY_REPLY_SIZE])
{
	return format(reply_r, reply->status, reply->enhanced_code,
		      reply->text);
}

size_t query_format_bad(char reply_r[QUERY_REPLY_SIZE])
{
	return format(reply_r, 451, "4.3.5", "Temporary internal error");
}
