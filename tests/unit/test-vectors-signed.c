/* Test vectors of what is signed, and of keys and marks. */

#include "vectors.h"

#include "hl-checkpoint.h"
#include "hl-record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_keyring(json_t *collection, json_t *vector,
			struct hl_keyring **keyring_r, struct hl_error *err)
{
	int ret;

	vectors_write_keyring(collection, vector);
	ret = hl_keyring_read(vectors_dir, keyring_r, err);
	vectors_remove_files();
	return ret;
}

static int check_record(json_t *vector, const struct hl_keyring *keyring,
			struct hl_error *err)
{
	struct bytes statement = vector_bytes(vector, "statement");
	struct bytes signature = vector_bytes(vector, "signature");
	struct bytes payload = vector_bytes(vector, "payload");
	struct bytes origin = bytes_from_hex(vector_string(vector, "origin"));
	struct hl_record record = {
		.seq = vector_number(vector, "seq"),
		.statement = statement.data,
		.statement_size = statement.size,
		.signature = signature.data,
		.payload = payload.data,
		.payload_size = payload.size == SIZE_MAX ? 0 : payload.size,
	};
	struct hl_entry entry;
	int ret;

	/* A store has no signatures of another size. */
	if (signature.size != HL_SIGNATURE_SIZE)
		ret = hl_error_set(err, HL_ERROR_STORE, "signature's size");
	else
		ret = hl_record_verify(&record, origin.data, keyring, NULL,
				       &entry, err);
	if (ret == 0 && entry.erased)
		ret = hl_error_set(err, HL_ERROR_STORE, "payload missing");
	free(statement.data);
	free(signature.data);
	free(payload.data);
	free(origin.data);
	return ret;
}

static int check_entry(json_t *collection, json_t *vector, struct hl_error *err)
{
	struct hl_keyring *keyring;
	int ret;

	assert_int_equal(read_keyring(collection, vector, &keyring, err), 0);
	ret = check_record(vector, keyring, err);
	hl_keyring_free(&keyring);
	return ret;
}

static void assert_checkpoint(json_t *vector,
			      const struct hl_checkpoint *checkpoint)
{
	vector_assert_hex(vector, "origin", checkpoint->origin, HL_ORIGIN_SIZE);
	vector_assert_number(vector, "epoch", checkpoint->epoch);
	vector_assert_number(vector, "size", checkpoint->size);
	vector_assert_hex(vector, "root", checkpoint->root, HL_HASH_SIZE);
}

static int check_checkpoint(json_t *collection, json_t *vector,
			    struct hl_error *err)
{
	struct bytes data = vector_bytes(vector, "data");
	struct hl_checkpoint checkpoint;
	struct hl_keyring *keyring;
	int ret;

	assert_int_equal(read_keyring(collection, vector, &keyring, err), 0);
	ret = hl_checkpoint_verify(data.data, data.size, keyring, &checkpoint,
				   err);
	if (ret == 0) {
		assert_checkpoint(vector, &checkpoint);
		vector_assert_number(vector, "time", (uint64_t)checkpoint.time);
	}
	hl_keyring_free(&keyring);
	free(data.data);
	return ret;
}

static void assert_may_sign(json_t *vector, const struct hl_keyring *keyring)
{
	struct hl_error err;
	json_t *rule;
	size_t i;

	json_array_foreach (json_object_get(vector, "may_sign"), i, rule) {
		struct bytes id = bytes_from_hex(
			json_string_value(json_array_get(rule, 0)));
		const struct hl_key *key = hl_keyring_find(keyring, id.data);
		uint64_t seq =
			(uint64_t)json_integer_value(json_array_get(rule, 1));
		bool allowed =
			key != NULL && hl_key_may_sign(key, seq, &err) == 0;

		assert_int_equal(allowed,
				 json_is_true(json_array_get(rule, 2)));
		free(id.data);
	}
}

static int check_keyring(json_t *collection, json_t *vector,
			 struct hl_error *err)
{
	json_t *file, *files = json_object_get(vector, "files");
	struct hl_keyring *keyring;
	size_t i;
	int ret;

	(void)collection;
	json_array_foreach (files, i, file) {
		struct bytes data = vector_bytes(file, "data");

		vectors_write_file(vector_string(file, "name"), &data);
		free(data.data);
	}
	ret = hl_keyring_read(vectors_dir, &keyring, err);
	vectors_remove_files();
	if (ret == 0) {
		assert_may_sign(vector, keyring);
		hl_keyring_free(&keyring);
	}
	return ret;
}

/* Writes the vector's data to a file and gives its path. */
static void write_data(json_t *vector, char *path, size_t size)
{
	struct bytes data = vector_bytes(vector, "data");

	vectors_write_file("data", &data);
	free(data.data);
	snprintf(path, size, "%s/data", vectors_dir);
}

static int check_signing_key(json_t *collection, json_t *vector,
			     struct hl_error *err)
{
	struct hl_signing_key key;
	char path[256];
	int ret;

	(void)collection;
	write_data(vector, path, sizeof(path));
	ret = hl_signing_key_read(path, &key, err);
	vectors_remove_files();
	if (ret == 0) {
		vector_assert_hex(vector, "public", key.public_key,
				  HL_PUBLIC_KEY_SIZE);
		vector_assert_hex(vector, "id", key.id, HL_KEY_ID_SIZE);
		hl_signing_key_clear(&key);
	}
	return ret;
}

static int check_mark(json_t *collection, json_t *vector, struct hl_error *err)
{
	struct hl_checkpoint mark;
	char path[256];
	int ret;

	(void)collection;
	write_data(vector, path, sizeof(path));
	ret = hl_mark_read(path, &mark, err);
	vectors_remove_files();
	if (ret == 0)
		assert_checkpoint(vector, &mark);
	return ret;
}

static void get_checkpoint(json_t *facts, struct hl_checkpoint *checkpoint_r)
{
	struct bytes origin = bytes_from_hex(vector_string(facts, "origin"));
	struct bytes root = bytes_from_hex(vector_string(facts, "root"));

	memset(checkpoint_r, 0, sizeof(*checkpoint_r));
	memcpy(checkpoint_r->origin, origin.data, HL_ORIGIN_SIZE);
	memcpy(checkpoint_r->root, root.data, HL_HASH_SIZE);
	checkpoint_r->epoch = vector_number(facts, "epoch");
	checkpoint_r->size = vector_number(facts, "size");
	free(origin.data);
	free(root.data);
}

static int check_mark_order(json_t *collection, json_t *vector,
			    struct hl_error *err)
{
	struct hl_checkpoint mark, head;

	(void)collection;
	get_checkpoint(json_object_get(vector, "mark"), &mark);
	get_checkpoint(json_object_get(vector, "head"), &head);
	return hl_mark_check(&mark, &head, err);
}

VECTORS_TEST(entry, "entry")
VECTORS_TEST(checkpoint, "checkpoint")
VECTORS_TEST(keyring, "keyring")
VECTORS_TEST(signing_key, "signing-key")
VECTORS_TEST(mark, "mark")
VECTORS_TEST(mark_order, "mark-order")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_checkpoint),
		cmocka_unit_test(test_keyring),
		cmocka_unit_test(test_signing_key),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_mark_order),
	};

	return cmocka_run_group_tests(tests, vectors_make_dir,
				      vectors_remove_dir);
}
