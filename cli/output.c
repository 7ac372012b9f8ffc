#include "output.h"
#include "output-format.h"
#include "reader.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* what is held back */
#define HELD_MAX (1024 * 1024)

/* In what is held, in front of the strings: a cell for each column, or one
   line. */
#define HELD_ROW  'r'
#define HELD_LINE 'l'

struct output {
	const struct output_format *format;
	struct output_sink sink;

	/* what was said so far, until it is released */
	char *held;
	size_t held_size;
	FILE *held_file;
	bool held_on, released;

	/* of pages; NULL without output_page() */
	struct reader *reader;
	unsigned int rows_held;
};

struct output *output_init(const struct output_format *format, FILE *file)
{
	struct output *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->format = format;
	out->sink.file = file;
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
	reader_deinit(&out->reader);
	if (out->held_file != NULL)
		fclose(out->held_file);
	free(out->held);
	free(out);
}

void output_begin(struct output *out, enum output_flags flags,
		  const struct output_column *columns)
{
	struct output_sink *sink = &out->sink;

	sink->flags = flags;
	sink->columns = columns;
	while (columns[sink->column_count].name != NULL)
		sink->column_count++;
}

void output_page(struct output *out, bool may_page)
{
	/* without memory for it: as ever */
	if (out->sink.file != NULL && out->reader == NULL)
		out->reader = reader_init(out->sink.file, may_page);
}

/* 1: nobody reads any more. */
static int check_file(struct output *out, struct hl_error *err)
{
	if (out->sink.file == NULL || !ferror(out->sink.file))
		return 0;
	if (errno == EPIPE && out->reader != NULL &&
	    reader_may_leave(out->reader))
		return 1;
	return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
			    strerror(errno));
}

static int write_row(struct output *out, const char *const *cells,
		     struct hl_error *err)
{
	if (out->format->row(&out->sink, cells, err) < 0)
		return -1;
	out->sink.any_row = true;
	return check_file(out, err);
}

/* A row behind the first page; wider cells widen the columns from here on. */
static int write_next_row(struct output *out, const char *const *cells,
			  struct hl_error *err)
{
	int ret;

	if (out->reader == NULL)
		return write_row(out, cells, err);
	if (out->format->measure != NULL)
		out->format->measure(&out->sink, cells);
	ret = write_row(out, cells, err);
	if (ret != 0)
		return ret;
	return reader_wait(out->reader) ? 0 : 1;
}

static int write_line(struct output *out, const char *line,
		      struct hl_error *err)
{
	if (out->format->line != NULL)
		out->format->line(&out->sink, line);
	return check_file(out, err);
}

static int measure_row(struct output *out, const char *const *cells,
		       struct hl_error *err)
{
	(void)err;
	out->format->measure(&out->sink, cells);
	return 0;
}

static int pass_line(struct output *out, const char *line, struct hl_error *err)
{
	(void)out;
	(void)line;
	(void)err;
	return 0;
}

/* Calls the one for each row that is held, the other for each line. */
static int each_held(struct output *out,
		     int (*row)(struct output *out, const char *const *cells,
				struct hl_error *err),
		     int (*line)(struct output *out, const char *line,
				 struct hl_error *err),
		     struct hl_error *err)
{
	const char *cells[OUTPUT_COLUMNS_MAX];
	const char *pos = out->held, *end = out->held + out->held_size;
	size_t i, count;
	char type;
	int ret;

	while (pos < end) {
		type = *pos++;
		count = type == HELD_LINE ? 1 : out->sink.column_count;
		for (i = 0; i < count; i++) {
			cells[i] = pos;
			pos += strlen(pos) + 1;
		}
		ret = type == HELD_LINE ? line(out, cells[0], err)
					: row(out, cells, err);
		if (ret != 0)
			return ret;
	}
	return 0;
}

/* From here on all goes straight to the format. */
static int release(struct output *out, struct hl_error *err)
{
	if (fflush(out->held_file) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	out->released = true;
	if (out->reader != NULL)
		reader_begin(out->reader);
	if (out->format->measure != NULL)
		(void)each_held(out, measure_row, pass_line, err);
	if (out->format->begin != NULL)
		out->format->begin(&out->sink);
	return each_held(out, write_row, write_line, err);
}

static int release_if_due(struct output *out, struct hl_error *err)
{
	int ret;

	if (out->held_on)
		return 0;
	if (out->reader != NULL &&
	    reader_wants_page(out->reader, out->rows_held)) {
		ret = release(out, err);
		return ret != 0 ? ret : reader_wait(out->reader) ? 0 : 1;
	}
	return ftell(out->held_file) < HELD_MAX ? 0 : release(out, err);
}

static void hold_string(struct output *out, const char *text)
{
	fwrite(text, 1, strlen(text) + 1, out->held_file);
}

int output_row(struct output *out, const char *const *cells,
	       struct hl_error *err)
{
	size_t i;

	if (out->released)
		return write_next_row(out, cells, err);
	out->rows_held++;
	fputc(HELD_ROW, out->held_file);
	for (i = 0; i < out->sink.column_count; i++)
		hold_string(out, cells[i]);
	return release_if_due(out, err);
}

int output_line(struct output *out, struct hl_error *err, const char *fmt, ...)
{
	va_list args;
	char *line;
	int ret;

	if (out->format->line == NULL)
		return 0;
	va_start(args, fmt);
	ret = vasprintf(&line, fmt, args);
	va_end(args);
	if (ret < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (out->released) {
		ret = write_line(out, line, err);
	} else {
		fputc(HELD_LINE, out->held_file);
		hold_string(out, line);
		ret = release_if_due(out, err);
	}
	free(line);
	return ret;
}

void output_hold(struct output *out, bool hold)
{
	out->held_on = hold;
}

int output_end(struct output *out, struct hl_error *err)
{
	if (!out->released && release(out, err) < 0)
		return -1;
	if (out->format->end != NULL && out->format->end(&out->sink, err) < 0)
		return -1;
	/* an error of which check_file() then tells */
	if (out->sink.file != NULL)
		(void)fflush(out->sink.file);
	return check_file(out, err) < 0 ? -1 : 0;
}
