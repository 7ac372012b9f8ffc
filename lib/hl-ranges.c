/* The ranges of an `erase` entry, schema/FORMAT.md section 3. */

#include "hl-entry.h"
#include "hl-text.h"

#include <stdio.h>
#include <string.h>

int hl_ranges_next(const char *ranges, size_t size, size_t *pos,
		   uint64_t *first_r, uint64_t *last_r)
{
	const char *text = ranges + *pos, *dash, *comma;
	size_t length;

	if (*pos == size)
		return 0;
	comma = memchr(text, ',', size - *pos);
	length = comma == NULL ? size - *pos : (size_t)(comma - text);
	dash = memchr(text, '-', length);
	if (!hl_text_parse_number(text,
				  dash == NULL ? length : (size_t)(dash - text),
				  first_r) ||
	    *first_r < 1)
		return -1;
	*last_r = *first_r;
	if (dash != NULL &&
	    (!hl_text_parse_number(dash + 1, length - (size_t)(dash + 1 - text),
				   last_r) ||
	     *last_r <= *first_r))
		return -1;
	*pos += length + (comma == NULL ? 0 : 1);
	/* a comma at the end */
	if (comma != NULL && *pos == size)
		return -1;
	return 1;
}

size_t hl_ranges_format(const uint64_t *seqs, size_t count, char *buf,
			size_t size)
{
	size_t i, first, used = 0;
	int length;

	for (i = 0; i < count; i++) {
		for (first = i; i + 1 < count && seqs[i + 1] == seqs[i] + 1;)
			i++;
		length = snprintf(buf + used, size - used,
				  first == i ? "%s%llu" : "%s%llu-%llu",
				  used == 0 ? "" : ",",
				  (unsigned long long)seqs[first],
				  (unsigned long long)seqs[i]);
		if (length < 0 || (size_t)length >= size - used)
			return 0;
		used += (size_t)length;
	}
	return used;
}
