#include "hl-config.h"

#include "hl-build-config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/hl-test-config.XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static int read_bytes(const char *text, size_t size, struct hl_config **config,
		      struct hl_error *err)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	return hl_config_read(path, config, err);
}

static struct hl_config *read_good(const char *text)
{
	struct hl_config *config;
	struct hl_error err;

	if (read_bytes(text, strlen(text), &config, &err) < 0)
		fail_msg("%s", err.text);
	return config;
}

/* The error must be "<path><reason>…". */
static void check_bad_bytes(const char *text, size_t size, const char *reason)
{
	struct hl_config *config;
	struct hl_error err;

	if (read_bytes(text, size, &config, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_null(config);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	if (strncmp(err.text, path, strlen(path)) != 0 ||
	    strncmp(err.text + strlen(path), reason, strlen(reason)) != 0)
		fail_msg("error is: %s", err.text);
}

static void check_bad(const char *text, const char *reason)
{
	check_bad_bytes(text, strlen(text), reason);
}

static void assert_ends(const char *text, const char *end)
{
	size_t size = strlen(text), end_size = strlen(end);

	assert_true(size > end_size);
	assert_string_equal(text + size - end_size, end);
}

static void test_defaults(void **state)
{
	struct hl_config *config = read_good("");

	(void)state;
	assert_string_equal(config->path, path);
	assert_memory_equal(config->store, "sqlite:/", 8);
	assert_ends(config->store, "/lib/hardlink/hardlink.db");
	assert_ends(config->mark, "/lib/hardlink/hardlink.mark");
	assert_string_equal(config->filter_dir, "/run/hardlink-filter");
	assert_ends(config->keyring, "/hardlink/keys");
	assert_ends(config->signing_key, "/hardlink/private/signing.key");
	assert_string_equal(config->timezone, "system");
	assert_string_equal(config->recipient_delimiter, "+");
	assert_string_equal(config->protected_localparts,
			    "postmaster abuse hostmaster mailer-daemon");
	assert_int_equal(config->on_error, HL_ON_ERROR_TEMPFAIL);
	assert_int_equal(config->lmtp, HL_LMTP_REPLY);
	assert_int_equal(config->submission, HL_SUBMISSION_FOLLOW);
	assert_true(config->confirm_target);
	assert_int_equal(config->hold_permanent, 86400);
	assert_int_equal(config->hold_temporary, 0);
	assert_int_equal(config->max_temporary, 365 * 86400);
	assert_int_equal(config->grace, 0);
	assert_int_equal(config->notice_count, 2);
	assert_int_equal(config->notice_before[0], 14 * 86400);
	assert_int_equal(config->notice_before[1], 86400);
	assert_true(config->notice);
	assert_string_equal(config->sendmail, "/usr/sbin/sendmail");
	assert_string_equal(config->submission_host, "");
	assert_string_equal(config->mail_from, "");
	assert_string_equal(config->milter_socket,
			    "unix:/run/hardlink/milter.sock");
	assert_int_equal(config->milter_socket_mode, 0660);
	assert_string_equal(config->query_socket, "/run/hardlink/query.sock");
	assert_int_equal(config->query_socket_mode, 0660);
	assert_string_equal(config->status_socket,
			    "/run/hardlink/milter-status.sock");
	assert_false(config->authenticated_skip);
	assert_false(config->whole_domains_skip);
	assert_int_equal(config->redirect_rate, 60);
	assert_int_equal(config->redirect_rate_seconds, 60);
	hl_config_free(&config);
	assert_null(config);
	hl_config_free(&config);
}

static void test_all_keys(void **state)
{
	struct hl_config *config =
		read_good("# a comment with = and \xff\n"
			  "\n"
			  " \t # another\n"
			  "store=sqlite:/srv/a b.db\n"
			  "keyring =/srv/#keys\n"
			  "signing_key= /srv/key\t\n"
			  "\tmark \t= \t/srv/high \n"
			  "on_error = deliver\n"
			  "lmtp = deliver\n"
			  "submission = reply\n"
			  "confirm_target = no\n"
			  "hold = temporary 2h , permanent\t0\n"
			  "timezone = UTC\n"
			  "recipient_delimiter =\n"
			  "max_temporary = 6w\n"
			  "grace = 36h\n"
			  "notice = no\n"
			  "notice_before = \t4w  90m 3s\n"
			  "sendmail = /bin/mta -C /x\n"
			  "submission_host = [::1]:587\n"
			  "mail_from = moves@example.org\n"
			  "milter_socket = inet6:8892@[::1]\n"
			  "milter_socket_mode = 600\n"
			  "query_socket = /run/query x\n"
			  "query_socket_mode = 666\n"
			  "status_socket =\n"
			  "authenticated = skip\n"
			  "whole_domains = skip\n"
			  "redirect_rate = 5 \t2h\n"
			  "protected_localparts = root  Info=x");

	(void)state;
	assert_string_equal(config->store, "sqlite:/srv/a b.db");
	assert_string_equal(config->keyring, "/srv/#keys");
	assert_string_equal(config->signing_key, "/srv/key");
	assert_string_equal(config->mark, "/srv/high");
	assert_int_equal(config->on_error, HL_ON_ERROR_DELIVER);
	assert_int_equal(config->lmtp, HL_LMTP_DELIVER);
	assert_int_equal(config->submission, HL_SUBMISSION_REPLY);
	assert_false(config->confirm_target);
	assert_int_equal(config->hold_permanent, 0);
	assert_int_equal(config->hold_temporary, 7200);
	assert_string_equal(config->timezone, "UTC");
	assert_string_equal(config->recipient_delimiter, "");
	assert_int_equal(config->max_temporary, 42 * 86400);
	assert_string_equal(config->protected_localparts, "root  Info=x");
	assert_int_equal(config->grace, 36 * 3600);
	assert_int_equal(config->notice_count, 3);
	assert_int_equal(config->notice_before[0], 28 * 86400);
	assert_int_equal(config->notice_before[1], 90 * 60);
	assert_int_equal(config->notice_before[2], 3);
	assert_false(config->notice);
	assert_string_equal(config->sendmail, "/bin/mta -C /x");
	assert_string_equal(config->submission_host, "[::1]:587");
	assert_string_equal(config->mail_from, "moves@example.org");
	assert_string_equal(config->milter_socket, "inet6:8892@[::1]");
	assert_int_equal(config->milter_socket_mode, 0600);
	assert_string_equal(config->query_socket, "/run/query x");
	assert_int_equal(config->query_socket_mode, 0666);
	assert_string_equal(config->status_socket, "");
	assert_true(config->authenticated_skip);
	assert_true(config->whole_domains_skip);
	assert_int_equal(config->redirect_rate, 5);
	assert_int_equal(config->redirect_rate_seconds, 7200);
	hl_config_free(&config);
}

static void test_default_mark(void **state)
{
	static const struct {
		const char *text, *mark;
	} cases[] = {
		{"store = sqlite:/srv/x.db", "/srv/x.mark"},
		{"store = sqlite:/srv/x.sqlite", "/srv/x.sqlite.mark"},
		{"store = sqlite:/srv/x.db.old", "/srv/x.db.old.mark"},
		{"mark = /m\nstore = sqlite:/srv/x.db", "/m"},
	};
	struct hl_config *config;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		config = read_good(cases[i].text);
		assert_string_equal(config->mark, cases[i].mark);
		hl_config_free(&config);
	}
	check_bad("store = sqlite:/a.db\nmark = /a.db\n",
		  ": mark and store are the same file");
}

static void test_bad_lines(void **state)
{
	static const char nul[] = "lmtp = re\0ply\n";

	(void)state;
	check_bad("lmtp = reply\n\nfoo = bar\n", ":3: unknown key \"foo\"");
	check_bad("LMTP = reply\n", ":1: unknown key \"LMTP\"");
	check_bad(" = reply\n", ":1: unknown key \"\"");
	check_bad("\xef\xbb\xbflmtp = reply\n", ":1: unknown key");
	check_bad("lmtp reply\n", ":1: no `=`");
	check_bad("lmtp = reply\n#\nlmtp = reply\n",
		  ":3: lmtp stands in line 1 already");
	check_bad("lmtp = reply # as ever\n", ":1: comment behind a value");
	check_bad("lmtp = reply\r\n", ":1: lmtp: \"reply?\" isn't");
	check_bad_bytes(nul, sizeof(nul) - 1, ":1: NUL byte");
}

static void test_line_limit(void **state)
{
	struct hl_config *config;
	struct hl_error err;
	char text[5000];

	(void)state;
	memset(text, '#', sizeof(text));
	assert_int_equal(read_bytes(text, 4096, &config, &err), 0);
	hl_config_free(&config);
	check_bad_bytes(text, 4097, ":1: line of more than 4096 bytes");
}

static void test_bad_values(void **state)
{
	static const char *const bad[] = {
		"store = /srv/x.db",
		"store = sqlite:",
		"store = sqlite:x.db",
		"store = sqlite:/srv/",
		"store = sqlite:/a\tb",
		"store = mysql:dbname=x",
		"keyring =",
		"keyring = keys",
		"keyring = /",
		"keyring = /a\xff",
		"signing_key = \"/a\"",
		"mark = mark",
		"grace =",
		"grace = 2",
		"grace = -1d",
		"notice = maybe",
		"notice_before = 14d, 1d",
		"notice_before = 14",
		"notice_before = 0",
		"notice_before = none 1d",
		"notice_before = 1d 2d 3d 4d 5d 6d 7d 8d 9d",
		"sendmail =",
		"sendmail = sendmail -i",
		"sendmail = / -i",
		"submission_host = [::1",
		"submission_host = []:25",
		"submission_host = mail:0",
		"submission_host = mail:",
		"submission_host = -mail",
		"submission_host = mail example",
		"mail_from = moves",
		"mail_from = A <a@example.org>",
		"on_error = fail",
		"on_error =",
		"lmtp = follow",
		"submission = deliver",
		"confirm_target = true",
		"confirm_target = Yes",
		"hold =",
		"hold = 24h",
		"hold = permanent",
		"hold = permanent24h",
		"hold = permanent 24",
		"hold = permanent -1h",
		"hold = permanent 24h,",
		"hold = permanent 24h, permanent 24h",
		"hold = permanent 24h temporary 0",
		"hold = permanent 24h, temporary 0, temporary 1h",
		"timezone = Europe/Atlantis",
		"timezone = ../zoneinfo/UTC",
		"timezone =",
		"recipient_delimiter = + -",
		"recipient_delimiter = \xc3\xbc",
		"max_temporary = 365",
		"max_temporary = 0",
		"protected_localparts = postmaster, abuse",
		"protected_localparts = b\xc3\xbcro",
		"milter_socket =",
		"milter_socket = /run/milter.sock",
		"milter_socket = unix:milter.sock",
		"milter_socket = local:/run/milter.sock",
		"milter_socket = inet:8892",
		"milter_socket = inet:8892@localhost",
		"milter_socket = inet:0@127.0.0.1",
		"milter_socket = inet:65536@127.0.0.1",
		"milter_socket = inet6:8892@[::1",
		"milter_socket_mode =",
		"milter_socket_mode = 66",
		"milter_socket_mode = 0668",
		"milter_socket_mode = 1660",
		"milter_socket_mode = rw",
		"query_socket =",
		"query_socket = query.sock",
		"query_socket = unix:/run/query.sock",
		"query_socket_mode = 0670 ,",
		"query_socket_mode = 17777",
		"status_socket = none",
		"authenticated = yes",
		"whole_domains = yes",
		"redirect_rate =",
		"redirect_rate = 60",
		"redirect_rate = 60 1",
		"redirect_rate = 0 1m",
		"redirect_rate = -1 1m",
		"redirect_rate = 1000001 1m",
		"disclose = yes",
		"retention = 1d",
	};
	char reason[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(reason, sizeof(reason),
			 ":1: %.*s: ", (int)strcspn(bad[i], " "), bad[i]);
		check_bad(bad[i], reason);
	}
	check_bad("on_error = fail",
		  ":1: on_error: \"fail\" isn't `deliver` or `tempfail`");
	check_bad("disclose = yes", ":1: disclose: not supported yet");
}

static void test_bad_file(void **state)
{
	struct hl_config *config;
	struct hl_error err;
	char *text = calloc(1, 300000);

	(void)state;
	assert_int_equal(hl_config_read("/nonexistent", &config, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_non_null(strstr(err.text, "/nonexistent: No such file"));
	assert_int_equal(hl_config_read("/", &config, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_non_null(strstr(err.text, "not a regular file"));

	assert_non_null(text);
	assert_int_equal(read_bytes(text, 300000, &config, &err), -1);
	assert_non_null(strstr(err.text, "too large"));
	free(text);
}

static void test_file_mode(void **state)
{
	static const mode_t bad[] = {0620, 0602, 0666};
	struct hl_config *config;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(chmod(path, bad[i]), 0);
		assert_int_equal(read_bytes("", 0, &config, &err), -1);
		assert_int_equal(err.code, HL_ERROR_CONFIG);
		assert_non_null(strstr(err.text, "chmod go-w"));
	}
	assert_int_equal(chmod(path, 0644), 0);
	config = read_good("");
	hl_config_free(&config);
	if (geteuid() == 0)
		return;
	assert_int_equal(chmod(path, 0), 0);
	assert_int_equal(hl_config_read(path, &config, &err), -1);
	assert_int_equal(err.code, HL_ERROR_PERMISSION);
	assert_int_equal(chmod(path, 0600), 0);
}

static void test_no_notices(void **state)
{
	static const char *const lines[] = {"notice_before =",
					    "notice_before = none"};
	struct hl_config *config;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		config = read_good(lines[i]);
		assert_int_equal(config->notice_count, 0);
		hl_config_free(&config);
	}
}

#ifdef HL_HAVE_PGSQL
static void test_pgsql(void **state)
{
	struct hl_config *config = read_good(
		"store = pgsql:host=/run/x dbname=y sslmode=verify-full\n");

	(void)state;
	assert_string_equal(config->store,
			    "pgsql:host=/run/x dbname=y sslmode=verify-full");
	assert_non_null(strstr(config->mark, "/lib/hardlink/hardlink.mark"));
	hl_config_free(&config);
	check_bad("store = pgsql:nonsense\n",
		  ":1: store: pgsql:…: not a conninfo");
	check_bad("store = pgsql:hots=x\n",
		  ":1: store: pgsql:…: not a conninfo");
	/* and the secret isn't in the message */
	check_bad("store = pgsql:host=x password=secret\n",
		  ":1: store: pgsql:…: no place for a password");
	check_bad("store = pgsql:postgresql://u:secret@h/db\n",
		  ":1: store: pgsql:…: no place for a password");
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_default_mark),
		cmocka_unit_test(test_no_notices),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_bad_file),
		cmocka_unit_test(test_file_mode),
#ifdef HL_HAVE_PGSQL
		cmocka_unit_test(test_pgsql),
#endif
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
