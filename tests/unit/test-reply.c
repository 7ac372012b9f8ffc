#include "hl-reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct hl_address address(const char *text)
{
	struct hl_address result;
	struct hl_error err;

	if (hl_address_parse(text, strlen(text), HL_ADDRESS_FOREIGN, &result,
			     &err) < 0)
		fail_msg("%s", err.text);
	return result;
}

static int parse(const char *text, const char *rcpt, struct hl_link *link_r,
		 struct hl_error *err)
{
	struct hl_address rcpt_address;

	if (rcpt == NULL)
		return hl_reply_parse(text, strlen(text), NULL, link_r, err);
	rcpt_address = address(rcpt);
	return hl_reply_parse(text, strlen(text), &rcpt_address, link_r, err);
}

static void check_good(const char *text, enum hl_kind kind, const char *target)
{
	struct hl_address expected = address(target);
	struct hl_link link;
	struct hl_error err;

	memset(&link, 0xff, sizeof(link));
	if (parse(text, "Old@x.example", &link, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(link.kind, kind);
	assert_true(hl_address_equal(&link.target, &expected));
	assert_true(link.expires == 0);
}

static void check_bad(const char *text, const char *reason)
{
	struct hl_link link;
	struct hl_error err;

	if (parse(text, "Old@x.example", &link, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(err.code, HL_ERROR_DATA);
	if (strstr(err.text, reason) == NULL)
		fail_msg("error is: %s", err.text);
}

static void test_format(void **state)
{
	struct hl_link link = {.kind = HL_KIND_PERMANENT};
	char line[HL_REPLY_LINE_SIZE];
	struct hl_reply reply;
	size_t length;

	(void)state;
	link.target = address("\"a b\"@example.org");
	hl_reply_format(&link, false, &reply);
	assert_int_equal(reply.status, 557);
	assert_string_equal(reply.enhanced_code, "5.2.7");
	assert_string_equal(reply.text,
			    "mailbox has moved to <\"a b\"@example.org>");
	length = hl_reply_format_line(&link, line);
	assert_int_equal(length, strlen(line));
	assert_string_equal(
		line, "557 5.2.7 mailbox has moved to <\"a b\"@example.org>");

	link.kind = HL_KIND_TEMPORARY;
	hl_reply_format(&link, false, &reply);
	assert_int_equal(reply.status, 558);
	assert_string_equal(reply.enhanced_code, "5.2.8");
	hl_reply_format_line(&link, line);
	assert_string_equal(line, "558 5.2.8 mailbox has temporarily moved to "
				  "<\"a b\"@example.org>");
}

/* What we answer is what we understand, up to the longest address. */
static void test_round_trip(void **state)
{
	struct hl_link link = {.kind = HL_KIND_TEMPORARY}, again;
	char line[HL_REPLY_LINE_SIZE];
	struct hl_error err;
	size_t length, i;

	(void)state;
	link.target = address("\"a>\\\"<b@c\"@example.org");
	hl_reply_format_line(&link, line);
	check_good(line, HL_KIND_TEMPORARY, "\"a>\\\"<b@c\"@example.org");

	memset(link.target.domain, 'x', 189);
	for (i = 60; i < 189; i += 61)
		link.target.domain[i] = '.';
	link.target.domain[189] = '\0';
	memset(link.target.local_part, 'a', 64);
	link.target.local_part[64] = '\0';
	length = hl_reply_format_line(&link, line);
	assert_int_equal(length, strlen(line));
	assert_int_equal(line[length - 1], '>');
	assert_int_equal(hl_reply_parse(line, length, NULL, &again, &err), 0);
	assert_true(hl_address_equal(&link.target, &again.target));
}

static void test_good(void **state)
{
	(void)state;
	check_good("557 5.2.7 mailbox has moved to <new@y.example>",
		   HL_KIND_PERMANENT, "new@y.example");
	check_good("558 5.2.8 mailbox has temporarily moved to <new@y>\r\n",
		   HL_KIND_TEMPORARY, "new@y");
	check_good("557 mailbox has moved to <a@b.example> (X.2.7)",
		   HL_KIND_PERMANENT, "a@b.example");
	check_good("557 mailbox has moved to <a@b.example> (X.2.7) \n",
		   HL_KIND_PERMANENT, "a@b.example");
	check_good("557 X.2.7 <a@b.example>", HL_KIND_PERMANENT, "a@b.example");
	check_good("557 5.2.7 <a@b> (5.2.7)", HL_KIND_PERMANENT, "a@b");
	check_good("557 <a@b> (as of 2021)", HL_KIND_PERMANENT, "a@b");
	check_good("557 5.2 GB moved to <a@b>", HL_KIND_PERMANENT, "a@b");
	check_good("557 moved, now <a@b>. Again: <a@b>", HL_KIND_PERMANENT,
		   "a@b");
	check_good("557 moved to <\"a> <b\"@b>", HL_KIND_PERMANENT,
		   "\"a> <b\"@b");
	check_good("557 moved to <a@[192.0.2.1]>", HL_KIND_PERMANENT,
		   "a@[192.0.2.1]");
	check_good("557 moved to <@r.example,@s.example:a@b>",
		   HL_KIND_PERMANENT, "a@b");
	check_good("557 d\xc3\xa9m\xc3\xa9nag\xc3\xa9: <a@b\xc3\xbc.example>",
		   HL_KIND_PERMANENT, "a@xn--b-eha.example");
	/* it stays as the other server wrote it */
	check_good("557 moved to <bu\xcc\x88@y>", HL_KIND_PERMANENT,
		   "bu\xcc\x88@y");
}

static void test_leading_rcpt(void **state)
{
	struct hl_link link;
	struct hl_error err;

	(void)state;
	check_good("557 5.2.7 <Old@x.example> moved to <new@y>",
		   HL_KIND_PERMANENT, "new@y");
	check_good("557 5.2.7 <old@X.EXAMPLE>: moved to <new@y>",
		   HL_KIND_PERMANENT, "new@y");
	check_good("557 <\"old\"@x.example> moved to <new@y>",
		   HL_KIND_PERMANENT, "new@y");
	check_good("557-5.2.7 <old@x.example> has moved\r\n"
		   "557 5.2.7 <old@x.example> to <new@y>",
		   HL_KIND_PERMANENT, "new@y");
	check_bad("557 5.2.7 <old@x.example> moved", "no new address");
	check_bad("557 5.2.7 moved to <old@x.example>", "the very address");
	check_bad("557 5.2.7 moved to <OLD@X.example>", "the very address");
	check_bad("557 5.2.7 moved from <old@x.example> to <new@y>",
		  "the very address");
	check_bad("557 5.2.7 <older@x.example> moved to <new@y>",
		  "more than one");
	assert_int_equal(parse("557 <old@x.example> moved to <new@y>", NULL,
			       &link, &err),
			 -1);
	assert_int_equal(parse("557 moved to <new@y>", NULL, &link, &err), 0);
}

static void test_lines(void **state)
{
	(void)state;
	check_good("557-5.2.7 mailbox has\r\n557-5.2.7 moved\r\n"
		   "557 5.2.7 to <new@y>\r\n",
		   HL_KIND_PERMANENT, "new@y");
	check_good("558-moved to <new@y>\n558", HL_KIND_TEMPORARY, "new@y");
	check_good("558-<new@y>\r\n558-\r\n558 ", HL_KIND_TEMPORARY, "new@y");
	check_bad("557-moved to\r\n558 <new@y>", "different statuses");
	check_bad("557-moved to\r\n550 <new@y>", "neither 557 nor 558");
	check_bad("557-moved to <new@y>", "last line isn't there");
	check_bad("557-moved to <new@y>\r\n", "last line isn't there");
	check_bad("557 moved to <new@y>\r\n557 bye", "another line follows");
	check_bad("557 moved to <new@y>\r\n\r\n", "another line follows");
	check_bad("557\r\n557 <new@y>", "neither space");
	check_bad("557-moved to <new@\r\n557 y>", "without its `>`");
	check_bad("557-moved to <new@y\r\n557 >", "without its `>`");
	check_bad("557-moved to <a@b>\r\n557 <c@d>", "more than one");
	check_bad("557-5.2.7 moved\r\n557 5.2.8 <new@y>", "contradicts 557");
	check_bad("557-moved\r\n<new@y>", "doesn't begin with a status");
}

static void test_status(void **state)
{
	(void)state;
	check_bad("", "status");
	check_bad("\r\n", "status");
	check_bad("55", "status");
	check_bad("moved to <new@y>", "status");
	check_bad("551 5.2.7 mailbox has moved to <new@y>", "neither");
	check_bad("250 2.1.5 <new@y>", "neither");
	check_bad("5577 <new@y>", "neither space");
	check_bad("557<new@y>", "neither space");
	check_bad("557", "no new address");
	check_bad("557 ", "no new address");
	check_bad("557 5.2.7", "no new address");
	check_bad("557 4.2.7 <new@y>", "4.2.7 contradicts 557");
	check_bad("557 5.1.1 <new@y>", "5.1.1 contradicts 557");
	check_bad("557 5.2.8 <new@y>", "5.2.8 contradicts 557");
	check_bad("558 5.2.7 <new@y>", "5.2.7 contradicts 558");
	check_bad("557 5.02.7 <new@y>", "contradicts");
	check_bad("557 5.2.77 <new@y>", "contradicts");
	check_bad("557 moved to <new@y> (X.2.8)", "X.2.8 contradicts 557");
	check_bad("558 moved to <new@y> (4.2.8)", "4.2.8 contradicts 558");
	check_bad("557 5.2.7 moved to <new@y> (X.1.6)", "contradicts");
}

static void test_bad_text(void **state)
{
	char text[5000];
	struct hl_link link;
	struct hl_error err;

	(void)state;
	check_bad("557 mailbox has moved to new@y.example", "outside angle");
	check_bad("557 moved to <a@b> or c@d", "outside angle");
	check_bad("557 moved to <a@b> or <c@d>", "more than one");
	check_bad("557 moved to <a@b> or <A@b>", "more than one");
	check_bad("557 moved to <>", "empty");
	check_bad("557 moved to <a@b", "without its `>`");
	check_bad("557 moved to a@b>", "outside");
	check_bad("557 moved => <a@b>", "outside");
	check_bad("557 moved to <<a@b>>", "angle brackets");
	check_bad("557 moved to <a@b>>", "outside");
	check_bad("557 moved to <\"a@b>", "without its `>`");
	check_bad("557 moved to <\"a\\", "without its `>`");
	check_bad("557 moved to < a@b >", "space in the local part");
	check_bad("557 moved to <a@b> <html>", "no @");
	check_bad("557 moved to <https://y.example/>", "no @");
	check_bad("557 moved\tto <a@b>", "control byte");
	check_bad("557 moved to <a@b>\r", "control byte");
	check_bad("557 mov\red to <a@b>", "control byte");
	check_bad("557 mov\x1b[1med to <a@b>", "control byte");
	check_bad("557 mov\x7f to <a@b>", "control byte");
	check_bad("557 mov\xff to <a@b>", "malformed UTF-8");

	memset(text, 'x', sizeof(text));
	memcpy(text, "557 <a@b> ", 10);
	assert_int_equal(hl_reply_parse(text, 4096, NULL, &link, &err), 0);
	assert_int_equal(hl_reply_parse(text, 4097, NULL, &link, &err), -1);
	assert_in_range(strlen(err.text), 80, 200);
	text[20] = '\0';
	assert_int_equal(hl_reply_parse(text, 40, NULL, &link, &err), -1);
}

/* One wrong byte anywhere never yields another address than those that are
   written in the text. */
static void test_every_byte_everywhere(void **state)
{
	static const char seed[] = "557-5.2.7 <o@x> a\r\n557 5.2.7 b <n@y>";
	struct hl_address rcpt = address("o@x");
	char text[sizeof(seed)], target[HL_ADDRESS_SIZE];
	struct hl_link link;
	struct hl_error err;
	size_t pos;
	int byte;

	(void)state;
	for (pos = 0; pos < sizeof(seed) - 1; pos++) {
		for (byte = 0; byte < 256; byte++) {
			memcpy(text, seed, sizeof(seed));
			text[pos] = (char)byte;
			if (hl_reply_parse(text, sizeof(seed) - 1, &rcpt, &link,
					   &err) < 0)
				continue;
			hl_address_format(&link.target, target);
			assert_int_equal(link.kind, HL_KIND_PERMANENT);
			if (pos < sizeof(seed) - 5)
				assert_string_equal(target, "n@y");
			else
				assert_true(target[0] == 'n' ||
					    target[2] == 'y');
		}
	}
}

/* A peer that didn't ask for SMTPUTF8 gets no byte beyond ASCII, and no
   address. */
static void test_utf8_target(void **state)
{
	static const char new[] = "us\xc3\xa9r@example.net";
	struct hl_link link = {.kind = HL_KIND_PERMANENT};
	struct hl_reply reply;
	struct hl_error err;

	(void)state;
	assert_int_equal(
		hl_address_parse(new, strlen(new), 0, &link.target, &err), 0);
	hl_reply_format(&link, true, &reply);
	assert_int_equal(reply.status, 557);
	assert_string_equal(reply.text,
			    "mailbox has moved to <us\xc3\xa9r@example.net>");
	hl_reply_format(&link, false, &reply);
	assert_int_equal(reply.status, 550);
	assert_string_equal(reply.enhanced_code, "5.1.6");
	assert_string_equal(reply.text, "mailbox has moved");
	link.kind = HL_KIND_TEMPORARY;
	hl_reply_format(&link, false, &reply);
	assert_int_equal(reply.status, 550);
	assert_string_equal(reply.enhanced_code, "5.2.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8_target),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_leading_rcpt),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_status),
		cmocka_unit_test(test_bad_text),
		cmocka_unit_test(test_every_byte_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
