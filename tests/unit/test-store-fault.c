#include "fault-vfs.h"
#include "store-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Each writing call of each step fails in turn, in each way. What was
   acknowledged is there afterwards; what wasn't is there whole or not at all,
   and after a fault that passes not at all. */

#define STANDING 4
#define FIRST	 7
#define SECOND	 9
/* more than any of the scenarios needs */
#define CALLS 5000

static const enum fault_mode modes[] = {FAULT_FAIL, FAULT_FULL, FAULT_TORN,
					FAULT_CRASH};

/* The store as it was before: the files of a hot WAL, copied back. */
struct image {
	void *data[2];
	size_t size[2];
	const char *path[2];
};

static void image_load(struct image *image, const struct fixture *fix)
{
	static char wal[320];
	int i;

	snprintf(wal, sizeof(wal), "%s-wal", fix->path);
	image->path[0] = fix->path;
	image->path[1] = wal;
	for (i = 0; i < 2; i++)
		image->data[i] = fixture_read(image->path[i], &image->size[i]);
}

static void image_restore(struct image *image, const struct fixture *fix)
{
	int i;

	hl_sqlite_remove(fix->path);
	for (i = 0; i < 2; i++)
		fixture_write(image->path[i], image->data[i], image->size[i]);
}

static void image_free(struct image *image)
{
	free(image->data[0]);
	free(image->data[1]);
}

/* Two commits, a checkpoint when asked for, and a close. Returns the last
   sequence number that was acknowledged; *tried_r is the last that may be
   there. */
static uint64_t run_writer(const char *location, bool checkpoint,
			   uint64_t *tried_r)
{
	uint64_t done = STANDING;
	struct hl_store *store;
	struct hl_error err;

	*tried_r = STANDING;
	if (hl_store_open(location, HL_STORE_WRITE, NULL, &store, &err) < 0)
		return done;
	if (checkpoint)
		sqlite3_wal_autocheckpoint(((struct hl_sqlite *)store)->db, 1);
	*tried_r = FIRST;
	if (fixture_write_batch(store, STANDING + 1, FIRST, &err) == 0)
		done = FIRST;
	/* The same handle must be of use again. */
	if (done == FIRST || !fault_vfs_fired()) {
		*tried_r = SECOND;
		if (fixture_write_batch(store, FIRST + 1, SECOND, &err) == 0)
			done = SECOND;
	}
	hl_store_close(&store);
	return done;
}

static void assert_outcome(const char *location, enum fault_mode mode,
			   uint64_t done, uint64_t tried)
{
	struct hl_store *store = fixture_open(location, HL_STORE_WRITE);
	uint64_t last = fixture_last(store);

	if (last != done && (mode != FAULT_CRASH || last != tried))
		fail_msg("acknowledged %d, tried %d, there %d", (int)done,
			 (int)tried, (int)last);
	fixture_assert_whole(store, last);
	/* and it can be written to */
	fixture_add(store, last + 1, last + 1);
	fixture_assert_whole(store, last + 1);
	hl_store_close(&store);
}

static void loop(struct fixture *fix, enum fault_mode mode, bool checkpoint)
{
	uint64_t done, tried;
	struct hl_store *store;
	struct image image;
	unsigned int n;
	bool fired = true;

	store = fixture_open(fix->location, HL_STORE_CREATE);
	fixture_add(store, 1, STANDING);
	image_load(&image, fix);
	assert_true(image.size[1] > 0);
	hl_store_close(&store);
	for (n = 1; fired && n < CALLS; n++) {
		image_restore(&image, fix);
		fault_vfs_install();
		fault_vfs_arm(mode, n);
		done = run_writer(fix->location, checkpoint, &tried);
		fired = fault_vfs_fired();
		fault_vfs_remove();
		assert_outcome(fix->location, mode, done, tried);
	}
	assert_false(fired);
	/* opening, two commits: less would mean that nothing was counted */
	assert_true(n > 20);
	assert_int_equal(done, SECOND);
	hl_sqlite_remove(fix->path);
	image_free(&image);
}

static void test_write(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		loop(*state, modes[i], false);
}

static void test_write_and_checkpoint(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		loop(*state, modes[i], true);
}

/* A store that couldn't be made isn't in the way of the next try. */
static void test_create(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *store;
	struct hl_error err;
	bool fired = true;
	unsigned int n;
	int ret = -1;

	for (n = 1; fired && n < CALLS; n++) {
		fault_vfs_install();
		fault_vfs_arm(FAULT_FAIL, n);
		ret = hl_store_open(fix->location, HL_STORE_CREATE,
				    fixture_origin, &store, &err);
		fired = fault_vfs_fired();
		if (ret == 0)
			hl_store_close(&store);
		fault_vfs_remove();
		if (ret < 0)
			assert_int_equal(access(fix->path, F_OK), -1);
		hl_sqlite_remove(fix->path);
	}
	assert_int_equal(ret, 0);
	assert_true(n > 5);
}

/* A backup that returned 0 is complete; one that failed isn't there. */
static void test_backup(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	struct hl_store *store, *restored;
	char location[700];
	struct hl_error err;
	bool fired = true;
	unsigned int n;
	int ret = -1;

	snprintf(location, sizeof(location), "sqlite:%s", copy);
	fixture_create(fix, STANDING);
	for (n = 1; fired && n < CALLS; n++) {
		fault_vfs_install();
		store = fixture_open(fix->location, HL_STORE_READ);
		fault_vfs_arm(FAULT_TORN, n);
		ret = hl_store_backup(store, copy, &err);
		fired = fault_vfs_fired();
		hl_store_close(&store);
		fault_vfs_remove();
		if (ret == 0) {
			restored = fixture_open(location, HL_STORE_READ);
			fixture_assert_whole(restored, STANDING);
			hl_store_close(&restored);
			hl_sqlite_remove(copy);
		}
		assert_int_equal(access(copy, F_OK), -1);
	}
	assert_int_equal(ret, 0);
	assert_true(n > 5);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_write),
		TEST(test_write_and_checkpoint),
		TEST(test_create),
		TEST(test_backup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
