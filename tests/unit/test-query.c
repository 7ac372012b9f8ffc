#include "query-client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <poll.h>
#include <unistd.h>

#include <cmocka.h>

static int parse(const char *line, struct query *query_r)
{
	struct hl_error err;

	return query_parse(line, strlen(line), query_r, &err);
}

static void assert_path(const struct query *query, const char *path)
{
	assert_int_equal(query->path_size, strlen(path));
	assert_memory_equal(query->path, path, query->path_size);
}

static void test_parse_plain(void **state)
{
	struct query query;

	(void)state;
	assert_int_equal(parse("rcpt/1 <a@b>", &query), 0);
	assert_path(&query, "<a@b>");
	assert_int_equal(query.client.family, AF_UNSPEC);
	assert_false(query.client.authenticated);
	assert_false(query.smtputf8);

	assert_int_equal(parse("rcpt/1 <>", &query), 0);
	assert_path(&query, "<>");
}

static void test_parse_words(void **state)
{
	static const unsigned char ipv4[] = {192, 0, 2, 1};
	static const unsigned char ipv6[16] = {0x20, 0x01, 0x0d,
					       0xb8, [15] = 1};
	struct query query;

	(void)state;
	assert_int_equal(
		parse("rcpt/1 authenticated client=192.0.2.1 <a@b>", &query),
		0);
	assert_true(query.client.authenticated);
	assert_int_equal(query.client.family, AF_INET);
	assert_memory_equal(query.client.address, ipv4, sizeof(ipv4));
	assert_false(query.smtputf8);

	assert_int_equal(
		parse("rcpt/1 client=2001:db8::1 smtputf8 authenticated <a@b>",
		      &query),
		0);
	assert_true(query.client.authenticated);
	assert_true(query.smtputf8);
	assert_int_equal(query.client.family, AF_INET6);
	assert_memory_equal(query.client.address, ipv6, sizeof(ipv6));

	/* has one limit with 192.0.2.1 */
	assert_int_equal(parse("rcpt/1 client=::ffff:192.0.2.1 <a@b>", &query),
			 0);
	assert_int_equal(query.client.family, AF_INET);
	assert_memory_equal(query.client.address, ipv4, sizeof(ipv4));
}

/* The words end at the first <, the address at the end. */
static void test_parse_blanks_in_address(void **state)
{
	struct query query;

	(void)state;
	assert_int_equal(parse("rcpt/1 <\"smtputf8 <a> \"@b>", &query), 0);
	assert_path(&query, "<\"smtputf8 <a> \"@b>");
	assert_false(query.smtputf8);
}

static void test_parse_says_why(void **state)
{
	static const struct {
		const char *line, *why;
	} cases[] = {
		{"", "doesn't begin"},
		{"rcpt/1", "doesn't begin"},
		{"rcpt/11 <a@b>", "doesn't begin"},
		{"rcpt/1 ", "angle brackets"},
		{"rcpt/1 smtputf8 ", "angle brackets"},
		{"rcpt/1 <", "angle brackets"},
		{"rcpt/1 <a@b> ", "angle brackets"},
		{"rcpt/1 smtputf8 smtputf8 <a@b>", "a word"},
		{"rcpt/1  <a@b>", "a word"},
		{"rcpt/1 client= <a@b>", "a word"},
		{"rcpt/1 client=192.0.2.256 <a@b>", "a word"},
		{"rcpt/1 client=IPv6:::1 <a@b>", "a word"},
		{"rcpt/1 client=::1 client=::1 <a@b>", "a word"},
		{"rcpt/1 secret <a@b>", "a word"},
		{"rcpt/1 <a@b>\r", "control"},
	};
	struct query query;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(query_parse(cases[i].line,
					     strlen(cases[i].line), &query,
					     &err),
				 -1);
		assert_int_equal(err.code, HL_ERROR_DATA);
		assert_non_null(strstr(err.text, cases[i].why));
		assert_null(strstr(err.text, "secret"));
	}
}

static void test_format(void **state)
{
	struct hl_reply reply = {.status = 557, .enhanced_code = "5.2.7"};
	char line[QUERY_REPLY_SIZE];
	size_t size;

	(void)state;
	memset(reply.text, 'x', sizeof(reply.text) - 1);
	size = query_format_reply(&reply, line);
	assert_int_equal(size, strlen(line));
	assert_int_equal(size, 11 + sizeof(reply.text) - 1);
	assert_memory_equal(line, "557 5.2.7 xx", 12);
	assert_int_equal(line[strlen(line) - 1], '\n');
	query_format_accept(line);
	assert_string_equal(line, "250 2.1.5 not hard-linked\n");
	query_format_bad(line);
	assert_string_equal(line, "451 4.3.5 Temporary internal error\n");
}

/* A client, and the other end of its socket. */
struct pair {
	struct query_client client;
	int fd;
};

static int setup(void **state)
{
	struct pair *pair = malloc(sizeof(*pair));
	int fds[2];

	if (pair == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return -1;
	query_client_init(&pair->client, fds[0], 1);
	pair->fd = fds[1];
	*state = pair;
	return 0;
}

static int teardown(void **state)
{
	struct pair *pair = *state;

	close(pair->client.fd);
	close(pair->fd);
	free(pair);
	return 0;
}

/* Gives the line back; one that begins with ! isn't understood. */
static ssize_t echo(void *context, const char *line, size_t size,
		    char reply_r[QUERY_REPLY_SIZE])
{
	unsigned int *count = context;

	(*count)++;
	if (line[0] == '!' || size >= QUERY_LINE_MAX)
		return -1;
	memcpy(reply_r, line, size);
	reply_r[size] = '\n';
	return (ssize_t)size + 1;
}

static void put(struct pair *pair, const char *text)
{
	assert_int_equal(write(pair->fd, text, strlen(text)), strlen(text));
}

static void assert_heard(struct pair *pair, const char *text)
{
	char buffer[4096];
	ssize_t size = recv(pair->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

	if (*text == '\0') {
		assert_int_equal(size, -1);
		return;
	}
	assert_int_equal(size, strlen(text));
	assert_memory_equal(buffer, text, strlen(text));
}

static void test_client_takes_turns(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0;

	assert_int_equal(query_client_events(&pair->client), POLLIN);
	assert_false(query_client_is_ready(&pair->client));
	put(pair, "one\ntwo\nthr");
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_int_equal(count, 1);
	assert_heard(pair, "one\n");
	/* what it knows already is done before more is read */
	assert_true(query_client_is_ready(&pair->client));
	assert_int_equal(query_client_events(&pair->client), 0);
	assert_int_equal(query_client_serve(&pair->client, 3, echo, &count), 0);
	assert_heard(pair, "two\n");
	assert_false(query_client_is_ready(&pair->client));
	assert_int_equal(query_client_events(&pair->client), POLLIN);
	put(pair, "ee\n");
	assert_int_equal(query_client_serve(&pair->client, 4, echo, &count), 0);
	assert_heard(pair, "three\n");
	assert_int_equal(count, 3);
}

/* Only whole lines count, so that one can't hold its place with bytes. */
static void test_client_since(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0;

	put(pair, "o");
	assert_int_equal(query_client_serve(&pair->client, 5, echo, &count), 0);
	assert_int_equal(pair->client.since, 1);
	put(pair, "ne\n");
	assert_int_equal(query_client_serve(&pair->client, 6, echo, &count), 0);
	assert_int_equal(pair->client.since, 6);
}

static void test_client_that_ends(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0;

	put(pair, "one\ntwo\nhalf");
	shutdown(pair->fd, SHUT_WR);
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_heard(pair, "one\ntwo\n");
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count),
			 -1);
	assert_heard(pair, "");
	assert_int_equal(count, 2);
}

static void test_client_that_is_gone(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0;

	put(pair, "one\n");
	shutdown(pair->fd, SHUT_RDWR);
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count),
			 -1);
}

/* It hears that, and nothing of what it says behind it is looked at. */
static void test_client_with_a_bad_line(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0;

	put(pair, "!\none\n");
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count),
			 -1);
	assert_heard(pair, "451 4.3.5 Temporary internal error\n");
	assert_int_equal(count, 1);
}

static void test_client_with_long_lines(void **state)
{
	struct pair *pair = *state;
	char line[QUERY_LINE_MAX + 1];
	unsigned int count = 0;

	memset(line, 'x', sizeof(line));
	line[QUERY_LINE_MAX] = '\0';
	line[QUERY_LINE_MAX - 1] = '\n';
	/* the longest doesn't fit the reply of this test */
	line[0] = '!';
	put(pair, line);
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count),
			 -1);
	assert_int_equal(count, 1);

	query_client_init(&pair->client, pair->client.fd, 1);
	assert_heard(pair, "451 4.3.5 Temporary internal error\n");
	line[0] = 'x';
	line[QUERY_LINE_MAX - 1] = 'x';
	put(pair, line);
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count),
			 -1);
	assert_int_equal(count, 2);
	assert_heard(pair, "451 4.3.5 Temporary internal error\n");
}

/* Until it reads, it's asked for nothing more. */
static void test_client_that_does_not_read(void **state)
{
	struct pair *pair = *state;
	unsigned int count = 0, before;
	char buffer[65536];
	size_t i;

	for (i = 0; i < 100000 && pair->client.out_size == 0; i++) {
		put(pair, "a line of some length\n");
		assert_int_equal(
			query_client_serve(&pair->client, 2, echo, &count), 0);
	}
	assert_int_not_equal(pair->client.out_size, 0);
	assert_int_equal(query_client_events(&pair->client), POLLOUT);
	assert_false(query_client_is_ready(&pair->client));
	before = count;
	put(pair, "more\n");
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_int_equal(count, before);

	while (recv(pair->fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_heard(pair, "a line of some length\n");
	assert_int_equal(query_client_serve(&pair->client, 2, echo, &count), 0);
	assert_heard(pair, "more\n");
}

#define client_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_plain),
		cmocka_unit_test(test_parse_words),
		cmocka_unit_test(test_parse_blanks_in_address),
		cmocka_unit_test(test_parse_says_why),
		cmocka_unit_test(test_format),
		client_test(test_client_takes_turns),
		client_test(test_client_since),
		client_test(test_client_that_ends),
		client_test(test_client_that_is_gone),
		client_test(test_client_with_a_bad_line),
		client_test(test_client_with_long_lines),
		client_test(test_client_that_does_not_read),
	};

	return cmocka_run_group_tests_name("query", tests, NULL, NULL);
}
