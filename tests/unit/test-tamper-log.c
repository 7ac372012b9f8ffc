/* Whatever is done to a log of 200 entries, verify reports it, and a lookup
   answers what is true, nothing, or an error. The bits of the files are
   test-bitflip's; here it's what the database says. */

#include "hl-checkpoint.h"
#include "hl-merkle.h"
#include "long-log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <setjmp.h>
#include <cmocka.h>

#include <sodium.h>
#include <sqlite3.h>

#define WORKERS 2

/* Everything, with HARDLINK_FULL=1: about 100 s of CPU time. Otherwise every
   so-manieth case of those that cost most, which in so many cases leaves out no
   kind of them; fewer with the sanitizers, which make it many times slower, and
   where HARDLINK_FLIP_STRIDE says that all were tried elsewhere. */
#define STRIDE_FIELDS 5
#define STRIDE_HEAD   5
#define STRIDE_MOVED  3
#define SAMPLE	      "101"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if defined(SANITIZED) || defined(__SANITIZE_ADDRESS__)
static const char *const default_sample = SAMPLE;
#else
static const char *const default_sample;
#endif

static size_t choose_stride(size_t usual)
{
	const char *text = getenv("HARDLINK_FLIP_STRIDE");
	size_t stride;

	if (getenv("HARDLINK_FULL") != NULL)
		return 1;
	if (text == NULL)
		text = default_sample;
	stride = text == NULL ? usual : strtoul(text, NULL, 10);
	assert_true(stride > 0);
	return stride;
}

/* --- signatures: most are asked for again and again, since all but one of the
   entries are as they were. What was answered once for the very same bytes is
   remembered. */

#define MEMO_SIZE 65536

static pthread_mutex_t memo_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct memo {
	unsigned char hash[32];
	bool known, good;
} memos[MEMO_SIZE];

int __real_crypto_sign_verify_detached(const unsigned char *signature,
				       const unsigned char *message,
				       unsigned long long size,
				       const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature,
				       const unsigned char *message,
				       unsigned long long size,
				       const unsigned char *key);

int __wrap_crypto_sign_verify_detached(const unsigned char *signature,
				       const unsigned char *message,
				       unsigned long long size,
				       const unsigned char *key)
{
	crypto_generichash_state state;
	unsigned char hash[32];
	struct memo *memo;
	int result;

	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	crypto_generichash_update(&state, signature, 64);
	crypto_generichash_update(&state, key, 32);
	crypto_generichash_update(&state, message, size);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memo = &memos[(hash[0] | (unsigned int)hash[1] << 8) % MEMO_SIZE];
	pthread_mutex_lock(&memo_mutex);
	if (!memo->known || memcmp(memo->hash, hash, sizeof(hash)) != 0) {
		memcpy(memo->hash, hash, sizeof(hash));
		memo->good = __real_crypto_sign_verify_detached(
				     signature, message, size, key) == 0;
		memo->known = true;
	}
	result = memo->good ? 0 : -1;
	pthread_mutex_unlock(&memo_mutex);
	return result;
}

/* --- the log, in memory and in a database that is tampered with */

struct kept {
	char statement[HL_STATEMENT_MAX], payload[HL_PAYLOAD_MAX];
	unsigned char signature[HL_SIGNATURE_SIZE];
	size_t statement_size, payload_size;
};

struct bench {
	struct long_log log;
	unsigned char origin[HL_ORIGIN_SIZE];
	struct kept entries[LONG_LOG_ENTRIES + 1];
	sqlite3 *db;
	/* of this worker */
	unsigned int worker;
	size_t stride, place;
	unsigned int cases, unnoticed, wrong;
};

static struct bench bench;

static int keep(const struct hl_record *record, void *context,
		struct hl_error *err)
{
	struct kept *kept = &bench.entries[record->seq];

	(void)context;
	(void)err;
	memcpy(kept->statement, record->statement, record->statement_size);
	kept->statement_size = record->statement_size;
	memcpy(kept->signature, record->signature, HL_SIGNATURE_SIZE);
	if (record->payload != NULL)
		memcpy(kept->payload, record->payload, record->payload_size);
	kept->payload_size = record->payload_size;
	return 0;
}

static int group_setup(void **state)
{
	struct hl_store *store;
	struct hl_error err;

	(void)state;
	long_log_init(&bench.log);
	assert_int_equal(hl_store_open(bench.log.fixture.config.store,
				       HL_STORE_READ, NULL, &store, &err),
			 0);
	memcpy(bench.origin, hl_store_origin(store), HL_ORIGIN_SIZE);
	assert_int_equal(hl_store_each_entry(store, 1, INT64_MAX, HL_ASCENDING,
					     keep, NULL, &err),
			 0);
	hl_store_close(&store);
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	fixture_deinit(&bench.log.fixture);
	return 0;
}

static void die(const char *what)
{
	printf("%s: %s\n", what, sqlite3_errmsg(bench.db));
	fflush(stdout);
	_exit(1);
}

static void sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void sql(const char *fmt, ...)
{
	char text[4096];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (sqlite3_exec(bench.db, text, NULL, NULL, NULL) != SQLITE_OK)
		die(text);
}

/* A copy of the whole fixture for this worker, with the original attached. */
static void open_copy(void)
{
	struct log_fixture *fixture = &bench.log.fixture, copy;
	char command[512];
	int persist = 1;

	fixture_init(&copy, "/dev/shm");
	snprintf(command, sizeof(command), "rm -rf %s/* && cp -a %s/. %s/",
		 copy.dir, fixture->dir, copy.dir);
	assert_int_equal(system(command), 0);
	snprintf(command, sizeof(command), "%s", fixture_db(fixture, ""));
	*fixture = copy;
	/* its pointers lead into itself */
	fixture->config.store = fixture->paths[0];
	fixture->config.keyring = fixture->paths[1];
	fixture->config.signing_key = fixture->paths[2];
	fixture->config.mark = fixture->paths[3];
	fixture->config.filter_dir = fixture->dir;
	assert_int_equal(sqlite3_open(fixture_db(fixture, ""), &bench.db),
			 SQLITE_OK);
	sqlite3_file_control(bench.db, "main", SQLITE_FCNTL_PERSIST_WAL,
			     &persist);
	sql("PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON;"
	    "ATTACH '%s' AS original",
	    command);
}

static void restore(void)
{
	sql("BEGIN; DELETE FROM entry; DELETE FROM link; DELETE FROM head;"
	    "DELETE FROM meta;"
	    "INSERT INTO entry SELECT * FROM original.entry;"
	    "INSERT INTO link SELECT * FROM original.link;"
	    "INSERT INTO head SELECT * FROM original.head;"
	    "INSERT INTO meta SELECT * FROM original.meta; COMMIT");
}

/* Puts bytes into a column. */
static void put(const char *table, const char *column, const char *where,
		const void *data, size_t size, bool text)
{
	char query[256];
	sqlite3_stmt *stmt;

	snprintf(query, sizeof(query), "UPDATE %s SET %s = ?1 WHERE %s", table,
		 column, where);
	if (sqlite3_prepare_v2(bench.db, query, -1, &stmt, NULL) != SQLITE_OK)
		die(__func__);
	if (text)
		sqlite3_bind_text(stmt, 1, data, (int)size, SQLITE_STATIC);
	else
		sqlite3_bind_blob(stmt, 1, data, (int)size, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_DONE)
		die(__func__);
	sqlite3_finalize(stmt);
}

static void put_entry(unsigned int seq, const char *column, const void *data,
		      size_t size)
{
	char where[32];

	snprintf(where, sizeof(where), "seq = %u", seq);
	put("entry", column, where, data, size, false);
}

/* --- what must come of it */

/* older_too: also what an older entry of the same address said; FORMAT.md
   section 11 says when. */
static void check_answers(const char *what, unsigned int seq, bool older_too)
{
	struct hl_lookup *lookup = hl_lookup_init(&bench.log.fixture.config);
	char own[64];
	const char *answer;
	unsigned int n;

	for (n = 0; n < bench.log.count; n++) {
		answer = fixture_answer(lookup, bench.log.addresses[n]);
		snprintf(own, sizeof(own), " <u%u-", n);
		if (strcmp(answer, bench.log.answers[n]) == 0 ||
		    strcmp(answer, "none") == 0 ||
		    strncmp(answer, "error: ", 7) == 0 ||
		    (older_too && strstr(answer, own) != NULL))
			continue;
		printf("%s, entry %u: %s: %s\n", what, seq,
		       bench.log.addresses[n], answer);
		bench.wrong++;
	}
	hl_lookup_deinit(&lookup);
}

static void check_tampered(const char *what, unsigned int seq, bool older_too)
{
	bench.cases++;
	check_answers(what, seq, older_too);
	if (fixture_verify(&bench.log.fixture) != 0)
		return;
	printf("%s, entry %u: unnoticed\n", what, seq);
	bench.unnoticed++;
}

/* Is the next case one of this worker's? */
static bool is_mine(void)
{
	size_t place = bench.place++;

	return place % bench.stride == 0 &&
	       place / bench.stride % WORKERS == bench.worker;
}

static int finish(void)
{
	sqlite3_close(bench.db);
	fixture_deinit(&bench.log.fixture);
	if (bench.cases == 0 || bench.wrong + bench.unnoticed > 0)
		printf("%u cases: %u unnoticed, %u wrong answers\n",
		       bench.cases, bench.unnoticed, bench.wrong);
	return bench.cases == 0 || bench.wrong + bench.unnoticed > 0;
}

/* Runs func in each worker, on a copy that is whole at first. */
static void in_workers(void (*func)(void), size_t stride)
{
	int status, failed = 0;
	unsigned int worker;

	bench.stride = choose_stride(stride);
	fflush(stdout);
	for (worker = 0; worker < WORKERS; worker++) {
		if (fork() == 0) {
			bench.worker = worker;
			open_copy();
			restore();
			if (fixture_verify(&bench.log.fixture) != 0)
				die(bench.log.fixture.err.text);
			func();
			worker = (unsigned int)finish();
			fflush(stdout);
			_exit((int)worker);
		}
	}
	while (wait(&status) > 0)
		failed |= status;
	assert_int_equal(failed, 0);
}

/* --- each bit: by the two functions that verify and lookups go by */

static void flip_record(unsigned int seq, const struct hl_keyring *keyring,
			struct hl_verified *verified, unsigned char *field,
			size_t size)
{
	struct kept *kept = &bench.entries[seq];
	struct hl_record record = {
		.seq = seq,
		.statement = kept->statement,
		.statement_size = kept->statement_size,
		.signature = kept->signature,
		.payload = kept->payload_size == 0 ? NULL : kept->payload,
		.payload_size = kept->payload_size,
	};
	struct hl_entry entry;
	struct hl_error err;
	size_t bit;

	for (bit = 0; bit < 8 * size; bit++) {
		if (!is_mine())
			continue;
		bench.cases++;
		field[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		if (hl_record_verify_past(&record, bench.origin, keyring,
					  &entry, &err) == 0 ||
		    hl_record_verify(&record, bench.origin, keyring, verified,
				     &entry, &err) == 0) {
			printf("entry %u: a flipped bit, unnoticed\n", seq);
			bench.unnoticed++;
		}
		field[bit / 8] ^= (unsigned char)(1U << (bit % 8));
	}
}

static void flip_bits(void)
{
	struct hl_verified *verified = hl_verified_init();
	struct hl_keyring *keyring;
	struct hl_error err;
	struct kept *kept;
	unsigned int seq;

	if (hl_keyring_read(bench.log.fixture.config.keyring, &keyring, &err) <
	    0)
		die(__func__);
	for (seq = 1; seq <= LONG_LOG_ENTRIES; seq++) {
		kept = &bench.entries[seq];
		flip_record(seq, keyring, verified,
			    (unsigned char *)kept->statement,
			    kept->statement_size);
		flip_record(seq, keyring, verified, kept->signature,
			    HL_SIGNATURE_SIZE);
		flip_record(seq, keyring, verified,
			    (unsigned char *)kept->payload, kept->payload_size);
	}
	hl_keyring_free(&keyring);
	hl_verified_deinit(&verified);
}

static void test_each_bit_of_each_entry(void **state)
{
	(void)state;
	in_workers(flip_bits, 1);
}

/* --- each field, by the whole of verify and a lookup of each address */

/* Flips a bit of each line of a document, another one in each, and calls
   func with the result. */
static void flip_lines(unsigned int seq, const char *text, size_t size,
		       void (*func)(unsigned int seq, const char *data,
				    size_t size))
{
	char data[HL_PAYLOAD_MAX];
	size_t start, end, pos;
	unsigned int line = 0;

	for (start = 0; start < size; start = end) {
		for (end = start; text[end] != '\n'; end++)
			;
		end++;
		line++;
		if (!is_mine())
			continue;
		memcpy(data, text, size);
		/* towards the end, where the value is */
		pos = end - 1 - (seq * 7 + line) % ((end - start + 1) / 2);
		data[pos] ^= (char)(1U << ((seq + line) % 8));
		func(seq, data, size);
	}
}

static void try_statement(unsigned int seq, const char *data, size_t size)
{
	put_entry(seq, "statement", data, size);
	check_tampered("a field of the statement", seq, false);
	put_entry(seq, "statement", bench.entries[seq].statement,
		  bench.entries[seq].statement_size);
}

static void try_payload(unsigned int seq, const char *data, size_t size)
{
	put_entry(seq, "payload", data, size);
	check_tampered("a field of the payload", seq, false);
	put_entry(seq, "payload", bench.entries[seq].payload,
		  bench.entries[seq].payload_size);
}

static void try_index(unsigned int seq, const char *change)
{
	if (!is_mine())
		return;
	sql("UPDATE OR IGNORE link SET %s WHERE seq = %u", change, seq);
	if (sqlite3_changes(bench.db) > 0)
		check_tampered(change, seq, false);
	restore();
}

static void flip_fields(void)
{
	unsigned int seq, bit;
	char change[128];

	for (seq = 1; seq <= LONG_LOG_ENTRIES; seq++) {
		flip_lines(seq, bench.entries[seq].statement,
			   bench.entries[seq].statement_size, try_statement);
		flip_lines(seq, bench.entries[seq].payload,
			   bench.entries[seq].payload_size, try_payload);
		for (bit = 0; bit < 8; bit++) {
			snprintf(change, sizeof(change),
				 "seq = (seq | %u) - (seq & %u)", 1U << bit,
				 1U << bit);
			try_index(seq, change);
			snprintf(change, sizeof(change),
				 "superseded_by = (superseded_by | %u) - "
				 "(superseded_by & %u) WHERE superseded_by NOT "
				 "NULL AND 1 = 1 AND seq = %u --",
				 1U << bit, 1U << bit, seq);
			try_index(seq, change);
		}
		try_index(seq, "superseded_by = iif(superseded_by IS NULL, "
			       "seq + 1, NULL)");
		try_index(seq, "key = 'v' || substr(key, 2)");
		snprintf(change, sizeof(change),
			 "key = 'u1@example.org' "
			 "WHERE key <> 'u1@example.org' AND seq = %u --",
			 seq);
		try_index(seq, change);
	}
}

static void test_each_field_of_each_entry(void **state)
{
	(void)state;
	in_workers(flip_fields, STRIDE_FIELDS);
}

/* --- the head, the mark, and whose store it is */

static void flip_column(const char *table, const char *column,
			const char *where, bool text)
{
	char query[128], data[HL_CHECKPOINT_MAX];
	sqlite3_stmt *stmt;
	size_t size, bit;

	snprintf(query, sizeof(query), "SELECT %s FROM %s WHERE %s", column,
		 table, where);
	if (sqlite3_prepare_v2(bench.db, query, -1, &stmt, NULL) != SQLITE_OK ||
	    sqlite3_step(stmt) != SQLITE_ROW)
		die(__func__);
	size = (size_t)sqlite3_column_bytes(stmt, 0);
	memcpy(data, sqlite3_column_blob(stmt, 0), size);
	sqlite3_finalize(stmt);
	for (bit = 0; bit < 8 * size; bit++) {
		if (!is_mine())
			continue;
		data[bit / 8] ^= (char)(1U << (bit % 8));
		put(table, column, where, data, size, text);
		check_tampered(column, 0, false);
		data[bit / 8] ^= (char)(1U << (bit % 8));
	}
	put(table, column, where, data, size, text);
}

static void flip_mark(void)
{
	const char *path = bench.log.fixture.config.mark;
	char data[512];
	ssize_t size;
	size_t bit;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	size = read(fd, data, sizeof(data));
	for (bit = 0; size > 0 && bit < 8 * (size_t)size; bit++) {
		if (!is_mine())
			continue;
		data[bit / 8] ^= (char)(1U << (bit % 8));
		if (pwrite(fd, data, (size_t)size, 0) != size)
			die(__func__);
		check_tampered("mark", 0, false);
		data[bit / 8] ^= (char)(1U << (bit % 8));
	}
	if (size <= 0 || pwrite(fd, data, (size_t)size, 0) != size)
		die(__func__);
	close(fd);
}

static void flip_head(void)
{
	flip_column("head", "checkpoint", "id = 1", false);
	flip_column("head", "frontier", "id = 1", false);
	flip_column("meta", "value", "name = 'origin'", true);
	flip_column("meta", "value", "name = 'folding'", true);
	flip_mark();
}

static void test_each_bit_of_the_head(void **state)
{
	(void)state;
	in_workers(flip_head, STRIDE_HEAD);
}

/* --- entries moved, taken away, put there */

/* Signs the statement of an entry by this key, which it then names; and with
   that the tree and, as only the present key could, the head. */
static void sign_as(unsigned int seq, const struct hl_signing_key *key,
		    const char *origin)
{
	char statement[HL_STATEMENT_MAX], checkpoint[HL_CHECKPOINT_MAX];
	unsigned char signature[HL_SIGNATURE_SIZE];
	unsigned char nodes[HL_MERKLE_FRONTIER_MAX];
	const struct kept *kept = &bench.entries[seq];
	struct hl_checkpoint head;
	struct hl_statement said;
	struct hl_merkle tree;
	struct hl_error err;
	unsigned int n;
	size_t size;

	if (hl_statement_parse(kept->statement, kept->statement_size, &said,
			       &err) < 0)
		die(__func__);
	memcpy(said.key_id, key->id, HL_KEY_ID_SIZE);
	if (origin != NULL)
		memcpy(said.origin, origin, HL_ORIGIN_SIZE);
	size = hl_statement_format(&said, statement, sizeof(statement));
	hl_record_sign(statement, size, key, signature);
	put_entry(seq, "statement", statement, size);
	put_entry(seq, "signature", signature, sizeof(signature));
	hl_merkle_init(&tree);
	for (n = 1; n <= LONG_LOG_ENTRIES; n++)
		hl_merkle_add(&tree,
			      n == seq ? statement : bench.entries[n].statement,
			      n == seq ? size
				       : bench.entries[n].statement_size);
	if (hl_statement_parse(bench.entries[LONG_LOG_ENTRIES].statement,
			       bench.entries[LONG_LOG_ENTRIES].statement_size,
			       &said, &err) < 0)
		die(__func__);
	memset(&head, 0, sizeof(head));
	memcpy(head.origin, bench.origin, HL_ORIGIN_SIZE);
	head.epoch = 1;
	head.size = LONG_LOG_ENTRIES;
	head.time = said.time;
	hl_merkle_root(&tree, head.root);
	size = hl_checkpoint_sign(&head, &bench.log.current, checkpoint);
	put("head", "checkpoint", "id = 1", checkpoint, size, false);
	size = hl_merkle_export(&tree, nodes, sizeof(nodes));
	put("head", "frontier", "id = 1", nodes, size, false);
}

static void note_seq(uint64_t seq, const char *text, void *context)
{
	uint64_t *wanted = context;

	(void)text;
	if (seq == *wanted)
		*wanted = 0;
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

/* It's this very entry that must be found fault with. */
static void check_signed_as(const char *what, unsigned int seq)
{
	uint64_t wanted = seq;
	struct hl_verify_callbacks callbacks = {note_seq, ignore_note, NULL,
						&wanted};
	struct hl_verify_result result;
	struct hl_error err;

	check_tampered(what, seq, false);
	if (hl_verify(&bench.log.fixture.config, NULL, &callbacks, &result,
		      &err) == 0 &&
	    wanted == 0)
		return;
	printf("%s, entry %u: the entry is found in order\n", what, seq);
	bench.unnoticed++;
}

static bool may_sign(const struct hl_signing_key *key, unsigned int seq)
{
	const struct hl_key *known;
	struct hl_keyring *keyring;
	struct hl_error err;
	bool result;

	if (hl_keyring_read(bench.log.fixture.config.keyring, &keyring, &err) <
	    0)
		die(__func__);
	known = hl_keyring_find(keyring, key->id);
	result = known != NULL && seq >= known->first && seq <= known->last;
	hl_keyring_free(&keyring);
	return result;
}

static void try_keys(unsigned int seq)
{
	struct hl_signing_key foreign;

	hl_signing_key_make(&foreign);
	sign_as(seq, &foreign, NULL);
	check_signed_as("signed by a foreign key", seq);
	if (!may_sign(&bench.log.retired, seq)) {
		sign_as(seq, &bench.log.retired, NULL);
		check_signed_as("signed by a retired key", seq);
	}
	/* what it signed itself would be as it is */
	if (!may_sign(&bench.log.revoked, seq)) {
		sign_as(seq, &bench.log.revoked, NULL);
		check_signed_as("signed by a revoked key", seq);
	}
	restore();
	if (may_sign(&bench.log.current, seq)) {
		sign_as(seq, &bench.log.current, "another origin..");
		check_signed_as("replayed from another store", seq);
		restore();
	}
}

struct tampering {
	const char *name, *sql;
	/* what an older entry said may be answered then */
	bool older_too;
};

/* ?1: the entry; ?2: another */
static const struct tampering tamperings[] = {
	{"deleted", "DELETE FROM entry WHERE seq = ?1", false},
	{"deleted with its row",
	 "DELETE FROM entry WHERE seq = ?1; DELETE FROM link WHERE seq = ?1",
	 false},
	{"deleted with its marks",
	 "UPDATE link SET superseded_by = (SELECT superseded_by FROM link "
	 "WHERE seq = ?1) WHERE superseded_by = ?1;"
	 "DELETE FROM entry WHERE seq = ?1; DELETE FROM link WHERE seq = ?1",
	 true},
	{"row deleted, older one reopened",
	 "UPDATE link SET superseded_by = (SELECT superseded_by FROM link "
	 "WHERE seq = ?1) WHERE superseded_by = ?1;"
	 "DELETE FROM link WHERE seq = ?1",
	 true},
	{"payload deleted",
	 "UPDATE entry SET payload = NULL WHERE seq = ?1 AND payload NOT NULL",
	 false},
	{"payload and row deleted, as an erasure would",
	 "UPDATE link SET superseded_by = (SELECT superseded_by FROM link "
	 "WHERE seq = ?1) WHERE superseded_by = ?1;"
	 "DELETE FROM link WHERE seq = ?1;"
	 "UPDATE entry SET payload = NULL WHERE seq = ?1 AND payload NOT NULL",
	 true},
	{"swapped with another",
	 "UPDATE entry SET seq = 9999 WHERE seq = ?1;"
	 "UPDATE entry SET seq = ?1 WHERE seq = ?2;"
	 "UPDATE entry SET seq = ?2 WHERE seq = 9999",
	 false},
	{"payload swapped with another's",
	 "UPDATE entry SET payload = (SELECT payload FROM original.entry AS o "
	 "WHERE o.seq = ?1 + ?2 - entry.seq) WHERE seq IN (?1, ?2)",
	 false},
	{"signature swapped with another's",
	 "UPDATE entry SET signature = (SELECT signature FROM original.entry "
	 "AS o WHERE o.seq = ?1 + ?2 - entry.seq) WHERE seq IN (?1, ?2)",
	 false},
	{"duplicated in the place of another",
	 "DELETE FROM entry WHERE seq = ?2; INSERT INTO entry SELECT ?2, "
	 "statement, signature, payload FROM original.entry WHERE seq = ?1",
	 false},
	{"duplicated at the end",
	 "INSERT INTO entry SELECT 201, statement, signature, payload FROM "
	 "original.entry WHERE seq = ?1",
	 false},
	{"row duplicated",
	 "INSERT INTO link SELECT 'w@example.org', seq, superseded_by FROM "
	 "original.link WHERE seq = ?1",
	 false},
	{"row swapped with another's",
	 "UPDATE link SET key = (SELECT key FROM original.link AS o WHERE "
	 "o.seq = ?1 + ?2 - link.seq) WHERE seq IN (?1, ?2) AND (SELECT "
	 "count(*) FROM original.link AS o WHERE seq IN (?1, ?2)) = 2",
	 false},
};

/* Whether it changed anything. */
static bool apply(const struct tampering *tampering, unsigned int seq,
		  unsigned int other)
{
	int before = sqlite3_total_changes(bench.db);
	const char *text = tampering->sql;
	sqlite3_stmt *stmt;

	for (; *text != '\0';) {
		if (sqlite3_prepare_v2(bench.db, text, -1, &stmt, &text) !=
		    SQLITE_OK) {
			printf("%s: %s\n", tampering->name,
			       sqlite3_errmsg(bench.db));
			die(__func__);
		}
		sqlite3_bind_int(stmt, 1, (int)seq);
		if (sqlite3_bind_parameter_count(stmt) > 1)
			sqlite3_bind_int(stmt, 2, (int)other);
		if (sqlite3_step(stmt) != SQLITE_DONE) {
			printf("%s: %s\n", tampering->name,
			       sqlite3_errmsg(bench.db));
			die(__func__);
		}
		sqlite3_finalize(stmt);
	}
	return sqlite3_total_changes(bench.db) != before;
}

/* Two erased entries have the same payload, and two rows of one key that key.
 */
static bool is_same(unsigned int seq, unsigned int other,
		    const struct tampering *tampering)
{
	char query[256];
	sqlite3_stmt *stmt;
	bool same = false;

	if (strstr(tampering->name, "swapped with another's") == NULL)
		return false;
	snprintf(query, sizeof(query),
		 "SELECT count(*) FROM entry JOIN original.entry AS o USING "
		 "(seq) JOIN link USING (seq) JOIN original.link AS l USING "
		 "(seq) WHERE (entry.payload IS NOT o.payload OR "
		 "entry.signature IS NOT o.signature OR link.key IS NOT l.key) "
		 "AND seq IN (%u, %u)",
		 seq, other);
	if (sqlite3_prepare_v2(bench.db, query, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		same = sqlite3_column_int(stmt, 0) == 0;
	sqlite3_finalize(stmt);
	return same;
}

static void move_entries(void)
{
	const struct tampering *tampering;
	unsigned int seq, other;
	size_t i;

	for (seq = 1; seq <= LONG_LOG_ENTRIES; seq++) {
		if (is_mine())
			try_keys(seq);
		for (i = 0; i < sizeof(tamperings) / sizeof(tamperings[0]);
		     i++) {
			tampering = &tamperings[i];
			/* a neighbour, or one far off */
			other = (seq - 1 + (seq % 2 == 0 ? 1 : 67)) %
					LONG_LOG_ENTRIES +
				1;
			if (!is_mine())
				continue;
			if (apply(tampering, seq, other) &&
			    !is_same(seq, other, tampering))
				check_tampered(tampering->name, seq,
					       tampering->older_too);
			restore();
		}
	}
}

static void test_entries_moved_and_signed_by_others(void **state)
{
	(void)state;
	in_workers(move_entries, STRIDE_MOVED);
}

/* test-tamper-log [PATTERN]: only the tests of that name */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_bit_of_each_entry),
		cmocka_unit_test(test_each_field_of_each_entry),
		cmocka_unit_test(test_each_bit_of_the_head),
		cmocka_unit_test(test_entries_moved_and_signed_by_others),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
