#include "postfix-map.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Where the key ends; NULL: within double quotes. */
static const char *key_end(const char *pos, const char *end)
{
	bool quoted = false;

	for (; pos < end; pos++) {
		if (*pos == '\\') {
			if (++pos == end)
				break;
		} else if (*pos == '"') {
			quoted = !quoted;
		} else if (!quoted && is_blank(*pos)) {
			break;
		}
	}
	return quoted ? NULL : pos;
}

int postfix_map_split(const char *line, size_t size,
		      struct postfix_map_row *row_r, struct hl_error *err)
{
	const char *end = line + size, *pos;

	if (memchr(line, '\0', size) != NULL)
		return hl_error_set(err, HL_ERROR_DATA, "a NUL in the line");
	if (size > 0 && is_blank(line[0]))
		return hl_error_set(err, HL_ERROR_DATA,
				    "it begins with a blank, but there is no "
				    "line that it continues");
	pos = key_end(line, end);
	if (pos == NULL)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the double quotes of the key are never "
				    "closed");
	row_r->key = line;
	row_r->key_size = (size_t)(pos - line);
	while (pos < end && is_blank(*pos))
		pos++;
	while (end > pos && is_blank(end[-1]))
		end--;
	row_r->value = pos;
	row_r->value_size = (size_t)(end - pos);
	if (row_r->key_size == 0 || row_r->value_size == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "not a key, blanks and a value");
	return 0;
}

/* postmap takes the line for a comment, and in double quotes Postfix doesn't
   find it: it asks for the address as it must be written. */
bool postfix_map_can_hold(const char *address)
{
	return address[0] != '#';
}
