#include "hl-link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_kind_names(void **state)
{
	(void)state;
	assert_string_equal(hl_kind_name(HL_KIND_NONE), "");
	assert_string_equal(hl_kind_name(HL_KIND_PERMANENT), "permanent");
	assert_string_equal(hl_kind_name(HL_KIND_TEMPORARY), "temporary");
}

static void test_current(void **state)
{
	struct hl_state s;

	(void)state;
	memset(&s, 0, sizeof(s));
	assert_null(hl_state_in_force(&s, 100));
	s.current.kind = HL_KIND_PERMANENT;
	assert_ptr_equal(hl_state_in_force(&s, 100), &s.current);
	assert_ptr_equal(hl_state_in_force(&s, INT64_MAX), &s.current);
	s.current.kind = HL_KIND_TEMPORARY;
	s.current.expires = 100;
	assert_ptr_equal(hl_state_in_force(&s, 99), &s.current);
	assert_null(hl_state_in_force(&s, 100));
}

static void test_next(void **state)
{
	struct hl_state s;

	(void)state;
	memset(&s, 0, sizeof(s));
	s.current.kind = HL_KIND_PERMANENT;
	s.next.link.kind = HL_KIND_TEMPORARY;
	s.next.link.expires = 200;
	s.next.effective = 100;
	/* pending: never */
	assert_ptr_equal(hl_state_in_force(&s, 150), &s.current);
	s.next.confirmed = true;
	assert_ptr_equal(hl_state_in_force(&s, 99), &s.current);
	assert_ptr_equal(hl_state_in_force(&s, 100), &s.next.link);
	assert_ptr_equal(hl_state_in_force(&s, 199), &s.next.link);
	/* what next replaced doesn't come back */
	assert_null(hl_state_in_force(&s, 200));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kind_names),
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
