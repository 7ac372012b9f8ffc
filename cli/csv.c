#include "csv.h"

#include <stdbool.h>
#include <string.h>

static int refuse_quote(struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_DATA,
			    "a double quote where none may be: a field with "
			    "one in it stands in double quotes, and that one "
			    "twice");
}

/* The field at pos, which is behind a double quote; *pos_r is behind the other
   one. */
static int split_quoted(char *pos, const char *end, struct csv_field *field,
			char **pos_r, struct hl_error *err)
{
	char *out = pos;

	field->text = out;
	for (;; pos++) {
		if (pos == end)
			return hl_error_set(err, HL_ERROR_DATA,
					    "double quotes that are never "
					    "closed");
		if (*pos == '"') {
			/* there is a NUL at the end */
			if (pos[1] != '"')
				break;
			pos++;
		}
		*out++ = *pos;
	}
	field->size = (size_t)(out - field->text);
	*pos_r = pos + 1;
	*out = '\0';
	return 0;
}

static int split_plain(char *pos, const char *end, struct csv_field *field,
		       char **pos_r, struct hl_error *err)
{
	field->text = pos;
	while (pos < end && *pos != ',') {
		if (*pos == '"')
			return refuse_quote(err);
		pos++;
	}
	field->size = (size_t)(pos - field->text);
	*pos_r = pos;
	return 0;
}

int csv_split(char *record, size_t size, struct csv_field *fields_r,
	      size_t count, struct hl_error *err)
{
	char *pos = record, *end = record + size;
	size_t i = 0;
	bool more;
	int ret;

	if (end > pos && end[-1] == '\r')
		*--end = '\0';
	do {
		if (i == count)
			return hl_error_set(err, HL_ERROR_DATA,
					    "more than %zu fields", count);
		if (*pos == '"' && pos < end)
			ret = split_quoted(pos + 1, end, &fields_r[i], &pos,
					   err);
		else
			ret = split_plain(pos, end, &fields_r[i], &pos, err);
		if (ret < 0)
			return -1;
		i++;
		if (pos < end && *pos != ',')
			return refuse_quote(err);
		more = pos < end;
		*pos++ = '\0';
	} while (more);
	if (i < count)
		return hl_error_set(err, HL_ERROR_DATA,
				    "%zu fields instead of %zu", i, count);
	return 0;
}

char *csv_write(const char *text, char *out)
{
	if (strpbrk(text, ",\"\r\n") == NULL)
		return stpcpy(out, text);
	*out++ = '"';
	for (; *text != '\0'; text++) {
		if (*text == '"')
			*out++ = '"';
		*out++ = *text;
	}
	*out++ = '"';
	*out = '\0';
	return out;
}
