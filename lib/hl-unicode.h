#ifndef HL_UNICODE_H
#define HL_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What addresses need to know of Unicode, from libunistring. Text is
   well-formed UTF-8. */

/* Writes text in Unicode's normalisation form C, without a NUL. Returns its
   length, 0 if there is no room or memory for it. */
size_t hl_unicode_to_nfc(const char *text, size_t size, char *nfc_r,
			 size_t nfc_r_size);

/* A blank, or a character that can be seen: not a control, format (bidi
   override), private or unassigned one, no separator beyond ASCII, and none
   that displays as nothing. */
bool hl_unicode_is_visible(uint32_t code);

/* Finds the first that isn't. */
bool hl_unicode_find_invisible(const char *text, size_t size, uint32_t *code_r);

#endif
