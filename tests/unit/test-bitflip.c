/* Flips each single bit of a store, in the database and in a hot write-ahead
   log, and looks: no wrong redirect is ever answered, and verify reports every
   change that alters what the store says. HARDLINK_FULL=1 takes a database with
   SQLite's usual page size, which is mostly empty space; otherwise its pages
   are small, so that nearly every bit means something. */

#include "log-fixture.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <sodium.h>

#define WORKERS 2

/* The sanitizers make it many times slower; a sample will do for them. So it
   does where HARDLINK_FLIP_STRIDE says that all were flipped elsewhere. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(SANITIZED) || defined(__SANITIZE_ADDRESS__)
#define DEFAULT_STRIDE "17"
#else
#define DEFAULT_STRIDE "1"
#endif

static size_t flip_stride(void)
{
	const char *text = getenv("HARDLINK_FLIP_STRIDE");
	size_t stride = strtoul(text != NULL ? text : DEFAULT_STRIDE, NULL, 10);

	assert_true(stride > 0);
	return stride;
}

/* What each address is answered when all is well. */
static const struct expectation {
	const char *address, *answer;
} expected[] = {
	{"alice@example.org",
	 "557 5.2.7 mailbox has moved to <a3@example.net>"},
	{"bob@example.org",
	 "558 5.2.8 mailbox has temporarily moved to <b2@example.net>"},
	{"carol@example.org", "none"},
	{"never@example.org", "none"},
};
#define EXPECTED_COUNT (sizeof(expected) / sizeof(expected[0]))

/* Several entries each; carol's are withdrawn. */
static void fill(struct log_fixture *fixture)
{
	assert_int_equal(fixture_set(fixture, "alice@example.org",
				     "a1@example.net", 0, false),
			 0);
	assert_int_equal(fixture_set(fixture, "bob@example.org",
				     "b1@example.net", 0, false),
			 0);
	assert_int_equal(fixture_set(fixture, "carol@example.org",
				     "c1@example.net", 0, false),
			 0);
	assert_int_equal(fixture_set(fixture, "alice@example.org",
				     "a2@example.net", 86400, true),
			 0);
	assert_int_equal(fixture_unset(fixture, "carol@example.org"), 0);
}

static void fill_last(struct log_fixture *fixture)
{
	assert_int_equal(fixture_set(fixture, "bob@example.org",
				     "b2@example.net", 86400, true),
			 0);
	assert_int_equal(fixture_set(fixture, "alice@example.org",
				     "a3@example.net", 0, true),
			 0);
}

static void small_pages(struct log_fixture *fixture)
{
	if (getenv("HARDLINK_FULL") == NULL)
		fixture_sql(fixture, "PRAGMA journal_mode=DELETE;"
				     "PRAGMA page_size=512; VACUUM;"
				     "PRAGMA journal_mode=WAL;");
}

/* A hash of all that the store says, or of the failure to say it. */
static void hash_meaning(const char *path, unsigned char hash_r[32])
{
	static const char *const queries[] = {
		"SELECT type,name,tbl_name,sql FROM sqlite_master ORDER BY 2",
		"SELECT * FROM meta NOT INDEXED ORDER BY 1",
		("SELECT typeof(seq),seq,typeof(statement),statement,"
		 "typeof(signature),signature,typeof(payload),payload FROM "
		 "entry"),
		("SELECT typeof(key),key,typeof(seq),seq,typeof(superseded_by),"
		 "superseded_by FROM link"),
		"SELECT * FROM head",
		"PRAGMA user_version",
		"PRAGMA application_id"};
	crypto_generichash_state state;
	sqlite3_stmt *stmt;
	sqlite3 *db;
	size_t i;
	int ret, column, size;

	crypto_generichash_init(&state, NULL, 0, 32);
	sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
	/* /dev/shm may lie on a disk after all */
	sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	for (i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		ret = sqlite3_prepare_v2(db, queries[i], -1, &stmt, NULL);
		while (ret == SQLITE_OK || ret == SQLITE_ROW) {
			ret = sqlite3_step(stmt);
			if (ret != SQLITE_ROW)
				break;
			for (column = 0; column < sqlite3_column_count(stmt);
			     column++) {
				const void *value =
					sqlite3_column_blob(stmt, column);

				size = sqlite3_column_bytes(stmt, column);
				crypto_generichash_update(&state, (void *)&size,
							  sizeof(size));
				if (size > 0)
					crypto_generichash_update(&state, value,
								  (size_t)size);
			}
		}
		crypto_generichash_update(&state, (void *)&ret, sizeof(ret));
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
	crypto_generichash_final(&state, hash_r, 32);
}

/* One store with one bit flipped at a time. */
struct flipper {
	struct log_fixture *fixture;
	/* of the flipped file: "" or "-wal" */
	const char *suffix;
	char original[192];
	unsigned char meaning[32];
	unsigned int wrong, unnoticed;
};

static void check_answers(struct flipper *flipper, size_t bit)
{
	struct hl_lookup *lookup = hl_lookup_init(&flipper->fixture->config);
	const char *answer;
	size_t i;

	assert_non_null(lookup);
	for (i = 0; i < EXPECTED_COUNT; i++) {
		answer = fixture_answer(lookup, expected[i].address);
		if (strcmp(answer, expected[i].answer) == 0 ||
		    strcmp(answer, "none") == 0 ||
		    strncmp(answer, "error: ", 7) == 0)
			continue;
		printf("bit %zu of %s: %s: %s\n", bit,
		       fixture_db(flipper->fixture, flipper->suffix),
		       expected[i].address, answer);
		flipper->wrong++;
	}
	hl_lookup_deinit(&lookup);
}

static void check_verify(struct flipper *flipper, size_t bit)
{
	unsigned char meaning[32];

	if (fixture_verify(flipper->fixture) != 0)
		return;
	/* after verify: this may write */
	hash_meaning(fixture_db(flipper->fixture, ""), meaning);
	if (memcmp(meaning, flipper->meaning, sizeof(meaning)) == 0)
		return;
	printf("bit %zu of %s: unnoticed by verify\n", bit,
	       fixture_db(flipper->fixture, flipper->suffix));
	flipper->unnoticed++;
}

/* The store's files as they were, with this bit flipped. */
static void lay_files(struct flipper *flipper, size_t bit)
{
	static const char *const suffixes[] = {"", "-wal"};
	char saved[256];
	unsigned char byte;
	size_t i;
	int fd;

	unlink(fixture_db(flipper->fixture, "-shm"));
	for (i = 0; i < 2; i++) {
		snprintf(saved, sizeof(saved), "%s%s", flipper->original,
			 suffixes[i]);
		if (fixture_copy(saved,
				 fixture_db(flipper->fixture, suffixes[i])) < 0)
			unlink(fixture_db(flipper->fixture, suffixes[i]));
	}
	if (bit == SIZE_MAX)
		return;
	fd = open(fixture_db(flipper->fixture, flipper->suffix), O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, (off_t)(bit / 8)), 1);
	byte ^= (unsigned char)(1U << (bit % 8));
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)(bit / 8)), 1);
	close(fd);
}

/* Copies the whole fixture, so that workers don't meet. */
static void fixture_clone(const struct log_fixture *fixture,
			  struct log_fixture *clone_r)
{
	char command[512];

	fixture_init(clone_r, "/dev/shm");
	snprintf(command, sizeof(command), "rm -rf %s/* && cp -a %s/. %s/",
		 clone_r->dir, fixture->dir, clone_r->dir);
	assert_int_equal(system(command), 0);
}

static int flip_worker(const struct log_fixture *fixture, const char *suffix,
		       unsigned int worker, size_t bits)
{
	struct log_fixture clone;
	struct flipper flipper;
	size_t stride = flip_stride(), bit;

	fixture_clone(fixture, &clone);
	memset(&flipper, 0, sizeof(flipper));
	flipper.fixture = &clone;
	flipper.suffix = suffix;
	snprintf(flipper.original, sizeof(flipper.original), "%s/original",
		 clone.dir);
	lay_files(&flipper, SIZE_MAX);
	if (fixture_verify(&clone) != 0)
		fail_msg("the unchanged store: %s", clone.err.text);
	hash_meaning(fixture_db(&clone, ""), flipper.meaning);
	for (bit = worker * stride; bit < bits; bit += WORKERS * stride) {
		lay_files(&flipper, bit);
		check_answers(&flipper, bit);
		check_verify(&flipper, bit);
	}
	fixture_deinit(&clone);
	if (flipper.wrong + flipper.unnoticed > 0)
		printf("%u wrong answers, %u changes unnoticed\n",
		       flipper.wrong, flipper.unnoticed);
	return flipper.wrong + flipper.unnoticed == 0 ? 0 : 1;
}

static void flip_all(struct log_fixture *fixture, const char *suffix)
{
	struct stat st;
	unsigned int worker;
	int status, failed = 0;
	size_t bits;

	assert_int_equal(stat(fixture_db(fixture, suffix), &st), 0);
	bits = (size_t)st.st_size * 8;
	assert_true(bits > 8 * 4096);
	for (worker = 0; worker < WORKERS; worker++) {
		if (fork() == 0)
			_exit(flip_worker(fixture, suffix, worker, bits));
	}
	while (wait(&status) > 0)
		failed |= status;
	assert_int_equal(failed, 0);
}

static void save_original(struct log_fixture *fixture)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/original", fixture->dir);
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), path), 0);
	snprintf(path, sizeof(path), "%s/original-wal", fixture->dir);
	fixture_copy(fixture_db(fixture, "-wal"), path);
}

static void test_database(void **state)
{
	struct log_fixture fixture;

	(void)state;
	fixture_init(&fixture, "/dev/shm");
	fill(&fixture);
	fill_last(&fixture);
	small_pages(&fixture);
	fixture_sql(&fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	save_original(&fixture);
	flip_all(&fixture, "");
	fixture_deinit(&fixture);
}

static void test_hot_wal(void **state)
{
	struct log_fixture fixture;
	struct hl_log *log;

	(void)state;
	fixture_init(&fixture, "/dev/shm");
	fill(&fixture);
	small_pages(&fixture);
	/* a reader's snapshot keeps the log from being checkpointed */
	assert_int_equal(
		hl_log_open(&fixture.config, false, &log, &fixture.err), 0);
	assert_int_equal(hl_log_snapshot_begin(log, &fixture.err), 0);
	fill_last(&fixture);
	save_original(&fixture);
	hl_log_snapshot_end(log);
	hl_log_close(&log);
	flip_all(&fixture, "-wal");
	fixture_deinit(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_database),
		cmocka_unit_test(test_hot_wal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
