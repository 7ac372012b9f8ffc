#include "hl-address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LETTERS_10 "abcdefghij"
#define LETTERS_50 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10 LETTERS_10
#define LETTERS_60 LETTERS_50 LETTERS_10
#define LOCAL_64   LETTERS_60 "abcd"
#define LABEL_63   LETTERS_60 "abc"
#define DOMAIN_63  LABEL_63 "."

static int parse(const char *text, enum hl_address_flags flags,
		 struct hl_address *address_r, struct hl_error *err)
{
	return hl_address_parse(text, strlen(text), flags, address_r, err);
}

/* text parses, and is written as canonical, which parses to the same. */
static void check_good(const char *text, enum hl_address_flags flags,
		       const char *canonical)
{
	char written[HL_ADDRESS_SIZE];
	struct hl_address address, again;
	struct hl_error err;
	size_t length;

	if (parse(text, flags, &address, &err) < 0)
		fail_msg("%s", err.text);
	length = hl_address_format(&address, written);
	assert_int_equal(length, strlen(written));
	assert_string_equal(written, canonical);
	assert_int_equal(parse(written, flags, &again, &err), 0);
	assert_true(hl_address_equal(&address, &again));
}

static void check_bad(const char *text, enum hl_address_flags flags,
		      const char *reason)
{
	struct hl_address address;
	struct hl_error err;

	if (parse(text, flags, &address, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(err.code, HL_ERROR_DATA);
	if (strstr(err.text, reason) == NULL)
		fail_msg("error is: %s", err.text);
}

static void test_plain(void **state)
{
	(void)state;
	check_good("user@example.org", 0, "user@example.org");
	check_good("User.Name+tag@EXAMPLE.Org", 0, "User.Name+tag@example.org");
	check_good("!#$%&'*+-/=?^_`{|}~@x", 0, "!#$%&'*+-/=?^_`{|}~@x");
	check_good("a@b-c.1d.example", 0, "a@b-c.1d.example");
	check_good("a@r3---x.example", 0, "a@r3---x.example");
	check_bad("", 0, "empty");
	check_bad("user", 0, "no @");
	check_bad("@example.org", 0, "local part is empty");
	check_bad("user@", 0, "empty label");
	check_bad("a b@example.org", 0,
		  "address \"a b@example.org\": space in the local part; "
		  "write it in double quotes");
	check_bad("a(b)@example.org", 0, "`(` in the local part");
	check_bad("a..b@example.org", 0, "two in a row");
	check_bad(".a@example.org", 0, "dot at the beginning");
	check_bad("a.@example.org", 0, "end of the local part");
	check_bad("<user@example.org>", 0, "without angle brackets");
	check_bad("user@example.org>", 0, "`>` in the domain");
	check_bad("a@b@example.org", 0, "`@` in the domain");
	check_good("B\xc3\xbc@example.org", 0, "B\xc3\xbc@example.org");
	check_bad("b\xc3@example.org", 0, "isn't UTF-8");
	check_bad("b\xc2\x85@example.org", 0, "isn't UTF-8 without control");
	check_bad("a\r\n@example.org", 0, "control byte 0x0d");
	check_bad("a\x7f@example.org", 0, "control byte 0x7f");
	check_bad("user@example.org ", 0, "byte 0x20 in the domain");
	check_bad("user@example.org\n", 0, "byte 0x0a in the domain");
}

static void test_quoted(void **state)
{
	(void)state;
	check_good("\"john doe\"@example.org", 0, "\"john doe\"@example.org");
	check_good("\"john\"@example.org", 0, "john@example.org");
	check_good("\"j\\o\\hn\"@example.org", 0, "john@example.org");
	check_good("\"a@b\"@example.org", 0, "\"a@b\"@example.org");
	check_good("\"a\\\\b\\\"c\\>\"@x", 0, "\"a\\\\b\\\"c>\"@x");
	check_good("\"a..b\"@x", 0, "\"a..b\"@x");
	check_good("\" \"@x", 0, "\" \"@x");
	check_bad("\"\"@example.org", 0, "empty");
	check_bad("\"john@example.org", 0, "never closed");
	check_bad("\"john\\\"@example.org", 0, "never closed");
	check_bad("\"", 0, "never closed");
	check_bad("\"\\", 0, "never closed");
	check_bad("\"john\"", 0, "no @");
	check_bad("\"john\".doe@example.org", 0, "no @ behind");
	check_bad("\"john\"doe@example.org", 0, "no @ behind");
	check_bad("\"a\tb\"@example.org", 0, "control byte");
	check_bad("\"a\\\nb\"@example.org", 0, "control byte");
	check_good("\"b\xc3\xbc\"@example.org", 0, "b\xc3\xbc@example.org");
	check_good("\"b \xc3\xbc\"@example.org", 0,
		   "\"b \xc3\xbc\"@example.org");
}

static void test_nul(void **state)
{
	static const char in_local[] = "us\0er@example.org";
	static const char in_domain[] = "user@exam\0ple.org";
	static const char in_literal[] = "user@[192.0.2.1\0]";
	struct hl_address address;
	struct hl_error err;

	(void)state;
	assert_int_equal(hl_address_parse(in_local, sizeof(in_local) - 1, 0,
					  &address, &err),
			 -1);
	assert_int_equal(hl_address_parse(in_domain, sizeof(in_domain) - 1, 0,
					  &address, &err),
			 -1);
	assert_int_equal(hl_address_parse(in_literal, sizeof(in_literal) - 1,
					  HL_ADDRESS_FOREIGN, &address, &err),
			 -1);
}

static void test_lengths(void **state)
{
	char text[400];
	struct hl_address address;
	struct hl_error err;
	size_t length, i;

	(void)state;
	check_good(LOCAL_64 "@x", 0, LOCAL_64 "@x");
	check_bad(LOCAL_64 "e@x", 0, "longer than 64");
	/* 62 with the quotes, and quotes that aren't needed */
	check_good("\"" LETTERS_60 " b\"@x", 0, "\"" LETTERS_60 " b\"@x");
	check_bad("\"" LETTERS_60 " bc\"@x", 0, "longer than 64");
	check_good("\"" LOCAL_64 "\"@x", 0, LOCAL_64 "@x");
	check_bad("\"" LOCAL_64 "e\"@x", 0, "longer than 64");

	check_good("a@" LABEL_63, 0, "a@" LABEL_63);
	check_bad("a@" LABEL_63 "d", 0, "longer than 63");
	/* a domain of 252 bytes, then 253 */
	check_good("a@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_60, 0,
		   "a@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_60);
	check_bad("a@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_60 "a", 0,
		  "longer than 254");
	/* too long as it is given, though not as it would be written */
	check_bad("\"abcdefgh"
		  "\"@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_50 "ab",
		  0, "longer than 254");
	/* the other way round: 31 labels that become 7 bytes each */
	length = (size_t)snprintf(text, sizeof(text), "%s@", LETTERS_10);
	for (i = 0; i < 31; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "\xc3\xbc.");
	text[length - 1] = '\0';
	check_bad(text, 0, "longer than 254");
	/* each part within its limit, too long together */
	check_bad("abcdef@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_60, 0,
		  "longer than 254");
	snprintf(text, sizeof(text), "%s%s", DOMAIN_63 DOMAIN_63 DOMAIN_63,
		 LABEL_63);
	assert_int_equal(
		hl_address_from_parts("a", 1, text, 253, 0, &address, &err),
		-1);
	assert_int_equal(
		hl_address_from_parts("a", 1, text, 252, 0, &address, &err), 0);
	assert_int_equal(
		hl_address_from_parts(" ", 1, text, 252, 0, &address, &err),
		-1);
}

static void test_long_error(void **state)
{
	char text[100000];
	struct hl_address address;
	struct hl_error err;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(
		hl_address_parse(text, sizeof(text), 0, &address, &err), -1);
	assert_in_range(strlen(err.text), 80, 150);
	assert_non_null(strstr(err.text, "longer than 254"));
}

static void test_domain(void **state)
{
	(void)state;
	check_bad("a@example..org", 0, "empty label");
	check_bad("a@.example.org", 0, "empty label");
	check_bad("a@example.org.", 0, "a dot too many");
	check_bad("a@-example.org", 0, "hyphen");
	check_bad("a@example-.org", 0, "hyphen");
	check_bad("a@ex_ample.org", 0, "`_` in the domain");
	check_bad("a@192.0.2.1", 0, "IP address");
	check_bad("a@example.123", 0, "ends in a number");
	check_bad("a@1", 0, "ends in a number");
}

static void test_idn(void **state)
{
	(void)state;
	check_good("x@B\xc3\xbc"
		   "cher.EXAMPLE",
		   0, "x@xn--bcher-kva.example");
	check_good("x@Bu\xcc\x88"
		   "cher.example",
		   0, "x@xn--bcher-kva.example");
	check_good("x@XN--Bcher-KVA.example", 0, "x@xn--bcher-kva.example");
	check_good("x@fa\xc3\x9f.example", 0, "x@xn--fa-hia.example");
	/* A-labels that no U-label gives: nothing, "Ü", an unmapped wide "a" */
	check_bad("x@xn--.example", 0, "hyphen");
	check_bad("x@xn--wca.example", 0, "internationalised");
	check_bad("x@xn--mi7c.example", 0, "internationalised");
	check_bad("x@xn--zzzzzzzz.example", 0, "internationalised");
	check_good("x@xn--zzzzzzzz.example", HL_ADDRESS_FOREIGN,
		   "x@xn--zzzzzzzz.example");
	/* what maps to, or hides, characters that no host name has */
	check_bad("x@\xef\xbd\x81\xef\xbc\xa0\x62.example", 0, "`@`");
	check_bad("x@\xc3\xbc_x.example", 0, "`_`");
	check_bad("x@a/\xc3\xbc.example", 0, "internationalised");
	check_bad("x@\xc3\xbc..example", 0, "empty label");
	check_bad("x@\xc3\xbc.", 0, "empty label");
	check_bad("x@b\xc3.example", 0, "isn't UTF-8");
	check_bad("x@b\xc3\xbc\n.example", 0, "isn't UTF-8");
	check_bad("x@\xef\xbc\x91.\xef\xbc\x92", 0, "ends in a number");
}

static void test_foreign(void **state)
{
	static const char *const literals[] = {
		"a@[192.0.2.1]",
		"a@[IPv6:2001:db8::1]",
		"a@[x400:c=de,o=x]",
	};
	static const char *const malformed[] = {
		"a@[]",		"a@[",
		"a@[192.0.2]",	"a@[192.0.2.256]",
		"a@[192.0.2.1", "a@[192.0.2.1]x",
		"a@[IPv6:1]",	"a@[tag]",
		"a@[tag:]",	"a@[:x]",
		"a@[tag-:x]",	"a@[t g:x]",
		"a@[tag:x y]",	"a@[tag:[x]",
		"a@[tag:x\\]",	"a@[tag:\xc3\xbc]",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(literals) / sizeof(*literals); i++) {
		check_good(literals[i], HL_ADDRESS_FOREIGN, literals[i]);
		check_bad(literals[i], 0, "address literal");
	}
	check_good("a@[ipv6:2001:0DB8:0::1]", HL_ADDRESS_FOREIGN,
		   "a@[IPv6:2001:db8::1]");
	for (i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		check_bad(malformed[i], HL_ADDRESS_FOREIGN, "malformed");
}

static void test_source_route(void **state)
{
	(void)state;
	check_good("@a.example,@b.example:user@c.example", HL_ADDRESS_FOREIGN,
		   "user@c.example");
	check_good("@a.example:\"a:b\"@c.example", HL_ADDRESS_FOREIGN,
		   "\"a:b\"@c.example");
	check_bad("@a.example:user@c.example", 0, "source route can't be used");
	check_bad("@a.example,b.example:user@c.example", HL_ADDRESS_FOREIGN,
		  "malformed source route");
	check_bad("@a.example,:user@c.example", HL_ADDRESS_FOREIGN,
		  "malformed source route");
	check_bad("@:user@c.example", HL_ADDRESS_FOREIGN, "source route: ");
	check_bad("@a_b:user@c.example", HL_ADDRESS_FOREIGN, "source route: ");
	check_bad("@[192.0.2.1]:user@c.example", HL_ADDRESS_FOREIGN,
		  "literal in the source route");
	check_bad("@a.example:", HL_ADDRESS_FOREIGN, "no @");
	check_bad("@a.example", HL_ADDRESS_FOREIGN, "no mailbox");
}

static void test_from_parts(void **state)
{
	struct hl_address address;
	char text[HL_ADDRESS_SIZE];
	struct hl_error err;

	(void)state;
	assert_int_equal(hl_address_from_parts("a \"b", 4, "EXAMPLE.org", 11, 0,
					       &address, &err),
			 0);
	hl_address_format(&address, text);
	assert_string_equal(text, "\"a \\\"b\"@example.org");
	assert_int_equal(
		hl_address_from_parts("", 0, "x", 1, 0, &address, &err), -1);
	assert_int_equal(
		hl_address_from_parts("a", 1, "", 0, 0, &address, &err), -1);
	assert_int_equal(
		hl_address_from_parts("a\n", 2, "x", 1, 0, &address, &err), -1);
	assert_string_equal(
		err.text,
		"address \"a?@x\": control byte 0x0a in the local part");
	assert_int_equal(hl_address_from_parts("a", 1, "[192.0.2.1]", 11, 0,
					       &address, &err),
			 -1);
}

static void test_fold(void **state)
{
	struct hl_address a, b;
	struct hl_error err;

	(void)state;
	assert_int_equal(parse("\"A Z\"@x", 0, &a, &err), 0);
	assert_int_equal(parse("\"a z\"@x", 0, &b, &err), 0);
	assert_false(hl_address_equal(&a, &b));
	hl_address_fold(&a);
	assert_true(hl_address_equal(&a, &b));
	assert_int_equal(parse("\"a z\"@y", 0, &b, &err), 0);
	assert_false(hl_address_equal(&a, &b));
}

static void check_made(int (*make)(struct hl_address *, struct hl_error *),
		       const char *text, const char *expect)
{
	char written[HL_ADDRESS_SIZE];
	struct hl_address address;
	struct hl_error err;

	assert_int_equal(parse(text, 0, &address, &err), 0);
	if (make(&address, &err) < 0)
		fail_msg("%s", err.text);
	hl_address_format(&address, written);
	assert_string_equal(written, expect);
	assert_int_equal(make(&address, &err), 0);
	hl_address_format(&address, written);
	assert_string_equal(written, expect);
}

static void check_not_made(int (*make)(struct hl_address *, struct hl_error *),
			   const char *text, const char *reason)
{
	struct hl_address address;
	struct hl_error err;

	assert_int_equal(parse(text, 0, &address, &err), 0);
	if (make(&address, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(err.code, HL_ERROR_DATA);
	if (strstr(err.text, reason) == NULL)
		fail_msg("error is: %s", err.text);
}

#define HINDI_QA_11 \
	"\xe0\xa5\x98\xe0\xa5\x98\xe0\xa5\x98\xe0\xa5\x98" \
	"\xe0\xa5\x98\xe0\xa5\x98\xe0\xa5\x98\xe0\xa5\x98" \
	"\xe0\xa5\x98\xe0\xa5\x98\xe0\xa5\x98"

static void test_key(void **state)
{
	(void)state;
	check_made(hl_address_make_key, "User+X@Y", "user+x@y");
	check_made(hl_address_make_key, "JOSE\xcc\x81@y", "jos\xc3\x89@y");
	check_made(hl_address_make_key, "Jose\xcc\x81@y", "jos\xc3\xa9@y");
	/* only ASCII is folded, after composition */
	check_made(hl_address_make_key, "\xc3\x89@y", "\xc3\x89@y");
	/* a Kelvin sign is a K; h and a line below exist as one, H doesn't */
	check_made(hl_address_make_key, "\xe2\x84\xaa@y", "k@y");
	check_made(hl_address_make_key, "H\xcc\xb1@y", "\xe1\xba\x96@y");
	/* a Greek question mark is a semicolon, which needs quotes */
	check_made(hl_address_make_key, "a\xcd\xbe@y", "\"a;\"@y");
	/* what can't be seen can be looked up all the same */
	check_made(hl_address_make_key, "a\xe2\x80\xae@y", "a\xe2\x80\xae@y");
	/* 33 bytes become 66 */
	check_not_made(hl_address_make_key, HINDI_QA_11 "@y", "longer than 64");
	check_not_made(hl_address_make_key, LETTERS_60 "ab\xcd\xbe@y",
		       "longer than 64");
	check_not_made(hl_address_make_key,
		       "\xcd\xbe@" DOMAIN_63 DOMAIN_63 DOMAIN_63 LETTERS_50
		       "abcdefghi",
		       "longer than 254");
}

static void test_writable(void **state)
{
	static const char *const invisible[] = {
		/* bidi override, zero-width joiner, byte order mark, soft
		   hyphen, variation selector, Hangul filler */
		"\xe2\x80\xae", "\xe2\x80\x8d", "\xef\xbb\xbf", "\xc2\xad",
		"\xef\xb8\x8f", "\xe3\x85\xa4",
		/* no-break space, wide space, line separator */
		"\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\xa8",
		/* private, no character, unassigned */
		"\xee\x80\x80", "\xef\xbf\xbe", "\xf4\x8f\xbf\xbf", "\xcd\xb8"};
	char text[32];
	size_t i;

	(void)state;
	check_made(hl_address_make_writable, "User@Y", "User@y");
	check_made(hl_address_make_writable, "\"a b\"@y", "\"a b\"@y");
	check_made(hl_address_make_writable, "JOSE\xcc\x81@y", "JOS\xc3\x89@y");
	/* Devanagari with its vowel signs, Chinese, a mailbox */
	check_made(hl_address_make_writable,
		   "\xe0\xa4\xb8\xe0\xa4\x82\xe0\xa4\xa6\xe0\xa5\x87@y",
		   "\xe0\xa4\xb8\xe0\xa4\x82\xe0\xa4\xa6\xe0\xa5\x87@y");
	check_made(hl_address_make_writable, "\xe7\x94\xa8\xe6\x88\xb7@y",
		   "\xe7\x94\xa8\xe6\x88\xb7@y");
	check_made(hl_address_make_writable, "\xf0\x9f\x93\xab@y",
		   "\xf0\x9f\x93\xab@y");
	for (i = 0; i < sizeof(invisible) / sizeof(*invisible); i++) {
		snprintf(text, sizeof(text), "a%sb@y", invisible[i]);
		check_not_made(hl_address_make_writable, text, "U+");
	}
	check_not_made(hl_address_make_writable, "a\xe2\x80\xae@y.example",
		       "U+202E in the local part at y.example");
	check_not_made(hl_address_make_writable, HINDI_QA_11 "@y",
		       "longer than 64");
}

static bool strip(const char *text, const char *delimiters, const char *expect)
{
	char written[HL_ADDRESS_SIZE];
	struct hl_address address;
	struct hl_error err;
	bool stripped;

	assert_int_equal(parse(text, 0, &address, &err), 0);
	stripped = hl_address_strip_detail(&address, delimiters);
	hl_address_format(&address, written);
	assert_string_equal(written, expect);
	return stripped;
}

static void test_strip_detail(void **state)
{
	(void)state;
	assert_true(strip("user+tag@x", "+", "user@x"));
	assert_true(strip("user+a+b@x", "+", "user@x"));
	assert_true(strip("user-a+b@x", "+-", "user@x"));
	assert_true(strip("user+@x", "+", "user@x"));
	assert_true(strip("\"us er+tag\"@x", "+", "\"us er\"@x"));
	assert_true(strip("a.+tag@x", "+", "\"a.\"@x"));
	assert_false(strip("+tag@x", "+", "+tag@x"));
	assert_false(strip("user+tag@x", "", "user+tag@x"));
	assert_false(strip("user@x", "+", "user@x"));
	/* quoting what is left would pass the limit of 64 */
	assert_false(strip(LETTERS_60 "aa.+@x", "+", LETTERS_60 "aa.+@x"));
}

static bool is_protected(const char *text, const char *protected)
{
	struct hl_address address;
	struct hl_error err;

	assert_int_equal(parse(text, 0, &address, &err), 0);
	return hl_address_is_protected(&address, "+", protected);
}

static void test_protected(void **state)
{
	static const char names[] = "  postmaster\tAbuse hostmaster ";

	(void)state;
	assert_true(is_protected("postmaster@x", names));
	assert_true(is_protected("PostMaster@x", names));
	assert_true(is_protected("abuse+tag@x", names));
	assert_true(is_protected("\"hostmaster\"@x", names));
	assert_false(is_protected("post@x", names));
	assert_false(is_protected("postmasters@x", names));
	assert_false(is_protected("+postmaster@x", names));
	assert_false(is_protected("postmaster@x", ""));
	assert_false(is_protected("postmaster@x", " "));
}

/* Whatever parses is written so that it parses to the same again. */
static void check_round_trip(const char *text, size_t size,
			     enum hl_address_flags flags)
{
	char written[HL_ADDRESS_SIZE], rewritten[HL_ADDRESS_SIZE];
	struct hl_address address, again;
	struct hl_error err;
	size_t i, length;

	if (hl_address_parse(text, size, flags, &address, &err) < 0) {
		assert_int_equal(err.code, HL_ERROR_DATA);
		return;
	}
	length = hl_address_format(&address, written);
	assert_in_range(length, 3, HL_ADDRESS_MAX);
	for (i = 0; i < length; i++)
		assert_false((unsigned char)written[i] < 0x20 ||
			     written[i] == 0x7f);
	assert_int_equal(hl_address_parse(written, length, flags, &again, &err),
			 0);
	assert_true(hl_address_equal(&address, &again));
	hl_address_format(&again, rewritten);
	assert_string_equal(written, rewritten);
}

static void test_every_byte_everywhere(void **state)
{
	static const char *const seeds[] = {
		"ab.c@d-e.fg",	  "\"a \\\"b\"@xy", "a@[192.0.2.1]",
		"a@[IPv6:1::2]",  "@a,@b:c@d",	    "a@xn--tda.de",
		"a@b\xc3\xbc.de",
	};
	char text[64];
	size_t i, pos, size;
	int byte;

	(void)state;
	for (i = 0; i < sizeof(seeds) / sizeof(*seeds); i++) {
		size = strlen(seeds[i]);
		for (pos = 0; pos <= size; pos++) {
			for (byte = 0; byte < 256; byte++) {
				/* in the place of a byte, and between two */
				memcpy(text, seeds[i], size + 1);
				text[pos] = (char)byte;
				check_round_trip(text, size, 0);
				check_round_trip(text, size,
						 HL_ADDRESS_FOREIGN);
				memcpy(text + pos + 1, seeds[i] + pos,
				       size - pos);
				check_round_trip(text, size + 1, 0);
				check_round_trip(text, size + 1,
						 HL_ADDRESS_FOREIGN);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_quoted),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_long_error),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_idn),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_source_route),
		cmocka_unit_test(test_from_parts),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_writable),
		cmocka_unit_test(test_strip_detail),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_every_byte_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
