/* OpenSMTPD's filter protocol: lines, who is in which session, and how lines
   come in. */

#include "opensmtpd-input.h"
#include "opensmtpd-line.h"
#include "opensmtpd-sessions.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static struct opensmtpd_line parse_bytes(const char *text, size_t size)
{
	struct opensmtpd_line line;
	struct hl_error err;

	if (opensmtpd_line_parse(text, size, &line, &err) < 0)
		fail_msg("%s", err.text);
	return line;
}

static struct opensmtpd_line parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static void test_greeting(void **state)
{
	static const char *const ignored[] = {
		"config|smtpd-version|6.8.0p2",
		"config|smtp-session-timeout|300",
		"config|subsystem|smtp-in",
		"config|protocol|0.5",
		"config|protocol|0.6",
		"config|protocol|0.7",
		"config|protocol|0.99",
		"config|admd|ready",
		"config|readyy",
		"config|",
	};
	static const char *const foreign[] = {
		"config|protocol",     "config|protocol|",
		"config|protocol|1",   "config|protocol|1.0",
		"config|protocol|0.4", "config|protocol|0.05",
		"config|protocol|0.",  "config|protocol|0.7x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		assert_int_equal(parse(ignored[i]).event, OPENSMTPD_NOTHING);
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_int_equal(parse(foreign[i]).event,
				 OPENSMTPD_FOREIGN_PROTOCOL);
	assert_int_equal(parse("config|ready").event, OPENSMTPD_READY);
}

static void assert_rcpt(const char *text, const char *path)
{
	struct opensmtpd_line line = parse(text);

	assert_int_equal(line.event, OPENSMTPD_RCPT);
	assert_int_equal(line.session, 0x3ddda8d982738627);
	assert_int_equal(line.token, 0x2c4be7cb4cf5d160);
	assert_int_equal(line.path_size, strlen(path));
	assert_memory_equal(line.path, path, line.path_size);
}

#define RCPT(version) \
	"filter|" version "|1795557799.331161|smtp-in|rcpt-to" \
	"|3ddda8d982738627|2c4be7cb4cf5d160"

static void test_rcpt(void **state)
{
	struct opensmtpd_line line;

	(void)state;
	assert_rcpt(RCPT("0.5") "|old@example.org", "old@example.org");
	assert_rcpt(RCPT("0.6") "|old@example.org", "old@example.org");
	assert_rcpt(RCPT("0.7") "|a|b@example.org|", "a|b@example.org|");
	assert_rcpt(RCPT("0.7") "|", "");

	/* whatever it is, it must be answered */
	assert_int_equal(parse(RCPT("0.6")).event, OPENSMTPD_OTHER);
	line = parse("filter|0.6|1.2|smtp-in|mail-from|1|f|old@example.org");
	assert_int_equal(line.event, OPENSMTPD_OTHER);
	assert_int_equal(line.session, 1);
	assert_int_equal(line.token, 15);
	assert_null(line.path);
}

static void assert_client(const char *text, int family, const char *address)
{
	struct opensmtpd_line line = parse(text);
	char written[INET6_ADDRSTRLEN] = "";

	assert_int_equal(line.event, OPENSMTPD_CONNECT);
	assert_int_equal(line.session, 0x2a);
	assert_int_equal(line.client.family, family);
	assert_false(line.client.authenticated);
	if (family != AF_UNSPEC)
		assert_non_null(inet_ntop(family, line.client.address, written,
					  sizeof(written)));
	assert_string_equal(written, address);
}

#define CONNECT "report|0.6|1795557799.3|smtp-in|link-connect|2a|"

static void test_connect(void **state)
{
	(void)state;
	assert_client(CONNECT "host|pass|192.0.2.1:4711|127.0.0.1:25", AF_INET,
		      "192.0.2.1");
	assert_client(CONNECT "|fail|[2001:db8::1]:4711|[::1]:25", AF_INET6,
		      "2001:db8::1");
	assert_client(CONNECT "|fail|[::ffff:192.0.2.1]:4711|[::1]:25", AF_INET,
		      "192.0.2.1");
	assert_client(CONNECT "|fail|unix:/run/smtpd.sock|unix:/x", AF_UNSPEC,
		      "");
	assert_client(CONNECT "|fail|192.0.2.1|x", AF_UNSPEC, "");
	assert_client(CONNECT "|fail|:|:", AF_UNSPEC, "");
	assert_client(CONNECT "|fail|[]:1|:", AF_UNSPEC, "");
	assert_client(CONNECT "|fail|"
			      "1111111111111111111111111111111111111111111111:1"
			      "|:",
		      AF_UNSPEC, "");
	/* A client chooses its name. */
	assert_client(CONNECT "a|pass|198.51.100.1:1|x|pass|192.0.2.1:2|y:25",
		      AF_INET, "192.0.2.1");
}

static void test_other_reports(void **state)
{
	static const struct {
		const char *text;
		enum opensmtpd_event event;
	} cases[] = {
		{"0.5|1.2|smtp-in|link-auth|2a|alice|pass",
		 OPENSMTPD_AUTHENTICATED},
		{"0.6|1.2|smtp-in|link-auth|2a|alice|fail", OPENSMTPD_NOTHING},
		{"0.6|1.2|smtp-in|link-auth|2a|pass|error", OPENSMTPD_NOTHING},
		{"0.6|1.2|smtp-in|link-auth|2a|a|b|pass",
		 OPENSMTPD_AUTHENTICATED},
		{"0.7|1.2|smtp-in|link-auth|2a|pass|alice",
		 OPENSMTPD_AUTHENTICATED},
		{"0.7|1.2|smtp-in|link-auth|2a|fail|pass", OPENSMTPD_NOTHING},
		{"0.7|1.2|smtp-in|link-auth|2a|fail|a|pass", OPENSMTPD_NOTHING},
		{"0.7|1.2|smtp-in|link-disconnect|2a", OPENSMTPD_DISCONNECT},
		{"0.7|1.2|smtp-in|link-tls|2a|TLSv1.3", OPENSMTPD_NOTHING},
		{"0.7|1.2|smtp-in|timeout|2a", OPENSMTPD_NOTHING},
	};
	struct opensmtpd_line line;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "report|%s", cases[i].text);
		line = parse(text);
		if (line.event != cases[i].event)
			fail_msg("%s: %d", text, (int)line.event);
		assert_int_equal(line.session, 0x2a);
	}
}

static void test_garbage(void **state)
{
	static const char *const lines[] = {
		"",
		"x",
		"|",
		"||||||||||",
		"config",
		"report",
		"report|0.6",
		"report|0.6|1.2|smtp-in",
		"report|0.6|1.2|smtp-in|link-connect",
		"report|0.6|1.2|smtp-in|link-connect|2a",
		"report|0.6|1.2|smtp-in|link-connect|2a|x",
		"report|0.6|1.2|smtp-in|link-connect||a|b|c|d",
		"report|0.6|1.2|smtp-in|link-connect|2A|a|b|c|d",
		"report|0.6|1.2|smtp-in|link-connect|0x2a|a|b|c|d",
		"report|0.6|1.2|smtp-in|link-auth|2a",
		"report|0.6|1.2|smtp-out|link-connect|2a|a|b|c|d",
		"report|0.4|1.2|smtp-in|link-disconnect|2a",
		"report|1.0|1.2|smtp-in|link-disconnect|2a",
		"report|0.-7|1.2|smtp-in|link-disconnect|2a",
		"report|0.99999999999999999999|1.2|smtp-in|link-disconnect|2a",
		"REPORT|0.6|1.2|smtp-in|link-disconnect|2a",
		"report|0.6|1.2|smtp-in|link-disconnect|12345678901234567",
		"filter|0.6|1.2|smtp-in|rcpt-to|2a",
		"filter|0.6|1.2|smtp-in|rcpt-to|2a||x@example.org",
		"filter|0.6|1.2|smtp-in|rcpt-to|2a|-1|x@example.org",
		"filter|0.4|1.2|smtp-in|rcpt-to|2a|2b|x@example.org",
		"filter-result|1|2|proceed",
	};
	static const char nul[] = "filter|0.6|1.2|smtp-in|rcpt-to|2a\0|2b|x";
	struct opensmtpd_line line;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (opensmtpd_line_parse(lines[i], strlen(lines[i]), &line,
					 &err) == 0)
			fail_msg("%s", lines[i]);
		assert_int_equal(err.code, HL_ERROR_DATA);
	}
	assert_int_equal(
		opensmtpd_line_parse(nul, sizeof(nul) - 1, &line, &err), -1);
}

static void test_sessions(void **state)
{
	struct opensmtpd_sessions sessions = {0};
	struct edge_client client = {.family = AF_INET};
	struct edge_client *found;
	uint64_t id;

	(void)state;
	assert_null(opensmtpd_sessions_find(&sessions, 1));
	opensmtpd_sessions_remove(&sessions, 1);
	for (id = 1; id <= 1000; id++) {
		client.address[0] = (unsigned char)(id % 251);
		opensmtpd_sessions_add(&sessions, id << 50 ^ id, &client);
	}
	for (id = 1; id <= 1000; id += 2)
		opensmtpd_sessions_remove(&sessions, id << 50 ^ id);
	for (id = 1; id <= 1000; id++) {
		found = opensmtpd_sessions_find(&sessions, id << 50 ^ id);
		assert_int_equal(found == NULL, id % 2);
		if (found != NULL)
			assert_int_equal(found->address[0], id % 251);
	}
	/* The same again is another client. */
	found = opensmtpd_sessions_find(&sessions, (uint64_t)2 << 50 ^ 2);
	found->authenticated = true;
	client.family = AF_INET6;
	opensmtpd_sessions_add(&sessions, (uint64_t)2 << 50 ^ 2, &client);
	assert_false(found->authenticated);
	assert_int_equal(found->family, AF_INET6);
	opensmtpd_sessions_free(&sessions);
	assert_null(opensmtpd_sessions_find(&sessions, (uint64_t)2 << 50 ^ 2));
}

static void test_too_many_sessions(void **state)
{
	struct opensmtpd_sessions sessions = {0};
	struct edge_client client = {.family = AF_INET};
	uint64_t id;

	(void)state;
	for (id = 1; id <= OPENSMTPD_SESSIONS_MAX; id++)
		opensmtpd_sessions_add(&sessions, id, &client);
	assert_non_null(opensmtpd_sessions_find(&sessions, id - 1));
	opensmtpd_sessions_add(&sessions, id, &client);
	assert_null(opensmtpd_sessions_find(&sessions, id));
	/* no other one, and one that ended makes room */
	opensmtpd_sessions_add(&sessions, 1, &client);
	opensmtpd_sessions_remove(&sessions, 1);
	opensmtpd_sessions_add(&sessions, id, &client);
	assert_non_null(opensmtpd_sessions_find(&sessions, id));
	opensmtpd_sessions_free(&sessions);
}

static struct opensmtpd_input input;
static int writing_end;

static int open_input(void **state)
{
	struct hl_error err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	writing_end = fds[1];
	return opensmtpd_input_init(&input, fds[0], SIGUSR1, &err);
}

static int close_input(void **state)
{
	(void)state;
	opensmtpd_input_deinit(&input);
	close(input.fd);
	return 0;
}

static void put(const char *text, size_t size)
{
	assert_int_equal(write(writing_end, text, size), size);
}

static void assert_next(const char *text, size_t size)
{
	const char *line;
	size_t line_size;

	assert_int_equal(opensmtpd_input_next(&input, &line, &line_size),
			 OPENSMTPD_INPUT_LINE);
	assert_int_equal(line_size, size);
	assert_memory_equal(line, text, size);
}

static void assert_no_line(enum opensmtpd_input_result result)
{
	const char *line;
	size_t size;

	assert_int_equal(opensmtpd_input_next(&input, &line, &size), result);
}

static void test_input(void **state)
{
	static char longest[OPENSMTPD_LINE_MAX];
	int i;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	put("one\n\ntwo\0\nhalf", 14);
	assert_next("one", 3);
	assert_next("", 0);
	assert_next("two\0", 4);
	kill(getpid(), SIGUSR1);
	assert_no_line(OPENSMTPD_INPUT_SIGNAL);
	put(" and half\n", 10);
	assert_next("half and half", 13);

	put(longest, sizeof(longest));
	put("\nnext\n", 6);
	assert_next(longest, sizeof(longest));
	assert_next("next", 4);

	/* One byte too long, and much too long: cut, and nothing of the rest is
	   another line. */
	put(longest, sizeof(longest));
	put("y\nnext\n", 7);
	assert_next(longest, sizeof(longest));
	assert_next("next", 4);
	put("start", 5);
	kill(getpid(), SIGUSR1);
	assert_no_line(OPENSMTPD_INPUT_SIGNAL);
	for (i = 0; i < 9; i++) {
		put(longest, sizeof(longest));
		kill(getpid(), SIGUSR1);
		assert_no_line(OPENSMTPD_INPUT_SIGNAL);
	}
	put("end\nnext\nunfinished", 19);
	memcpy(longest, "start", 5);
	assert_next(longest, sizeof(longest));
	assert_next("next", 4);
	close(writing_end);
	assert_no_line(OPENSMTPD_INPUT_END);
	assert_no_line(OPENSMTPD_INPUT_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greeting),
		cmocka_unit_test(test_rcpt),
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_other_reports),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_too_many_sessions),
		cmocka_unit_test_setup_teardown(test_input, open_input,
						close_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
