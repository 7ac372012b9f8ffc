#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "hl-sqlite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A directory of its own for each test, and a store in it whose every row
   follows from its sequence number. */

#define KEYS 3

struct fixture {
	char dir[256];
	char path[300];
	/* "sqlite:" and path */
	char location[310];
};

extern const unsigned char fixture_origin[HL_ORIGIN_SIZE];

int fixture_setup(void **state);
int fixture_teardown(void **state);
/* <dir>/<name>; valid until the fourth call after this one. */
const char *fixture_file(const struct fixture *fix, const char *name);
/* Reads a whole file; free it. */
void *fixture_read(const char *path, size_t *size_r);
void fixture_write(const char *path, const void *data, size_t size);
/* Runs SQL on a database behind the library's back. */
void fixture_sql(const char *path, const char *sql);

struct hl_store *fixture_open(const char *location, enum hl_store_mode mode);
/* Opening must fail with this code and, within its text, these words. */
void fixture_open_fails(const char *location, enum hl_store_mode mode,
			enum hl_error_code code, const char *words);

const char *fixture_key(uint64_t seq);
int fixture_append(struct hl_store *store, uint64_t seq, struct hl_error *err);
/* Appends first to last and a head that says so, in one transaction. Returns
   what the first failing function returned. */
int fixture_write_batch(struct hl_store *store, uint64_t first, uint64_t last,
			struct hl_error *err);
void fixture_add(struct hl_store *store, uint64_t first, uint64_t last);
/* Makes the store with the entries 1 to last. */
void fixture_create(struct fixture *fix, uint64_t last);
/* Asserts that head, entries and index are what they are after last. */
void fixture_assert_whole(struct hl_store *store, uint64_t last);
uint64_t fixture_last(struct hl_store *store);

#endif
