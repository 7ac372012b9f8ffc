#ifndef HL_LOCAL_PART_H
#define HL_LOCAL_PART_H

#include "hl-address.h"

/* The part of an address before its @. Only hl-address*.c use this. Errors
   don't name the address. */

/* Reads the local part at the start of text, a dot-string or a quoted-string,
   and removes its quoting. *used_r is the length of its text; what stands
   there isn't looked at. */
int hl_local_part_parse(const char *text, size_t size,
			char local_part_r[HL_LOCAL_PART_MAX + 1],
			size_t *used_r, struct hl_error *err);

/* Takes one that has no quoting. */
int hl_local_part_set(const char *bytes, size_t size,
		      char local_part_r[HL_LOCAL_PART_MAX + 1],
		      struct hl_error *err);

/* The length of its canonical text. */
size_t hl_local_part_written_size(const char *local_part);

/* Writes the canonical text without a NUL, returns its end. */
char *hl_local_part_write(const char *local_part, char *out);

#endif
