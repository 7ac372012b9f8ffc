/* cli/xhardlink.c and cli/server-url.c: what mailmove says to a submission
   server, and understands of it. */

#include "server-url.h"
#include "xhardlink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct hl_address old = {"old", "example.org"};

static void formats(const struct session_request *request, const char *expected)
{
	char command[XHARDLINK_COMMAND_SIZE];

	xhardlink_format(request, command);
	assert_string_equal(command, expected);
}

static void test_commands(void **state)
{
	struct hl_link link = {.kind = HL_KIND_PERMANENT,
			       .target = {"a b", "example.com"}};
	struct session_request request = {.verb = SESSION_SET, .link = &link};

	(void)state;
	formats(&request, "XHARDLINK SET <\"a b\"@example.com> PERMANENT");
	link.kind = HL_KIND_TEMPORARY;
	link.expires = 1801353600;
	request.replace = true;
	request.old = &old;
	formats(&request,
		"XHARDLINK SET <\"a b\"@example.com> "
		"UNTIL=2027-01-31T00:00:00Z REPLACE ADDRESS=<old@example.org>");
	request.verb = SESSION_GET;
	formats(&request, "XHARDLINK GET ADDRESS=<old@example.org>");
	request.verb = SESSION_UNSET;
	request.old = NULL;
	formats(&request, "XHARDLINK UNSET");
	request.verb = SESSION_HISTORY;
	formats(&request, "XHARDLINK HISTORY");
	request.verb = SESSION_CONFIRM;
	request.code = "7K3F-9QRX-M2WD";
	formats(&request, "XHARDLINK CONFIRM 7K3F-9QRX-M2WD");
}

/* One reply at a time: fields point into it. */
static char reply[65536];

static int parse(const char *text, struct hl_service_line *line,
		 struct hl_error *err)
{
	snprintf(reply, sizeof(reply), "%s", text);
	memset(err, 0, sizeof(*err));
	return xhardlink_parse(reply, NULL, NULL, line, err);
}

static void test_state(void **_state)
{
	struct hl_service_state state;
	struct hl_service_line line;
	struct hl_error err;

	(void)_state;
	assert_int_equal(parse("250-2.0.0 address=old@example.org\r\n"
			       "250-2.0.0 kind=temporary\r\n"
			       "250-2.0.0 new=n+2B1@example.com\r\n"
			       "250-2.0.0 expires=2027-01-31T00:00:00Z\r\n"
			       "250-2.0.0 new-fangled=+2B+3D+20+C3+A9\r\n"
			       "250-2.0.0 next-kind=permanent\r\n"
			       "250-2.0.0 next-new=x@example.net\r\n"
			       "250-2.0.0 next-effective=2027-02-01T00:00:00Z"
			       "\r\n"
			       "250-2.0.0 next-status=confirmed\r\n"
			       "250 2.0.0 words of any kind = +\r\n",
			       &line, &err),
			 0);
	assert_string_equal(hl_service_get(&line, "new-fangled"),
			    "+= \303\251");
	assert_int_equal(hl_service_get_state(&line, &state, &err), 0);
	assert_int_equal(state.in_force.kind, HL_KIND_TEMPORARY);
	assert_int_equal(state.in_force.expires, 1801353600);
	assert_string_equal(state.in_force.target.local_part, "n+1");
	assert_int_equal(state.next.effective, 1801353600 + 86400);
	assert_true(state.next.confirmed);
	/* nothing but a last line */
	assert_int_equal(parse("250 2.0.0 ok\r\n", &line, &err), 0);
	assert_int_equal(line.count, 0);
}

struct seen {
	unsigned int entries, fields, stop_at;
};

static int count_entry(const struct hl_service_line *line, void *context,
		       struct hl_error *err)
{
	struct seen *seen = context;

	(void)err;
	assert_non_null(hl_service_get(line, "seq"));
	seen->entries++;
	seen->fields += (unsigned int)line->count;
	return seen->entries == seen->stop_at ? 1 : 0;
}

static void test_history(void **state)
{
	static const char text[] = "250-2.0.0 seq=3\n"
				   "250-2.0.0 time=2027-01-31T00:00:00Z\n"
				   "250-2.0.0 seq=2\n"
				   "250-2.0.0 reason=\n"
				   "250-2.0.0 actor=me\n"
				   "250-2.0.0 seq=1\n"
				   "250 2.0.0\n";
	struct hl_service_line line;
	struct hl_error err;
	unsigned int stop_at;
	struct seen seen;

	(void)state;
	for (stop_at = 1; stop_at <= 4; stop_at++) {
		memset(&seen, 0, sizeof(seen));
		seen.stop_at = stop_at;
		strcpy(reply, text);
		assert_int_equal(
			xhardlink_parse(reply, count_entry, &seen, &line, &err),
			0);
		assert_int_equal(seen.entries, stop_at < 3 ? stop_at : 3);
	}
	assert_int_equal(seen.fields, 6);
	strcpy(reply, "250 2.0.0 nothing\r\n");
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(
		xhardlink_parse(reply, count_entry, &seen, &line, &err), 0);
	assert_int_equal(seen.entries, 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *reply;
		enum hl_error_code code;
		const char *text;
	} cases[] = {
		{"451 4.3.0 try again\r\n", HL_ERROR_TEMP, "try again"},
		{"421 bye\r\n", HL_ERROR_TEMP, "bye"},
		{"501 5.5.4 bad\r\n", HL_ERROR_DATA, "bad"},
		{"550 5.5.1 none\r\n", HL_ERROR_NOT_FOUND, "none"},
		{"550 5.7.1 no\r\n", HL_ERROR_PERMISSION, "no"},
		{"550-5.7.1 no\r\n550 5.7.1 really\r\n", HL_ERROR_PERMISSION,
		 "really"},
		{"550\r\n", HL_ERROR_PERMISSION, ""},
		{"530 5.7.0 log in\r\n", HL_ERROR_PERMISSION, "log in"},
		{"554 5.3.0 bad\r\n", HL_ERROR_STORE, "bad"},
		{"554 5.3.5 bad\r\n", HL_ERROR_CONFIG, "bad"},
		{"554 5.5.4 bad\r\n", HL_ERROR_DATA, "bad"},
		{"554 5.5.4 \033[2J\r\n", HL_ERROR_DATA, "?[2J"},
	};
	struct hl_service_line line;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(parse(cases[i].reply, &line, &err), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(err.text, cases[i].text);
	}
	assert_int_equal(parse("500 5.5.1 what?\r\n", &line, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_non_null(strstr(err.text, "doesn't know XHARDLINK"));
}

static void test_malformed(void **state)
{
	static const char *const replies[] = {
		"",
		"\r\n",
		"25 2.0.0 x\r\n",
		"250x2.0.0 x\r\n",
		"250-2.0.0 a=b\r\n",
		"250-2.0.0 a=b\r\n451 4.3.0 x\r\n",
		"250 2.0.0 x\r\n250 2.0.0 x\r\n",
		"250-a=b\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a\r\n250 2.0.0 x\r\n",
		"250-2.0.0 =b\r\n250 2.0.0 x\r\n",
		"250-2.0.0 A=b\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=b c\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=b=c\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+2b\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+2\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+00\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+0A\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=+FF\r\n250 2.0.0 x\r\n",
		"250-2.0.0 a=\303\251\r\n250 2.0.0 x\r\n",
		"250-2.0.0 expires=5\r\n250 2.0.0 x\r\n",
		"250-2.0.0 expires=2027-01-31\r\n250 2.0.0 x\r\n",
		"250-2.0.0 next-effective=\r\n250 2.0.0 x\r\n",
		"354 go on\r\n",
	};
	struct hl_service_line line;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(replies) / sizeof(*replies); i++) {
		assert_int_equal(parse(replies[i], &line, &err), -1);
		assert_int_equal(err.code, HL_ERROR_TEMP);
		assert_non_null(strstr(err.text, "malformed"));
	}
}

static void test_too_many(void **state)
{
	struct hl_service_line line;
	struct hl_error err;
	size_t i, used = 0;

	(void)state;
	for (i = 0; i <= HL_SERVICE_FIELDS_MAX; i++)
		used += (size_t)snprintf(reply + used, sizeof(reply) - used,
					 "250-2.0.0 a=b\r\n");
	snprintf(reply + used, sizeof(reply) - used, "250 2.0.0 x\r\n");
	assert_int_equal(xhardlink_parse(reply, NULL, NULL, &line, &err), -1);
}

static void test_url(void **state)
{
	static const char *const bad[] = {
		"",
		"smtp:",
		"http://a@b",
		"smtp://b",
		"smtp://@b",
		"smtp://a@",
		"smtp://a@b:",
		"smtp://a@b:0",
		"smtp://a@b/c",
		"smtp://a@b:65536",
		"smtp://a%4@b",
		"smtp://a%00@b",
		"smtp://a%0A@b",
		"smtp://a@b c",
		"smtp://a@[::1",
		"smtp://a@[x]",
		"smtp://a@b?c",
	};
	struct server_url url;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(server_url_parse(bad[i], &url, &err), -1);
		assert_int_equal(err.code, HL_ERROR_USAGE);
	}
	assert_int_equal(server_url_parse("smtp://a:pass@b", &url, &err), -1);
	assert_null(strstr(err.text, "pass@"));
	assert_int_equal(
		server_url_parse("smtp://a%3Ab@c@mail.example.org", &url, &err),
		0);
	assert_string_equal(url.user, "a:b@c");
	assert_string_equal(url.host, "mail.example.org");
	assert_int_equal(url.port, 587);
	assert_false(url.tls);
	assert_int_equal(server_url_parse("smtps://a@[::1]/", &url, &err), 0);
	assert_string_equal(url.host, "[::1]");
	assert_int_equal(url.port, 465);
	assert_true(url.tls);
	assert_int_equal(server_url_parse("smtp://a@b:2525", &url, &err), 0);
	assert_int_equal(url.port, 2525);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_history),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_url),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
