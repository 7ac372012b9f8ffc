#include "store-fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const unsigned char fixture_origin[HL_ORIGIN_SIZE] = {0xa0, 1, 2, 3};

int fixture_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *fix = calloc(1, sizeof(*fix));

	assert_non_null(fix);
	snprintf(fix->dir, sizeof(fix->dir), "%s/hl-store-XXXXXX",
		 tmp == NULL ? "/tmp" : tmp);
	assert_non_null(mkdtemp(fix->dir));
	/* other users take part */
	assert_int_equal(chmod(fix->dir, 0755), 0);
	snprintf(fix->path, sizeof(fix->path), "%s/test.db", fix->dir);
	snprintf(fix->location, sizeof(fix->location), "sqlite:%s", fix->path);
	*state = fix;
	return 0;
}

int fixture_teardown(void **state)
{
	struct fixture *fix = *state;
	DIR *dir = opendir(fix->dir);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		unlink(fixture_file(fix, entry->d_name));
	if (dir != NULL)
		closedir(dir);
	rmdir(fix->dir);
	free(fix);
	return 0;
}

const char *fixture_file(const struct fixture *fix, const char *name)
{
	static char names[4][600];
	static unsigned int next;
	char *file = names[next++ % 4];

	snprintf(file, sizeof(names[0]), "%s/%s", fix->dir, name);
	return file;
}

void *fixture_read(const char *path, size_t *size_r)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	char *data;

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &st), 0);
	data = malloc((size_t)st.st_size + 1);
	assert_non_null(data);
	*size_r = fread(data, 1, (size_t)st.st_size, file);
	assert_int_equal(*size_r, st.st_size);
	fclose(file);
	return data;
}

void fixture_write(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

void fixture_sql(const char *path, const char *sql)
{
	char *error = NULL;
	int persist = 1;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_file_control(db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
	sqlite3_exec(db, sql, NULL, NULL, &error);
	assert_null(error);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct hl_store *fixture_open(const char *location, enum hl_store_mode mode)
{
	struct hl_store *store;
	struct hl_error err;

	if (hl_store_open(location, mode,
			  mode == HL_STORE_CREATE ? fixture_origin : NULL,
			  &store, &err) < 0)
		fail_msg("%s", err.text);
	return store;
}

void fixture_open_fails(const char *location, enum hl_store_mode mode,
			enum hl_error_code code, const char *words)
{
	struct hl_store *store;
	struct hl_error err;

	assert_int_equal(
		hl_store_open(location, mode,
			      mode == HL_STORE_CREATE ? fixture_origin : NULL,
			      &store, &err),
		-1);
	assert_null(store);
	if (err.code != code || strstr(err.text, words) == NULL)
		fail_msg("%d: %s", err.code, err.text);
}

const char *fixture_key(uint64_t seq)
{
	static const char *const keys[KEYS] = {"a@example.org", "!sweep",
					       "!c@example.org"};

	return keys[seq % KEYS];
}

/* Long enough for overflow pages, so that a torn write can hit one. */
static void make_record(uint64_t seq, struct hl_record *record)
{
	static char statement[300], payload[3000];
	static unsigned char signature[HL_SIGNATURE_SIZE];

	memset(statement, 'a' + (int)(seq % 26), sizeof(statement));
	memset(payload, 'A' + (int)(seq % 26), sizeof(payload));
	memset(signature, (int)(seq % 256), sizeof(signature));
	record->seq = seq;
	record->statement = statement;
	record->statement_size = sizeof(statement);
	record->signature = signature;
	record->payload = payload;
	record->payload_size = sizeof(payload);
}

int fixture_append(struct hl_store *store, uint64_t seq, struct hl_error *err)
{
	struct hl_record record;

	make_record(seq, &record);
	return hl_store_append(store, fixture_key(seq), &record, err);
}

static int put_head(struct hl_store *store, uint64_t last, struct hl_error *err)
{
	unsigned char frontier[32] = {(unsigned char)last};
	char checkpoint[32];
	struct hl_head_row head = {
		.checkpoint = checkpoint,
		.frontier = frontier,
		.frontier_size = sizeof(frontier),
	};

	head.checkpoint_size =
		(size_t)snprintf(checkpoint, sizeof(checkpoint), "%llu\n",
				 (unsigned long long)last);
	return hl_store_put_head(store, &head, err);
}

int fixture_write_batch(struct hl_store *store, uint64_t first, uint64_t last,
			struct hl_error *err)
{
	int ret = 0;

	if (hl_store_write_begin(store, err) < 0)
		return -1;
	for (; first <= last && ret == 0; first++)
		ret = fixture_append(store, first, err);
	if (ret == 0)
		ret = put_head(store, last, err);
	if (ret == 0)
		return hl_store_write_commit(store, err);
	hl_store_write_rollback(store);
	return -1;
}

void fixture_add(struct hl_store *store, uint64_t first, uint64_t last)
{
	struct hl_error err;

	if (fixture_write_batch(store, first, last, &err) < 0)
		fail_msg("%s", err.text);
}

void fixture_create(struct fixture *fix, uint64_t last)
{
	struct hl_store *store = fixture_open(fix->location, HL_STORE_CREATE);

	fixture_add(store, 1, last);
	hl_store_close(&store);
}

static int assert_record(const struct hl_record *record, void *context,
			 struct hl_error *err)
{
	uint64_t *expected = context;
	struct hl_record want;

	(void)err;
	make_record(*expected, &want);
	assert_int_equal(record->seq, *expected);
	assert_int_equal(record->statement_size, want.statement_size);
	assert_memory_equal(record->statement, want.statement,
			    want.statement_size);
	assert_memory_equal(record->signature, want.signature,
			    HL_SIGNATURE_SIZE);
	assert_int_equal(record->payload_size, want.payload_size);
	assert_memory_equal(record->payload, want.payload, want.payload_size);
	(*expected)++;
	return 0;
}

struct index_context {
	uint64_t last, rows;
};

static int assert_index(const struct hl_index_row *row, void *context,
			struct hl_error *err)
{
	struct index_context *ctx = context;
	uint64_t next = row->seq + KEYS;

	(void)err;
	assert_string_equal(row->key, fixture_key(row->seq));
	assert_int_equal(row->superseded_by, next > ctx->last ? 0 : next);
	ctx->rows++;
	return 0;
}

uint64_t fixture_last(struct hl_store *store)
{
	struct hl_error err;
	uint64_t last;

	if (hl_store_get_last_seq(store, &last, &err) < 0)
		fail_msg("%s", err.text);
	return last;
}

void fixture_assert_whole(struct hl_store *store, uint64_t last)
{
	struct index_context ctx = {.last = last};
	uint64_t expected = 1;
	struct hl_head_row head;
	struct hl_error err;
	char text[32];

	assert_int_equal(fixture_last(store), last);
	assert_int_equal(hl_store_each_entry(store, 1, UINT64_MAX, HL_ASCENDING,
					     assert_record, &expected, &err),
			 0);
	assert_int_equal(expected, last + 1);
	assert_int_equal(hl_store_each_index(store, NULL, HL_ASCENDING,
					     assert_index, &ctx, &err),
			 0);
	assert_int_equal(ctx.rows, last);
	assert_int_equal(hl_store_get_head(store, &head, &err),
			 last > 0 ? 0 : -1);
	if (last == 0)
		return;
	snprintf(text, sizeof(text), "%llu\n", (unsigned long long)last);
	assert_int_equal(head.checkpoint_size, strlen(text));
	assert_memory_equal(head.checkpoint, text, strlen(text));
	assert_int_equal(head.frontier[0], last);
}
