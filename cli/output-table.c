/* For people: columns, or what a command says in lines. */

#include "output-format.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

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

/* The columns that a text takes on a terminal; bytes where the locale isn't
   UTF-8. */
static size_t width_of(const char *text)
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
static const char *shown(const char *cell)
{
	return *cell == '\0' ? "-" : cell;
}

/* `cell  cell`, padded to widths; cells NULL: the names. */
static void write_columns(const struct output_sink *sink,
			  const char *const *cells)
{
	const char *text;
	size_t i, width;

	for (i = 0; i < sink->column_count; i++) {
		text = cells == NULL ? sink->columns[i].name : shown(cells[i]);
		write_shown(sink->file, text);
		if (i + 1 == sink->column_count)
			break;
		for (width = width_of(text); width < sink->widths[i]; width++)
			fputc(' ', sink->file);
		fputs("  ", sink->file);
	}
	fputc('\n', sink->file);
}

/* `name: cell` lines. */
static void write_object(const struct output_sink *sink,
			 const char *const *cells)
{
	size_t i, width = 0;

	for (i = 0; i < sink->column_count; i++) {
		if (strlen(sink->columns[i].name) > width)
			width = strlen(sink->columns[i].name);
	}
	for (i = 0; i < sink->column_count; i++) {
		fprintf(sink->file, "%s:%*s", sink->columns[i].name,
			(int)(width - strlen(sink->columns[i].name) + 1), "");
		write_shown(sink->file, shown(cells[i]));
		fputc('\n', sink->file);
	}
}

static void table_measure(struct output_sink *sink, const char *const *cells)
{
	size_t i, width;

	for (i = 0; i < sink->column_count; i++) {
		width = width_of(cells[i]);
		if (width > sink->widths[i])
			sink->widths[i] = width;
	}
}

static void table_begin(struct output_sink *sink)
{
	size_t i, width;

	if (sink->columns == NULL || sink->flags != 0)
		return;
	for (i = 0; i < sink->column_count; i++) {
		width = strlen(sink->columns[i].name);
		if (width > sink->widths[i])
			sink->widths[i] = width;
	}
	write_columns(sink, NULL);
}

static int table_row(struct output_sink *sink, const char *const *cells,
		     struct hl_error *err)
{
	(void)err;
	if (sink->flags == 0)
		write_columns(sink, cells);
	else if ((sink->flags & OUTPUT_LINES) == 0)
		write_object(sink, cells);
	return 0;
}

static void table_line(struct output_sink *sink, const char *line)
{
	fputs(line, sink->file);
	fputc('\n', sink->file);
}

const struct output_format output_format_table = {
	.name = "table",
	.measure = table_measure,
	.begin = table_begin,
	.row = table_row,
	.line = table_line,
};
