/* Whatever parses is written in one form, which parses to the same address;
   an address of our own is one of others as well. */

#include "fuzz-check.h"

#include "hl-address.h"
#include "hl-text.h"

#include <string.h>

static bool check(const char *text, size_t size, enum hl_address_flags flags)
{
	char written[HL_ADDRESS_SIZE];
	struct hl_address address, again;
	struct hl_error err;
	size_t length;

	if (hl_address_parse(text, size, flags, &address, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA);
		FUZZ_CHECK(hl_text_is_clean_utf8(err.text, strlen(err.text)));
		return false;
	}
	length = hl_address_format(&address, written);
	FUZZ_CHECK(length == strlen(written) && length <= HL_ADDRESS_MAX);
	FUZZ_CHECK(hl_address_parse(written, length, flags, &again, &err) == 0);
	FUZZ_CHECK(hl_address_equal(&address, &again));

	hl_address_strip_detail(&address, "+-");
	hl_address_fold(&address);
	length = hl_address_format(&address, written);
	FUZZ_CHECK(length <= HL_ADDRESS_MAX);
	FUZZ_CHECK(hl_address_parse(written, length, flags, &again, &err) == 0);
	FUZZ_CHECK(hl_address_equal(&address, &again));
	return true;
}

/* A mailbox is one in either way of reading it; all else is a domain. */
static void check_subject(const char *text, size_t size, bool is_mailbox)
{
	struct hl_address address, again;
	char written[HL_ADDRESS_SIZE];
	struct hl_error err;
	size_t length;

	if (hl_address_parse_subject(text, size, &address, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA && !is_mailbox);
		FUZZ_CHECK(hl_text_is_clean_utf8(err.text, strlen(err.text)));
		return;
	}
	FUZZ_CHECK(hl_address_is_domain(&address) == !is_mailbox);
	length = hl_address_format(&address, written);
	FUZZ_CHECK(hl_address_parse_subject(written, length, &again, &err) ==
		   0);
	FUZZ_CHECK(hl_address_equal(&address, &again));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *text = (const char *)data;
	bool foreign = check(text, size, HL_ADDRESS_FOREIGN);

	bool is_mailbox = check(text, size, 0);

	FUZZ_CHECK(!is_mailbox || foreign);
	check_subject(text, size, is_mailbox);
	return 0;
}
