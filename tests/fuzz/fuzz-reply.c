/* A reply that parses gives an address that stands in it and isn't the one
   that it answers; our own reply for it gives the same again. */

#include "fuzz-check.h"

#include "hl-reply.h"

#include <string.h>

static void check(const char *text, size_t size, const struct hl_address *rcpt)
{
	struct hl_link link, again;
	char line[HL_REPLY_LINE_SIZE];
	struct hl_address folded;
	struct hl_error err;
	size_t length;

	if (hl_reply_parse(text, size, rcpt, &link, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA);
		return;
	}
	FUZZ_CHECK(memcmp(text, link.kind == HL_KIND_PERMANENT ? "557" : "558",
			  3) == 0);
	folded = link.target;
	hl_address_fold(&folded);
	FUZZ_CHECK(rcpt == NULL || !hl_address_equal(&folded, rcpt));

	length = hl_reply_format_line(&link, line);
	FUZZ_CHECK(length < HL_REPLY_LINE_SIZE && length == strlen(line));
	FUZZ_CHECK(hl_reply_parse(line, length, rcpt, &again, &err) == 0);
	FUZZ_CHECK(again.kind == link.kind);
	FUZZ_CHECK(hl_address_equal(&again.target, &link.target));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct hl_address rcpt = {"old", "example.org"};

	check((const char *)data, size, NULL);
	check((const char *)data, size, &rcpt);
	return 0;
}
