/* "A hard-link whose commit has returned is found by each lookup that starts
   after that", while a writer commits as fast as it can, and the lookup has
   just been told of that very address that it isn't there. */

#include "asker.h"
#include "hl-change.h"
#include "hl-log.h"
#include "hl-sqlite.h"

#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define ROUNDS 2500
/* A checkpoint changes the database file: for some time after that, nothing is
   remembered. Pages. */
#define CHECKPOINT 20000

/* Addresses that the reader has asked for in vain, and those that the writer
   has committed; counted from 0. */
struct shared {
	atomic_uint missed, committed;
	atomic_bool failed;
};

static struct hl_address numbered(unsigned int n)
{
	char text[64];

	snprintf(text, sizeof(text), "user%u@example.org", n);
	return fixture_address(text);
}

static bool commit(struct hl_log *log, unsigned int n, struct hl_error *err)
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct hl_address old = numbered(n);
	struct hl_change_result result;
	struct hl_link link;

	memset(&link, 0, sizeof(link));
	link.kind = HL_KIND_PERMANENT;
	link.target = fixture_address("new@example.net");
	return hl_log_begin(log, err) == 0 &&
	       hl_change_set(log, &actor, &old, &link, false, &result, err) ==
		       0 &&
	       hl_log_commit(log, err) == 0;
}

static void write_all(const struct hl_config *config, struct shared *shared)
{
	struct hl_error err;
	struct hl_log *log;
	unsigned int n;

	if (hl_log_open(config, true, &log, &err) < 0)
		_exit(1);
	sqlite3_wal_autocheckpoint(((struct hl_sqlite *)hl_log_store(log))->db,
				   CHECKPOINT);
	for (n = 0; n < ROUNDS; n++) {
		while (atomic_load(&shared->missed) <= n) {
			if (atomic_load(&shared->failed))
				_exit(2);
			sched_yield();
		}
		if (!commit(log, n, &err)) {
			fprintf(stderr, "%s\n", err.text);
			atomic_store(&shared->failed, true);
			_exit(3);
		}
		atomic_store(&shared->committed, n + 1);
	}
	hl_log_close(&log);
	_exit(0);
}

/* Asks for one address from before it's set until it must be found. */
static bool find(struct hl_lookup *lookup, struct shared *shared,
		 unsigned int n)
{
	struct hl_address address = numbered(n);
	unsigned int asked = 0;
	struct hl_error err;
	struct hl_link link;
	bool committed;

	do {
		committed = atomic_load(&shared->committed) > n;
		switch (hl_lookup(lookup, &address, &link, &err)) {
		case HL_LOOKUP_FOUND:
			if (asked >= 2)
				return true;
			break;
		case HL_LOOKUP_NONE:
			/* The second answer is from memory. */
			if (!committed && ++asked == 2)
				atomic_store(&shared->missed, n + 1);
			break;
		case HL_LOOKUP_FOUND_BY_DOMAIN:
		case HL_LOOKUP_ERROR:
			fprintf(stderr, "user%u: %s\n", n, err.text);
			return false;
		}
	} while (!committed && !atomic_load(&shared->failed));
	fprintf(stderr, "user%u: committed, but not found\n", n);
	return false;
}

static void read_all(const struct hl_config *config, struct shared *shared,
		     bool nobody)
{
	struct hl_lookup *lookup = hl_lookup_init(config);
	unsigned int n;

	if (nobody)
		asker_become_nobody();
	for (n = 0; n < ROUNDS; n++) {
		if (!find(lookup, shared, n)) {
			atomic_store(&shared->failed, true);
			_exit(1);
		}
	}
	hl_lookup_deinit(&lookup);
	_exit(0);
}

static void race(bool nobody)
{
	struct shared *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char other_mark[256];
	struct log_fixture fixture;
	int status[2];
	pid_t pids[2];
	size_t i;

	assert_ptr_not_equal(shared, MAP_FAILED);
	/* where a commit isn't as slow as the disk, if there is such a place */
	fixture_init(&fixture,
		     access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL);
	asker_let_read(&fixture);
	/* The writer raises a mark of its own: until the reader's has aged, it
	   would remember nothing. */
	snprintf(other_mark, sizeof(other_mark), "%s/other.mark", fixture.dir);
	assert_int_equal(fixture_copy(fixture.config.mark, other_mark), 0);
	usleep(100000);
	pids[0] = fork();
	if (pids[0] == 0)
		read_all(&fixture.config, shared, nobody);
	fixture.config.mark = other_mark;
	pids[1] = fork();
	if (pids[1] == 0)
		write_all(&fixture.config, shared);
	for (i = 0; i < 2; i++) {
		assert_true(pids[i] > 0);
		assert_int_equal(waitpid(pids[i], &status[i], 0), pids[i]);
	}
	assert_int_equal(status[0], 0);
	assert_int_equal(status[1], 0);
	munmap(shared, sizeof(*shared));
	fixture_deinit(&fixture);
}

static void test_owner(void **state)
{
	(void)state;
	race(false);
}

static void test_nobody(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	race(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
