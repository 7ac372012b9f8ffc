/* Changes and what lookups, running ones too, make of them. */

#include "log-fixture.h"

#include "hl-sweep.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ALICE  "alice@example.org"
#define TO_NEW "557 5.2.7 mailbox has moved to <new@example.net>"
#define TEMPORARILY_TO_NEW \
	"558 5.2.8 mailbox has temporarily moved to <new@example.net>"

static int setup(void **state)
{
	static struct log_fixture fixture;

	fixture_init(&fixture, NULL);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	fixture_deinit(*state);
	return 0;
}

static void assert_fails(struct log_fixture *fixture, int ret,
			 enum hl_error_code code, const char *part)
{
	assert_int_equal(ret, -1);
	assert_int_equal(fixture->err.code, code);
	if (strstr(fixture->err.text, part) == NULL)
		fail_msg("\"%s\" isn't in: %s", part, fixture->err.text);
}

static void test_set_and_unset(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);

	assert_string_equal(fixture_answer(lookup, ALICE), "none");
	assert_int_equal(fixture_set(fixture, "Alice@Example.ORG",
				     "new@example.net", 0, false),
			 0);
	assert_string_equal(fixture_answer(lookup, ALICE), TO_NEW);
	assert_string_equal(fixture_answer(lookup, "ALICE@example.ORG"),
			    TO_NEW);
	assert_fails(fixture,
		     fixture_set(fixture, ALICE, "x@example.net", 0, false),
		     HL_ERROR_PERMISSION, "--replace");
	assert_string_equal(fixture_answer(lookup, ALICE), TO_NEW);
	assert_int_equal(
		fixture_set(fixture, ALICE, "new@example.net", 60, true), 0);
	assert_string_equal(fixture_answer(lookup, ALICE), TEMPORARILY_TO_NEW);
	assert_int_equal(fixture_unset(fixture, ALICE), 0);
	assert_string_equal(fixture_answer(lookup, ALICE), "none");
	assert_fails(fixture, fixture_unset(fixture, ALICE), HL_ERROR_NOT_FOUND,
		     "no hard-link");
	assert_int_equal(fixture_verify(fixture), 0);
	hl_lookup_deinit(&lookup);
}

static int ignore_found(uint64_t seq, void *context, struct hl_error *err)
{
	(void)seq;
	(void)context;
	(void)err;
	return 0;
}

static void sweep(struct log_fixture *fixture, uint64_t *closed_r)
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct hl_error *err = &fixture->err;
	struct hl_sweep sweep;
	struct hl_log *log;

	assert_int_equal(hl_log_open(&fixture->config, true, &log, err), 0);
	assert_int_equal(
		hl_sweep_count(log, 0, ignore_found, NULL, &sweep, err), 0);
	assert_int_equal(hl_log_begin(log, err), 0);
	assert_int_equal(hl_sweep_catch_up(log, &sweep, err), 0);
	assert_int_equal(hl_sweep_append(log, &actor, &sweep, err), 0);
	assert_int_equal(hl_log_commit(log, err), 0);
	hl_log_close(&log);
	*closed_r = sweep.closed;
}

static void test_expiry(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	uint64_t closed;

	assert_fails(fixture,
		     fixture_set(fixture, ALICE, "new@example.net", -1, false),
		     HL_ERROR_DATA, "future");
	assert_fails(fixture,
		     fixture_set(fixture, ALICE, "new@example.net",
				 INT64_C(11) * 366 * 86400, false),
		     HL_ERROR_DATA, "10 years");
	assert_int_equal(
		fixture_set(fixture, ALICE, "new@example.net", 2, false), 0);
	assert_int_equal(fixture_set(fixture, "bob@example.org",
				     "new@example.net", 3600, false),
			 0);
	assert_string_equal(fixture_answer(lookup, ALICE), TEMPORARILY_TO_NEW);
	sleep(3);
	assert_string_equal(fixture_answer(lookup, ALICE), "none");
	sweep(fixture, &closed);
	assert_int_equal(closed, 1);
	sweep(fixture, &closed);
	assert_int_equal(closed, 0);
	/* it ended by itself: nothing to be replaced */
	assert_int_equal(
		fixture_set(fixture, ALICE, "new@example.net", 0, false), 0);
	assert_string_equal(fixture_answer(lookup, ALICE), TO_NEW);
	assert_int_equal(fixture_verify(fixture), 0);
	hl_lookup_deinit(&lookup);
}

static void test_detail(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);

	fixture_set(fixture, ALICE, "new@example.net", 0, false);
	assert_string_equal(fixture_answer(lookup, "alice+tag@example.org"),
			    TO_NEW);
	assert_string_equal(fixture_answer(lookup, "+alice@example.org"),
			    "none");
	fixture_set(fixture, "alice+tag@example.org", "tag@example.net", 0,
		    false);
	assert_string_equal(fixture_answer(lookup, "Alice+Tag@example.org"),
			    "557 5.2.7 mailbox has moved to <tag@example.net>");
	/* a withdrawn exact address doesn't hide the base */
	fixture_unset(fixture, "alice+tag@example.org");
	assert_string_equal(fixture_answer(lookup, "alice+tag@example.org"),
			    TO_NEW);
	hl_lookup_deinit(&lookup);
}

static void test_cycles(void **state)
{
	struct log_fixture *fixture = *state;

	assert_fails(fixture, fixture_set(fixture, ALICE, ALICE, 0, false),
		     HL_ERROR_DATA, "itself");
	assert_fails(fixture,
		     fixture_set(fixture, ALICE, "ALICE@example.org", 0, false),
		     HL_ERROR_DATA, "itself");
	assert_fails(
		fixture,
		fixture_set(fixture, ALICE, "alice+x@example.org", 0, false),
		HL_ERROR_DATA, "itself");
	assert_int_equal(fixture_set(fixture, "b@example.org", "c@example.org",
				     0, false),
			 0);
	assert_int_equal(fixture_set(fixture, "c@example.org",
				     "d+detail@example.org", 60, false),
			 0);
	assert_fails(fixture,
		     fixture_set(fixture, "d@example.org", "B@example.org", 0,
				 false),
		     HL_ERROR_DATA, "leads back");
	/* a chain that isn't a cycle */
	assert_int_equal(fixture_set(fixture, ALICE, "b@example.org", 0, false),
			 0);
	/* from one's detail to oneself is none either */
	assert_int_equal(fixture_set(fixture, "d+x@example.org",
				     "d@example.org", 0, false),
			 0);
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_postmaster(void **state)
{
	struct log_fixture *fixture = *state;

	assert_fails(fixture,
		     fixture_set(fixture, "Postmaster+x@example.org",
				 "new@example.net", 0, false),
		     HL_ERROR_PERMISSION, "postmaster");
}

static void test_transaction_is_whole(void **state)
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct log_fixture *fixture = *state;
	struct hl_address old = fixture_address(ALICE);
	struct hl_change_result result;
	struct hl_link link = {HL_KIND_PERMANENT,
			       fixture_address("new@example.net"), 0};
	struct hl_log *log;

	assert_int_equal(
		hl_log_open(&fixture->config, true, &log, &fixture->err), 0);
	assert_int_equal(hl_log_begin(log, &fixture->err), 0);
	assert_int_equal(hl_change_set(log, &actor, &old, &link, false, &result,
				       &fixture->err),
			 0);
	/* what the transaction has written, it sees */
	assert_fails(fixture,
		     hl_change_set(log, &actor, &old, &link, false, &result,
				   &fixture->err),
		     HL_ERROR_PERMISSION, "--replace");
	hl_log_rollback(log);
	assert_string_equal(fixture_answer_anew(fixture, ALICE), "none");
	/* and the log can go on */
	assert_int_equal(hl_log_begin(log, &fixture->err), 0);
	assert_int_equal(hl_change_set(log, &actor, &old, &link, false, &result,
				       &fixture->err),
			 0);
	assert_int_equal(hl_log_commit(log, &fixture->err), 0);
	hl_log_close(&log);
	assert_string_equal(fixture_answer_anew(fixture, ALICE), TO_NEW);
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_long_reason(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_address old = fixture_address(ALICE);
	struct hl_change_result result;
	struct hl_link link = {HL_KIND_PERMANENT,
			       fixture_address("new@example.net"), 0};
	struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", NULL};
	char reason[600];
	struct hl_log *log;

	assert_int_equal(
		hl_log_open(&fixture->config, true, &log, &fixture->err), 0);
	assert_int_equal(hl_log_begin(log, &fixture->err), 0);
	memset(reason, 'x', sizeof(reason));
	reason[501] = '\0';
	actor.reason = reason;
	assert_fails(fixture,
		     hl_change_set(log, &actor, &old, &link, false, &result,
				   &fixture->err),
		     HL_ERROR_DATA, "reason");
	/* what couldn't be read back isn't signed */
	actor.reason = "line\nfeed";
	assert_fails(fixture,
		     hl_change_set(log, &actor, &old, &link, false, &result,
				   &fixture->err),
		     HL_ERROR_DATA, "reason");
	hl_log_rollback(log);
	hl_log_close(&log);
	assert_int_equal(fixture_verify(fixture), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_set_and_unset), TEST(test_expiry),
		TEST(test_detail),	  TEST(test_cycles),
		TEST(test_postmaster),	  TEST(test_transaction_is_whole),
		TEST(test_long_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
