/* What a RCPT's argument is taken for is an address that can be written, and
   the same with angle brackets and without. */

#include "fuzz-check.h"

#include "rcpt-path.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const char *path = (const char *)data;
	char written[HL_ADDRESS_SIZE + 2];
	struct hl_address address, again;
	size_t length;

	if (rcpt_path_parse(path, size, &address) < 0)
		return 0;
	length = hl_address_format(&address, written + 1);
	FUZZ_CHECK(length <= HL_ADDRESS_MAX);
	FUZZ_CHECK(rcpt_path_parse(written + 1, length, &again) == 0);
	FUZZ_CHECK(hl_address_equal(&address, &again));
	written[0] = '<';
	written[length + 1] = '>';
	FUZZ_CHECK(rcpt_path_parse(written, length + 2, &again) == 0);
	FUZZ_CHECK(hl_address_equal(&address, &again));
	return 0;
}
