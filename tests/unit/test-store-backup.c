#include "store-fixture.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Copies, their way back, and readers without rights. */

static mode_t file_mode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static const char *location_of(const char *path)
{
	static char location[700];

	snprintf(location, sizeof(location), "sqlite:%s", path);
	return location;
}

static void assert_store(const char *path, uint64_t last)
{
	struct hl_store *store = fixture_open(location_of(path), HL_STORE_READ);

	fixture_assert_whole(store, last);
	hl_store_close(&store);
}

static void assert_alone(const char *path)
{
	char name[700];

	snprintf(name, sizeof(name), "%s-wal", path);
	assert_int_equal(access(name, F_OK), -1);
	snprintf(name, sizeof(name), "%s-shm", path);
	assert_int_equal(access(name, F_OK), -1);
	snprintf(name, sizeof(name), "%s-journal", path);
	assert_int_equal(access(name, F_OK), -1);
}

static void make_backup(const char *location, const char *path)
{
	struct hl_store *store = fixture_open(location, HL_STORE_READ);
	struct hl_error err;

	if (hl_store_backup(store, path, &err) < 0)
		fail_msg("%s", err.text);
	hl_store_close(&store);
}

static void test_backup(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	struct hl_store *reader, *writer;
	struct hl_error err;

	fixture_create(fix, 3);
	reader = fixture_open(fix->location, HL_STORE_READ);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	/* it neither waits for a writer nor sees what isn't committed */
	assert_int_equal(hl_store_write_begin(writer, &err), 0);
	assert_int_equal(fixture_append(writer, 4, &err), 0);
	assert_int_equal(hl_store_backup(reader, copy, &err), 0);
	hl_store_write_rollback(writer);
	assert_int_equal(file_mode(copy), 0600);
	assert_alone(copy);
	assert_store(copy, 3);
	/* reading it makes nothing */
	assert_alone(copy);

	assert_int_equal(hl_store_backup(reader, copy, &err), -1);
	assert_int_equal(err.code, HL_ERROR_PERMISSION);
	assert_store(copy, 3);
	assert_int_equal(
		hl_store_backup(reader, fixture_file(fix, "no/copy.db"), &err),
		-1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	hl_store_close(&reader);
	hl_store_close(&writer);
}

static void test_writing_to_a_backup(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	struct hl_store *store, *reader;
	struct hl_error err;

	fixture_create(fix, 3);
	make_backup(fix->location, copy);
	reader = fixture_open(location_of(copy), HL_STORE_READ);
	assert_int_equal(hl_store_snapshot_begin(reader, &err), 0);
	fixture_assert_whole(reader, 3);
	hl_store_snapshot_end(reader);
	store = fixture_open(location_of(copy), HL_STORE_WRITE);
	fixture_add(store, 4, 5);
	/* one that was opened before it had a WAL */
	fixture_assert_whole(reader, 5);
	hl_store_close(&reader);
	hl_store_close(&store);
	assert_store(copy, 5);
}

static int let_it(struct hl_store *present, void *context, struct hl_error *err)
{
	(void)present;
	(void)context;
	(void)err;
	return 0;
}

static void replace(struct fixture *fix, const char *from, char kept[400])
{
	struct hl_error err;

	if (hl_store_replace(fix->location, from, let_it, NULL, kept, 400,
			     &err) < 0)
		fail_msg("%s", err.text);
}

static void test_replace(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	struct hl_store *reader, *writer;
	struct hl_error err;
	char kept[400];

	fixture_create(fix, 3);
	make_backup(fix->location, copy);
	reader = fixture_open(fix->location, HL_STORE_READ);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	fixture_add(writer, 4, 6);
	assert_int_equal(chmod(fix->path, 0604), 0);

	replace(fix, copy, kept);
	assert_int_equal(file_mode(fix->path), 0604);
	assert_alone(fix->path);
	assert_non_null(strstr(kept, "test.db.lost-"));
	assert_true(hl_store_is_replaced(reader));
	assert_int_equal(hl_store_write_begin(writer, &err), -1);
	assert_int_equal(err.code, HL_ERROR_TEMP);
	hl_store_close(&reader);
	hl_store_close(&writer);
	assert_store(fix->path, 3);
	assert_store(kept, 6);
	assert_store(copy, 3);
	assert_int_equal(access(fixture_file(fix, "test.db.new"), F_OK), -1);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	fixture_add(writer, 4, 4);
	hl_store_close(&writer);
}

static void test_replace_missing_and_damaged(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	const char *wal = fixture_file(fix, "test.db-wal");
	char kept[400];

	/* all within a second, often */
	fixture_create(fix, 3);
	make_backup(fix->location, copy);
	fixture_write(fix->path, "damaged", 7);
	replace(fix, copy, kept);
	assert_store(fix->path, 3);
	assert_int_equal(unlink(fix->path), 0);
	replace(fix, copy, kept);
	assert_string_equal(kept, "");
	assert_store(fix->path, 3);
	assert_int_equal(file_mode(fix->path), 0640);

	/* what a lost database left must not be played into the new one */
	assert_int_equal(unlink(fix->path), 0);
	fixture_write(wal, "left over", 9);
	replace(fix, copy, kept);
	assert_string_not_equal(kept, "");
	assert_int_equal(access(wal, F_OK), -1);
	assert_store(fix->path, 3);
}

static void test_replace_refused(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");
	char kept[400] = "x";
	struct hl_error err;

	fixture_create(fix, 3);
	fixture_write(copy, "not a store", 11);
	assert_int_equal(hl_store_replace(fix->location, copy, let_it, NULL,
					  kept, sizeof(kept), &err),
			 -1);
	assert_int_equal(err.code, HL_ERROR_STORE);
	assert_string_equal(kept, "");
	assert_store(fix->path, 3);
	assert_int_equal(access(fixture_file(fix, "test.db.new"), F_OK), -1);
}

/* Runs func as a user who may only read; returns what it returned. */
static int as_nobody(int (*func)(const char *path), const char *path)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		if (setgroups(0, NULL) < 0 || setgid(65534) < 0 ||
		    setuid(65534) < 0)
			_exit(100);
		_exit(func(path));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The last sequence number, or 99. */
static int read_last(const char *path)
{
	struct hl_store *store;
	struct hl_error err;
	uint64_t last = 99;

	if (hl_store_open(location_of(path), HL_STORE_READ, NULL, &store,
			  &err) < 0 ||
	    hl_store_snapshot_begin(store, &err) < 0 ||
	    hl_store_get_last_seq(store, &last, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 99;
	}
	fixture_assert_whole(store, last);
	hl_store_snapshot_end(store);
	hl_store_close(&store);
	return (int)last;
}

/* 0 if a second snapshot of the same state is known to be the same. */
static int read_unchanged(const char *path)
{
	struct hl_store *store;
	struct hl_error err;
	bool changed[2];
	size_t i;

	if (hl_store_open(location_of(path), HL_STORE_READ, NULL, &store,
			  &err) < 0)
		return 99;
	for (i = 0; i < 2; i++) {
		if (hl_store_snapshot_begin(store, &err) < 0)
			return 98;
		changed[i] = hl_store_has_changed(store);
		hl_store_snapshot_end(store);
	}
	hl_store_close(&store);
	return changed[0] && !changed[1] ? 0 : 1;
}

/* 0 if the state that is noted is known to last. */
static int read_noted(const char *path)
{
	struct hl_store *store;
	struct hl_error err;
	int ret = 0;

	/* files that were written to just now may be written to unseen */
	usleep(100000);
	if (hl_store_open(location_of(path), HL_STORE_READ, NULL, &store,
			  &err) < 0)
		return 99;
	hl_store_note_state(store);
	if (!hl_store_is_as_noted(store))
		ret = 1;
	if (hl_store_snapshot_begin(store, &err) < 0)
		return 98;
	hl_store_snapshot_end(store);
	if (!hl_store_is_as_noted(store))
		ret = 2;
	hl_store_close(&store);
	return ret;
}

static int write_open(const char *path)
{
	struct hl_store *store;
	struct hl_error err;

	if (hl_store_open(location_of(path), HL_STORE_WRITE, NULL, &store,
			  &err) == 0)
		return 99;
	return (int)err.code;
}

static void test_reader_without_rights(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *writer;

	if (getuid() != 0)
		skip();
	fixture_create(fix, 3);
	assert_int_equal(as_nobody(read_last, fix->path), 99);
	assert_int_equal(chmod(fix->path, 0644), 0);
	assert_int_equal(chmod(fixture_file(fix, "test.db-wal"), 0644), 0);
	assert_int_equal(chmod(fixture_file(fix, "test.db-shm"), 0644), 0);
	/* after the last writer was closed, and while one is there */
	assert_int_equal(as_nobody(read_last, fix->path), 3);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	fixture_add(writer, 4, 4);
	assert_int_equal(as_nobody(read_last, fix->path), 4);
	assert_int_equal(as_nobody(read_unchanged, fix->path), 0);
	assert_int_equal(as_nobody(read_noted, fix->path), 0);
	hl_store_close(&writer);
	assert_int_equal(as_nobody(read_noted, fix->path), 0);
	assert_int_equal(as_nobody(write_open, fix->path), HL_ERROR_PERMISSION);
}

static void test_backup_read_without_rights(void **state)
{
	struct fixture *fix = *state;
	const char *copy = fixture_file(fix, "copy.db");

	if (getuid() != 0)
		skip();
	fixture_create(fix, 3);
	make_backup(fix->location, copy);
	assert_int_equal(chmod(copy, 0644), 0);
	assert_int_equal(as_nobody(read_last, copy), 3);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_backup),
		TEST(test_writing_to_a_backup),
		TEST(test_replace),
		TEST(test_replace_missing_and_damaged),
		TEST(test_replace_refused),
		TEST(test_reader_without_rights),
		TEST(test_backup_read_without_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
