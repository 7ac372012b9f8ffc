/* The filter in front of the store: what it may say no to, and when nobody
   believes it. */

#include "log-fixture.h"
#include "hl-change.h"
#include "hl-filter-private.h"
#include "hl-log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#define MOVED "557 5.2.7 mailbox has moved to <new@example.net>"
/* Longer than a reader goes without a look at the files. */
#define A_LOOK_USECS 30000

static struct log_fixture fixture;
static struct hl_lookup *lookup;
static char none[] = "";

/* How often a lookup asked the store. */
static unsigned int asked;
int __real_hl_store_get_newest(struct hl_store *store, const char *key,
			       struct hl_index_row rows_r[2], size_t *count_r,
			       struct hl_error *err);
int __wrap_hl_store_get_newest(struct hl_store *store, const char *key,
			       struct hl_index_row rows_r[2], size_t *count_r,
			       struct hl_error *err);

int __wrap_hl_store_get_newest(struct hl_store *store, const char *key,
			       struct hl_index_row rows_r[2], size_t *count_r,
			       struct hl_error *err)
{
	asked++;
	return __real_hl_store_get_newest(store, key, rows_r, count_r, err);
}

static void set(const char *old)
{
	if (fixture_set(&fixture, old, "new@example.net", 0, true) < 0)
		fail_msg("%s", fixture.err.text);
}

/* As a writer that knows of no filter. */
static void set_beside(const char *old)
{
	char *dir = fixture.config.filter_dir;

	fixture.config.filter_dir = none;
	set(old);
	fixture.config.filter_dir = dir;
}

static int setup(void **state)
{
	(void)state;
	fixture_init(&fixture, NULL);
	set("moved@example.org");
	lookup = hl_lookup_init(&fixture.config);
	return lookup == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	hl_lookup_deinit(&lookup);
	fixture_deinit(&fixture);
	return 0;
}

static const char *filter_path(void)
{
	static char path[PATH_MAX];
	struct hl_store *store;
	struct hl_error err;

	assert_int_equal(hl_store_open(fixture.config.store, HL_STORE_READ,
				       NULL, &store, &err),
			 0);
	assert_int_equal(hl_filter_path(fixture.config.filter_dir,
					hl_store_origin(store), path,
					sizeof(path), &err),
			 0);
	hl_store_close(&store);
	return path;
}

static void assert_says(const char *address, const char *answer)
{
	assert_string_equal(fixture_answer(lookup, address), answer);
}

/* Is it the filter that says that somebody never moved? Each time somebody
   else, whom no lookup remembers. */
static bool is_used(void)
{
	static unsigned int number;
	char address[64];
	unsigned int tries;

	/* the first one looks at what has changed */
	for (tries = 0; tries < 3; tries++) {
		snprintf(address, sizeof(address), "nobody%u@example.org",
			 number++);
		asked = 0;
		assert_says(address, "none");
		if (asked == 0)
			return true;
	}
	return false;
}

static void log_build(void)
{
	struct hl_error err;
	struct hl_log *log;
	uint64_t keys;

	assert_int_equal(hl_log_open(&fixture.config, true, &log, &err), 0);
	if (hl_log_build_filter(log, &keys, &err) < 0)
		fail_msg("%s", err.text);
	hl_log_close(&log);
}

static void spares_lookups(void **state)
{
	(void)state;
	assert_true(is_used());
	assert_says("moved@example.org", MOVED);
	assert_says("moved+detail@example.org", MOVED);
	assert_true(is_used());
	set("second@example.org");
	assert_says("second@example.org", MOVED);
	assert_true(is_used());
}

static void is_not_needed(void **state)
{
	(void)state;
	fixture.config.filter_dir = none;
	hl_lookup_deinit(&lookup);
	lookup = hl_lookup_init(&fixture.config);
	assert_false(is_used());
	assert_says("moved@example.org", MOVED);
}

/* Who commits past the filter leaves it behind, until somebody makes another.
 */
static void left_behind(void **state)
{
	(void)state;
	assert_true(is_used());
	set_beside("beside@example.org");
	assert_says("beside@example.org", MOVED);
	assert_false(is_used());
	set("after@example.org");
	assert_says("after@example.org", MOVED);
	assert_says("beside@example.org", MOVED);
	hl_lookup_deinit(&lookup);
	lookup = hl_lookup_init(&fixture.config);
	assert_true(is_used());
}

static void rebuilt(void **state)
{
	unsigned char root[HL_HASH_SIZE] = {0};
	struct hl_filter *old;
	uint64_t tag;

	(void)state;
	assert_true(is_used());
	old = hl_filter_open(filter_path(), getuid(), false);
	assert_non_null(old);
	tag = atomic_load(&old->header->roots[0]);
	memcpy(root, &tag, sizeof(tag));
	assert_true(hl_filter_covers(old, root));
	log_build();
	assert_false(hl_filter_covers(old, root));
	hl_filter_close(&old);
	assert_false(is_used());
	/* it isn't looked for all the time */
	hl_lookup_deinit(&lookup);
	lookup = hl_lookup_init(&fixture.config);
	assert_true(is_used());
	assert_says("moved@example.org", MOVED);
}

static void store_replaced(void **state)
{
	struct hl_admin_loss loss;
	const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	char copy[256];

	(void)state;
	snprintf(copy, sizeof(copy), "%s/copy.db", fixture.dir);
	fixture_sql(&fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(fixture_copy(fixture_db(&fixture, ""), copy), 0);
	set("lost@example.org");
	assert_true(is_used());
	if (hl_admin_recover(&fixture.config, &actor, copy, &loss,
			     &fixture.err) < 0)
		fail_msg("%s", fixture.err.text);
	assert_says("moved@example.org", MOVED);
	assert_says("lost@example.org", "none");
	set("recovered@example.org");
	assert_says("recovered@example.org", MOVED);
	hl_lookup_deinit(&lookup);
	lookup = hl_lookup_init(&fixture.config);
	assert_true(is_used());
}

/* A file put in the store's place by hand is noticed a little later. */
static void file_replaced(void **state)
{
	char copy[256];

	(void)state;
	snprintf(copy, sizeof(copy), "%s/copy.db", fixture.dir);
	set_beside("beside@example.org");
	fixture_sql(&fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(fixture_copy(fixture_db(&fixture, ""), copy), 0);
	set("moved@example.org");
	assert_true(is_used());
	assert_int_equal(rename(copy, fixture_db(&fixture, "")), 0);
	usleep(A_LOOK_USECS);
	assert_memory_equal(fixture_answer(lookup, "nobody@example.org"),
			    "error", 5);
}

static void damage(off_t offset, unsigned char xor)
{
	int fd = open(filter_path(), O_RDWR);
	unsigned char byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= xor;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

static bool anew_is_used(void)
{
	bool used;

	hl_lookup_deinit(&lookup);
	lookup = hl_lookup_init(&fixture.config);
	used = is_used();
	assert_says("moved@example.org", MOVED);
	return used;
}

static void unfit_header(void **state)
{
	static const size_t offsets[] = {
		0,
		offsetof(struct hl_filter_header, boot),
		offsetof(struct hl_filter_header, blocks),
		offsetof(struct hl_filter_header, blocks) + 1,
		offsetof(struct hl_filter_header, blocks) + 7,
		offsetof(struct hl_filter_header, retired),
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		assert_true(anew_is_used());
		damage((off_t)offsets[i], 1);
		if (anew_is_used())
			fail_msg("offset %zu", offsets[i]);
		damage((off_t)offsets[i], 1);
	}
	assert_true(anew_is_used());
}

static void unfit_file(void **state)
{
	char path[PATH_MAX], other[PATH_MAX + 8];
	struct stat st;

	(void)state;
	snprintf(path, sizeof(path), "%s", filter_path());
	snprintf(other, sizeof(other), "%s.other", path);
	assert_int_equal(chmod(path, 0660), 0);
	assert_false(anew_is_used());
	assert_int_equal(chmod(path, 0640), 0);
	assert_true(anew_is_used());

	assert_int_equal(rename(path, other), 0);
	assert_false(anew_is_used());
	assert_int_equal(symlink(other, path), 0);
	assert_false(anew_is_used());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_false(anew_is_used());
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rename(other, path), 0);
	assert_true(anew_is_used());

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	assert_false(anew_is_used());
	assert_int_equal(truncate(path, 0), 0);
	assert_false(anew_is_used());
	/* a writer makes another */
	set("moved@example.org");
	assert_true(anew_is_used());
}

/* What was set and taken back may be taken for one that moved, no more. */
static void rolled_back(void **state)
{
	const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", ""};
	struct hl_address old = fixture_address("back@example.org");
	struct hl_change_result result;
	struct hl_link link;
	struct hl_log *log;

	(void)state;
	memset(&link, 0, sizeof(link));
	link.kind = HL_KIND_PERMANENT;
	link.target = fixture_address("new@example.net");
	assert_int_equal(hl_log_open(&fixture.config, true, &log, &fixture.err),
			 0);
	assert_int_equal(hl_log_begin(log, &fixture.err), 0);
	assert_int_equal(hl_change_set(log, &actor, &old, &link, false, &result,
				       &fixture.err),
			 0);
	assert_says("back@example.org", "none");
	hl_log_rollback(log);
	hl_log_close(&log);
	assert_says("back@example.org", "none");
	assert_true(is_used());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(spares_lookups, setup,
						teardown),
		cmocka_unit_test_setup_teardown(is_not_needed, setup, teardown),
		cmocka_unit_test_setup_teardown(left_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(rebuilt, setup, teardown),
		cmocka_unit_test_setup_teardown(store_replaced, setup,
						teardown),
		cmocka_unit_test_setup_teardown(file_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(unfit_header, setup, teardown),
		cmocka_unit_test_setup_teardown(unfit_file, setup, teardown),
		cmocka_unit_test_setup_teardown(rolled_back, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
