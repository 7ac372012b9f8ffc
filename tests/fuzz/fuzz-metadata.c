/* Whatever a METADATA value is taken for can be written as a value that means
   the same. */

#include "fuzz-check.h"

#include "metadata-value.h"

#include <string.h>

/* 2027-01-15T08:00:00Z */
#define NOW INT64_C(1800000000)

static void check_again(const struct metadata_value *value)
{
	char text[METADATA_MOVE_SIZE + 16];
	struct hl_service_state state;
	struct metadata_value again;
	struct hl_error err;

	memset(&state, 0, sizeof(state));
	state.in_force = value->link;
	FUZZ_CHECK(metadata_move_format(&state, text));
	if (value->replace)
		strcat(text, " replace");
	FUZZ_CHECK(metadata_value_parse(text, NOW, &again, &err) == 0);
	FUZZ_CHECK(again.action == METADATA_SET);
	FUZZ_CHECK(again.replace == value->replace);
	FUZZ_CHECK(again.link.kind == value->link.kind);
	FUZZ_CHECK(again.link.expires == value->link.expires);
	FUZZ_CHECK(hl_address_equal(&again.link.target, &value->link.target));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char text[METADATA_VALUE_MAX + 2];
	struct metadata_value value;
	struct hl_error err;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	memcpy(text, data, size);
	text[size] = '\0';
	if (metadata_value_parse(text, NOW, &value, &err) < 0) {
		FUZZ_CHECK(err.code == HL_ERROR_DATA && err.text[0] != '\0');
	} else if (value.action == METADATA_CONFIRM) {
		FUZZ_CHECK(value.code[0] != '\0');
		FUZZ_CHECK(strlen(value.code) < sizeof(value.code));
	} else {
		FUZZ_CHECK((value.link.expires != 0) ==
			   (value.link.kind == HL_KIND_TEMPORARY));
		check_again(&value);
	}
	return 0;
}
