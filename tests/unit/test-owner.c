/* What owners may do, and the new address's consent. */

#include "log-fixture.h"

#include "hl-owner.h"
#include "hl-store-private.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ALICE "alice@example.org"
#define NEW   "new@example.net"
#define CODE  "7K3F-9QRX-M2WD"
#define WRONG "7K3F-9QRX-M2WE"
#define MAIL  "0123456789abcdef"

enum what { SET, CONFIRM, UNSET, RETURNED, CLAIM, CHECK };

struct call {
	enum what what;
	const char *old, *new, *code, *id;
	enum hl_channel channel;
	/* seconds from now; 0: permanent */
	int64_t seconds;
	bool replace;
};

static struct hl_change_result result;

static int call_in_log(struct log_fixture *fixture, struct hl_log *log,
		       const struct call *call)
{
	const struct hl_owner owner = {
		.actor = {call->channel == HL_CHANNEL_ADMIN
				  ? HL_CHANNEL_SUBMISSION
				  : call->channel,
			  "alice", ""},
		.id = call->id == NULL ? "" : call->id,
	};
	struct hl_address old = fixture_address(call->old);
	struct hl_error *err = &fixture->err;
	struct hl_link link = {0};

	if (call->new != NULL) {
		link.kind = call->seconds == 0 ? HL_KIND_PERMANENT
					       : HL_KIND_TEMPORARY;
		link.target = fixture_address(call->new);
		if (call->seconds != 0)
			link.expires = time(NULL) + call->seconds;
	}
	switch (call->what) {
	case CHECK:
		return hl_owner_check_set(log, &owner, &old, &link,
					  call->replace, &result, err);
	case SET:
		return hl_owner_set(log, &owner, &old, &link, call->replace,
				    call->code, MAIL, &result, err);
	case CONFIRM:
		return hl_owner_confirm(log, &owner, &old, call->code, &result,
					err);
	case UNSET:
		return hl_owner_unset(log, &owner, &old, &result, err);
	case CLAIM:
		return hl_owner_claim(log, &owner, &old, err);
	case RETURNED:
		break;
	}
	return hl_owner_refuse_returned(log, &old, call->code, &result, err);
}

static int do_call(struct log_fixture *fixture, struct call call)
{
	struct hl_log *log;
	struct hl_error err;
	int ret;

	assert_int_equal(hl_log_open(&fixture->config, true, &log, &err), 0);
	assert_int_equal(hl_log_begin(log, &err), 0);
	ret = call_in_log(fixture, log, &call);
	if (ret >= 0)
		assert_int_equal(hl_log_commit(log, &err), 0);
	else
		hl_log_rollback(log);
	hl_log_close(&log);
	return ret;
}
#define DO(fixture, ...) do_call(fixture, (struct call){__VA_ARGS__})

static void assert_refused(struct log_fixture *fixture, int ret,
			   enum hl_error_code code, const char *part)
{
	assert_int_not_equal(ret, 0);
	if (fixture->err.code != code ||
	    strstr(fixture->err.text, part) == NULL)
		fail_msg("not code %d with \"%s\": %d, %s", code, part,
			 fixture->err.code, fixture->err.text);
}

static void view(struct log_fixture *fixture, const char *id,
		 struct hl_owner_view *view_r)
{
	const struct hl_owner owner = {
		.actor = {HL_CHANNEL_IMAP, "alice", ""},
		.id = id,
	};
	struct hl_address old = fixture_address(ALICE);
	struct hl_log *log;
	struct hl_error err;

	assert_int_equal(hl_log_open(&fixture->config, false, &log, &err), 0);
	assert_int_equal(hl_log_snapshot_begin(log, &err), 0);
	if (hl_owner_view(log, &owner, &old, view_r, &err) < 0)
		fail_msg("%s", err.text);
	hl_log_snapshot_end(log);
	hl_log_close(&log);
}

static int setup(void **state)
{
	static struct log_fixture fixture;

	fixture_init(&fixture, NULL);
	fixture.config.max_temporary = 365 * 86400;
	fixture.config.protected_localparts =
		(char *)(uintptr_t) "postmaster abuse";
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	fixture_deinit(*state);
	return 0;
}

static void assert_answer(struct log_fixture *fixture, const char *expected)
{
	assert_string_equal(fixture_answer_anew(fixture, ALICE), expected);
}
#define TO_NEW "557 5.2.7 mailbox has moved to <" NEW ">"

static void test_at_once(void **state)
{
	struct log_fixture *fixture = *state;

	assert_int_equal(DO(fixture, .what = SET, .old = "Alice@example.org",
			    .new = NEW, .channel = HL_CHANNEL_IMAP),
			 0);
	assert_answer(fixture, TO_NEW);
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE,
			  .new = "x@example.net", .channel = HL_CHANNEL_IMAP),
		       HL_ERROR_PERMISSION, "already");
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE,
			    .new = "x@example.net", .replace = true,
			    .channel = HL_CHANNEL_IMAP),
			 0);
	assert_string_equal(result.before.target.local_part, "new");
	assert_int_equal(DO(fixture, .what = UNSET, .old = ALICE,
			    .channel = HL_CHANNEL_SUBMISSION),
			 0);
	assert_answer(fixture, "none");
	assert_refused(fixture, DO(fixture, .what = UNSET, .old = ALICE),
		       HL_ERROR_NOT_FOUND, "no hard-link");
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_what_owners_may_not(void **state)
{
	struct log_fixture *fixture = *state;

	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = "Abuse+x@example.org",
			  .new = NEW),
		       HL_ERROR_PERMISSION, "can't be moved by its owner");
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			  .seconds = 366 * 86400),
		       HL_ERROR_DATA, "365 days");
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			  .seconds = -1),
		       HL_ERROR_DATA, "future");
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = ALICE),
		       HL_ERROR_DATA, "");
	assert_int_equal(fixture_set(fixture, ALICE, NEW, 0, false), 0);
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE,
			  .new = "x@example.net", .replace = true),
		       HL_ERROR_PERMISSION, "administrator");
	assert_refused(fixture, DO(fixture, .what = UNSET, .old = ALICE),
		       HL_ERROR_PERMISSION, "administrator");
	assert_answer(fixture, TO_NEW);
	assert_int_equal(fixture_unset(fixture, ALICE), 0);
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW), 0);
}

static void test_consent(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_owner_view seen;

	fixture->config.confirm_target = true;
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = NEW),
		       HL_ERROR_TEMP, "consent");
	assert_int_equal(DO(fixture, .what = CHECK, .old = ALICE, .new = NEW),
			 0);
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_NOT_FOUND, "waits for a code");
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	assert_answer(fixture, "none");
	view(fixture, "", &seen);
	assert_int_equal(seen.next.link.kind, HL_KIND_PERMANENT);
	assert_false(seen.next.confirmed);
	assert_refused(
		fixture,
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = "nonsense"),
		HL_ERROR_DATA, "looks like");
	assert_refused(
		fixture,
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = WRONG),
		HL_ERROR_PERMISSION, "4 tries are left");
	assert_answer(fixture, "none");
	assert_int_equal(DO(fixture, .what = CONFIRM, .old = ALICE,
			    .code = "7k3f 9qrxm2wd"),
			 0);
	assert_answer(fixture, TO_NEW);
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_NOT_FOUND, "waits for a code");
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_five_wrong_codes(void **state)
{
	struct log_fixture *fixture = *state;
	int i;

	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	for (i = 0; i < 4; i++)
		assert_int_equal(DO(fixture, .what = CONFIRM, .old = ALICE,
				    .code = WRONG),
				 1);
	assert_refused(
		fixture,
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = WRONG),
		HL_ERROR_PERMISSION, "last try");
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_NOT_FOUND, "waits for a code");
	assert_answer(fixture, "none");
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_codes_that_ran_out(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_owner_view seen;

	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	fixture_sql(fixture, "UPDATE consent SET expires = 1");
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_NOT_FOUND, "run out");
	view(fixture, "", &seen);
	assert_int_equal(seen.next.link.kind, HL_KIND_NONE);
	assert_answer(fixture, "none");
}

/* The code of one change isn't that of another, and can't be moved there. */
static void test_codes_belong_to_a_change(void **state)
{
	struct log_fixture *fixture = *state;

	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE,
			    .new = "x@example.net", .code = WRONG),
			 0);
	assert_int_equal(
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE), 1);
	fixture_sql(fixture, "UPDATE consent SET seq = seq + 1");
	assert_refused(
		fixture,
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = WRONG),
		HL_ERROR_NOT_FOUND, "waits for a code");
	assert_answer(fixture, "none");
}

static void test_damaged_consent(void **state)
{
	struct log_fixture *fixture = *state;

	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	fixture_sql(fixture, "PRAGMA ignore_check_constraints = ON;"
			     "UPDATE consent SET wrong = -3");
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_STORE, "damaged");
	assert_answer(fixture, "none");
}

static void test_hold(void **state)
{
	struct log_fixture *fixture = *state;

	fixture->config.hold_permanent = 3600;
	fixture->config.hold_temporary = 3600;
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			  .seconds = 3600),
		       HL_ERROR_DATA, "before it begins");
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW), 0);
	assert_true(result.state.next.confirmed);
	assert_in_range(result.state.next.effective, time(NULL) + 3590,
			time(NULL) + 3600);
	assert_answer(fixture, "none");
	assert_int_equal(DO(fixture, .what = UNSET, .old = ALICE), 0);

	fixture->config.hold_permanent = 1;
	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	assert_int_equal(
		DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE), 0);
	while (time(NULL) < result.state.next.effective)
		usleep(20000);
	assert_answer(fixture, TO_NEW);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* What is in force stays until the change that is to come. */
static void test_replaced_later(void **state)
{
	struct log_fixture *fixture = *state;

	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW), 0);
	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE,
			    .new = "x@example.net", .replace = true,
			    .code = CODE),
			 0);
	assert_answer(fixture, TO_NEW);
	assert_refused(fixture,
		       DO(fixture, .what = RETURNED, .old = ALICE,
			  .code = "another mail"),
		       HL_ERROR_NOT_FOUND, "waits for a code");
	assert_int_equal(
		DO(fixture, .what = RETURNED, .old = ALICE, .code = MAIL), 0);
	assert_answer(fixture, TO_NEW);
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_NOT_FOUND, "waits for a code");
}

static void test_another_channel(void **state)
{
	struct log_fixture *fixture = *state;

	fixture->config.hold_permanent = 3600;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .channel = HL_CHANNEL_IMAP),
			 0);
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			  .channel = HL_CHANNEL_SUBMISSION),
		       HL_ERROR_PERMISSION, "(imap)");
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .channel = HL_CHANNEL_SUBMISSION, .replace = true),
			 0);
}

static void test_another_owner(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_owner_view seen;

	assert_int_equal(
		DO(fixture, .what = SET, .old = ALICE, .new = NEW, .id = "1"),
		0);
	assert_answer(fixture, TO_NEW);
	view(fixture, "1", &seen);
	assert_int_equal(seen.in_force.kind, HL_KIND_PERMANENT);
	view(fixture, "2", &seen);
	assert_int_equal(seen.in_force.kind, HL_KIND_NONE);
	assert_true(seen.of_another);
	assert_refused(fixture,
		       DO(fixture, .what = UNSET, .old = ALICE, .id = "2"),
		       HL_ERROR_NOT_FOUND, "no hard-link");
	assert_int_equal(DO(fixture, .what = CLAIM, .old = ALICE, .id = "1"),
			 0);
	assert_answer(fixture, TO_NEW);
	assert_int_equal(DO(fixture, .what = CLAIM, .old = ALICE, .id = "2"),
			 1);
	assert_answer(fixture, "none");
	view(fixture, "2", &seen);
	assert_false(seen.of_another);
	/* an administrator's is nobody's */
	assert_int_equal(fixture_set(fixture, ALICE, NEW, 0, false), 0);
	assert_int_equal(DO(fixture, .what = CLAIM, .old = ALICE, .id = "2"),
			 0);
	assert_answer(fixture, TO_NEW);
	assert_int_equal(fixture_verify(fixture), 0);
}

static void block(struct log_fixture *fixture, bool blocked)
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct hl_address old = fixture_address(ALICE);
	struct hl_log *log;
	struct hl_error err;

	assert_int_equal(hl_log_open(&fixture->config, true, &log, &err), 0);
	assert_int_equal(hl_log_begin(log, &err), 0);
	assert_int_equal(
		hl_change_block(log, &actor, &old, blocked, &result, &err), 0);
	assert_int_equal(hl_log_commit(log, &err), 0);
	hl_log_close(&log);
}

static void test_block(void **state)
{
	struct log_fixture *fixture = *state;

	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW), 0);
	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE,
			    .new = "x@example.net", .replace = true,
			    .code = CODE),
			 0);
	block(fixture, true);
	assert_int_equal(result.ended_next.link.kind, HL_KIND_PERMANENT);
	assert_answer(fixture, TO_NEW);
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_PERMISSION, "blocked");
	assert_refused(fixture, DO(fixture, .what = UNSET, .old = ALICE),
		       HL_ERROR_PERMISSION, "blocked");
	block(fixture, false);
	assert_refused(fixture,
		       DO(fixture, .what = CONFIRM, .old = ALICE, .code = CODE),
		       HL_ERROR_PERMISSION, "administrator");
	assert_answer(fixture, TO_NEW);
	assert_int_equal(fixture_unset(fixture, ALICE), 0);
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE, .new = NEW,
			    .code = CODE),
			 0);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* Two that agree to each other's mail would be a loop. */
static void test_loop_while_pending(void **state)
{
	struct log_fixture *fixture = *state;

	fixture->config.confirm_target = true;
	assert_int_equal(DO(fixture, .what = SET, .old = ALICE,
			    .new = "bob@example.org", .code = CODE),
			 0);
	assert_refused(fixture,
		       DO(fixture, .what = SET, .old = "bob@example.org",
			  .new = ALICE, .code = WRONG),
		       HL_ERROR_DATA, "");
}

static void test_notices_once(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_store *store;
	struct hl_error err;

	assert_int_equal(hl_store_open(fixture->config.store, HL_STORE_WRITE,
				       NULL, &store, &err),
			 0);
	assert_int_equal(hl_store_write_begin(store, &err), 0);
	assert_int_equal(hl_store_add_notice(store, "a", 1, &err), 1);
	assert_int_equal(hl_store_add_notice(store, "a", 2, &err), 0);
	assert_int_equal(hl_store_write_commit(store, &err), 0);
	hl_store_close(&store);
	assert_int_equal(fixture_verify(fixture), 0);
}

static void test_codes(void **state)
{
	char code[HL_CODE_SIZE], other[HL_CODE_SIZE], parsed[HL_CODE_SIZE];
	struct hl_error err;
	int i;

	(void)state;
	hl_code_make(other);
	for (i = 0; i < 100; i++) {
		hl_code_make(code);
		assert_int_equal(strlen(code), HL_CODE_SIZE - 1);
		assert_int_equal(hl_code_parse(code, parsed, &err), 0);
		assert_string_equal(code, parsed);
		assert_string_not_equal(code, other);
	}
	assert_int_equal(hl_code_parse("", parsed, &err), -1);
	assert_int_equal(hl_code_parse(CODE "7", parsed, &err), -1);
	assert_int_equal(hl_code_parse("7K3F-9QRX-M2W", parsed, &err), -1);
	assert_int_equal(hl_code_parse("7K3F-9QRX-M2WO", parsed, &err), -1);
	assert_int_equal(hl_code_parse("7K3F-9QRX-M2W\xc3\xa9", parsed, &err),
			 -1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_at_once),
		TEST(test_what_owners_may_not),
		TEST(test_consent),
		TEST(test_five_wrong_codes),
		TEST(test_codes_that_ran_out),
		TEST(test_codes_belong_to_a_change),
		TEST(test_damaged_consent),
		TEST(test_hold),
		TEST(test_replaced_later),
		TEST(test_another_channel),
		TEST(test_another_owner),
		TEST(test_block),
		TEST(test_loop_while_pending),
		TEST(test_notices_once),
		TEST(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
