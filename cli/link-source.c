#include "link-source.h"
#include "csv.h"
#include "postfix-map.h"
#include "record-reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BOM	 "\xef\xbb\xbf"
#define BOM_SIZE 3

struct link_source {
	const char *name, *zone;
	enum link_format format;
	const struct cli_expiry *expiry;
	FILE *file;
	struct record_reader reader;
	/* of CSV: its first line was read */
	bool header_read;
	bool ended;
};

int link_format_parse(const char *name, enum link_format *format_r,
		      struct hl_error *err)
{
	static const char *const names[] = {"json", "csv", "relocated",
					    "postfix-recipients"};
	char quote[HL_ERROR_QUOTE_SIZE];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*format_r = (enum link_format)i;
			return 0;
		}
	}
	return hl_error_set(err, HL_ERROR_USAGE, "there is no format \"%s\"",
			    hl_error_quote(name, strlen(name), quote));
}

static enum record_form record_form(enum link_format format)
{
	switch (format) {
	case LINK_CSV:
		return RECORD_QUOTED;
	case LINK_RELOCATED:
		return RECORD_CONTINUED;
	default:
		return RECORD_LINE;
	}
}

int link_source_open(const char *path, enum link_format format,
		     const char *zone, const struct cli_expiry *expiry,
		     struct link_source **source_r, struct hl_error *err)
{
	struct link_source *source = calloc(1, sizeof(*source));
	bool is_stdin = strcmp(path, "-") == 0;

	*source_r = source;
	if (source == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	source->name = is_stdin ? "standard input" : path;
	source->zone = zone;
	source->format = format;
	source->expiry = expiry;
	source->file = is_stdin ? stdin : fopen(path, "re");
	if (source->file == NULL)
		hl_error_set(err,
			     errno == EACCES ? HL_ERROR_PERMISSION
					     : HL_ERROR_DATA,
			     "%s: %s", path, strerror(errno));
	else if (record_reader_init(&source->reader, source->file,
				    record_form(format), err) == 0)
		return 0;
	link_source_close(source_r);
	return -1;
}

void link_source_close(struct link_source **_source)
{
	struct link_source *source = *_source;

	*_source = NULL;
	if (source == NULL)
		return;
	record_reader_deinit(&source->reader);
	if (source->file != NULL && source->file != stdin)
		fclose(source->file);
	free(source);
}

const char *link_source_name(const struct link_source *source)
{
	return source->name;
}

int link_source_prefix(const struct link_source *source, uint64_t number,
		       struct hl_error *err)
{
	return hl_error_prefix(err, "%s:%llu", source->name,
			       (unsigned long long)number);
}

static int read_error(const struct link_source *source, struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", source->name,
			    strerror(errno));
}

int link_source_spool(struct link_source *source, struct hl_error *err)
{
	char buf[16384];
	struct stat st;
	size_t size;
	FILE *copy;

	if (fstat(fileno(source->file), &st) == 0 && S_ISREG(st.st_mode))
		return 0;
	copy = tmpfile();
	if (copy == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "a temporary file: %s",
				    strerror(errno));
	while ((size = fread(buf, 1, sizeof(buf), source->file)) > 0) {
		if (fwrite(buf, 1, size, copy) < size)
			break;
	}
	if (ferror(source->file)) {
		fclose(copy);
		return read_error(source, err);
	}
	if (ferror(copy) || fflush(copy) != 0 || fseek(copy, 0, SEEK_SET) < 0) {
		hl_error_set(err, HL_ERROR_TEMP, "a temporary file: %s",
			     strerror(errno));
		fclose(copy);
		return -1;
	}
	if (source->file != stdin)
		fclose(source->file);
	source->file = source->reader.file = copy;
	return 0;
}

/* Nothing else would say which column is which. */
static int check_header(struct link_source *source, struct hl_error *err)
{
	const struct record_reader *reader = &source->reader;
	const char *text = reader->buf;
	size_t size = reader->size;

	/* as spreadsheets write it */
	if (size >= BOM_SIZE && memcmp(text, BOM, BOM_SIZE) == 0) {
		text += BOM_SIZE;
		size -= BOM_SIZE;
	}
	if (size > 0 && size <= RECORD_MAX && text[size - 1] == '\r')
		size--;
	if (size != strlen(LINK_CSV_HEADER) ||
	    memcmp(text, LINK_CSV_HEADER, size) != 0) {
		source->ended = true;
		hl_error_set(err, HL_ERROR_DATA,
			     "the first line isn't " LINK_CSV_HEADER
			     "; the others weren't read");
		return link_source_prefix(source, reader->number, err);
	}
	source->header_read = true;
	return 0;
}

static int check_cell(const struct csv_field *field, const char *name,
		      struct hl_error *err)
{
	if (strlen(field->text) == field->size)
		return 0;
	return hl_error_set(err, HL_ERROR_DATA, "a NUL in the %s", name);
}

static int parse_csv(struct link_source *source, struct link_line **line_r,
		     struct hl_error *err)
{
	struct record_reader *reader = &source->reader;
	struct csv_field fields[4];
	struct link_words words;
	enum hl_kind kind;

	memset(&words, 0, sizeof(words));
	if (reader->last > reader->number)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a line end in double quotes; all up to "
				    "line %llu, where they close, is this one",
				    (unsigned long long)reader->last);
	if (csv_split(reader->buf, reader->size, fields, 4, err) < 0 ||
	    check_cell(&fields[1], "kind", err) < 0 ||
	    check_cell(&fields[3], "expiry", err) < 0)
		return -1;
	words.old = fields[0].text;
	words.old_size = fields[0].size;
	words.new = fields[2].text;
	words.new_size = fields[2].size;
	if (cli_kind_parse(fields[1].text, &kind, err) < 0 ||
	    ((kind == HL_KIND_PERMANENT) != (fields[3].size == 0) &&
	     hl_error_set(err, HL_ERROR_DATA,
			  "a temporary one has an expiry, a permanent one has "
			  "none") < 0) ||
	    cli_expiry_parse(kind == HL_KIND_PERMANENT,
			     fields[3].size == 0 ? NULL : fields[3].text, NULL,
			     source->zone, &words.expiry, err) < 0) {
		err->code = HL_ERROR_DATA;
		return -1;
	}
	return link_line_make(&words, reader->number, line_r, err);
}

static int parse_relocated(struct link_source *source,
			   struct link_line **line_r, struct hl_error *err)
{
	const struct record_reader *reader = &source->reader;
	struct postfix_map_row row;
	struct link_words words;

	memset(&words, 0, sizeof(words));
	if (postfix_map_split(reader->buf, reader->size, &row, err) < 0)
		return -1;
	if (row.key[0] == '@')
		return hl_error_set(err, HL_ERROR_DATA,
				    "a whole domain, which relocated maps send "
				    "to one address; `set @OLD @NEW` keeps "
				    "the local parts");
	if (memchr(row.key, '@', row.key_size) == NULL)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a key without a domain; write down each "
				    "address that it stands for");
	words.old = row.key;
	words.old_size = row.key_size;
	words.new = row.value;
	words.new_size = row.value_size;
	words.expiry = *source->expiry;
	return link_line_make(&words, reader->number, line_r, err);
}

static bool is_empty(const struct record_reader *reader)
{
	return reader->size == 0 ||
	       (reader->size == 1 && reader->buf[0] == '\r');
}

static int parse(struct link_source *source, struct link_line **line_r,
		 struct hl_error *err)
{
	const struct record_reader *reader = &source->reader;

	if (reader->size > RECORD_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a line of more than %d bytes", RECORD_MAX);
	switch (source->format) {
	case LINK_CSV:
		return parse_csv(source, line_r, err);
	case LINK_RELOCATED:
		return parse_relocated(source, line_r, err);
	default:
		return link_line_parse(reader->buf, reader->size,
				       reader->number, source->zone, line_r,
				       err);
	}
}

int link_source_next(struct link_source *source, struct link_line **line_r,
		     struct hl_error *err)
{
	struct record_reader *reader = &source->reader;
	int ret;

	*line_r = NULL;
	if (source->ended)
		return 0;
	while ((ret = record_reader_next(reader)) > 0) {
		if (source->format == LINK_CSV && !source->header_read) {
			if (check_header(source, err) < 0)
				return -1;
		} else if (!is_empty(reader)) {
			break;
		}
	}
	if (ret < 0)
		return read_error(source, err);
	if (ret == 0)
		return 0;
	if (parse(source, line_r, err) < 0)
		return link_source_prefix(source, reader->number, err);
	return 1;
}
