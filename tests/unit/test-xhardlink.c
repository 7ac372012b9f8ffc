/* The arguments of XHARDLINK. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "xhardlink.h"
#include "hl-time.h"

#include <string.h>

#define NOW INT64_C(1800000000)

static void parse(const char *args, struct xhardlink *command_r)
{
	struct hl_error err;

	if (xhardlink_parse(args, NOW, command_r, &err) < 0)
		fail_msg("%s: %s", args, err.text);
}

static void assert_address(const struct hl_address *address, const char *text)
{
	char formatted[HL_ADDRESS_SIZE];

	hl_address_format(address, formatted);
	assert_string_equal(formatted, text);
}

static void test_set(void **state)
{
	struct xhardlink command;

	(void)state;
	parse("SET <New@Example.COM> PERMANENT", &command);
	assert_int_equal(command.verb, XHARDLINK_SET);
	assert_address(&command.link.target, "New@example.com");
	assert_int_equal(command.link.kind, HL_KIND_PERMANENT);
	assert_int_equal(command.link.expires, 0);
	assert_false(command.replace);
	assert_false(command.has_old);

	parse("set <n@example.com> address=<o@example.org> replace permanent",
	      &command);
	assert_true(command.replace);
	assert_true(command.has_old);
	assert_address(&command.old, "o@example.org");
	assert_int_equal(command.link.kind, HL_KIND_PERMANENT);
}

static void assert_expires(const char *args, const char *expires)
{
	struct xhardlink command;
	char text[HL_TIME_SIZE];

	parse(args, &command);
	assert_int_equal(command.link.kind, HL_KIND_TEMPORARY);
	hl_time_format(command.link.expires, text);
	assert_string_equal(text, expires);
}

static void test_times(void **state)
{
	struct xhardlink command;

	(void)state;
	assert_expires("SET <n@example.com> UNTIL=2027-01-31T00:00:00Z",
		       "2027-01-31T00:00:00Z");
	assert_expires("SET <n@example.com> until=2027-01-31T02:00:00+02:00",
		       "2027-01-31T00:00:00Z");
	assert_expires("SET <n@example.com> UNTIL=2027-01-31",
		       "2027-01-31T23:59:59Z");
	parse("SET <n@example.com> FOR=30d", &command);
	assert_int_equal(command.link.kind, HL_KIND_TEMPORARY);
	assert_int_equal(command.link.expires, NOW + 30 * 86400);
}

static void test_quoted(void **state)
{
	struct xhardlink command;

	(void)state;
	parse("SET <\"a > \\\" b\"@example.com> PERMANENT "
	      "ADDRESS=<\"x y\"@example.org>",
	      &command);
	assert_string_equal(command.link.target.local_part, "a > \" b");
	assert_string_equal(command.old.local_part, "x y");
}

static void test_others(void **state)
{
	struct xhardlink command;

	(void)state;
	parse("GET", &command);
	assert_int_equal(command.verb, XHARDLINK_GET);
	assert_false(command.has_old);
	parse("Unset ADDRESS=<o@example.org>", &command);
	assert_int_equal(command.verb, XHARDLINK_UNSET);
	assert_address(&command.old, "o@example.org");
	parse("GET ADDRESS=\"a b\"@example.org", &command);
	assert_address(&command.old, "\"a b\"@example.org");
	parse("history", &command);
	assert_int_equal(command.verb, XHARDLINK_HISTORY);
	parse("CONFIRM 7K3F-9QRX-M2WD Address=<o@example.org>", &command);
	assert_int_equal(command.verb, XHARDLINK_CONFIRM);
	assert_string_equal(command.code, "7K3F-9QRX-M2WD");
	assert_true(command.has_old);
}

#define USAGE HL_ERROR_USAGE
#define DATA  HL_ERROR_DATA
#define NEW   "SET <n@example.com>"

static const struct {
	const char *args;
	enum hl_error_code code;
} refused[] = {
	{"", USAGE},
	{" GET", USAGE},
	{"GET ", USAGE},
	{"GETS", USAGE},
	{"LIST", USAGE},
	{"GET o@example.org", USAGE},
	{"GET <o@example.org>", USAGE},
	{"GET ADDRESS=", USAGE},
	{"GET ADDRESS=<", USAGE},
	{"GET ADDRESS=<>", DATA},
	{"GET ADDRESS=o", DATA},
	{"GET ADDRESS=o@example.org>", DATA},
	{"GET ADDRESS=<o@example.org", USAGE},
	{"GET ADDRESS=<o@example.org> x", USAGE},
	{"GET ADDRESS=<o@example.org> ADDRESS=<o@example.org>", USAGE},
	{"GET  ADDRESS=<o@example.org>", USAGE},
	{"GET ADDRESS=<o@example.org> ", USAGE},
	{"GET\tADDRESS=<o@example.org>", USAGE},
	{"SET", USAGE},
	{"SET ", USAGE},
	{"SET PERMANENT", DATA},
	{"SET n@example.com", USAGE},
	{"SET n@example.com> PERMANENT", DATA},
	{"SET <n> PERMANENT", DATA},
	{"SET <@a:n@example.com> PERMANENT", DATA},
	{"SET <n@[192.0.2.1]> PERMANENT", DATA},
	{"SET <\"n@example.com> PERMANENT", USAGE},
	{NEW, USAGE},
	{NEW " ", USAGE},
	{NEW " REPLACE", USAGE},
	{NEW " PERMANENT ", USAGE},
	{NEW "  PERMANENT", USAGE},
	{NEW " PERMANENT PERMANENT", USAGE},
	{NEW " PERMANENT UNTIL=2027-01-31", USAGE},
	{NEW " FOR=1d UNTIL=2027-01-31", USAGE},
	{NEW " PERMANENT REPLACE REPLACE", USAGE},
	{NEW " PERMANENTLY", USAGE},
	{NEW " PERMANENT=yes", USAGE},
	{NEW " PERMANENT <x@example.com>", USAGE},
	{NEW " UNTIL", USAGE},
	{NEW " UNTIL=", USAGE},
	{NEW " UNTIL=tomorrow", DATA},
	{NEW " UNTIL=2027-02-30", DATA},
	{NEW " UNTIL=2027-01-31 00:00:00", USAGE},
	{NEW " FOR=", USAGE},
	{NEW " FOR=0d", DATA},
	{NEW " FOR=-1d", DATA},
	{NEW " FOR=1", DATA},
	{NEW " FOR=101w101w", DATA},
	{NEW " FOR=11111111111111111111111111111111111d", USAGE},
	{"CONFIRM", USAGE},
	{"CONFIRM ", USAGE},
	{"CONFIRM a_b", USAGE},
	{"CONFIRM <code>", USAGE},
	{"CONFIRM 12345678901234567890123456789012345678901", USAGE},
	{"CONFIRM x y", USAGE},
};

static void test_refused(void **state)
{
	struct xhardlink command;
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (xhardlink_parse(refused[i].args, NOW, &command, &err) == 0)
			fail_msg("accepted: %s", refused[i].args);
		if (err.code != refused[i].code)
			fail_msg("%s: %s", refused[i].args, err.text);
		assert_true(err.text[0] != '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),	cmocka_unit_test(test_times),
		cmocka_unit_test(test_quoted),	cmocka_unit_test(test_others),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
