/* Rotating and revoking, interrupted before each change of a file and at each
   write of the database: readers verify what is there, writers write, the log
   verifies, and doing it again finishes it. */

#include "fault-vfs.h"
#include "hl-keys.h"
#include "log-fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define OLD   "old@example.org"
#define LATER "later@example.org"
#define MOVED "557 5.2.7 mailbox has moved to <new@example.net>"
/* more than a run needs */
#define STEPS 200
#define DIED  99

static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};

/* The process ends instead of its nth change of a name. */
static unsigned int calls_left;

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

static void count_down(void)
{
	if (calls_left > 0 && --calls_left == 0)
		_exit(DIED);
}

int __wrap_rename(const char *from, const char *to)
{
	count_down();
	return __real_rename(from, to);
}

int __wrap_unlink(const char *path)
{
	count_down();
	return __real_unlink(path);
}

static unsigned char former[HL_KEY_ID_SIZE];
static char trusted[256];

static int rotate(struct log_fixture *fixture)
{
	struct hl_keys_rotated rotated;
	struct hl_log *log;
	int ret;

	if (hl_log_open(&fixture->config, true, &log, &fixture->err) < 0)
		return -1;
	ret = hl_log_begin(log, &fixture->err);
	if (ret == 0) {
		ret = hl_keys_rotate(log, &actor, "", &rotated, &fixture->err);
		if (ret == 0)
			ret = hl_log_commit(log, &fixture->err);
		else
			hl_log_rollback(log);
	}
	hl_log_close(&log);
	return ret;
}

static int ignore_lost(const struct hl_address *address, void *context,
		       struct hl_error *err)
{
	(void)address;
	(void)context;
	(void)err;
	return 0;
}

static int revoke_former(struct log_fixture *fixture)
{
	struct hl_keys_revoked revoked;
	struct hl_log *log;
	int ret;

	if (hl_log_open(&fixture->config, true, &log, &fixture->err) < 0)
		return -1;
	ret = hl_keys_revoke(log, &actor, former, trusted, false, ignore_lost,
			     NULL, &revoked, &fixture->err);
	hl_log_close(&log);
	return ret;
}

static void must(int ret, const struct log_fixture *fixture, unsigned int n)
{
	if (ret != 0)
		fail_msg("step %u: %s", n, fixture->err.text);
}

/* In a process that dies at its nth step; was there one? */
static bool run_and_die(struct log_fixture *fixture, bool faulty_disk,
			unsigned int n, int (*run)(struct log_fixture *))
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		if (faulty_disk) {
			fault_vfs_install();
			fault_vfs_arm(FAULT_CRASH, n);
		} else {
			calls_left = n;
		}
		status = run(fixture);
		_exit(faulty_disk && fault_vfs_fired() ? DIED : -status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == DIED || WEXITSTATUS(status) == 0);
	return WEXITSTATUS(status) == DIED;
}

/* The signing key's id, and the head where a checkpoint is looked for. */
static void keep(struct log_fixture *fixture)
{
	struct hl_signing_key key;
	struct hl_head_row row;
	struct hl_log *log;
	FILE *file;

	must(hl_signing_key_read(fixture->config.signing_key, &key,
				 &fixture->err),
	     fixture, 0);
	memcpy(former, key.id, sizeof(former));
	snprintf(trusted, sizeof(trusted), "%s/kept", fixture->dir);
	must(hl_log_open(&fixture->config, false, &log, &fixture->err), fixture,
	     0);
	must(hl_store_get_head(hl_log_store(log), &row, &fixture->err), fixture,
	     0);
	file = fopen(trusted, "we");
	assert_non_null(file);
	assert_int_equal(fwrite(row.checkpoint, 1, row.checkpoint_size, file),
			 row.checkpoint_size);
	assert_int_equal(fclose(file), 0);
	hl_log_close(&log);
}

static size_t active_keys(struct log_fixture *fixture)
{
	struct hl_keyring *keyring;
	const struct hl_key *key;
	size_t i, count = 0;

	must(hl_keyring_read(fixture->config.keyring, &keyring, &fixture->err),
	     fixture, 0);
	for (i = 0; (key = hl_keyring_get(keyring, i)) != NULL; i++)
		count += key->status == HL_KEY_ACTIVE;
	hl_keyring_free(&keyring);
	return count;
}

/* What must hold whatever was interrupted, for a reader that runs since before,
   too. */
static void look(struct log_fixture *fixture, struct hl_lookup *running,
		 unsigned int n)
{
	assert_string_equal(fixture_answer(running, OLD), MOVED);
	assert_string_equal(fixture_answer_anew(fixture, OLD), MOVED);
	if (fixture_verify(fixture) != 0)
		fail_msg("step %u: %s", n, fixture->err.text);
}

/* One that was interrupted at step n. Returns whether there is a step n. */
static bool interrupted(int (*run)(struct log_fixture *), bool faulty_disk,
			unsigned int n)
{
	struct log_fixture fixture;
	struct hl_lookup *running;
	bool died;

	fixture_init(&fixture, NULL);
	must(fixture_set(&fixture, OLD, "new@example.net", 0, false), &fixture,
	     n);
	keep(&fixture);
	if (run == revoke_former)
		must(rotate(&fixture), &fixture, n);
	running = hl_lookup_init(&fixture.config);
	assert_non_null(running);
	assert_string_equal(fixture_answer(running, OLD), MOVED);
	died = run_and_die(&fixture, faulty_disk, n, run);
	look(&fixture, running, n);
	must(fixture_set(&fixture, LATER, "new@example.net", 0, false),
	     &fixture, n);
	assert_string_equal(fixture_answer(running, LATER), MOVED);
	if (died)
		must(run(&fixture), &fixture, n);
	look(&fixture, running, n);
	assert_string_equal(fixture_answer(running, LATER), MOVED);
	assert_int_equal(active_keys(&fixture), 1);
	hl_lookup_deinit(&running);
	fixture_deinit(&fixture);
	return died;
}

static void every_step(int (*run)(struct log_fixture *), bool faulty_disk,
		       unsigned int least)
{
	unsigned int n;

	for (n = 1; n < STEPS && interrupted(run, faulty_disk, n); n++)
		;
	assert_true(n > least && n < STEPS);
}

static void test_rotate_names(void **state)
{
	(void)state;
	every_step(rotate, false, 4);
}

static void test_rotate_disk(void **state)
{
	(void)state;
	every_step(rotate, true, 4);
}

static void test_revoke_names(void **state)
{
	(void)state;
	every_step(revoke_former, false, 2);
}

static void test_revoke_disk(void **state)
{
	(void)state;
	every_step(revoke_former, true, 8);
}

/* A writer that waited for the lock signs with the key that is right then. */
static void test_running_writer(void **state)
{
	struct log_fixture fixture;
	struct hl_change_result result;
	struct hl_address old = fixture_address(OLD);
	struct hl_link link = {.kind = HL_KIND_PERMANENT};
	struct hl_log *log;

	(void)state;
	fixture_init(&fixture, NULL);
	must(hl_log_open(&fixture.config, true, &log, &fixture.err), &fixture,
	     0);
	keep(&fixture);
	must(rotate(&fixture), &fixture, 0);
	must(revoke_former(&fixture), &fixture, 0);
	must(hl_log_begin(log, &fixture.err), &fixture, 0);
	link.target = fixture_address("new@example.net");
	must(hl_change_set(log, &actor, &old, &link, false, &result,
			   &fixture.err),
	     &fixture, 0);
	must(hl_log_commit(log, &fixture.err), &fixture, 0);
	hl_log_close(&log);
	assert_string_equal(fixture_answer_anew(&fixture, OLD), MOVED);
	assert_int_equal(fixture_verify(&fixture), 0);
	fixture_deinit(&fixture);
}

/* What comes in between having read the keyring and seeing the store. */
static struct log_fixture *to_rotate;

int __real_hl_store_snapshot_begin(struct hl_store *store,
				   struct hl_error *err);
int __wrap_hl_store_snapshot_begin(struct hl_store *store,
				   struct hl_error *err);

int __wrap_hl_store_snapshot_begin(struct hl_store *store, struct hl_error *err)
{
	struct log_fixture *fixture = to_rotate;

	to_rotate = NULL;
	if (fixture != NULL)
		must(rotate(fixture), fixture, 0);
	return __real_hl_store_snapshot_begin(store, err);
}

static void test_rotated_in_between(void **state)
{
	struct log_fixture fixture;
	struct hl_lookup *running;
	struct hl_log *log;

	(void)state;
	fixture_init(&fixture, NULL);
	must(fixture_set(&fixture, OLD, "new@example.net", 0, false), &fixture,
	     0);
	running = hl_lookup_init(&fixture.config);
	assert_non_null(running);
	to_rotate = &fixture;
	assert_string_equal(fixture_answer(running, OLD), MOVED);
	to_rotate = &fixture;
	assert_string_equal(fixture_answer(running, OLD), MOVED);
	hl_lookup_deinit(&running);
	must(hl_log_open(&fixture.config, false, &log, &fixture.err), &fixture,
	     0);
	to_rotate = &fixture;
	must(hl_log_snapshot_begin(log, &fixture.err), &fixture, 0);
	hl_log_snapshot_end(log);
	hl_log_close(&log);
	to_rotate = &fixture;
	must(fixture_verify(&fixture), &fixture, 0);
	assert_null(to_rotate);
	fixture_deinit(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rotate_names),
		cmocka_unit_test(test_rotate_disk),
		cmocka_unit_test(test_revoke_names),
		cmocka_unit_test(test_revoke_disk),
		cmocka_unit_test(test_running_writer),
		cmocka_unit_test(test_rotated_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
