#ifndef VECTORS_H
#define VECTORS_H

#include "hl-error.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* The test vectors of the formats (schema/vectors, described in
   schema/README.md) for tests of libhardlink. Whatever a vector lacks fails
   the test. */

struct bytes {
	unsigned char *data;
	size_t size;
};

/* A temporary directory for the files that vectors describe. */
extern char vectors_dir[];

/* Group setup and teardown. */
int vectors_make_dir(void **state);
int vectors_remove_dir(void **state);

/* 0 if libhardlink accepts the vector, -1 with err if it refuses. What it must
   have been read as is asserted. */
typedef int vector_check(json_t *collection, json_t *vector,
			 struct hl_error *err);

/* Tries all vectors of an element and fails after naming those that were
   decided wrongly. */
void vectors_run(const char *element, vector_check *check);

#define VECTORS_TEST(name, element) \
	static void test_##name(void **state) \
	{ \
		(void)state; \
		vectors_run(element, check_##name); \
	}

const char *vector_string(json_t *vector, const char *name);
uint64_t vector_number(json_t *vector, const char *name);
/* A copy of exactly its size, so that reading past its end is noticed. To be
   freed, as those below. */
struct bytes bytes_dup(const void *data, size_t size);
struct bytes bytes_from_hex(const char *hex);
/* The bytes `name` or `name`_hex; of a null, data is NULL and size SIZE_MAX. */
struct bytes vector_bytes(json_t *vector, const char *name);

/* Do nothing if the vector doesn't have that name. */
void vector_assert_hex(json_t *vector, const char *name,
		       const unsigned char *data, size_t size);
void vector_assert_number(json_t *vector, const char *name, uint64_t number);

/* Files in vectors_dir. The keyring is the one that the vector names. */
void vectors_write_file(const char *name, const struct bytes *data);
void vectors_write_keyring(json_t *collection, json_t *vector);
void vectors_remove_files(void);

#endif
