/* What someone who can write the database can do, and what comes of it. */

#include "hl-checkpoint.h"
#include "log-fixture.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sodium.h>

#define ALICE	  "alice@example.org"
#define OLD_REPLY "557 5.2.7 mailbox has moved to <first@example.net>"
#define REPLY	  "557 5.2.7 mailbox has moved to <second@example.net>"

/* 1 key, 2 set, 3 set (replaces), 4 bob */
static int setup(void **state)
{
	static struct log_fixture fixture;

	fixture_init(&fixture, NULL);
	if (fixture_set(&fixture, ALICE, "first@example.net", 0, false) < 0 ||
	    fixture_set(&fixture, ALICE, "second@example.net", 0, true) < 0 ||
	    fixture_set(&fixture, "bob@example.org", "b@example.net", 0,
			false) < 0)
		return -1;
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	fixture_deinit(*state);
	return 0;
}

static void assert_error(const char *answer, const char *part)
{
	if (strncmp(answer, "error: ", 7) != 0 || strstr(answer, part) == NULL)
		fail_msg("expected an error with \"%s\": %s", part, answer);
}

static void assert_verify_finds(struct log_fixture *fixture, const char *part)
{
	assert_true(fixture_verify(fixture) > 0);
	if (strstr(fixture->err.text, part) == NULL)
		fail_msg("expected \"%s\": %s", part, fixture->err.text);
}

/* SQL, what a lookup of alice must say of it, what verify must. */
static const struct tampering {
	const char *sql, *lookup_part, *verify_part;
} tamperings[] = {
	{"UPDATE entry SET payload=CAST(replace(CAST(payload AS TEXT),"
	 "'second@','evil@') AS BLOB) WHERE seq=3",
	 "payload isn't the one", "entry 3"},
	{"UPDATE entry SET payload=(SELECT payload FROM entry WHERE seq=2) "
	 "WHERE seq=3",
	 "payload isn't the one", "entry 3"},
	{"UPDATE entry SET payload=NULL WHERE seq=3", "payload is missing",
	 "its payload is missing"},
	{"UPDATE entry SET signature=(SELECT signature FROM entry WHERE seq=2) "
	 "WHERE seq=3",
	 "signature is wrong", "entry 3"},
	/* the older entry in the place of the newer one */
	{"DELETE FROM entry WHERE seq=3; INSERT INTO entry SELECT "
	 "3,statement,signature,payload FROM entry WHERE seq=2",
	 "in the place of another", "entry 3"},
	{"DELETE FROM entry WHERE seq=3", "entry 3 is missing", "missing"},
	/* the older row speaks again */
	{"DELETE FROM link WHERE seq=3", "superseded by", "index"},
	{"UPDATE link SET superseded_by=NULL WHERE seq=2",
	 "isn't superseded by", "not superseded"},
	{"UPDATE link SET key='mallory@example.org' WHERE seq=3",
	 "superseded by", "index"},
	{"UPDATE link SET seq=4 WHERE seq=3", "about another address", "index"},
	/* the tail */
	{"DELETE FROM entry WHERE seq=4; DELETE FROM link WHERE seq=4",
	 "the store ends at entry 3", "head"},
	{"DELETE FROM head", "head", "head"},
	{"UPDATE head SET checkpoint=CAST(replace(CAST(checkpoint AS TEXT),"
	 "'time 1','time 2') AS BLOB)",
	 "checkpoint", "checkpoint"},
	{"UPDATE meta SET value=lower(hex(randomblob(16))) WHERE name='origin'",
	 "another store", "another store"},
};

static void test_tampering(void **state)
{
	struct log_fixture *fixture = *state;
	size_t i;
	char saved[256];

	snprintf(saved, sizeof(saved), "%s/saved", fixture->dir);
	fixture_sql(fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), saved), 0);
	for (i = 0; i < sizeof(tamperings) / sizeof(tamperings[0]); i++) {
		fixture_sql(fixture, tamperings[i].sql);
		assert_error(fixture_answer_anew(fixture, ALICE),
			     tamperings[i].lookup_part);
		assert_verify_finds(fixture, tamperings[i].verify_part);
		unlink(fixture_db(fixture, "-wal"));
		unlink(fixture_db(fixture, "-shm"));
		fixture_copy(saved, fixture_db(fixture, ""));
		assert_string_equal(fixture_answer_anew(fixture, ALICE), REPLY);
		assert_int_equal(fixture_verify(fixture), 0);
	}
}

/* What a RCPT can't notice, verify does: the promise of FORMAT.md section 11
   and no more. */
static void test_targeted_deletion(void **state)
{
	struct log_fixture *fixture = *state;

	fixture_sql(fixture, "DELETE FROM entry WHERE seq=3;"
			     "DELETE FROM link WHERE seq=3;"
			     "UPDATE link SET superseded_by=NULL WHERE seq=2");
	assert_string_equal(fixture_answer_anew(fixture, ALICE), OLD_REPLY);
	assert_verify_finds(fixture, "missing");
}

/* A writer doesn't build on what is damaged. */
static void test_frontier(void **state)
{
	struct log_fixture *fixture = *state;

	fixture_sql(fixture, "UPDATE head SET frontier=zeroblob(32)");
	assert_int_equal(fixture_set(fixture, "x@example.org", "y@example.net",
				     0, false),
			 -1);
	assert_non_null(strstr(fixture->err.text, "frontier"));
	assert_verify_finds(fixture, "frontier");
}

static void put_back(struct log_fixture *fixture, const char *saved)
{
	unlink(fixture_db(fixture, "-wal"));
	unlink(fixture_db(fixture, "-shm"));
	assert_int_equal(fixture_copy(saved, fixture_db(fixture, "")), 0);
}

static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", "restored"};

/* Lets the mark say that the store is as it should be. */
static void write_mark_of_head(struct log_fixture *fixture)
{
	struct hl_checkpoint checkpoint;
	struct hl_keyring *keyring;
	struct hl_head_row head;
	struct hl_store *store;

	assert_int_equal(hl_keyring_read(fixture->config.keyring, &keyring,
					 &fixture->err),
			 0);
	assert_int_equal(hl_store_open(fixture->config.store, HL_STORE_READ,
				       NULL, &store, &fixture->err),
			 0);
	assert_int_equal(hl_store_snapshot_begin(store, &fixture->err), 0);
	assert_int_equal(hl_store_get_head(store, &head, &fixture->err), 0);
	assert_int_equal(hl_checkpoint_verify(head.checkpoint,
					      head.checkpoint_size, keyring,
					      &checkpoint, &fixture->err),
			 0);
	assert_int_equal(hl_mark_write(fixture->config.mark, &checkpoint, "/",
				       &fixture->err),
			 0);
	hl_store_snapshot_end(store);
	hl_store_close(&store);
	hl_keyring_free(&keyring);
}

static void test_rollback_and_recover(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	struct hl_admin_loss loss;
	char saved[256];

	snprintf(saved, sizeof(saved), "%s/saved", fixture->dir);
	fixture_sql(fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), saved), 0);
	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, NULL, &loss,
					  &fixture->err),
			 -1);
	assert_int_equal(fixture->err.code, HL_ERROR_DATA);

	assert_int_equal(
		fixture_set(fixture, ALICE, "third@example.net", 0, true), 0);
	assert_int_equal(fixture_unset(fixture, "bob@example.org"), 0);
	put_back(fixture, saved);
	/* the running one and a new one, moved addresses and others */
	assert_error(fixture_answer(lookup, ALICE), "older");
	assert_error(fixture_answer(lookup, "never@example.org"), "older");
	assert_error(fixture_answer_anew(fixture, ALICE), "older");
	assert_verify_finds(fixture, "older");
	assert_int_equal(
		fixture_set(fixture, ALICE, "fourth@example.net", 0, true), -1);
	assert_int_equal(fixture->err.code, HL_ERROR_STORE);

	assert_int_equal(hl_admin_recover(&fixture->config, &actor, NULL, &loss,
					  &fixture->err),
			 0);
	assert_int_equal(loss.first, 5);
	assert_int_equal(loss.last, 6);
	assert_int_equal(loss.old_epoch, 1);
	assert_int_equal(loss.new_epoch, 2);
	assert_int_equal(fixture_verify(fixture), 0);
	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	assert_int_equal(
		fixture_set(fixture, ALICE, "fourth@example.net", 0, true), 0);
	assert_int_equal(fixture_verify(fixture), 0);
	/* the same copy once more is older in epoch, too */
	put_back(fixture, saved);
	assert_error(fixture_answer(lookup, ALICE), "older");
	hl_lookup_deinit(&lookup);
}

/* The older copy is written over the file that a reader has open, with pages of
   the newer one in its cache. */
static void test_overwritten_under_reader(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	char saved[256];

	snprintf(saved, sizeof(saved), "%s/saved", fixture->dir);
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), saved), 0);
	assert_int_equal(
		fixture_set(fixture, ALICE, "third@example.net", 0, true), 0);
	assert_string_equal(fixture_answer(lookup, "never@example.org"),
			    "none");
	assert_int_equal(fixture_copy(saved, fixture_db(fixture, "")), 0);
	assert_error(fixture_answer(lookup, ALICE), "older");
	assert_error(fixture_answer_anew(fixture, ALICE), "older");
	assert_verify_finds(fixture, "older");
	hl_lookup_deinit(&lookup);
}

/* The same with a -wal that isn't empty: head and last entry are in it. */
static void test_older_file_beside_wal(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	struct hl_log *log;
	char saved[256];

	snprintf(saved, sizeof(saved), "%s/saved", fixture->dir);
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), saved), 0);
	assert_int_equal(
		fixture_set(fixture, ALICE, "third@example.net", 0, true), 0);
	assert_int_equal(
		hl_log_open(&fixture->config, false, &log, &fixture->err), 0);
	assert_int_equal(hl_log_snapshot_begin(log, &fixture->err), 0);
	assert_int_equal(fixture_unset(fixture, "bob@example.org"), 0);
	hl_log_snapshot_end(log);
	hl_log_close(&log);
	assert_string_equal(fixture_answer(lookup, ALICE),
			    "557 5.2.7 mailbox has moved to "
			    "<third@example.net>");
	assert_int_equal(fixture_copy(saved, fixture_db(fixture, "")), 0);
	assert_error(fixture_answer(lookup, ALICE), "older copy");
	assert_error(fixture_answer_anew(fixture, ALICE), "older copy");
	assert_int_equal(fixture_verify(fixture), -1);
	assert_non_null(strstr(fixture->err.text, "older copy"));
	assert_int_equal(
		fixture_set(fixture, ALICE, "fourth@example.net", 0, true), -1);
	hl_lookup_deinit(&lookup);
}

static void make_backup(struct log_fixture *fixture, const char *path)
{
	struct hl_log *log;

	assert_int_equal(
		hl_log_open(&fixture->config, false, &log, &fixture->err), 0);
	assert_int_equal(
		hl_store_backup(hl_log_store(log), path, &fixture->err), 0);
	hl_log_close(&log);
}

/* A head that is another one than the one that was verified, and then again
   that one; and the last entry lost below one that stays. */
static void test_head_under_reader(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);
	unsigned int n;

	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	fixture_sql(fixture, "CREATE TABLE kept AS SELECT * FROM head");
	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	for (n = 0; n < 2; n++) {
		fixture_sql(fixture,
			    "UPDATE head SET checkpoint=CAST(replace("
			    "CAST(checkpoint AS TEXT),'time 1','time 2') "
			    "AS BLOB)");
		assert_error(fixture_answer(lookup, ALICE), "signature");
		fixture_sql(fixture, "UPDATE head SET checkpoint="
				     "(SELECT checkpoint FROM kept)");
		assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	}
	fixture_sql(fixture, "DELETE FROM entry WHERE seq=4");
	assert_error(fixture_answer(lookup, ALICE), "ends at entry 3");
	hl_lookup_deinit(&lookup);
}

/* The store is beyond repair; a backup takes its place. */
static void test_recover_from_backup(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_admin_loss loss;
	char backup[256];

	snprintf(backup, sizeof(backup), "%s/backup.db", fixture->dir);
	make_backup(fixture, backup);
	fixture_set(fixture, ALICE, "third@example.net", 0, true);
	assert_int_equal(truncate(fixture_db(fixture, ""), 5000), 0);
	unlink(fixture_db(fixture, "-wal"));
	unlink(fixture_db(fixture, "-shm"));
	assert_error(fixture_answer_anew(fixture, ALICE), "");
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, backup,
					  &loss, &fixture->err),
			 0);
	assert_int_equal(loss.first, 5);
	assert_int_equal(loss.last, 5);
	assert_true(loss.kept[0] != '\0' && access(loss.kept, F_OK) == 0);
	assert_string_equal(fixture_answer_anew(fixture, ALICE), REPLY);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* What only a checkpoint that was kept elsewhere proves: someone who has the
   signing key wrote the log anew, mark and all. */
static void test_kept_checkpoint(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_admin_loss loss;
	struct hl_head_row head;
	char saved[256], kept[256];
	struct hl_log *log;
	FILE *file;

	snprintf(saved, sizeof(saved), "%s/saved", fixture->dir);
	snprintf(kept, sizeof(kept), "%s/kept", fixture->dir);
	assert_int_equal(fixture_copy(fixture_db(fixture, ""), saved), 0);
	fixture_set(fixture, ALICE, "third@example.net", 0, true);
	assert_int_equal(
		hl_log_open(&fixture->config, false, &log, &fixture->err), 0);
	assert_int_equal(hl_log_snapshot_begin(log, &fixture->err), 0);
	assert_int_equal(
		hl_store_get_head(hl_log_store(log), &head, &fixture->err), 0);
	file = fopen(kept, "w");
	assert_int_equal(fwrite(head.checkpoint, 1, head.checkpoint_size, file),
			 head.checkpoint_size);
	fclose(file);
	hl_log_snapshot_end(log);
	hl_log_close(&log);

	fixture->checkpoint = kept;
	assert_int_equal(fixture_verify(fixture), 0);
	assert_int_equal(fixture_unset(fixture, "bob@example.org"), 0);
	assert_int_equal(fixture_verify(fixture), 0);

	/* the mark goes with the store */
	put_back(fixture, saved);
	unlink(fixture->config.mark);
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, NULL, &loss,
					  &fixture->err),
			 0);
	/* a declared loss isn't hidden, so that it isn't a problem */
	assert_int_equal(fixture_verify(fixture), 0);

	/* hidden: the same size and epoch with other entries */
	put_back(fixture, saved);
	fixture_sql(fixture, "SELECT 1");
	unlink(fixture->config.mark);
	write_mark_of_head(fixture);
	assert_verify_finds(fixture, "doesn't reach as far");
	assert_int_equal(
		fixture_set(fixture, ALICE, "other@example.net", 0, true), 0);
	fixture->checkpoint = NULL;
	assert_int_equal(fixture_verify(fixture), 0);
	fixture->checkpoint = kept;
	assert_verify_finds(fixture, "the checkpoint that was kept");
}

static void test_mark_missing(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_admin_loss loss;

	assert_int_equal(unlink(fixture->config.mark), 0);
	assert_error(fixture_answer_anew(fixture, ALICE), "high-water mark");
	assert_verify_finds(fixture, "high-water mark");
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, NULL, &loss,
					  &fixture->err),
			 0);
	assert_false(loss.extent_known);
	assert_string_equal(fixture_answer_anew(fixture, ALICE), REPLY);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* What one that was killed leaves is in nobody's way. */
static void test_recover_after_killed_ones(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_admin_loss loss;
	char backup[256];

	snprintf(backup, sizeof(backup), "%s/backup.db", fixture->dir);
	make_backup(fixture, backup);
	assert_int_equal(fixture_copy(backup, fixture_db(fixture, ".new")), 0);
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, backup,
					  &loss, &fixture->err),
			 0);
	assert_int_equal(access(fixture_db(fixture, ".new"), F_OK), -1);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* The mark lags: a writer was killed before it raised it. */
static void test_recover_declares_what_the_mark_missed(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_admin_loss loss;
	char backup[256], mark[256];

	snprintf(backup, sizeof(backup), "%s/backup.db", fixture->dir);
	snprintf(mark, sizeof(mark), "%s/saved-mark", fixture->dir);
	make_backup(fixture, backup);
	assert_int_equal(fixture_copy(fixture->config.mark, mark), 0);
	assert_int_equal(fixture_unset(fixture, ALICE), 0);
	assert_int_equal(fixture_copy(mark, fixture->config.mark), 0);
	assert_int_equal(hl_admin_recover(&fixture->config, &actor, backup,
					  &loss, &fixture->err),
			 0);
	assert_int_equal(loss.first, 5);
	assert_int_equal(loss.last, 5);
	assert_int_equal(fixture_verify(fixture), 0);
}

/* A -wal without its database may hold acknowledged changes. */
static void test_init_removes_nothing(void **state)
{
	struct log_fixture *fixture = *state;
	char command[768], wal[256];

	snprintf(wal, sizeof(wal), "%s", fixture_db(fixture, "-wal"));
	snprintf(command, sizeof(command),
		 "cd %s && rm -r keys private *.mark "
		 "hardlink.db* && echo precious > %s",
		 fixture->dir, wal);
	assert_int_equal(system(command), 0);
	assert_int_equal(hl_admin_init(&fixture->config, &actor, &fixture->err),
			 -1);
	assert_int_equal(fixture->err.code, HL_ERROR_PERMISSION);
	assert_int_equal(access(wal, F_OK), 0);
	assert_int_equal(access(fixture->config.signing_key, F_OK), -1);
	assert_int_equal(access(fixture->config.keyring, F_OK), -1);
}

/* Rewrites the only key of the keyring. */
static void change_key(struct log_fixture *fixture, enum hl_key_status status,
		       uint64_t last)
{
	struct hl_keyring *keyring;
	char path[512], hex[33];
	struct hl_key key;

	assert_int_equal(hl_keyring_read(fixture->config.keyring, &keyring,
					 &fixture->err),
			 0);
	key = *hl_keyring_get(keyring, 0);
	hl_keyring_free(&keyring);
	sodium_bin2hex(hex, sizeof(hex), key.id, sizeof(key.id));
	snprintf(path, sizeof(path), "%s/%s.pub", fixture->config.keyring, hex);
	assert_int_equal(unlink(path), 0);
	key.status = status;
	key.last = last;
	assert_int_equal(
		hl_key_write(fixture->config.keyring, &key, &fixture->err), 0);
}

static void test_key_status(void **state)
{
	struct log_fixture *fixture = *state;
	struct hl_lookup *lookup = hl_lookup_init(&fixture->config);

	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	change_key(fixture, HL_KEY_STATUS_RETIRED, 4);
	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	assert_int_equal(fixture_set(fixture, "x@example.org", "y@example.net",
				     0, false),
			 -1);
	assert_non_null(strstr(fixture->err.text, "isn't active"));
	/* all entries but the last, so not the head, which is as it was */
	change_key(fixture, HL_KEY_STATUS_RETIRED, 3);
	assert_error(fixture_answer(lookup, ALICE), "checkpoint: key");
	change_key(fixture, HL_KEY_STATUS_RETIRED, 2);
	assert_error(fixture_answer(lookup, ALICE), "may not sign");
	assert_verify_finds(fixture, "may not sign");
	change_key(fixture, HL_KEY_STATUS_REVOKED, 4);
	assert_error(fixture_answer(lookup, ALICE), "revoked");
	change_key(fixture, HL_KEY_ACTIVE, UINT64_MAX);
	assert_string_equal(fixture_answer(lookup, ALICE), REPLY);
	hl_lookup_deinit(&lookup);
}

/* Another store of the same keys: all its signatures are good. */
static void test_foreign_store(void **state)
{
	struct log_fixture *fixture = *state, other;

	char command[768], other_db[256];

	fixture_init(&other, NULL);
	snprintf(command, sizeof(command), "cp %s/* %s/ && cp %s %s",
		 fixture->config.keyring, other.config.keyring,
		 fixture->config.signing_key, other.config.signing_key);
	assert_int_equal(system(command), 0);
	assert_int_equal(
		fixture_set(&other, ALICE, "evil@example.net", 0, false), 0);
	fixture_sql(&other, "PRAGMA wal_checkpoint(TRUNCATE)");
	fixture_sql(&other, "PRAGMA journal_mode=DELETE");
	snprintf(other_db, sizeof(other_db), "%s", fixture_db(&other, ""));
	put_back(fixture, other_db);
	snprintf(command, sizeof(command), "cp %s/*.pub %s/",
		 other.config.keyring, fixture->config.keyring);
	assert_int_equal(system(command), 0);
	fixture_sql(fixture, "PRAGMA journal_mode=WAL");
	assert_error(fixture_answer_anew(fixture, ALICE),
		     "another one than the high-water mark");
	assert_verify_finds(fixture, "another one than");
	fixture_deinit(&other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_tampering),
		TEST(test_targeted_deletion),
		TEST(test_frontier),
		TEST(test_rollback_and_recover),
		TEST(test_overwritten_under_reader),
		TEST(test_head_under_reader),
		TEST(test_older_file_beside_wal),
		TEST(test_recover_from_backup),
		TEST(test_recover_after_killed_ones),
		TEST(test_recover_declares_what_the_mark_missed),
		TEST(test_init_removes_nothing),
		TEST(test_kept_checkpoint),
		TEST(test_mark_missing),
		TEST(test_key_status),
		TEST(test_foreign_store),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
