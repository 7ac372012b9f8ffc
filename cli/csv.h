#ifndef CSV_H
#define CSV_H

#include "hl-error.h"

#include <stddef.h>

/* RFC 4180: the fields of one record. */

struct csv_field {
	/* terminated */
	const char *text;
	size_t size;
};

/* Takes the record, with a NUL behind it, apart in its place: the line end is
   cut off, the quoting removed. There must be exactly count fields. */
int csv_split(char *record, size_t size, struct csv_field *fields_r,
	      size_t count, struct hl_error *err);

/* Writes a field, in double quotes where it must be, and a NUL; returns the
   place of the NUL. out has room for 2 * strlen(text) + 3 bytes. */
char *csv_write(const char *text, char *out);

#endif
