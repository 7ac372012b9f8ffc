#include "log-fixture.h"

#include "hl-sweep.h"
#include "hl-walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ALICE "alice@example.org"
#define BOB   "bob@example.org"
#define CAROL "carol@example.org"
#define NEW   "new@example.net"

static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};

/* What found was called for. */
struct found {
	uint64_t seqs[16];
	size_t count;
};

static int note(uint64_t seq, void *context, struct hl_error *err)
{
	struct found *found = context;

	(void)err;
	assert_true(found->count < 16);
	found->seqs[found->count++] = seq;
	return 0;
}

static struct hl_log *open_log(struct log_fixture *fixture)
{
	struct hl_log *log;

	assert_int_equal(
		hl_log_open(&fixture->config, true, &log, &fixture->err), 0);
	return log;
}

static void count(struct log_fixture *fixture, struct hl_log *log,
		  struct found *found, struct hl_sweep *sweep_r)
{
	memset(found, 0, sizeof(*found));
	assert_int_equal(
		hl_sweep_count(log, 0, note, found, sweep_r, &fixture->err), 0);
}

static int catch_up(struct log_fixture *fixture, struct hl_log *log,
		    struct hl_sweep *sweep)
{
	int ret;

	assert_int_equal(hl_log_snapshot_begin(log, &fixture->err), 0);
	ret = hl_sweep_catch_up(log, sweep, &fixture->err);
	hl_log_snapshot_end(log);
	return ret;
}

static void block(struct log_fixture *fixture, struct hl_log *log,
		  const char *address)
{
	struct hl_address old = fixture_address(address);
	struct hl_change_result result;

	assert_int_equal(hl_log_begin(log, &fixture->err), 0);
	assert_int_equal(hl_change_block(log, &actor, &old, true, &result,
					 &fixture->err),
			 0);
	assert_int_equal(hl_log_commit(log, &fixture->err), 0);
}

static int write_sweep(struct log_fixture *fixture, struct hl_log *log,
		       struct hl_sweep *sweep)
{
	int ret;

	assert_int_equal(hl_log_begin(log, &fixture->err), 0);
	ret = hl_sweep_catch_up(log, sweep, &fixture->err);
	if (ret != 0) {
		hl_log_rollback(log);
		return ret;
	}
	assert_int_equal(hl_sweep_append(log, &actor, sweep, &fixture->err), 0);
	assert_int_equal(hl_log_commit(log, &fixture->err), 0);
	return 0;
}

/* Is this one of those that the sweep closed? */
static bool is_closed(struct log_fixture *fixture, struct hl_log *log,
		      const struct hl_sweep *sweep, uint64_t seq)
{
	struct hl_address address;
	struct hl_link link;
	int ret;

	assert_int_equal(hl_log_snapshot_begin(log, &fixture->err), 0);
	ret = hl_sweep_get(log, sweep, seq, &address, &link, &fixture->err);
	hl_log_snapshot_end(log);
	assert_true(ret >= 0);
	return ret > 0;
}

static void test_what_others_write_meanwhile(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_log *log = open_log(fixture);
	struct hl_sweep sweep;
	struct found found;

	fixture_set(fixture, ALICE, NEW, 1, false);
	fixture_set(fixture, BOB, NEW, 1, false);
	fixture_set(fixture, CAROL, NEW, 1, false);
	fixture_set(fixture, "dave@example.org", NEW, 3600, false);
	sleep(2);
	count(fixture, log, &found, &sweep);
	assert_int_equal(sweep.closed, 3);
	assert_int_equal(sweep.in_force, 1);
	assert_int_equal(found.count, 3);

	/* one begins anew, one is only restated, others don't matter */
	assert_int_equal(fixture_set(fixture, ALICE, NEW, 3600, false), 0);
	block(fixture, log, BOB);
	fixture_set(fixture, "eve@example.org", NEW, 0, false);
	fixture_unset(fixture, "dave@example.org");
	assert_int_equal(catch_up(fixture, log, &sweep), 0);
	assert_int_equal(sweep.closed, 2);
	assert_int_equal(found.count, 4);
	assert_int_equal(catch_up(fixture, log, &sweep), 0);
	assert_int_equal(sweep.closed, 2);

	/* twice, up to the last moment */
	assert_int_equal(fixture_set(fixture, CAROL, NEW, 3600, false), 0);
	assert_int_equal(fixture_unset(fixture, CAROL), 0);
	assert_int_equal(write_sweep(fixture, log, &sweep), 0);
	assert_int_equal(sweep.closed, 1);
	assert_false(is_closed(fixture, log, &sweep, found.seqs[0]));
	assert_false(is_closed(fixture, log, &sweep, found.seqs[1]));
	assert_false(is_closed(fixture, log, &sweep, found.seqs[2]));
	assert_true(is_closed(fixture, log, &sweep, found.seqs[3]));
	/* what comes after it changes nothing of that */
	assert_int_equal(fixture_set(fixture, "bob@example.org", NEW, 0, false),
			 0);
	assert_true(is_closed(fixture, log, &sweep, found.seqs[3]));
	count(fixture, log, &found, &sweep);
	assert_int_equal(sweep.closed, 0);
	assert_int_equal(fixture_verify(fixture), 0);
	hl_log_close(&log);
}

static void test_another_sweep_meanwhile(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_log *log = open_log(fixture);
	struct hl_sweep first, second;
	struct found found;

	fixture_set(fixture, ALICE, NEW, 1, false);
	sleep(2);
	count(fixture, log, &found, &first);
	count(fixture, log, &found, &second);
	assert_int_equal(write_sweep(fixture, log, &first), 0);
	assert_int_equal(write_sweep(fixture, log, &second), 1);
	assert_int_equal(catch_up(fixture, log, &second), 1);
	count(fixture, log, &found, &second);
	assert_int_equal(second.closed, 0);
	hl_log_close(&log);
}

static int note_kind(const struct hl_entry *entry, void *context,
		     struct hl_error *err)
{
	unsigned int *counts = context;

	(void)err;
	counts[entry->payload.state.current.kind]++;
	return 0;
}

static void test_walk_shows_one_state(void **state)
{
	enum { COUNT = 2 * HL_WALK_SOME + 10 };
	struct log_fixture *fixture = *state;
	struct hl_log *log = open_log(fixture);
	unsigned int counts[3] = {0, 0, 0};
	struct hl_walk walk;
	char address[64];
	int i;

	for (i = 0; i < COUNT; i++) {
		snprintf(address, sizeof(address), "u%04d@example.org", i);
		assert_int_equal(fixture_set(fixture, address, NEW, 0, false),
				 0);
	}
	/* the first entry is the key's */
	hl_walk_init(&walk, log, COUNT + 1);
	assert_int_equal(hl_walk_some(&walk, note_kind, counts, &fixture->err),
			 1);
	assert_int_equal(counts[HL_KIND_PERMANENT], HL_WALK_SOME);
	/* both behind and before where it is; and a new one */
	assert_int_equal(fixture_unset(fixture, "u0001@example.org"), 0);
	assert_int_equal(fixture_unset(fixture, address), 0);
	fixture_set(fixture, "u9999@example.org", NEW, 0, false);
	while (hl_walk_some(&walk, note_kind, counts, &fixture->err) > 0)
		;
	assert_int_equal(counts[HL_KIND_PERMANENT], COUNT);
	assert_int_equal(counts[HL_KIND_NONE], 0);
	hl_log_close(&log);
}

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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_what_others_write_meanwhile),
		TEST(test_another_sweep_meanwhile),
		TEST(test_walk_shows_one_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
