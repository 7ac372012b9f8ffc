#include "hl-trouble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_repeats(void **state)
{
	struct hl_trouble trouble = {.text = ""};

	(void)state;
	assert_true(hl_trouble_is_due(&trouble, "broken", 1000));
	assert_false(hl_trouble_is_due(&trouble, "broken", 1000));
	assert_false(hl_trouble_is_due(&trouble, "broken", 1299));
	assert_true(hl_trouble_is_due(&trouble, "broken", 1300));
	assert_false(hl_trouble_is_due(&trouble, "broken", 1301));
}

static void test_other_text(void **state)
{
	struct hl_trouble trouble = {.text = ""};

	(void)state;
	assert_true(hl_trouble_is_due(&trouble, "missing", 1000));
	/* one a second at most */
	assert_false(hl_trouble_is_due(&trouble, "unreadable", 1000));
	assert_true(hl_trouble_is_due(&trouble, "unreadable", 1001));
}

static void test_over(void **state)
{
	struct hl_trouble trouble = {.text = ""};

	(void)state;
	assert_false(hl_trouble_is_over(&trouble, 1000));
	assert_true(hl_trouble_is_due(&trouble, "broken", 1000));
	/* good and bad answers within one second */
	assert_false(hl_trouble_is_over(&trouble, 1000));
	assert_true(hl_trouble_is_over(&trouble, 1001));
	assert_false(hl_trouble_is_over(&trouble, 1002));
	assert_true(hl_trouble_is_due(&trouble, "broken", 1003));
}

static void test_long_text(void **state)
{
	struct hl_trouble trouble = {.text = ""};
	char text[HL_TROUBLE_TEXT_SIZE + 100];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_true(hl_trouble_is_due(&trouble, text, 1000));
	assert_false(hl_trouble_is_due(&trouble, text, 1001));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_other_text),
		cmocka_unit_test(test_over),
		cmocka_unit_test(test_long_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
