#include "metadata-value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* 2027-01-15T08:00:00Z */
#define NOW INT64_C(1800000000)

static void check_set(const char *text, enum hl_kind kind, int64_t expires,
		      const char *target, bool replace)
{
	struct metadata_value value;
	struct hl_error err;
	char written[HL_ADDRESS_SIZE];

	if (metadata_value_parse(text, NOW, &value, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(value.action, METADATA_SET);
	assert_int_equal(value.link.kind, kind);
	assert_true(value.link.expires == expires);
	hl_address_format(&value.link.target, written);
	assert_string_equal(written, target);
	assert_int_equal(value.replace, replace);
}

static void test_permanent(void **state)
{
	(void)state;
	check_set("permanent new@example.com", HL_KIND_PERMANENT, 0,
		  "new@example.com", false);
	check_set("permanent New@EXAMPLE.com replace", HL_KIND_PERMANENT, 0,
		  "New@example.com", true);
	check_set("permanent replace@example.com", HL_KIND_PERMANENT, 0,
		  "replace@example.com", false);
	check_set("permanent \"a replace\"@example.com", HL_KIND_PERMANENT, 0,
		  "\"a replace\"@example.com", false);
	check_set("permanent \"a b\"@example.com replace", HL_KIND_PERMANENT, 0,
		  "\"a b\"@example.com", true);
}

static void test_temporary(void **state)
{
	(void)state;
	check_set("temporary 30d new@example.com", HL_KIND_TEMPORARY,
		  NOW + INT64_C(30) * 86400, "new@example.com", false);
	check_set("temporary 90s new@example.com replace", HL_KIND_TEMPORARY,
		  NOW + 90, "new@example.com", true);
	/* the end of that day in UTC */
	check_set("temporary 2027-01-15 new@example.com", HL_KIND_TEMPORARY,
		  INT64_C(1800057599), "new@example.com", false);
	check_set("temporary 2027-01-15T08:00:01Z new@example.com",
		  HL_KIND_TEMPORARY, NOW + 1, "new@example.com", false);
	check_set("temporary 2027-01-15T09:00:01+01:00 new@example.com",
		  HL_KIND_TEMPORARY, NOW + 1, "new@example.com", false);
}

static void test_confirm(void **state)
{
	struct metadata_value value;
	struct hl_error err;

	(void)state;
	assert_int_equal(metadata_value_parse("confirm 7k3f 9qrx-m2wd", NOW,
					      &value, &err),
			 0);
	assert_int_equal(value.action, METADATA_CONFIRM);
	assert_string_equal(value.code, "7k3f 9qrx-m2wd");
}

static void check_bad(const char *text, const char *reason)
{
	struct metadata_value value;
	struct hl_error err;

	if (metadata_value_parse(text, NOW, &value, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(err.code, HL_ERROR_DATA);
	if (strstr(err.text, reason) == NULL)
		fail_msg("error is: %s", err.text);
}

static void test_malformed(void **state)
{
	static const char *const forms[] = {
		"",
		" ",
		"permanent",
		"permanently new@example.com",
		"PERMANENT new@example.com",
		" permanent new@example.com",
		"permanent\tnew@example.com",
		"557 new@example.com",
		"confirm",
		"new@example.com",
	};
	static const char *const addresses[] = {
		"permanent ",
		"permanent new",
		"permanent  new@example.com",
		"permanent new@example.com ",
		"permanent new@example.com  replace",
		"permanent new@example.com replace replace",
		"permanent new@example.com Replace",
		"permanent  replace",
		"permanent <new@example.com>",
		"permanent new@[192.0.2.1]",
		"permanent new@example.com\n",
		"permanent a@example.com b@example.com",
		"temporary 30d  new@example.com",
	};
	struct metadata_value value;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		check_bad(forms[i],
			  "isn't understood; write \"permanent NEW\"");
	for (i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		if (metadata_value_parse(addresses[i], NOW, &value, &err) == 0)
			fail_msg("accepted: %s", addresses[i]);
		assert_int_equal(err.code, HL_ERROR_DATA);
	}
	check_bad("confirm ", "isn't a code");
}

static void test_malformed_time(void **state)
{
	(void)state;
	check_bad("temporary new@example.com", "the new address is missing");
	check_bad("temporary 30d", "the new address is missing");
	check_bad("temporary ", "the new address is missing");
	check_bad("temporary  new@example.com", "duration \"\"");
	check_bad("temporary 30 new@example.com", "duration \"30\"");
	check_bad("temporary -30d new@example.com", "no such date");
	check_bad("temporary 0d new@example.com", "duration \"0d\"");
	check_bad("temporary 101w0 new@example.com", "duration");
	check_bad("temporary 36526d new@example.com", "longer than 100 years");
	check_bad("temporary 2027-02-30 new@example.com", "no such date");
	check_bad("temporary 2027-01-31T24:00:00Z new@example.com",
		  "no such time of day");
	check_bad("temporary 2027-01-31T12:00:00 new@example.com",
		  "no such time of day");
	check_bad("temporary "
		  "1111111111111111111111111111111111111111111111111111111111"
		  "111111d new@example.com",
		  "too long for a time");
}

static void test_long(void **state)
{
	char text[METADATA_VALUE_MAX + 2] = "confirm ";
	struct metadata_value value;
	struct hl_error err;

	(void)state;
	memset(text + 8, 'x', sizeof(text) - 9);
	check_bad(text, "too long; write");
	text[METADATA_VALUE_MAX] = '\0';
	check_bad(text, "isn't a code");
	text[8 + METADATA_CODE_SIZE] = '\0';
	check_bad(text, "isn't a code");
	text[8 + METADATA_CODE_SIZE - 1] = '\0';
	assert_int_equal(metadata_value_parse(text, NOW, &value, &err), 0);
	assert_int_equal(strlen(value.code), METADATA_CODE_SIZE - 1);
}

/* near the end of all time */
static void test_overflow(void **state)
{
	static const char text[] = "temporary 2s new@example.com";
	struct metadata_value value;
	struct hl_error err;

	(void)state;
	assert_int_equal(
		metadata_value_parse(text, INT64_C(253402300797), &value, &err),
		0);
	assert_int_equal(
		metadata_value_parse(text, INT64_C(253402300798), &value, &err),
		-1);
}

static struct hl_link make_link(enum hl_kind kind, const char *target,
				int64_t expires)
{
	struct hl_link link = {.kind = kind, .expires = expires};
	struct hl_error err;

	assert_int_equal(
		hl_address_parse(target, strlen(target), 0, &link.target, &err),
		0);
	return link;
}

static void check_read(const struct hl_service_state *state, const char *move,
		       const char *lines)
{
	char text[METADATA_STATE_SIZE];
	struct metadata_value value;
	struct hl_error err;
	bool found = metadata_move_format(state, text);

	assert_int_equal(found, move != NULL);
	if (move != NULL) {
		assert_string_equal(text, move);
		assert_int_equal(metadata_value_parse(text, NOW, &value, &err),
				 0);
	}
	metadata_state_format(state, text);
	assert_string_equal(text, lines);
}

static void test_read(void **unused)
{
	struct hl_service_state state;
	struct hl_link old;

	(void)unused;
	memset(&state, 0, sizeof(state));
	old = make_link(HL_KIND_PERMANENT, "old@example.org", 0);
	state.address = old.target;
	check_read(&state, NULL, "status=none\naddress=old@example.org");

	state.in_force = make_link(HL_KIND_PERMANENT, "new@example.com", 0);
	strcpy(state.channel, "imap");
	check_read(&state, "permanent new@example.com",
		   "status=in-force\naddress=old@example.org\nkind=permanent\n"
		   "new=new@example.com\nchannel=imap");

	state.next.link =
		make_link(HL_KIND_TEMPORARY, "\"a b\"@example.net", NOW + 3600);
	state.next.effective = NOW;
	state.blocked = true;
	check_read(&state, "temporary 2027-01-15T09:00:00Z \"a b\"@example.net",
		   "status=pending\naddress=old@example.org\nkind=permanent\n"
		   "new=new@example.com\nnext-kind=temporary\n"
		   "next-new=\"a b\"@example.net\n"
		   "next-expires=2027-01-15T09:00:00Z\n"
		   "next-effective=2027-01-15T08:00:00Z\nchannel=imap\n"
		   "blocked=yes");

	memset(&state.in_force, 0, sizeof(state.in_force));
	state.next.confirmed = true;
	state.blocked = false;
	check_read(&state, "temporary 2027-01-15T09:00:00Z \"a b\"@example.net",
		   "status=confirmed\naddress=old@example.org\n"
		   "next-kind=temporary\nnext-new=\"a b\"@example.net\n"
		   "next-expires=2027-01-15T09:00:00Z\n"
		   "next-effective=2027-01-15T08:00:00Z\nchannel=imap");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_permanent),
		cmocka_unit_test(test_temporary),
		cmocka_unit_test(test_confirm),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_malformed_time),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_overflow),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
