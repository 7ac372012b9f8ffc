#include "record-reader.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int record_reader_init(struct record_reader *reader, FILE *file,
		       enum record_form form, struct hl_error *err)
{
	memset(reader, 0, sizeof(*reader));
	reader->file = file;
	reader->form = form;
	reader->buf = malloc(RECORD_MAX + 1);
	if (reader->buf == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	return 0;
}

void record_reader_deinit(struct record_reader *reader)
{
	free(reader->buf);
	reader->buf = NULL;
}

static void add(struct record_reader *reader, int c)
{
	if (reader->size < RECORD_MAX)
		reader->buf[reader->size] = (char)c;
	if (reader->size <= RECORD_MAX)
		reader->size++;
}

/* Adds a line without its end. FALSE: there was none. */
static bool add_line(struct record_reader *reader)
{
	bool quoted = false, any = false;
	int c;

	while ((c = getc_unlocked(reader->file)) != EOF) {
		any = true;
		if (c == '"' && reader->form == RECORD_QUOTED)
			quoted = !quoted;
		if (c == '\n') {
			reader->last++;
			if (!quoted)
				return true;
		}
		add(reader, c);
	}
	if (any)
		reader->last++;
	return any;
}

static bool is_blank(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Is there nothing in it, from start on, but blanks or a comment? */
static bool is_nothing(const struct record_reader *reader, size_t start)
{
	size_t end = reader->size < RECORD_MAX ? reader->size : RECORD_MAX;

	while (start < end && is_blank(reader->buf[start]))
		start++;
	return start == end ? reader->size <= RECORD_MAX
			    : reader->buf[start] == '#';
}

static bool is_continued(const struct record_reader *reader)
{
	int c = getc_unlocked(reader->file);

	if (c == EOF)
		return false;
	ungetc(c, reader->file);
	return c == '#' || is_blank(c);
}

static void read_continued(struct record_reader *reader)
{
	size_t start;

	do {
		start = reader->size;
		if (!add_line(reader))
			break;
		if (is_nothing(reader, start))
			reader->size = start;
		else if (start == 0)
			reader->number = reader->last;
	} while (reader->size == 0 || is_continued(reader));
}

int record_reader_next(struct record_reader *reader)
{
	uint64_t before = reader->last;

	reader->size = 0;
	reader->number = before + 1;
	if (reader->form == RECORD_CONTINUED)
		read_continued(reader);
	else
		add_line(reader);
	reader->buf[reader->size < RECORD_MAX ? reader->size : RECORD_MAX] =
		'\0';
	if (ferror(reader->file))
		return -1;
	return reader->form == RECORD_CONTINUED ? reader->size > 0
						: reader->last > before;
}
