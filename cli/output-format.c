/* The formats, and those of them that are short: doveadm's, byte for byte, but
   for a control character in a cell of tab. */

#include "output-format.h"

#include <string.h>

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

/* cells NULL: the names */
static void write_tab_row(const struct output_sink *sink,
			  const char *const *cells)
{
	size_t i;

	for (i = 0; i < sink->column_count; i++) {
		if (i > 0)
			fputc('\t', sink->file);
		write_tab_escaped(sink->file, cells == NULL
						      ? sink->columns[i].name
						      : cells[i]);
	}
	fputc('\n', sink->file);
}

static void tab_begin(struct output_sink *sink)
{
	if (sink->columns != NULL)
		write_tab_row(sink, NULL);
}

static int tab_row(struct output_sink *sink, const char *const *cells,
		   struct hl_error *err)
{
	(void)err;
	write_tab_row(sink, cells);
	return 0;
}

static const struct output_format output_format_tab = {
	.name = "tab",
	.begin = tab_begin,
	.row = tab_row,
};

static int flow_row(struct output_sink *sink, const char *const *cells,
		    struct hl_error *err)
{
	size_t i;

	(void)err;
	for (i = 0; i < sink->column_count; i++)
		fprintf(sink->file, "%s%s=%s", i == 0 ? "" : " ",
			sink->columns[i].name, cells[i]);
	fputc('\n', sink->file);
	return 0;
}

static const struct output_format output_format_flow = {
	.name = "flow",
	.row = flow_row,
};

static int pager_row(struct output_sink *sink, const char *const *cells,
		     struct hl_error *err)
{
	size_t i;

	(void)err;
	if (sink->any_row)
		fputs("\f\n", sink->file);
	for (i = 0; i < sink->column_count; i++)
		fprintf(sink->file, "%s: %s\n", sink->columns[i].name,
			cells[i]);
	return 0;
}

static const struct output_format output_format_pager = {
	.name = "pager",
	.row = pager_row,
};

int output_format_parse(const char *name, const struct output_format **format_r,
			struct hl_error *err)
{
	static const struct output_format *const formats[] = {
		&output_format_table, &output_format_tab,   &output_format_json,
		&output_format_flow,  &output_format_pager,
	};
	char quote[HL_ERROR_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(name, formats[i]->name) == 0) {
			*format_r = formats[i];
			return 0;
		}
	}
	return hl_error_set(err, HL_ERROR_USAGE,
			    "-f: \"%s\" isn't table, tab, json, flow or pager",
			    hl_error_quote(name, strlen(name), quote));
}
