#include "output-format.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <jansson.h>

/* The next character of text: its length in bytes, and its width, or -1 for
   one that a terminal doesn't show as itself. */
static size_t next_char(const char *text, int *width_r)
{
	mbstate_t state;
	wchar_t wc;
	size_t size;

	*width_r = 1;
	if (MB_CUR_MAX == 1)
		return 1;
	memset(&state, 0, sizeof(state));
	size = mbrtowc(&wc, text, strlen(text), &state);
	if (size == 0 || size > MB_CUR_MAX) {
		*width_r = -1;
		return 1;
	}
	*width_r = wcwidth(wc);
	return size;
}

size_t output_width(const char *text)
{
	size_t total = 0;
	int width;

	while (*text != '\0') {
		text += next_char(text, &width);
		total += width < 0 ? 1 : (size_t)width;
	}
	return total;
}

static void write_shown(FILE *file, const char *text)
{
	size_t size;
	int width;

	while (*text != '\0') {
		size = next_char(text, &width);
		if (width < 0)
			fputc('?', file);
		else
			fwrite(text, 1, size, file);
		text += size;
	}
}

/* An empty cell must be seen. */
static const char *table_text(const char *cell)
{
	return *cell == '\0' ? "-" : cell;
}

void output_table_row(FILE *file, const struct output_column *columns,
		      const char *const *cells, const size_t *widths)
{
	const char *text;
	size_t i, width;

	for (i = 0; columns[i].name != NULL; i++) {
		text = cells == NULL ? columns[i].name : table_text(cells[i]);
		write_shown(file, text);
		if (columns[i + 1].name == NULL)
			break;
		for (width = output_width(text); width < widths[i]; width++)
			fputc(' ', file);
		fputs("  ", file);
	}
	fputc('\n', file);
}

void output_table_object(FILE *file, const struct output_column *columns,
			 const char *const *cells)
{
	size_t i, width = 0;

	for (i = 0; columns[i].name != NULL; i++) {
		if (strlen(columns[i].name) > width)
			width = strlen(columns[i].name);
	}
	for (i = 0; columns[i].name != NULL; i++) {
		fprintf(file, "%s:%*s", columns[i].name,
			(int)(width - strlen(columns[i].name) + 1), "");
		write_shown(file, table_text(cells[i]));
		fputc('\n', file);
	}
}

static void write_tab_escaped(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '\001':
			fputs("\0011", file);
			break;
		case '\t':
			fputs("\001t", file);
			break;
		case '\r':
			fputs("\001r", file);
			break;
		case '\n':
			fputs("\001n", file);
			break;
		default:
			fputc(*text, file);
		}
	}
}

void output_tab_row(FILE *file, const struct output_column *columns,
		    const char *const *cells)
{
	size_t i;

	for (i = 0; columns[i].name != NULL; i++) {
		if (i > 0)
			fputc('\t', file);
		write_tab_escaped(file,
				  cells == NULL ? columns[i].name : cells[i]);
	}
	fputc('\n', file);
}

static json_t *json_cell(enum output_type type, const char *cell)
{
	if (type == OUTPUT_BOOL)
		return json_boolean(*cell != '\0');
	if (type != OUTPUT_TEXT && *cell == '\0')
		return json_null();
	if (type == OUTPUT_NUMBER)
		return json_integer(strtoll(cell, NULL, 10));
	return json_string(cell);
}

int output_json_row(FILE *file, const struct output_column *columns,
		    const char *const *cells, struct hl_error *err)
{
	json_t *object = json_object();
	int ret = 0;
	size_t i;

	for (i = 0; columns[i].name != NULL && ret == 0; i++)
		ret = json_object_set_new(object, columns[i].name,
					  json_cell(columns[i].type, cells[i]));
	if (ret == 0)
		ret = json_dumpf(object, file, JSON_COMPACT);
	json_decref(object);
	return ret == 0 ? 0
			: hl_error_set(err, HL_ERROR_TEMP,
				       "a row can't be written as JSON: out of "
				       "memory, or not UTF-8");
}
