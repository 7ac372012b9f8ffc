#include "hl-error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_set(void **state)
{
	struct hl_error err;

	(void)state;
	assert_int_equal(
		hl_error_set(&err, HL_ERROR_DATA, "%s: %d", "b\xc3\xbc", 7),
		-1);
	assert_int_equal(err.code, HL_ERROR_DATA);
	assert_string_equal(err.text, "b\xc3\xbc: 7");
}

static void test_unprintable_bytes(void **state)
{
	struct hl_error err;

	(void)state;
	hl_error_set(&err, HL_ERROR_DATA, "%s",
		     "a\r\n\033[1m\x7f \xc3 \xc2\x9b \xed\xa0\x80 \xe2\x82");
	assert_string_equal(err.text, "a???[1m? ? ?? ??? ??");
}

static void test_long_text(void **state)
{
	char text[2 * HL_ERROR_TEXT_SIZE];
	struct hl_error err;
	size_t i, length;

	(void)state;
	/* wherever the cut falls, no half character stays */
	for (i = 0; i < 2; i++) {
		memset(text, 'x', i);
		for (length = i; length + 2 < sizeof(text); length += 2)
			memcpy(text + length, "\xc3\xbc", 2);
		text[length] = '\0';
		hl_error_set(&err, HL_ERROR_DATA, "%s", text);
		length = strlen(err.text);
		assert_in_range(length, HL_ERROR_TEXT_SIZE - 3,
				HL_ERROR_TEXT_SIZE - 1);
		assert_string_equal(err.text + length - 3, "...");
		assert_null(strchr(err.text, '?'));
	}
}

static void test_prefix(void **state)
{
	struct hl_error err;

	(void)state;
	hl_error_set(&err, HL_ERROR_CONFIG, "unknown key");
	assert_int_equal(hl_error_prefix(&err, "%s:%d", "x.conf", 3), -1);
	assert_int_equal(err.code, HL_ERROR_CONFIG);
	assert_string_equal(err.text, "x.conf:3: unknown key");
}

static void test_set_from_itself(void **state)
{
	struct hl_error err;

	(void)state;
	hl_error_set(&err, HL_ERROR_DATA, "inner");
	hl_error_set(&err, HL_ERROR_DATA, "outer (%s)", err.text);
	assert_string_equal(err.text, "outer (inner)");
}

static void test_quote(void **state)
{
	char text[100], buf[HL_ERROR_QUOTE_SIZE];

	(void)state;
	assert_string_equal(hl_error_quote("", 0, buf), "");
	assert_string_equal(hl_error_quote("a\0b", 3, buf), "a?b");
	memset(text, 'x', sizeof(text));
	assert_int_equal(strlen(hl_error_quote(text, 80, buf)), 80);
	assert_string_equal(hl_error_quote(text, 81, buf) + 78, "xx...");
	memcpy(text + 79, "\xc3\xbc", 2);
	assert_string_equal(hl_error_quote(text, 100, buf) + 78, "x...");
}

static void test_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(hl_error_exit_code(HL_ERROR_NONE), 0);
	assert_int_equal(hl_error_exit_code(HL_ERROR_USAGE), 64);
	assert_int_equal(hl_error_exit_code(HL_ERROR_DATA), 65);
	assert_int_equal(hl_error_exit_code(HL_ERROR_NOT_FOUND), 68);
	assert_int_equal(hl_error_exit_code(HL_ERROR_TEMP), 75);
	assert_int_equal(hl_error_exit_code(HL_ERROR_PERMISSION), 77);
	assert_int_equal(hl_error_exit_code(HL_ERROR_CONFIG), 78);
	assert_int_equal(hl_error_exit_code(HL_ERROR_STORE), 65);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_unprintable_bytes),
		cmocka_unit_test(test_long_text),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_set_from_itself),
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_exit_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
