/* "No hard-link whose commit was acknowledged is missed by a lookup that starts
   after that": with many writers, some of which know of no filter, readers,
   rebuilds, and processes that are killed. */

#include "log-fixture.h"
#include "hl-change.h"
#include "hl-log.h"

#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sodium.h>

#define WRITERS	  8
#define READERS	  8
#define REBUILDER (WRITERS + READERS)
#define PROCESSES (REBUILDER + 1)
/* Every so many writers knows of no filter. */
#define BESIDE		 8
#define SECONDS		 4
#define SECONDS_FULL	 300
#define KILL_EVERY_USECS 30000

struct shared {
	/* per writer: the addresses that were acknowledged, counted from 0; an
	   attempt may have been committed and not acknowledged */
	atomic_uint acknowledged[WRITERS], attempted[WRITERS];
	atomic_uint lookups, rebuilds;
	atomic_bool failed;
};

static struct log_fixture fixture;
static struct shared *shared;

static struct hl_address numbered(unsigned int writer, unsigned int n)
{
	char text[64];

	snprintf(text, sizeof(text), "w%u-%u@example.org", writer, n);
	return fixture_address(text);
}

static void fail_with(const char *text)
{
	fprintf(stderr, "%s\n", text);
	atomic_store(&shared->failed, true);
	_exit(1);
}

static int commit(struct hl_log *log, const struct hl_address *old,
		  struct hl_error *err)
{
	static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct hl_change_result result;
	struct hl_link link;

	memset(&link, 0, sizeof(link));
	link.kind = HL_KIND_PERMANENT;
	link.target = fixture_address("new@example.net");
	if (hl_log_begin(log, err) < 0)
		return -1;
	if (hl_change_set(log, &actor, old, &link, true, &result, err) < 0) {
		hl_log_rollback(log);
		return -1;
	}
	return hl_log_commit(log, err);
}

static void write_on(unsigned int writer)
{
	struct hl_config config = fixture.config;
	static char none[] = "";
	struct hl_address old;
	struct hl_error err;
	struct hl_log *log;
	unsigned int n;

	if (writer % BESIDE == BESIDE - 1)
		config.filter_dir = none;
	if (hl_log_open(&config, true, &log, &err) < 0)
		fail_with(err.text);
	for (;;) {
		n = atomic_fetch_add(&shared->attempted[writer], 1);
		old = numbered(writer, n);
		if (commit(log, &old, &err) == 0)
			atomic_store(&shared->acknowledged[writer], n + 1);
		else if (err.code != HL_ERROR_TEMP) /* busy */
			fail_with(err.text);
	}
}

static void read_on(unsigned int reader)
{
	struct hl_lookup *lookup = hl_lookup_init(&fixture.config);
	struct hl_address address;
	struct hl_error err;
	struct hl_link link;
	unsigned int writer, acknowledged, n = 0;
	char text[128];

	for (;; n++) {
		writer = randombytes_uniform(WRITERS);
		acknowledged = atomic_load(&shared->acknowledged[writer]);
		/* now and then nobody's, as most are */
		if (n % 4 != 0 || acknowledged == 0)
			address = numbered(100 + reader, n);
		else
			address = numbered(writer, acknowledged - 1);
		switch (hl_lookup(lookup, &address, &link, &err)) {
		case HL_LOOKUP_FOUND:
		case HL_LOOKUP_FOUND_BY_DOMAIN:
			break;
		case HL_LOOKUP_NONE:
			if (n % 4 != 0 || acknowledged == 0)
				break;
			snprintf(text, sizeof(text),
				 "w%u-%u: acknowledged, but not found", writer,
				 acknowledged - 1);
			fail_with(text);
			break;
		case HL_LOOKUP_ERROR:
			if (err.code != HL_ERROR_TEMP)
				fail_with(err.text);
		}
		atomic_fetch_add(&shared->lookups, 1);
	}
}

static void rebuild_on(void)
{
	struct hl_error err;
	struct hl_log *log;
	uint64_t keys;

	for (;;) {
		if (hl_log_open(&fixture.config, true, &log, &err) < 0)
			fail_with(err.text);
		if (hl_log_build_filter(log, &keys, &err) == 0)
			atomic_fetch_add(&shared->rebuilds, 1);
		else if (err.code != HL_ERROR_TEMP)
			fail_with(err.text);
		hl_log_close(&log);
		usleep(20000);
	}
}

static pid_t start(unsigned int process)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (process < WRITERS)
		write_on(process);
	else if (process < REBUILDER)
		read_on(process - WRITERS);
	else
		rebuild_on();
	_exit(2);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* An attempt that was killed leaves a number that nobody will see
   acknowledged; the next one of this writer is higher. */
static void nothing_is_missed(void **state)
{
	time_t until =
		time(NULL) +
		(getenv("HARDLINK_FULL") != NULL ? SECONDS_FULL : SECONDS);
	pid_t pids[PROCESSES];
	unsigned int i, acknowledged = 0;

	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	fixture_init(&fixture, NULL);
	assert_int_equal(fixture_set(&fixture, "first@example.org",
				     "new@example.net", 0, false),
			 0);
	for (i = 0; i < PROCESSES; i++)
		pids[i] = start(i);
	while (time(NULL) < until && !atomic_load(&shared->failed)) {
		usleep(KILL_EVERY_USECS);
		i = randombytes_uniform(PROCESSES);
		end(pids[i]);
		pids[i] = start(i);
	}
	for (i = 0; i < PROCESSES; i++)
		end(pids[i]);
	assert_false(atomic_load(&shared->failed));
	assert_true(atomic_load(&shared->lookups) > 0);
	assert_true(atomic_load(&shared->rebuilds) > 0);
	for (i = 0; i < WRITERS; i++)
		acknowledged += atomic_load(&shared->acknowledged[i]);
	assert_true(acknowledged > 0);
	assert_int_equal(fixture_verify(&fixture), 0);
	print_message("%u acknowledged, %u lookups, %u rebuilds\n",
		      acknowledged, atomic_load(&shared->lookups),
		      atomic_load(&shared->rebuilds));
	fixture_deinit(&fixture);
	munmap(shared, sizeof(*shared));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
