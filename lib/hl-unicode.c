#include "hl-unicode.h"

#include <stdlib.h>

#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

size_t hl_unicode_to_nfc(const char *text, size_t size, char *nfc_r,
			 size_t nfc_r_size)
{
	size_t length = nfc_r_size;
	uint8_t *nfc = u8_normalize(UNINORM_NFC, (const uint8_t *)text, size,
				    (uint8_t *)nfc_r, &length);

	if (nfc == (uint8_t *)nfc_r)
		return length;
	/* It didn't fit. */
	free(nfc);
	return 0;
}

bool hl_unicode_is_visible(uint32_t code)
{
	if (code < 0x80)
		return code >= 0x20 && code != 0x7f;
	return !uc_is_general_category_withtable(
		       code, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Z) &&
	       !uc_is_property_default_ignorable_code_point(code);
}

bool hl_unicode_find_invisible(const char *text, size_t size, uint32_t *code_r)
{
	const uint8_t *pos = (const uint8_t *)text;
	int length;

	for (; size > 0; size -= (size_t)length, pos += length) {
		length = u8_mbtouc(code_r, pos, size);
		if (!hl_unicode_is_visible(*code_r))
			return true;
	}
	return false;
}
