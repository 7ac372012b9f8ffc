/* A lookup remembers addresses that have no hard-link: whatever changes must be
   in its very next answer. */

#include "asker.h"
#include "hl-change.h"
#include "hl-log.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sodium.h>

#define ALICE "alice@example.org"
#define BOB   "bob@example.org"
#define MOVED "557 5.2.7 mailbox has moved to <new@example.net>"

static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};

static struct log_fixture fixture;
static struct asker asker;

static void set(const char *address)
{
	assert_int_equal(
		fixture_set(&fixture, address, "new@example.net", 0, false), 0);
}

static void assert_says(const char *address, const char *part)
{
	const char *answer = asker_ask(&asker, address);

	if (strstr(answer, part) == NULL)
		fail_msg("%s: expected \"%s\": %s", address, part, answer);
}

static const char *saved(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s", fixture.dir, name);
	return path;
}

/* The asker has a mark of its own, which no commit raises: it lags, as a mark
   may, and doesn't help to see the change. */
static void raise_mark(void)
{
	assert_int_equal(fixture_copy(fixture.config.mark, saved("asker.mark")),
			 0);
	assert_int_equal(chmod(saved("asker.mark"), 0644), 0);
}

static void start(enum asker_kind kind)
{
	char mark[512], *writers_mark = fixture.config.mark;

	raise_mark();
	snprintf(mark, sizeof(mark), "%s", saved("asker.mark"));
	fixture.config.mark = mark;
	asker_start(&asker, &fixture, kind);
	fixture.config.mark = writers_mark;
}

static void save(const char *name)
{
	fixture_sql(&fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(fixture_copy(fixture_db(&fixture, ""), saved(name)),
			 0);
	assert_int_equal(chmod(saved(name), 0644), 0);
}

static void change_set(void)
{
	set(ALICE);
	assert_says(ALICE, MOVED);
	assert_int_equal(fixture_unset(&fixture, ALICE), 0);
	assert_says(ALICE, "none");
	set(BOB);
	assert_says(ALICE, "none");
	assert_says(BOB, MOVED);
	assert_int_equal(
		fixture_set(&fixture, ALICE, "new@example.net", 0, false), 0);
	assert_says(ALICE, MOVED);
}

static void change_base(void)
{
	asker_warm(&asker, "alice+tag@example.org");
	set(ALICE);
	assert_says("alice+tag@example.org", MOVED);
	assert_says("alice+other@example.org", MOVED);
}

static void change_detail(void)
{
	asker_warm(&asker, "alice+tag@example.org");
	set("alice+tag@example.org");
	assert_says("alice+tag@example.org", MOVED);
	assert_says(ALICE, "none");
}

static void change_domain(void)
{
	assert_int_equal(
		fixture_set(&fixture, "@example.org", "@example.net", 0, false),
		0);
	assert_says(ALICE, "if it exists: 557 5.2.7 mailbox has moved to "
			   "<alice@example.net>");
	assert_says(BOB, "bob@example.net");
	assert_int_equal(fixture_unset(&fixture, "@example.org"), 0);
	assert_says(ALICE, "none");
	set(ALICE);
	assert_says(ALICE, MOVED);
	assert_says(BOB, "none");
}

/* Sets what comes into force by time alone. */
static void change_next(void)
{
	static struct hl_payload payload;
	struct hl_log *log;

	memset(&payload, 0, sizeof(payload));
	payload.address = fixture_address(ALICE);
	snprintf(payload.actor, sizeof(payload.actor), "tester");
	payload.state.next.link.kind = HL_KIND_PERMANENT;
	payload.state.next.link.target = fixture_address("new@example.net");
	payload.state.next.effective = time(NULL) + 4;
	payload.state.next.confirmed = true;
	assert_int_equal(hl_log_open(&fixture.config, true, &log, &fixture.err),
			 0);
	assert_int_equal(hl_log_begin(log, &fixture.err), 0);
	if (hl_log_append(log, HL_ACTION_SET, HL_CHANNEL_ADMIN, &payload,
			  &fixture.err) < 0 ||
	    hl_log_commit(log, &fixture.err) < 0)
		fail_msg("%s", fixture.err.text);
	hl_log_close(&log);
	asker_warm(&asker, ALICE);
	while (time(NULL) < payload.state.next.effective)
		usleep(50000);
	assert_says(ALICE, MOVED);
}

static void change_renamed(void)
{
	assert_int_equal(rename(saved("newer"), fixture_db(&fixture, "")), 0);
	assert_says(ALICE, MOVED);
}

static void change_overwritten(void)
{
	assert_int_equal(fixture_copy(saved("newer"), fixture_db(&fixture, "")),
			 0);
	assert_says(ALICE, MOVED);
}

static void change_older(void)
{
	set(BOB);
	raise_mark();
	asker_warm(&asker, ALICE);
	save("with bob");
	asker_warm(&asker, ALICE);
	assert_int_equal(fixture_copy(saved("older"), fixture_db(&fixture, "")),
			 0);
	assert_says(ALICE, "older than it was");
	assert_int_equal(
		fixture_copy(saved("with bob"), fixture_db(&fixture, "")), 0);
	assert_says(ALICE, "none");
	assert_says(BOB, MOVED);
}

static void change_removed(void)
{
	assert_int_equal(unlink(fixture_db(&fixture, "")), 0);
	assert_says(ALICE, "error: ");
}

static void change_mode(void)
{
	/* with the directory's rights SQLite isn't asked at all */
	assert_int_equal(chmod(fixture.dir, 0700), 0);
	assert_says(ALICE, "error: ");
	assert_int_equal(chmod(fixture.dir, 0755), 0);
	asker_warm(&asker, ALICE);
	assert_int_equal(chmod(fixture_db(&fixture, ""), 0600), 0);
	assert_says(ALICE, "error: ");
	assert_int_equal(chmod(fixture_db(&fixture, ""), 0644), 0);
	assert_says(ALICE, "none");
}

static void change_mark(void)
{
	const char *path = saved("asker.mark");
	struct hl_checkpoint mark;

	assert_int_equal(hl_mark_read(path, &mark, &fixture.err), 0);
	mark.size++;
	assert_int_equal(hl_mark_write(path, &mark, path, &fixture.err), 0);
	assert_says(ALICE, "older than it was");
}

static void revoke_key(void)
{
	char path[64], hex[2 * HL_KEY_ID_SIZE + 1];
	struct hl_keyring *keyring;
	struct hl_key key;

	assert_int_equal(
		hl_keyring_read(fixture.config.keyring, &keyring, &fixture.err),
		0);
	key = *hl_keyring_get(keyring, 0);
	hl_keyring_free(&keyring);
	sodium_bin2hex(hex, sizeof(hex), key.id, sizeof(key.id));
	snprintf(path, sizeof(path), "keys/%s.pub", hex);
	assert_int_equal(unlink(saved(path)), 0);
	key.status = HL_KEY_STATUS_REVOKED;
	key.last = 1;
	assert_int_equal(
		hl_key_write(fixture.config.keyring, &key, &fixture.err), 0);
}

static void change_keyring(void)
{
	/* a change that changes nothing is no reason not to answer */
	assert_int_equal(fixture_copy(fixture.config.mark, saved("keys/x")), 0);
	assert_says(ALICE, "none");
	asker_warm(&asker, ALICE);
	revoke_key();
	assert_says(ALICE, "revoked");
}

/* A process that dies in the middle, or after, with all files as they are. */
static void die_writing(bool committed)
{
	struct hl_address address = fixture_address(ALICE);
	struct hl_change_result result;
	struct hl_link link;
	struct hl_log *log;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		memset(&link, 0, sizeof(link));
		link.kind = HL_KIND_PERMANENT;
		link.target = fixture_address("new@example.net");
		if (hl_log_open(&fixture.config, true, &log, &fixture.err) ==
			    0 &&
		    hl_log_begin(log, &fixture.err) == 0 &&
		    hl_change_set(log, &actor, &address, &link, false, &result,
				  &fixture.err) == 0 &&
		    (!committed || hl_log_commit(log, &fixture.err) == 0))
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void change_killed(void)
{
	die_writing(false);
	assert_says(ALICE, "none");
	asker_warm(&asker, ALICE);
	die_writing(true);
	assert_says(ALICE, MOVED);
	/* the next writer finds what the dead one left */
	asker_warm(&asker, BOB);
	set(BOB);
	assert_says(BOB, MOVED);
	assert_says(ALICE, MOVED);
}

static void change_wal(void)
{
	die_writing(false);
	fixture_sql(&fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_says(ALICE, "none");
	asker_warm(&asker, ALICE);
	fixture_sql(&fixture, "VACUUM");
	assert_says(ALICE, "none");
	asker_warm(&asker, ALICE);
	set(ALICE);
	assert_says(ALICE, MOVED);
}

static void change_shm_removed(void)
{
	unlink(fixture_db(&fixture, "-shm"));
	set(ALICE);
	/* the writer goes on with the file that has no name */
	assert_says(ALICE, asker.writer != NULL ? "error: " : MOVED);
}

/* What must be seen; root sees no difference in the mode of a file. */
static const struct change {
	const char *name;
	void (*func)(void);
	bool not_for_owner;
} changes[] = {
	{"set and unset", change_set, false},
	{"base of a detail", change_base, false},
	{"detail", change_detail, false},
	{"domain", change_domain, false},
	{"next in time", change_next, false},
	{"renamed", change_renamed, false},
	{"overwritten", change_overwritten, false},
	{"older copy", change_older, false},
	{"removed", change_removed, false},
	{"mode", change_mode, true},
	{"mark", change_mark, false},
	{"keyring", change_keyring, false},
	{"killed writer", change_killed, false},
	{"WAL emptied", change_wal, false},
	{"-shm removed", change_shm_removed, false},
};

/* The store without alice's hard-link, beside a copy with it, and the mark of
   the former. */
static void make_fixture(void)
{
	fixture_init(&fixture, NULL);
	save("older");
	assert_int_equal(fixture_copy(fixture.config.mark, saved("mark")), 0);
	set(ALICE);
	save("newer");
	unlink(fixture_db(&fixture, "-wal"));
	unlink(fixture_db(&fixture, "-shm"));
	assert_int_equal(fixture_copy(saved("older"), fixture_db(&fixture, "")),
			 0);
	assert_int_equal(fixture_copy(saved("mark"), fixture.config.mark), 0);
	/* makes both files anew */
	fixture_sql(&fixture, "BEGIN IMMEDIATE; ROLLBACK");
}

static void run(enum asker_kind kind)
{
	const struct change *change;
	size_t i;

	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		change = &changes[i];
		if (kind == ASKER_OWNER && change->not_for_owner)
			continue;
		print_message("%s\n", change->name);
		make_fixture();
		start(kind);
		asker_warm(&asker, ALICE);
		asker_warm(&asker, BOB);
		change->func();
		asker_stop(&asker);
		fixture_deinit(&fixture);
	}
}

static void test_owner(void **state)
{
	(void)state;
	run(ASKER_OWNER);
}

static void test_nobody(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	run(ASKER_NOBODY);
}

static void test_nobody_beside_writer(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	run(ASKER_NOBODY_BESIDE_WRITER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_nobody_beside_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
