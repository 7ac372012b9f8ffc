#include "vectors.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

char vectors_dir[] = "/tmp/test-vectors-XXXXXX";

const char *vector_string(json_t *vector, const char *name)
{
	const char *value = json_string_value(json_object_get(vector, name));

	assert_non_null(value);
	return value;
}

uint64_t vector_number(json_t *vector, const char *name)
{
	json_t *value = json_object_get(vector, name);

	assert_true(json_is_integer(value));
	return (uint64_t)json_integer_value(value);
}

/* A copy of exactly its size, so that reading past its end is noticed. */
struct bytes bytes_dup(const void *data, size_t size)
{
	struct bytes copy = {malloc(size), size};

	assert_true(copy.data != NULL || size == 0);
	if (size > 0)
		memcpy(copy.data, data, size);
	return copy;
}

struct bytes bytes_from_hex(const char *hex)
{
	size_t size = strlen(hex) / 2;
	struct bytes bytes = {malloc(size), size};

	assert_int_equal(sodium_hex2bin(bytes.data, size, hex, strlen(hex),
					NULL, NULL, NULL),
			 0);
	return bytes;
}

/* The bytes `name`, or `name`_hex; of a null, data is NULL and size
   SIZE_MAX. */
struct bytes vector_bytes(json_t *vector, const char *name)
{
	char hex_name[64];
	json_t *value = json_object_get(vector, name);

	if (json_is_null(value))
		return (struct bytes){NULL, SIZE_MAX};
	if (value != NULL)
		return bytes_dup(json_string_value(value),
				 json_string_length(value));
	snprintf(hex_name, sizeof(hex_name), "%s_hex", name);
	return bytes_from_hex(vector_string(vector, hex_name));
}

void vector_assert_hex(json_t *vector, const char *name,
		       const unsigned char *data, size_t size)
{
	struct bytes expected;

	if (json_object_get(vector, name) == NULL)
		return;
	expected = bytes_from_hex(vector_string(vector, name));
	assert_int_equal(size, expected.size);
	assert_memory_equal(data, expected.data, size);
	free(expected.data);
}

void vector_assert_number(json_t *vector, const char *name, uint64_t number)
{
	if (json_object_get(vector, name) != NULL)
		assert_int_equal(number, vector_number(vector, name));
}

void vectors_write_file(const char *name, const struct bytes *data)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", vectors_dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, data->data, data->size), data->size);
	assert_int_equal(close(fd), 0);
}

void vectors_remove_files(void)
{
	struct dirent *entry;
	DIR *dir = opendir(vectors_dir);
	char path[sizeof(vectors_dir) + sizeof(entry->d_name)];

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", vectors_dir,
			 entry->d_name);
		assert_int_equal(unlink(path), 0);
	}
	closedir(dir);
}

void vectors_write_keyring(json_t *collection, json_t *vector)
{
	json_t *files = json_object_get(json_object_get(collection, "keyrings"),
					vector_string(vector, "keyring"));
	const char *name;
	json_t *text;

	assert_true(json_object_size(files) > 0);
	json_object_foreach (files, name, text) {
		struct bytes data = bytes_dup(json_string_value(text),
					      json_string_length(text));
		vectors_write_file(name, &data);
		free(data.data);
	}
}

void vectors_run(const char *element, vector_check *check)
{
	char path[4096];
	json_t *collection, *vector, *vectors;
	struct hl_error err;
	unsigned int wrong = 0;
	size_t i;

	snprintf(path, sizeof(path), "%s/%s.json", VECTORS_DIR, element);
	collection = json_load_file(path, JSON_ALLOW_NUL, NULL);
	assert_non_null(collection);
	assert_string_equal(vector_string(collection, "element"), element);
	vectors = json_object_get(collection, "vectors");
	assert_true(json_array_size(vectors) > 0);
	json_array_foreach (vectors, i, vector) {
		bool accept = json_is_true(json_object_get(vector, "accept"));
		bool accepted;

		err.code = HL_ERROR_NONE;
		accepted = check(collection, vector, &err) == 0;
		assert_true(accepted || err.code != HL_ERROR_NONE);
		if (accepted == accept)
			continue;
		print_error("%s: %s: %s\n", element,
			    vector_string(vector, "name"),
			    accepted ? "accepted" : err.text);
		wrong++;
	}
	json_decref(collection);
	assert_int_equal(wrong, 0);
}

int vectors_make_dir(void **state)
{
	(void)state;
	return sodium_init() < 0 || mkdtemp(vectors_dir) == NULL ? -1 : 0;
}

int vectors_remove_dir(void **state)
{
	(void)state;
	vectors_remove_files();
	return rmdir(vectors_dir);
}
