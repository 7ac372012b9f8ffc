/* Test vectors of what needs no key: addresses, statements, payloads, tree,
   answer. */

#include "vectors.h"

#include "hl-entry.h"
#include "hl-merkle.h"
#include "hl-reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum hl_action get_action(json_t *vector)
{
	const char *name = vector_string(vector, "action");
	unsigned int i;

	for (i = 0; i <= HL_ACTION_RECOVER; i++) {
		if (strcmp(hl_action_name((enum hl_action)i), name) == 0)
			return (enum hl_action)i;
	}
	fail_msg("unknown action %s", name);
	return HL_ACTION_SET;
}

static int check_address(json_t *collection, json_t *vector,
			 struct hl_error *err)
{
	struct bytes data = vector_bytes(vector, "data");
	struct hl_address address;
	char text[HL_ADDRESS_SIZE];
	size_t size;
	int ret;

	(void)collection;
	ret = hl_address_parse((const char *)data.data, data.size, 0, &address,
			       err);
	if (ret == 0) {
		if (strcmp(vector_string(vector, "as"), "key") == 0)
			hl_address_fold(&address);
		size = hl_address_format(&address, text);
		if (size != data.size || memcmp(text, data.data, size) != 0)
			ret = hl_error_set(err, HL_ERROR_DATA, "not canonical");
	}
	free(data.data);
	return ret;
}

static int check_statement(json_t *collection, json_t *vector,
			   struct hl_error *err)
{
	struct bytes data = vector_bytes(vector, "data");
	struct hl_statement statement;
	char again[HL_STATEMENT_MAX];
	int ret = hl_statement_parse(data.data, data.size, &statement, err);

	(void)collection;
	if (ret == 0) {
		assert_int_equal(
			hl_statement_format(&statement, again, sizeof(again)),
			data.size);
		assert_memory_equal(again, data.data, data.size);
		vector_assert_hex(vector, "origin", statement.origin,
				  HL_ORIGIN_SIZE);
		vector_assert_number(vector, "epoch", statement.epoch);
		vector_assert_number(vector, "seq", statement.seq);
		vector_assert_number(vector, "time", (uint64_t)statement.time);
		vector_assert_hex(vector, "key", statement.key_id,
				  HL_KEY_ID_SIZE);
		vector_assert_hex(vector, "payload", statement.payload_hash,
				  HL_HASH_SIZE);
	}
	free(data.data);
	return ret;
}

static int check_payload(json_t *collection, json_t *vector,
			 struct hl_error *err)
{
	static char again[HL_PAYLOAD_MAX];
	enum hl_action action = get_action(vector);
	struct bytes data = vector_bytes(vector, "data");
	struct hl_payload payload;
	int ret = hl_payload_parse(data.data, data.size, action, &payload, err);

	(void)collection;
	if (ret == 0) {
		assert_int_equal(hl_payload_format(&payload, action, again,
						   sizeof(again)),
				 data.size);
		assert_memory_equal(again, data.data, data.size);
	}
	free(data.data);
	return ret;
}

static int check_merkle(json_t *collection, json_t *vector,
			struct hl_error *err)
{
	json_t *leaves = json_object_get(collection, "leaves");
	uint64_t i, size = vector_number(vector, "size");
	unsigned char root[HL_HASH_SIZE], frontier[HL_MERKLE_FRONTIER_MAX];
	struct hl_merkle tree, again;
	size_t used;

	(void)err;
	hl_merkle_init(&tree);
	for (i = 0; i < size; i++) {
		json_t *leaf = json_array_get(leaves, i);

		hl_merkle_add(&tree, json_string_value(leaf),
			      json_string_length(leaf));
	}
	hl_merkle_root(&tree, root);
	vector_assert_hex(vector, "root", root, sizeof(root));
	used = hl_merkle_export(&tree, frontier, sizeof(frontier));
	vector_assert_hex(vector, "frontier", frontier, used);
	assert_int_equal(hl_merkle_import(&again, size, frontier, used), 0);
	hl_merkle_root(&again, root);
	vector_assert_hex(vector, "root", root, sizeof(root));
	assert_int_equal(
		hl_merkle_import(&again, size, frontier, used + HL_HASH_SIZE),
		-1);
	return 0;
}

static void assert_reply(json_t *vector, const struct hl_link *link)
{
	json_t *reply = json_object_get(vector, "reply");
	char line[HL_REPLY_LINE_SIZE];

	assert_non_null(reply);
	if (link == NULL) {
		assert_true(json_is_null(reply));
		return;
	}
	hl_reply_format_line(link, line);
	assert_string_equal(line, json_string_value(reply));
}

static int check_state(json_t *collection, json_t *vector, struct hl_error *err)
{
	struct bytes data = vector_bytes(vector, "payload");
	struct hl_payload payload;
	int ret = hl_payload_parse(data.data, data.size, HL_ACTION_SET,
				   &payload, err);

	(void)collection;
	free(data.data);
	if (ret < 0)
		return -1;
	assert_reply(vector,
		     hl_state_in_force(&payload.state,
				       (int64_t)vector_number(vector, "now")));
	return 0;
}

VECTORS_TEST(address, "address")
VECTORS_TEST(statement, "statement")
VECTORS_TEST(payload, "payload")
VECTORS_TEST(merkle, "merkle")
VECTORS_TEST(state, "state")

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_statement),
		cmocka_unit_test(test_payload),
		cmocka_unit_test(test_merkle),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, vectors_make_dir,
				      vectors_remove_dir);
}
