#include "store-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static mode_t file_mode(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void test_create(void **state)
{
	struct fixture *fix = *state;
	static const mode_t umasks[] = {0, 077};
	struct hl_store *store;
	mode_t old;
	size_t i;

	for (i = 0; i < 2; i++) {
		old = umask(umasks[i]);
		store = fixture_open(fix->location, HL_STORE_CREATE);
		umask(old);
		assert_memory_equal(hl_store_origin(store), fixture_origin,
				    HL_ORIGIN_SIZE);
		assert_int_equal(fixture_last(store), 0);
		fixture_assert_whole(store, 0);
		hl_store_close(&store);
		assert_null(store);
		assert_int_equal(file_mode(fix->path), 0640);
		/* both stay for readers without rights */
		assert_int_equal(file_mode(fixture_file(fix, "test.db-wal")),
				 0640);
		assert_int_equal(file_mode(fixture_file(fix, "test.db-shm")),
				 0640);
		store = fixture_open(fix->location, HL_STORE_READ);
		assert_memory_equal(hl_store_origin(store), fixture_origin,
				    HL_ORIGIN_SIZE);
		hl_store_close(&store);
		hl_sqlite_remove(fix->path);
	}
}

static void test_create_overwrites_nothing(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *store;

	fixture_create(fix, 2);
	fixture_open_fails(fix->location, HL_STORE_CREATE, HL_ERROR_PERMISSION,
			   "exists already");
	store = fixture_open(fix->location, HL_STORE_READ);
	fixture_assert_whole(store, 2);
	hl_store_close(&store);
	/* the -wal of a database that was lost */
	assert_int_equal(unlink(fix->path), 0);
	fixture_open_fails(fix->location, HL_STORE_CREATE, HL_ERROR_PERMISSION,
			   "test.db-wal");
	assert_int_equal(access(fixture_file(fix, "test.db-wal"), F_OK), 0);
}

static void test_bad_locations(void **state)
{
	struct fixture *fix = *state;

	fixture_open_fails("mysql:x", HL_STORE_READ, HL_ERROR_CONFIG,
			   "mysql:x");
	fixture_open_fails("", HL_STORE_READ, HL_ERROR_CONFIG, "sqlite:/path");
	fixture_open_fails("sqlite:x.db", HL_STORE_CREATE, HL_ERROR_CONFIG,
			   "not an absolute path");
	fixture_open_fails("sqlite:/dev/null", HL_STORE_READ, HL_ERROR_CONFIG,
			   "not a regular file");
	fixture_open_fails(fix->location, HL_STORE_READ, HL_ERROR_CONFIG,
			   "no such store; ");
	fixture_open_fails(fix->location, HL_STORE_WRITE, HL_ERROR_CONFIG,
			   "no such store");
	assert_int_equal(access(fix->path, F_OK), -1);
	fixture_open_fails("sqlite:/nowhere/x.db", HL_STORE_CREATE,
			   HL_ERROR_CONFIG, "no such directory");
}

static void test_not_a_store(void **state)
{
	struct fixture *fix = *state;
	char text[5000];

	memset(text, 'x', sizeof(text));
	fixture_write(fix->path, text, sizeof(text));
	fixture_open_fails(fix->location, HL_STORE_READ, HL_ERROR_STORE,
			   "not a store");
	fixture_open_fails(fix->location, HL_STORE_WRITE, HL_ERROR_STORE,
			   "not a store");
	fixture_write(fix->path, "", 0);
	fixture_open_fails(fix->location, HL_STORE_READ, HL_ERROR_STORE,
			   "not a store");
	fixture_sql(fix->path, "CREATE TABLE mail (x)");
	fixture_open_fails(fix->location, HL_STORE_WRITE, HL_ERROR_STORE,
			   "not a store");
}

static void test_meta(void **state)
{
	static const struct {
		const char *sql, *words;
		enum hl_error_code code;
	} tests[] = {
		{"UPDATE meta SET value = 'none' WHERE name = 'folding'",
		 "folds addresses by `none`", HL_ERROR_CONFIG},
		{"UPDATE meta SET value = upper(value) WHERE name = 'origin'",
		 "row `origin`", HL_ERROR_STORE},
		{"UPDATE meta SET value = value || '00' "
		 "WHERE name = 'origin'",
		 "row `origin`", HL_ERROR_STORE},
		{"DELETE FROM meta WHERE name = 'origin'", "missing",
		 HL_ERROR_STORE},
		{"INSERT INTO meta VALUES ('x', 'y')", "row `x`",
		 HL_ERROR_STORE},
	};
	struct fixture *fix = *state;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		fixture_create(fix, 1);
		fixture_sql(fix->path, tests[i].sql);
		fixture_open_fails(fix->location, HL_STORE_READ, tests[i].code,
				   tests[i].words);
		hl_sqlite_remove(fix->path);
	}
}

static void test_get(void **state)
{
	struct fixture *fix = *state;
	struct hl_index_row rows[2];
	struct hl_record record;
	struct hl_store *store;
	struct hl_error err;
	size_t count;

	fixture_create(fix, 8);
	store = fixture_open(fix->location, HL_STORE_READ);
	fixture_assert_whole(store, 8);
	assert_int_equal(
		hl_store_get_newest(store, "a@example.org", rows, &count, &err),
		1);
	assert_int_equal(count, 2);
	assert_string_equal(rows[0].key, "a@example.org");
	assert_int_equal(rows[0].seq, 6);
	assert_int_equal(rows[0].superseded_by, 0);
	assert_int_equal(rows[1].seq, 3);
	assert_int_equal(rows[1].superseded_by, 6);
	assert_int_equal(
		hl_store_get_newest(store, "b@example.org", rows, &count, &err),
		0);
	assert_int_equal(count, 0);
	assert_int_equal(hl_store_get_newest(store, "", rows, &count, &err), 0);
	assert_int_equal(hl_store_get_entry(store, 8, &record, &err), 1);
	assert_int_equal(record.seq, 8);
	assert_int_equal(hl_store_get_entry(store, 9, &record, &err), 0);
	assert_int_equal(hl_store_get_entry(store, 0, &record, &err), 0);
	assert_int_equal(hl_store_get_entry(store, UINT64_MAX, &record, &err),
			 0);
	hl_store_close(&store);
}

struct walk {
	struct hl_store *store;
	char seen[64];
	uint64_t stop_at;
	int stop_with;
};

static int note(struct walk *walk, uint64_t seq, struct hl_error *err)
{
	struct hl_record record;
	size_t used = strlen(walk->seen);

	/* getting disturbs no walk */
	assert_int_equal(hl_store_get_entry(walk->store, seq, &record, err), 1);
	snprintf(walk->seen + used, sizeof(walk->seen) - used, "%d ", (int)seq);
	if (seq != walk->stop_at)
		return 0;
	if (walk->stop_with < 0)
		hl_error_set(err, HL_ERROR_DATA, "stopped");
	return walk->stop_with;
}

static int note_record(const struct hl_record *record, void *context,
		       struct hl_error *err)
{
	return note(context, record->seq, err);
}

static int note_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	return note(context, row->seq, err);
}

static void test_walks(void **state)
{
	struct fixture *fix = *state;
	struct walk walk = {0};
	struct hl_error err;

	fixture_create(fix, 8);
	walk.store = fixture_open(fix->location, HL_STORE_READ);
#define SEEN(call, result, text) \
	walk.seen[0] = '\0'; \
	assert_int_equal(call, result); \
	assert_string_equal(walk.seen, text)
	SEEN(hl_store_each_entry(walk.store, 3, 5, HL_ASCENDING, note_record,
				 &walk, &err),
	     0, "3 4 5 ");
	SEEN(hl_store_each_entry(walk.store, 0, UINT64_MAX, HL_DESCENDING,
				 note_record, &walk, &err),
	     0, "8 7 6 5 4 3 2 1 ");
	SEEN(hl_store_each_index(walk.store, "!sweep", HL_ASCENDING, note_row,
				 &walk, &err),
	     0, "1 4 7 ");
	SEEN(hl_store_each_index(walk.store, "!sweep", HL_DESCENDING, note_row,
				 &walk, &err),
	     0, "7 4 1 ");
	SEEN(hl_store_each_index(walk.store, NULL, HL_ASCENDING, note_row,
				 &walk, &err),
	     0, "2 5 8 1 4 7 3 6 ");
	/* `!c@example.org` is an address, `!sweep` isn't */
	SEEN(hl_store_each_open(walk.store, note_row, &walk, &err), 0, "8 6 ");
	walk.stop_at = 4;
	walk.stop_with = 1;
	SEEN(hl_store_each_entry(walk.store, 1, 8, HL_ASCENDING, note_record,
				 &walk, &err),
	     1, "1 2 3 4 ");
	walk.stop_with = -1;
	SEEN(hl_store_each_index(walk.store, "!sweep", HL_ASCENDING, note_row,
				 &walk, &err),
	     -1, "1 4 ");
	assert_string_equal(err.text, "stopped");
	hl_store_close(&walk.store);
}

static void test_snapshot(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *reader, *writer;
	struct hl_error err;

	fixture_create(fix, 2);
	reader = fixture_open(fix->location, HL_STORE_READ);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	assert_int_equal(hl_store_snapshot_begin(reader, &err), 0);
	assert_true(hl_store_has_changed(reader));
	assert_false(hl_store_has_changed(reader));
	fixture_add(writer, 3, 4);
	fixture_assert_whole(reader, 2);
	assert_false(hl_store_has_changed(reader));
	hl_store_snapshot_end(reader);
	assert_int_equal(hl_store_snapshot_begin(reader, &err), 0);
	assert_true(hl_store_has_changed(reader));
	fixture_assert_whole(reader, 4);
	hl_store_snapshot_end(reader);
	assert_int_equal(hl_store_snapshot_begin(reader, &err), 0);
	assert_false(hl_store_has_changed(reader));
	hl_store_snapshot_end(reader);
	hl_store_close(&reader);
	hl_store_close(&writer);
}

static bool untouched(struct hl_store *store)
{
	struct hl_error err;
	bool ret;

	assert_int_equal(hl_store_snapshot_begin(store, &err), 0);
	ret = hl_store_is_untouched(store);
	hl_store_snapshot_end(store);
	return ret;
}

/* Files that were written to just now are never sure to stay as they are. */
static void let_files_age(void)
{
	usleep(100000);
}

static void test_untouched(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *reader, *writer;
	unsigned int n;
	uint64_t seq;

	fixture_create(fix, 2);
	reader = fixture_open(fix->location, HL_STORE_READ);
	assert_false(untouched(reader));
	for (seq = 3; seq < 6; seq++) {
		let_files_age();
		/* until something is known from before a snapshot */
		for (n = 0; n < 3; n++)
			(void)untouched(reader);
		assert_true(untouched(reader));
		writer = fixture_open(fix->location, HL_STORE_WRITE);
		fixture_add(writer, seq, seq);
		let_files_age();
		for (n = 0; n < 4; n++)
			assert_false(untouched(writer));
		hl_store_close(&writer);
		/* also where the -wal is as long as before */
		assert_false(untouched(reader));
	}
	hl_store_close(&reader);
}

static void test_noted(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *reader, *writer;
	uint64_t seq;

	fixture_create(fix, 2);
	let_files_age();
	reader = fixture_open(fix->location, HL_STORE_READ);
	assert_false(hl_store_is_as_noted(reader));
	hl_store_note_state(reader);
	assert_true(hl_store_is_as_noted(reader));
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	for (seq = 3; seq < 6; seq++) {
		assert_true(hl_store_is_as_noted(reader));
		fixture_add(writer, seq, seq);
		assert_false(hl_store_is_as_noted(reader));
		hl_store_note_state(reader);
		fixture_assert_whole(reader, seq);
	}
	hl_store_note_state(writer);
	assert_false(hl_store_is_as_noted(writer));
	assert_true(hl_store_is_as_noted(reader));
	hl_store_close(&writer);
	/* which emptied the -wal into the file */
	assert_false(hl_store_is_as_noted(reader));
	hl_store_close(&reader);
}

static void test_write(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *reader, *writer;
	struct hl_error err;

	fixture_create(fix, 2);
	reader = fixture_open(fix->location, HL_STORE_READ);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	assert_int_equal(hl_store_write_begin(writer, &err), 0);
	assert_int_equal(fixture_append(writer, 3, &err), 0);
	assert_int_equal(fixture_last(writer), 3);
	assert_int_equal(fixture_last(reader), 2);
	hl_store_write_rollback(writer);
	fixture_assert_whole(writer, 2);
	/* what follows a failed append can't be committed */
	assert_int_equal(hl_store_write_begin(writer, &err), 0);
	assert_int_equal(fixture_append(writer, 3, &err), 0);
	assert_int_equal(fixture_append(writer, 2, &err), -1);
	assert_int_equal(err.code, HL_ERROR_STORE);
	assert_int_equal(fixture_append(writer, 4, &err), 0);
	assert_int_equal(hl_store_write_commit(writer, &err), -1);
	fixture_assert_whole(writer, 2);
	fixture_add(writer, 3, 5);
	fixture_assert_whole(reader, 5);
	assert_int_equal(hl_store_write_begin(reader, &err), -1);
	hl_store_close(&reader);
	hl_store_close(&writer);
}

static void test_newest_row_must_be_open(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *store;
	struct hl_error err;

	fixture_create(fix, 3);
	fixture_sql(fix->path, "UPDATE link SET superseded_by = 9 "
			       "WHERE seq = 1");
	store = fixture_open(fix->location, HL_STORE_WRITE);
	assert_int_equal(hl_store_write_begin(store, &err), 0);
	assert_int_equal(fixture_append(store, 4, &err), -1);
	assert_int_equal(err.code, HL_ERROR_STORE);
	assert_non_null(strstr(err.text, "table link, sequence number 1"));
	hl_store_write_rollback(store);
	hl_store_close(&store);
}

static void test_busy(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *one, *two;
	struct hl_error err;

	fixture_create(fix, 1);
	one = fixture_open(fix->location, HL_STORE_WRITE);
	two = fixture_open(fix->location, HL_STORE_WRITE);
	sqlite3_busy_timeout(((struct hl_sqlite *)two)->db, 10);
	assert_int_equal(hl_store_write_begin(one, &err), 0);
	assert_int_equal(hl_store_write_begin(two, &err), -1);
	assert_int_equal(err.code, HL_ERROR_TEMP);
	assert_non_null(strstr(err.text, "the store is busy: "));
	/* readers aren't kept waiting */
	assert_int_equal(hl_store_snapshot_begin(two, &err), 0);
	hl_store_snapshot_end(two);
	hl_store_write_rollback(one);
	fixture_add(two, 2, 2);
	hl_store_close(&one);
	hl_store_close(&two);
}

static void test_replaced(void **state)
{
	struct fixture *fix = *state;
	const char *other = fixture_file(fix, "other.db");
	struct hl_store *store;
	struct hl_error err;
	void *data;
	size_t size;

	fixture_create(fix, 1);
	store = fixture_open(fix->location, HL_STORE_WRITE);
	assert_false(hl_store_is_replaced(store));
	data = fixture_read(fix->path, &size);
	fixture_write(other, data, size);
	free(data);
	assert_int_equal(rename(other, fix->path), 0);
	assert_true(hl_store_is_replaced(store));
	assert_int_equal(hl_store_write_begin(store, &err), -1);
	assert_int_equal(err.code, HL_ERROR_TEMP);
	assert_int_equal(unlink(fix->path), 0);
	assert_true(hl_store_is_replaced(store));
	hl_store_close(&store);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_create),	  TEST(test_create_overwrites_nothing),
		TEST(test_bad_locations), TEST(test_not_a_store),
		TEST(test_meta),	  TEST(test_get),
		TEST(test_walks),	  TEST(test_snapshot),
		TEST(test_untouched),	  TEST(test_noted),
		TEST(test_write),	  TEST(test_newest_row_must_be_open),
		TEST(test_busy),	  TEST(test_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
