#include "output.h"
#include "output-format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* what is held back */
#define HELD_MAX (1024 * 1024)

struct output {
	enum output_format format;
	FILE *file;
	enum output_flags flags;
	const struct output_column *columns;
	size_t column_count;
	size_t widths[OUTPUT_COLUMNS_MAX];

	/* What was written so far, until it is released: of a table that needs
	   its columns' widths the cells, each with a NUL; otherwise text. */
	char *held;
	size_t held_size;
	FILE *held_file;
	bool held_on, released;
	bool any_row;
};

int output_format_parse(const char *name, enum output_format *format_r,
			struct hl_error *err)
{
	static const char *const names[] = {"table", "tab", "json"};
	char quote[HL_ERROR_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*format_r = (enum output_format)i;
			return 0;
		}
	}
	return hl_error_set(err, HL_ERROR_USAGE,
			    "-f: \"%s\" isn't table, tab or json",
			    hl_error_quote(name, strlen(name), quote));
}

struct output *output_init(enum output_format format, FILE *file)
{
	struct output *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->format = format;
	out->file = file;
	out->held_file = open_memstream(&out->held, &out->held_size);
	if (out->held_file == NULL)
		output_deinit(&out);
	return out;
}

void output_deinit(struct output **_out)
{
	struct output *out = *_out;

	*_out = NULL;
	if (out == NULL)
		return;
	if (out->held_file != NULL)
		fclose(out->held_file);
	free(out->held);
	free(out);
}

static bool holds_cells(const struct output *out)
{
	return out->format == OUTPUT_TABLE && out->flags == 0;
}

static FILE *sink(struct output *out)
{
	return out->released ? out->file : out->held_file;
}

void output_begin(struct output *out, enum output_flags flags,
		  const struct output_column *columns)
{
	out->flags = flags;
	out->columns = columns;
	for (out->column_count = 0; columns[out->column_count].name != NULL;
	     out->column_count++) {
		out->widths[out->column_count] =
			strlen(columns[out->column_count].name);
	}
	if (out->format == OUTPUT_TAB)
		output_tab_row(sink(out), columns, NULL);
}

/* Calls func for each row of cells that is held. */
static void each_held_row(struct output *out,
			  void (*func)(struct output *out,
				       const char *const *cells))
{
	const char *cells[OUTPUT_COLUMNS_MAX];
	const char *pos = out->held, *end = out->held + out->held_size;
	size_t i;

	while (pos < end) {
		for (i = 0; i < out->column_count; i++) {
			cells[i] = pos;
			pos += strlen(pos) + 1;
		}
		func(out, cells);
	}
}

static void widen(struct output *out, const char *const *cells)
{
	size_t i, width;

	for (i = 0; i < out->column_count; i++) {
		width = output_width(cells[i]);
		if (width > out->widths[i])
			out->widths[i] = width;
	}
}

static void write_table_row(struct output *out, const char *const *cells)
{
	output_table_row(out->file, out->columns, cells, out->widths);
}

static int check_file(FILE *file, struct hl_error *err)
{
	if (!ferror(file))
		return 0;
	return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
			    strerror(errno));
}

/* From here on all goes straight to the file. */
static int release(struct output *out, struct hl_error *err)
{
	if (fflush(out->held_file) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	out->released = true;
	if (out->columns != NULL && holds_cells(out)) {
		each_held_row(out, widen);
		output_table_row(out->file, out->columns, NULL, out->widths);
		each_held_row(out, write_table_row);
	} else {
		fwrite(out->held, 1, out->held_size, out->file);
	}
	return check_file(out->file, err);
}

static int release_if_due(struct output *out, struct hl_error *err)
{
	if (out->released)
		return check_file(out->file, err);
	if (out->held_on || ftell(out->held_file) < HELD_MAX)
		return 0;
	return release(out, err);
}

static int write_json(struct output *out, const char *const *cells,
		      struct hl_error *err)
{
	FILE *file = sink(out);

	if ((out->flags & OUTPUT_ONE) == 0)
		fputs(out->any_row ? ",\n" : "[\n", file);
	if (output_json_row(file, out->columns, cells, err) < 0)
		return -1;
	if ((out->flags & OUTPUT_ONE) != 0)
		fputc('\n', file);
	return 0;
}

static void write_table(struct output *out, const char *const *cells)
{
	size_t i;

	if ((out->flags & OUTPUT_LINES) != 0)
		return;
	if ((out->flags & OUTPUT_ONE) != 0)
		output_table_object(sink(out), out->columns, cells);
	else if (out->released)
		write_table_row(out, cells);
	else
		for (i = 0; i < out->column_count; i++)
			fwrite(cells[i], 1, strlen(cells[i]) + 1,
			       out->held_file);
}

int output_row(struct output *out, const char *const *cells,
	       struct hl_error *err)
{
	switch (out->format) {
	case OUTPUT_TABLE:
		write_table(out, cells);
		break;
	case OUTPUT_TAB:
		output_tab_row(sink(out), out->columns, cells);
		break;
	case OUTPUT_JSON:
		if (write_json(out, cells, err) < 0)
			return -1;
		break;
	}
	out->any_row = true;
	return release_if_due(out, err);
}

int output_line(struct output *out, struct hl_error *err, const char *fmt, ...)
{
	va_list args;

	if (out->format != OUTPUT_TABLE)
		return 0;
	va_start(args, fmt);
	vfprintf(sink(out), fmt, args);
	va_end(args);
	fputc('\n', sink(out));
	return release_if_due(out, err);
}

void output_hold(struct output *out, bool hold)
{
	out->held_on = hold;
}

int output_end(struct output *out, struct hl_error *err)
{
	if (out->columns != NULL && out->format == OUTPUT_JSON &&
	    (out->flags & OUTPUT_ONE) == 0)
		fputs(out->any_row ? "\n]\n" : "[]\n", sink(out));
	if (!out->released && release(out, err) < 0)
		return -1;
	if (fflush(out->file) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
				    strerror(errno));
	return check_file(out->file, err);
}
