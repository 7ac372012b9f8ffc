/* Test vectors of whole logs: each becomes an SQLite store, however damaged,
   which hl_verify() and hl_lookup() must judge as the vector says. */

#include "vectors.h"

#include "hl-lookup.h"
#include "hl-reply.h"
#include "hl-store.h"
#include "hl-verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include <cmocka.h>

/* The clock that the lookup sees. */
static time_t now;

time_t time(time_t *time_r)
{
	if (time_r != NULL)
		*time_r = now;
	return now;
}

static char db_path[256], location[300], mark_path[256];

static void run_sql(sqlite3_stmt *stmt)
{
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
			 SQLITE_OK);
	return stmt;
}

static void bind_bytes(sqlite3_stmt *stmt, int place, json_t *vector,
		       const char *name)
{
	struct bytes bytes = vector_bytes(vector, name);

	if (bytes.data != NULL)
		sqlite3_bind_blob64(stmt, place, bytes.data, bytes.size,
				    SQLITE_TRANSIENT);
	free(bytes.data);
}

static void insert_entry(sqlite3 *db, json_t *entry)
{
	sqlite3_stmt *stmt =
		prepare(db, "INSERT INTO entry VALUES (?1, ?2, ?3, ?4)");

	sqlite3_bind_int64(stmt, 1,
			   json_integer_value(json_object_get(entry, "seq")));
	bind_bytes(stmt, 2, entry, "statement");
	bind_bytes(stmt, 3, entry, "signature");
	bind_bytes(stmt, 4, entry, "payload");
	run_sql(stmt);
}

static void insert_row(sqlite3 *db, json_t *row)
{
	sqlite3_stmt *stmt =
		prepare(db, "INSERT INTO link VALUES (?1, ?2, ?3)");
	json_t *superseded_by = json_array_get(row, 2);

	sqlite3_bind_text(stmt, 1, json_string_value(json_array_get(row, 0)),
			  -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(stmt, 2, json_integer_value(json_array_get(row, 1)));
	if (!json_is_null(superseded_by))
		sqlite3_bind_int64(stmt, 3, json_integer_value(superseded_by));
	run_sql(stmt);
}

static void fill_store(json_t *vector)
{
	json_t *entry, *row;
	sqlite3_stmt *stmt;
	sqlite3 *db;
	size_t i;

	assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
	/* Damage that the schema itself would refuse. */
	run_sql(prepare(db, "PRAGMA ignore_check_constraints = ON"));
	json_array_foreach (json_object_get(vector, "entries"), i, entry)
		insert_entry(db, entry);
	json_array_foreach (json_object_get(vector, "index"), i, row)
		insert_row(db, row);
	stmt = prepare(db, "INSERT INTO head VALUES (1, ?1, ?2)");
	bind_bytes(stmt, 1, vector, "checkpoint");
	bind_bytes(stmt, 2, vector, "frontier");
	run_sql(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void make_store(json_t *collection, json_t *vector)
{
	struct bytes origin = bytes_from_hex(vector_string(vector, "origin"));
	struct bytes mark = vector_bytes(vector, "mark");
	struct hl_store *store;
	struct hl_error err;

	vectors_write_keyring(collection, vector);
	vectors_write_file("mark", &mark);
	assert_int_equal(hl_store_open(location, HL_STORE_CREATE, origin.data,
				       &store, &err),
			 0);
	hl_store_close(&store);
	fill_store(vector);
	free(origin.data);
	free(mark.data);
}

/* What the lookup says, as the vectors write it; NULL: none. */
static const char *look_up(const struct hl_config *config, const char *text,
			   char line[HL_REPLY_LINE_SIZE], bool *if_exists_r,
			   struct hl_error *err)
{
	struct hl_lookup *lookup = hl_lookup_init(config);
	struct hl_address address;
	enum hl_lookup_result result;
	struct hl_link link;

	assert_non_null(lookup);
	assert_int_equal(hl_address_parse(text, strlen(text), 0, &address, err),
			 0);
	result = hl_lookup(lookup, &address, &link, err);
	hl_lookup_deinit(&lookup);
	*if_exists_r = result == HL_LOOKUP_FOUND_BY_DOMAIN;
	if (result == HL_LOOKUP_ERROR)
		return "error";
	if (result == HL_LOOKUP_NONE)
		return NULL;
	hl_reply_format_line(&link, line);
	return line;
}

static bool is_right_answer(const struct hl_config *config, json_t *answer)
{
	const char *expected =
		json_string_value(json_object_get(answer, "reply"));
	const char *text = vector_string(answer, "address"), *found;
	char line[HL_REPLY_LINE_SIZE];
	struct hl_error err = {.code = HL_ERROR_NONE};
	bool if_exists;

	now = (time_t)vector_number(answer, "now");
	found = look_up(config, text, line, &if_exists, &err);
	if ((found == NULL || expected == NULL
		     ? found == expected
		     : strcmp(found, expected) == 0) &&
	    if_exists == json_is_true(json_object_get(answer, "if_exists")))
		return true;
	print_error("%s: %s %s\n", text, found == NULL ? "none" : found,
		    err.code == HL_ERROR_NONE ? "" : err.text);
	return false;
}

/* Whatever is wrong with the log: unlike a refusal, the test fails. */
static void check_answers(const struct hl_config *config, json_t *vector)
{
	json_t *answer;
	size_t i;

	json_array_foreach (json_object_get(vector, "answers"), i, answer) {
		if (!is_right_answer(config, answer))
			fail_msg("answers of: %s",
				 vector_string(vector, "name"));
	}
}

static void keep_problem(uint64_t seq, const char *text, void *context)
{
	hl_error_set(context, HL_ERROR_STORE, "%llu: %s",
		     (unsigned long long)seq, text);
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

static int check_log(json_t *collection, json_t *vector, struct hl_error *err)
{
	char delimiters[] = "+";
	char protected[] = "postmaster abuse hostmaster mailer-daemon";
	struct hl_config config = {.store = location,
				   .keyring = vectors_dir,
				   .mark = mark_path,
				   .recipient_delimiter = delimiters,
				   .protected_localparts = protected};
	struct hl_verify_callbacks callbacks = {
		.problem = keep_problem, .note = ignore_note, .context = err};
	struct hl_verify_result result;
	int ret;

	make_store(collection, vector);
	check_answers(&config, vector);
	ret = hl_verify(&config, NULL, &callbacks, &result, err);
	vectors_remove_files();
	return ret == 0 && result.problems == 0 ? 0 : -1;
}

VECTORS_TEST(log, "log")

static int make_paths(void **state)
{
	int ret = vectors_make_dir(state);

	snprintf(db_path, sizeof(db_path), "%s/store.db", vectors_dir);
	snprintf(location, sizeof(location), "sqlite:%s", db_path);
	snprintf(mark_path, sizeof(mark_path), "%s/mark", vectors_dir);
	return ret;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
	};

	return cmocka_run_group_tests(tests, make_paths, vectors_remove_dir);
}
