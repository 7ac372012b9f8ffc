/* The whole way of a command under a failing disk: whatever write or fsync of
   the database fails or tears, an acknowledged change is answered afterwards,
   one that was refused isn't, none is half there, and the log verifies. */

#include "fault-vfs.h"
#include "log-fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ALICE  "alice@example.org"
#define BOB    "bob@example.org"
#define BEFORE "557 5.2.7 mailbox has moved to <before@example.net>"
#define AFTER  "557 5.2.7 mailbox has moved to <after@example.net>"
/* more than a run needs */
#define CALLS 2000

static const char *const files[] = {"hardlink.db", "hardlink.db-wal",
				    "hardlink.mark"};

/* Copies the store's files from the fixture's directory to that of the saved
   ones, or back. */
static void copy_files(const struct log_fixture *fixture, bool back)
{
	char live[256], saved[256];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(live, sizeof(live), "%s/%s", fixture->dir, files[i]);
		snprintf(saved, sizeof(saved), "%s/saved-%s", fixture->dir,
			 files[i]);
		assert_int_equal(back ? fixture_copy(saved, live)
				      : fixture_copy(live, saved),
				 0);
	}
	unlink(fixture_db(fixture, "-shm"));
}

static void assert_answer(struct log_fixture *fixture, const char *address,
			  bool acknowledged, const char *before,
			  enum fault_mode mode)
{
	const char *answer = fixture_answer_anew(fixture, address);

	if (strcmp(answer, acknowledged ? AFTER : before) == 0)
		return;
	/* a crash between commit and answer */
	if (!acknowledged && mode == FAULT_CRASH && strcmp(answer, AFTER) == 0)
		return;
	fail_msg("%s, %sacknowledged: %s", address, acknowledged ? "" : "not ",
		 answer);
}

static void loop(struct log_fixture *fixture, enum fault_mode mode)
{
	bool alice, bob, fired = true;
	unsigned int n;

	for (n = 1; fired && n < CALLS; n++) {
		copy_files(fixture, true);
		fault_vfs_install();
		fault_vfs_arm(mode, n);
		alice = fixture_set(fixture, ALICE, "after@example.net", 0,
				    true) == 0;
		bob = fixture_set(fixture, BOB, "after@example.net", 0,
				  false) == 0;
		fired = fault_vfs_fired();
		fault_vfs_remove();
		assert_answer(fixture, ALICE, alice, BEFORE, mode);
		assert_answer(fixture, BOB, bob, "none", mode);
		if (fixture_verify(fixture) != 0)
			fail_msg("call %u: %s", n, fixture->err.text);
	}
	assert_false(fired);
	assert_true(alice && bob);
	assert_true(n > 20);
}

static void test_every_call(void **state)
{
	static const enum fault_mode modes[] = {FAULT_FAIL, FAULT_FULL,
						FAULT_TORN, FAULT_CRASH};
	struct log_fixture fixture;
	size_t i;

	(void)state;
	fixture_init(&fixture, NULL);
	assert_int_equal(
		fixture_set(&fixture, ALICE, "before@example.net", 0, false),
		0);
	copy_files(&fixture, false);
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		loop(&fixture, modes[i]);
	fixture_deinit(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
