/* What an edge answers to a RCPT, from one thread and from many. */

#include "edge.h"

#include "log-fixture.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

static struct log_fixture fixture;
static char config_path[192];
static struct edge *edge;

static void write_config(const char *more)
{
	FILE *file = fopen(config_path, "we");

	assert_non_null(file);
	fprintf(file, "store = %s\nkeyring = %s\nmark = %s\n%s",
		fixture.config.store, fixture.config.keyring,
		fixture.config.mark, more);
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	struct hl_error err;

	(void)state;
	fixture_init(&fixture, NULL);
	snprintf(config_path, sizeof(config_path), "%s/edge.conf", fixture.dir);
	write_config("");
	if (edge_init(config_path, EDGE_RECIPIENTS_ACCEPTED, &edge, &err) < 0)
		fail_msg("%s", err.text);
	fixture_set(&fixture, "old@example.org", "new@example.net", 0, false);
	fixture_set(&fixture, "away@example.org", "here@example.net", 3600,
		    false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	edge_deinit(&edge);
	fixture_deinit(&fixture);
	return 0;
}

/* The reply's line, or "accept"; static. */
static const char *answer_to(const struct edge_client *client, const char *path)
{
	static _Thread_local char line[512];
	struct hl_reply reply;
	enum edge_verdict verdict;

	verdict = edge_rcpt(edge, client, path, strlen(path), false, &reply);
	if (verdict == EDGE_ACCEPT)
		return "accept";
	assert_int_equal(verdict == EDGE_TEMPFAIL, reply.status < 500);
	snprintf(line, sizeof(line), "%u %s %s", reply.status,
		 reply.enhanced_code, reply.text);
	return line;
}

static const char *answer(const char *path)
{
	static const struct edge_client nobody;

	return answer_to(&nobody, path);
}

#define MOVED	 "557 5.2.7 mailbox has moved to <new@example.net>"
#define AWAY	 "558 5.2.8 mailbox has temporarily moved to <here@example.net>"
#define TROUBLE	 "451 4.3.0 Temporary internal error"
#define TOO_MANY "451 4.7.1 too many redirects for your network, try later"

static void test_paths(void **state)
{
	static const struct {
		const char *path, *answer;
	} cases[] = {
		{"<old@example.org>", MOVED},
		{"old@example.org", MOVED},
		{"<OLD@EXAMPLE.ORG>", MOVED},
		{"<old+tag@example.org>", MOVED},
		{"<\"old\"@example.org>", MOVED},
		{"<\"o\\ld\"@example.org>", MOVED},
		{"<@relay.example,@b.example:old@example.org>", MOVED},
		{"<away@example.org>", AWAY},
		{"<other@example.org>", "accept"},
		{"<postmaster>", "accept"},
		{"<postmaster@example.org>", "accept"},
		{"<old@example.org", "accept"},
		{"old@example.org>", "accept"},
		{"<<old@example.org>>", "accept"},
		{"<old@example.org> ", "accept"},
		{"<old@[192.0.2.1]>", "accept"},
		{"<>", "accept"},
		{"<", "accept"},
		{">", "accept"},
		{"", "accept"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_string_equal(answer(cases[i].path), cases[i].answer);
}

static void test_trouble(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(rename(fixture_db(&fixture, ""), "/tmp/hl-test-edge"),
			 0);
	assert_string_equal(answer("old@example.org"), TROUBLE);
	assert_string_equal(answer("other@example.org"), TROUBLE);
	assert_string_equal(answer("postmaster@example.org"), "accept");
	write_config("on_error = deliver\n");
	assert_int_equal(edge_reload(edge), 0);
	text = answer("old@example.org");
	assert_int_equal(rename("/tmp/hl-test-edge", fixture_db(&fixture, "")),
			 0);
	assert_string_equal(text, "accept");
	assert_string_equal(answer("old@example.org"), MOVED);
}

static void test_bad_reload(void **state)
{
	(void)state;
	write_config("on_error = deliver\nauthenticated = perhaps\n");
	assert_int_equal(edge_reload(edge), -1);
	assert_int_equal(edge_config(edge)->on_error, HL_ON_ERROR_TEMPFAIL);
	assert_string_equal(answer("old@example.org"), MOVED);
}

static void test_authenticated(void **state)
{
	const struct edge_client user = {.authenticated = true};

	(void)state;
	assert_string_equal(answer_to(&user, "old@example.org"), MOVED);
	write_config("authenticated = skip\n");
	assert_int_equal(edge_reload(edge), 0);
	assert_string_equal(answer_to(&user, "old@example.org"), "accept");
	assert_string_equal(answer("old@example.org"), MOVED);
}

static void test_whole_domains(void **state)
{
	static const char moved[] =
		"557 5.2.7 mailbox has moved to <Who@new.example>";
	struct hl_error err;

	(void)state;
	assert_int_equal(
		fixture_set(&fixture, "@old.example", "@new.example", 0, false),
		0);
	assert_string_equal(answer("<Who@old.example>"), moved);
	assert_string_equal(answer("abuse@old.example"), "accept");
	write_config("whole_domains = skip\n");
	assert_int_equal(edge_reload(edge), 0);
	assert_string_equal(answer("Who@old.example"), "accept");
	assert_string_equal(answer("old@example.org"), MOVED);
	/* whoever asks before the recipient was looked at */
	edge_deinit(&edge);
	write_config("whole_domains = reply\n");
	assert_int_equal(
		edge_init(config_path, EDGE_RECIPIENTS_ANY, &edge, &err), 0);
	assert_string_equal(answer("Who@old.example"), "accept");
	assert_string_equal(answer("old@example.org"), MOVED);
}

static void test_rate(void **state)
{
	struct edge_client client;

	(void)state;
	write_config("redirect_rate = 2 1h\n");
	assert_int_equal(edge_reload(edge), 0);
	edge_client_from_text("192.0.2.1", &client);
	assert_string_equal(answer_to(&client, "old@example.org"), MOVED);
	assert_string_equal(answer_to(&client, "away@example.org"), AWAY);
	assert_string_equal(answer_to(&client, "old@example.org"), TOO_MANY);
	/* others are nobody's secret */
	assert_string_equal(answer_to(&client, "other@example.org"), "accept");
	edge_client_from_text("192.0.3.1", &client);
	assert_string_equal(answer_to(&client, "old@example.org"), MOVED);
}

static void test_metrics(void **state)
{
	static const char *const lines[] = {
		"hardlink_lookups_total{result=\"error\"} 0\n",
		"hardlink_lookups_total{result=\"none\"} 1\n",
		"hardlink_lookups_total{result=\"found\"} 3\n",
		"hardlink_redirects_total{kind=\"permanent\"} 2\n",
		"hardlink_redirects_total{kind=\"temporary\"} 1\n",
		"hardlink_rate_limited_total 0\n",
		"hardlink_lookup_duration_seconds_bucket{le=\"+Inf\"} 4\n",
		"hardlink_lookup_duration_seconds_count 4\n",
	};
	char text[EDGE_METRICS_SIZE];
	size_t size, i;

	(void)state;
	answer("old@example.org");
	answer("old@example.org");
	answer("away@example.org");
	answer("other@example.org");
	answer("postmaster");
	size = edge_metrics(edge, text);
	assert_int_equal(size, strlen(text));
	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		if (strstr(text, lines[i]) == NULL)
			fail_msg("no %s in\n%s", lines[i], text);
	}
	assert_string_equal(text + size - 6, "# EOF\n");
}

#define THREADS 32

static void *ask_often(void *context)
{
	unsigned int *wrong = context;
	size_t i;

	for (i = 0; i < 300; i++) {
		if (strcmp(answer("<old@example.org>"), MOVED) != 0 ||
		    strcmp(answer("<other@example.org>"), "accept") != 0)
			++*wrong;
	}
	return NULL;
}

static void test_threads(void **state)
{
	pthread_t threads[THREADS];
	unsigned int wrong[THREADS] = {0};
	char address[64];
	size_t i;

	(void)state;
	for (i = 0; i < THREADS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask_often, &wrong[i]),
			0);
	for (i = 0; i < 20; i++) {
		assert_int_equal(edge_reload(edge), 0);
		snprintf(address, sizeof(address), "user%zu@example.org", i);
		assert_int_equal(fixture_set(&fixture, address,
					     "new@example.net", 0, false),
				 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_trouble, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_reload, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_whole_domains, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_authenticated, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
		cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
