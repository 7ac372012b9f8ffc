#ifndef POSTFIX_MAP_H
#define POSTFIX_MAP_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>

/* The source of a Postfix map, as postmap(1) reads it: one logical line. */

struct postfix_map_row {
	/* not terminated */
	const char *key, *value;
	size_t key_size, value_size;
};

/* The key ends at the first blank outside of double quotes. HL_ERROR_DATA for
   what postmap doesn't take. */
int postfix_map_split(const char *line, size_t size,
		      struct postfix_map_row *row_r, struct hl_error *err);

/* Can an address, in its canonical text, be a key that Postfix finds? */
bool postfix_map_can_hold(const char *address);

#endif
