/* Hard-links of whole domains: how they are written, what they answer, what
   wins over them, and that nothing leads in circles through them. */

#include "log-fixture.h"

#include "hl-owner.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define IF_EXISTS "if it exists: 557 5.2.7 mailbox has moved to "

static struct log_fixture fixture;

static int setup(void **state)
{
	(void)state;
	fixture_init(&fixture, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_deinit(&fixture);
	return 0;
}

static void set(const char *old, const char *new)
{
	if (fixture_set(&fixture, old, new, 0, true) < 0)
		fail_msg("%s", fixture.err.text);
}

static void assert_refused(const char *old, const char *new,
			   enum hl_error_code code, const char *part)
{
	if (fixture_set(&fixture, old, new, 0, true) == 0)
		fail_msg("%s to %s isn't refused", old, new);
	assert_int_equal(fixture.err.code, code);
	if (strstr(fixture.err.text, part) == NULL)
		fail_msg("expected \"%s\": %s", part, fixture.err.text);
}

static void assert_answer(const char *address, const char *expected)
{
	assert_string_equal(fixture_answer_anew(&fixture, address), expected);
}

static void test_parse(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"@example.org", "@example.org"},
		{"@EXAMPLE.org", "@example.org"},
		{"@b\xc3\xbc"
		 "cher.example",
		 "@xn--bcher-kva.example"},
		{"a@example.org", "a@example.org"},
		{"\"@\"@example.org", "\"@\"@example.org"},
		{"@", NULL},
		{"@@example.org", NULL},
		{"example.org", NULL},
		{"@a@example.org", NULL},
		{"@example.org:a@example.net", NULL},
		{"@[192.0.2.1]", NULL},
		{"@192.0.2.1", NULL},
		{"@example.org.", NULL},
		{"@*.example.org", NULL},
		{"\"\"@example.org", NULL},
		{"", NULL},
	};
	char text[HL_ADDRESS_SIZE];
	struct hl_address address;
	struct hl_error err;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = hl_address_parse_subject(
			cases[i].text, strlen(cases[i].text), &address, &err);
		if ((ret == 0) != (cases[i].canonical != NULL))
			fail_msg("%s: %d", cases[i].text, ret);
		if (ret < 0)
			continue;
		hl_address_format(&address, text);
		assert_string_equal(text, cases[i].canonical);
	}
	/* nobody else takes one */
	assert_int_equal(hl_address_parse("@example.org", 12,
					  HL_ADDRESS_FOREIGN, &address, &err),
			 -1);
}

static void test_answers(void **state)
{
	(void)state;
	set("@old.example", "@new.example");
	assert_answer("alice@old.example", IF_EXISTS "<alice@new.example>");
	assert_answer("Al.Ice+Tag@OLD.example",
		      IF_EXISTS "<Al.Ice+Tag@new.example>");
	assert_answer("\"a b\"@old.example", IF_EXISTS "<\"a b\"@new.example>");
	assert_answer("alice@new.example", "none");
	assert_answer("alice@sub.old.example", "none");
	assert_answer("postmaster@old.example", "none");
	assert_answer("Postmaster+x@old.example", "none");
	assert_answer("abuse@old.example", "none");
	assert_answer("HostMaster+x@old.example", "none");
	assert_answer("abuser@old.example", IF_EXISTS "<abuser@new.example>");
	assert_int_equal(fixture_unset(&fixture, "@old.example"), 0);
	assert_answer("alice@old.example", "none");
	assert_int_equal(fixture_verify(&fixture), 0);
}

static void test_beyond_ascii(void **state)
{
	(void)state;
	set("@old.example", "@new.example");
	/* decomposed, and what it is written as */
	assert_answer("jose\xcc\x81@old.example",
		      IF_EXISTS "<jos\xc3\xa9@new.example>");
	/* a zero-width space is no character to send somebody to */
	assert_answer("a\xe2\x80\x8b@old.example", "none");
}

static void test_too_long(void **state)
{
	char address[HL_ADDRESS_SIZE];

	(void)state;
	set("@old.example",
	    "@" /* 190 bytes */
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example");
	snprintf(address, sizeof(address), "%063d@old.example", 0);
	assert_non_null(strstr(fixture_answer_anew(&fixture, address), "557"));
	snprintf(address, sizeof(address), "%064d@old.example", 0);
	assert_answer(address, "none");
}

static void test_single_wins(void **state)
{
	static const char single[] =
		"557 5.2.7 mailbox has moved to <elsewhere@example.net>";

	(void)state;
	set("@old.example", "@new.example");
	set("alice@old.example", "elsewhere@example.net");
	set("bob+list@old.example", "elsewhere@example.net");
	assert_answer("ALICE@old.example", single);
	assert_answer("alice+x@old.example", single);
	assert_answer("bob+list@old.example", single);
	assert_answer("bob@old.example", IF_EXISTS "<bob@new.example>");
	assert_answer("bob+x@old.example", IF_EXISTS "<bob+x@new.example>");
	/* what ended hides nothing */
	assert_int_equal(fixture_unset(&fixture, "alice@old.example"), 0);
	assert_answer("alice@old.example", IF_EXISTS "<alice@new.example>");
}

static void test_temporary(void **state)
{
	(void)state;
	assert_int_equal(fixture_set(&fixture, "@old.example", "@new.example",
				     3600, false),
			 0);
	assert_answer("a@old.example", "if it exists: 558 5.2.8 mailbox has "
				       "temporarily moved to <a@new.example>");
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused("@old.example", "@old.example", HL_ERROR_DATA, "itself");
	assert_refused("@old.example", "a@new.example", HL_ERROR_DATA,
		       "a whole domain goes to another one");
	assert_refused("a@old.example", "@new.example", HL_ERROR_DATA,
		       "a whole domain goes to another one");
	set("@old.example", "@new.example");
	assert_int_equal(fixture_set(&fixture, "@old.example", "@other.example",
				     0, false),
			 -1);
	assert_int_equal(fixture.err.code, HL_ERROR_PERMISSION);
}

static void test_circle_of_domains(void **state)
{
	(void)state;
	set("@a.example", "@b.example");
	set("@b.example", "@c.example");
	assert_refused("@c.example", "@a.example", HL_ERROR_DATA, "leads back");
	assert_refused("@b.example", "@a.example", HL_ERROR_DATA, "leads back");
	/* no circle: where it ends is another one */
	set("@d.example", "@a.example");
}

/* The single one comes after the domain. */
static void test_circle_by_single(void **state)
{
	(void)state;
	set("@old.example", "@new.example");
	assert_refused("alice@new.example", "alice@old.example", HL_ERROR_DATA,
		       "leads back");
	assert_refused("alice@new.example", "alice+x@old.example",
		       HL_ERROR_DATA, "leads back");
	set("@new.example", "@third.example");
	assert_refused("alice@third.example", "alice@old.example",
		       HL_ERROR_DATA, "leads back");
	/* another local part, one that doesn't follow its domain, and one that
	   moved elsewhere for good */
	set("alice@third.example", "bob@old.example");
	set("abuse@third.example", "abuse@old.example");
	set("carol@old.example", "carol@example.net");
	set("carol@third.example", "carol@old.example");
	/* dave's is over one day */
	assert_int_equal(fixture_set(&fixture, "dave@old.example",
				     "dave@example.net", 3600, false),
			 0);
	assert_refused("dave@third.example", "dave@old.example", HL_ERROR_DATA,
		       "leads back");
}

/* The domain comes after the single one. */
static void test_circle_by_domain(void **state)
{
	(void)state;
	set("@new.example", "@third.example");
	set("abuse@third.example", "abuse@old.example");
	set("bob@third.example", "alice@old.example");
	set("carol@third.example", "carol@old.example");
	assert_refused("@old.example", "@new.example", HL_ERROR_DATA,
		       "@old.example: carol@old.example can't be hard-linked "
		       "to carol@new.example: that leads back");
	/* for good, elsewhere */
	set("carol@old.example", "carol@example.net");
	set("@old.example", "@new.example");
	assert_int_equal(fixture_unset(&fixture, "@old.example"), 0);
	/* two single ones: dave and erin change places */
	set("dave@third.example", "erin@old.example");
	set("@old.example", "@new.example");
	assert_refused("erin@third.example", "dave@old.example", HL_ERROR_DATA,
		       "leads back");
}

static void test_owner(void **state)
{
	const struct hl_owner owner = {
		.actor = {HL_CHANNEL_CLI, "alice@old.example", ""}, .id = ""};
	struct hl_address domain = fixture_address("@old.example");
	struct hl_address alice = fixture_address("alice@old.example");
	struct hl_link link = {.kind = HL_KIND_PERMANENT};
	struct hl_change_result result;
	struct hl_log *log;

	(void)state;
	set("@old.example", "@new.example");
	assert_int_equal(hl_log_open(&fixture.config, true, &log, &fixture.err),
			 0);
	assert_int_equal(hl_log_begin(log, &fixture.err), 0);
	link.target = fixture_address("@third.example");
	assert_int_equal(hl_owner_set(log, &owner, &domain, &link, true, NULL,
				      NULL, &result, &fixture.err),
			 -1);
	assert_int_equal(fixture.err.code, HL_ERROR_PERMISSION);
	assert_int_equal(
		hl_owner_unset(log, &owner, &domain, &result, &fixture.err),
		-1);
	assert_int_equal(fixture.err.code, HL_ERROR_PERMISSION);
	assert_int_equal(hl_owner_set(log, &owner, &alice, &link, true, NULL,
				      NULL, &result, &fixture.err),
			 -1);
	assert_int_equal(fixture.err.code, HL_ERROR_DATA);
	link.target = fixture_address("alice@example.net");
	if (hl_owner_set(log, &owner, &alice, &link, false, NULL, NULL, &result,
			 &fixture.err) < 0 ||
	    hl_log_commit(log, &fixture.err) < 0)
		fail_msg("%s", fixture.err.text);
	hl_log_close(&log);
	assert_answer("alice@old.example",
		      "557 5.2.7 mailbox has moved to <alice@example.net>");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		TEST(test_answers),
		TEST(test_beyond_ascii),
		TEST(test_too_long),
		TEST(test_single_wins),
		TEST(test_temporary),
		TEST(test_refused),
		TEST(test_circle_of_domains),
		TEST(test_circle_by_single),
		TEST(test_circle_by_domain),
		TEST(test_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
