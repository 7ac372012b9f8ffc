#include "store-fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Versions of the schema, the structure's check, and values that aren't what
   they must be. */

static void run_sql(struct hl_store *store, const char *sql)
{
	assert_int_equal(sqlite3_exec(((struct hl_sqlite *)store)->db, sql,
				      NULL, NULL, NULL),
			 SQLITE_OK);
}

static void test_newer_version(void **state)
{
	struct fixture *fix = *state;
	size_t size, size_after;
	void *before, *after;
	struct hl_store *reader, *writer;
	struct hl_error err;

	fixture_create(fix, 2);
	reader = fixture_open(fix->location, HL_STORE_READ);
	writer = fixture_open(fix->location, HL_STORE_WRITE);
	run_sql(writer, "PRAGMA user_version = 70");
	/* those that have it open see it as well */
	assert_int_equal(hl_store_snapshot_begin(reader, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_int_equal(hl_store_write_begin(writer, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	hl_store_close(&reader);
	hl_store_close(&writer);

	before = fixture_read(fix->path, &size);
	fixture_open_fails(fix->location, HL_STORE_READ, HL_ERROR_CONFIG,
			   "schema version 70, this program knows up to "
			   "version 2");
	fixture_open_fails(fix->location, HL_STORE_WRITE, HL_ERROR_CONFIG,
			   "schema version 70");
	after = fixture_read(fix->path, &size_after);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	free(before);
	free(after);
}

/* A program that knows a version 3 and perhaps a version 4, which it makes like
   this. */
static int open_with(const struct fixture *fix, enum hl_store_mode mode,
		     const char *step, const char *step_4,
		     struct hl_store **store_r, struct hl_error *err)
{
	const char *const schema[] = {hl_sqlite_schema[0], hl_sqlite_schema[1],
				      step, step_4, NULL};
	static const char *kept[5];

	/* the handle keeps the list */
	memcpy(kept, schema, sizeof(kept));
	return hl_sqlite_open_schema(fix->path, mode, NULL, kept, store_r, err);
}

static int open_as(const struct fixture *fix, enum hl_store_mode mode,
		   const char *step, struct hl_store **store_r,
		   struct hl_error *err)
{
	return open_with(fix, mode, step, NULL, store_r, err);
}

static void assert_version(struct hl_store *store, unsigned int version,
			   unsigned int known)
{
	unsigned int got, got_known;
	struct hl_error err;

	assert_int_equal(hl_store_get_version(store, &got, &got_known, &err),
			 0);
	assert_int_equal(got, version);
	assert_int_equal(got_known, known);
}

static void test_migration(void **state)
{
	static const char step[] = "CREATE TABLE extra (x INTEGER) STRICT;"
				   "INSERT INTO extra SELECT seq FROM entry";
	struct fixture *fix = *state;
	struct hl_store *store, *old;
	struct hl_error err;

	fixture_create(fix, 3);
	/* readers go on with it */
	assert_int_equal(open_as(fix, HL_STORE_READ, step, &store, &err), 0);
	fixture_assert_whole(store, 3);
	assert_version(store, 2, 3);
	hl_store_close(&store);
	/* a step that fails changes nothing */
	assert_int_equal(open_as(fix, HL_STORE_WRITE,
				 "CREATE TABLE extra (x); nonsense", &store,
				 &err),
			 -1);
	/* nor do the steps before it */
	assert_int_equal(
		open_with(fix, HL_STORE_WRITE, step, "nonsense", &store, &err),
		-1);
	old = fixture_open(fix->location, HL_STORE_WRITE);
	assert_version(old, 2, 2);
	fixture_assert_whole(old, 3);

	assert_int_equal(open_as(fix, HL_STORE_WRITE, step, &store, &err), 0);
	fixture_assert_whole(store, 3);
	run_sql(store, "SELECT x FROM extra");
	fixture_add(store, 4, 4);
	hl_store_close(&store);
	assert_int_equal(hl_store_write_begin(old, &err), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	hl_store_close(&old);
	assert_int_equal(open_as(fix, HL_STORE_READ, step, &store, &err), 0);
	fixture_assert_whole(store, 4);
	hl_store_close(&store);
}

struct problems {
	unsigned int count;
	char text[2000];
};

static void note_problem(const char *problem, void *context)
{
	struct problems *problems = context;
	size_t used = strlen(problems->text);

	problems->count++;
	snprintf(problems->text + used, sizeof(problems->text) - used, "%s\n",
		 problem);
}

static void check(const char *location, struct problems *problems)
{
	struct hl_store *store = fixture_open(location, HL_STORE_READ);
	struct hl_error err;

	memset(problems, 0, sizeof(*problems));
	if (hl_store_check(store, note_problem, problems, &err) < 0)
		fail_msg("%s", err.text);
	hl_store_close(&store);
}

static void test_check(void **state)
{
	static const struct {
		const char *sql, *words;
	} tests[] = {
		{"CREATE TABLE planted (x)", "planted: is not part of"},
		{"CREATE VIEW planted AS SELECT 1", "planted: is not part of"},
		{"CREATE INDEX planted ON link (seq)",
		 "planted: is not part of"},
		{"CREATE TRIGGER planted AFTER INSERT ON link BEGIN "
		 "DELETE FROM link; END",
		 "planted: is not part of"},
		{"DROP TABLE head", "head: is missing"},
		{"PRAGMA ignore_check_constraints = ON;"
		 "INSERT INTO head SELECT 2, checkpoint, frontier FROM head",
		 "head: there is more than one row"},
		{"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = "
		 "replace(sql, 'payload BLOB', 'payload ANY ')",
		 "entry: is not part of"},
	};
	struct fixture *fix = *state;
	struct problems problems;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		fixture_create(fix, 5);
		check(fix->location, &problems);
		assert_string_equal(problems.text, "");
		fixture_sql(fix->path, tests[i].sql);
		check(fix->location, &problems);
		if (strstr(problems.text, tests[i].words) == NULL)
			fail_msg("%s: %s", tests[i].sql, problems.text);
		hl_sqlite_remove(fix->path);
	}
}

static int look_record(const struct hl_record *record, void *context,
		       struct hl_error *err)
{
	(void)record;
	(void)context;
	(void)err;
	return 0;
}

static int look_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	(void)context;
	(void)err;
	assert_true(strlen(row->key) > 0);
	return 0;
}

/* Reads all there is. Returns whether everything could be read. */
static bool look(struct hl_store *store, struct hl_error *err)
{
	struct hl_head_row head;

	return hl_store_get_head(store, &head, err) >= 0 &&
	       hl_store_each_entry(store, 0, UINT64_MAX, HL_ASCENDING,
				   look_record, NULL, err) >= 0 &&
	       hl_store_each_index(store, NULL, HL_ASCENDING, look_row, NULL,
				   err) >= 0;
}

/* As a flipped bit makes them: behind the back of STRICT. */
static void test_wrong_types(void **state)
{
	static const struct {
		const char *sql, *words;
	} tests[] = {
		{"UPDATE entry SET statement = CAST(statement AS TEXT) "
		 "WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET statement = x'' WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET statement = zeroblob(513) WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET signature = zeroblob(63) WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET payload = 'text' WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET payload = x'' WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET payload = zeroblob(65537) WHERE seq = 2",
		 "table entry, sequence number 2"},
		{"UPDATE entry SET seq = -2 WHERE seq = 2",
		 "table entry, sequence number -2"},
		{"UPDATE link SET superseded_by = 'x' WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE link SET superseded_by = 0 WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE link SET superseded_by = 1 WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE link SET seq = 0 WHERE seq = 1",
		 "table link, sequence number 0"},
		{"UPDATE link SET key = CAST(key AS BLOB) WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE link SET key = key || char(0) WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE link SET key = '' WHERE seq = 1",
		 "table link, sequence number 1"},
		{"UPDATE head SET checkpoint = 'text'", "table head"},
		{"UPDATE head SET frontier = zeroblob(65536)", "table head"},
	};
	struct fixture *fix = *state;
	struct hl_store *store;
	struct hl_error err;
	size_t i;

	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		fixture_create(fix, 5);
		fixture_sql(fix->path,
			    "PRAGMA writable_schema = ON; UPDATE "
			    "sqlite_schema SET sql = replace(replace(sql, "
			    "'STRICT, ', ''), 'STRICT', ''); "
			    "PRAGMA writable_schema = RESET");
		fixture_sql(fix->path, "PRAGMA ignore_check_constraints = ON");
		store = fixture_open(fix->location, HL_STORE_WRITE);
		run_sql(store, "PRAGMA ignore_check_constraints = ON");
		run_sql(store, tests[i].sql);
		if (look(store, &err))
			fail_msg("%s: not noticed", tests[i].sql);
		if (err.code != HL_ERROR_STORE ||
		    strstr(err.text, tests[i].words) == NULL)
			fail_msg("%s: %s", tests[i].sql, err.text);
		hl_store_close(&store);
		hl_sqlite_remove(fix->path);
	}
}

/* Whatever a bit does, reading ends in order, and never with an error that
   asks to try again for ever. */
static void test_flipped_bits(void **state)
{
	struct fixture *fix = *state;
	struct hl_store *store;
	struct hl_error err;
	unsigned int noticed = 0;
	size_t size, i;
	char *data;

	fixture_create(fix, 6);
	data = fixture_read(fix->path, &size);
	assert_true(size > 4096);
	for (i = 0; i < size; i += 5) {
		hl_sqlite_remove(fix->path);
		data[i] = (char)(data[i] ^ 1 << i % 8);
		fixture_write(fix->path, data, size);
		data[i] = (char)(data[i] ^ 1 << i % 8);
		store = NULL;
		err.code = HL_ERROR_NONE;
		if (hl_store_open(fix->location, HL_STORE_READ, NULL, &store,
				  &err) < 0 ||
		    !look(store, &err)) {
			noticed++;
			assert_int_not_equal(err.code, HL_ERROR_NONE);
		}
		hl_store_close(&store);
	}
	assert_true(noticed > 0);
	free(data);
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_newer_version), TEST(test_migration),
		TEST(test_check),	  TEST(test_wrong_types),
		TEST(test_flipped_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
