#include "hl-text.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

bool hl_text_parse_number(const char *text, size_t size, uint64_t *number_r)
{
	uint64_t number = 0;
	size_t i;

	if (size == 0 || size > 19 || (size > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < size; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		/* 19 digits fit into 64 bits */
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	if (number > INT64_MAX)
		return false;
	*number_r = number;
	return true;
}

/* The length of the well-formed sequence at text (RFC 3629 section 4), and its
   code point; 0 if there is none. */
static size_t utf8_decode(const unsigned char *text, size_t size,
			  uint32_t *code_r)
{
	static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t length, i;
	uint32_t code;

	if (text[0] < 0x80) {
		*code_r = text[0];
		return 1;
	}
	if ((text[0] & 0xe0) == 0xc0)
		length = 2;
	else if ((text[0] & 0xf0) == 0xe0)
		length = 3;
	else if ((text[0] & 0xf8) == 0xf0)
		length = 4;
	else
		return 0;
	if (length > size)
		return 0;
	code = text[0] & (0x7fU >> length);
	for (i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3fU);
	}
	if (code < lowest[length] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*code_r = code;
	return length;
}

bool hl_text_is_clean_utf8(const char *text, size_t size)
{
	const unsigned char *pos = (const unsigned char *)text;
	size_t length;
	uint32_t code;

	while (size > 0) {
		length = utf8_decode(pos, size, &code);
		if (length == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0))
			return false;
		pos += length;
		size -= length;
	}
	return true;
}

int hl_text_read_error(struct hl_text_reader *reader, const char *name,
		       const char *problem)
{
	return hl_error_set(reader->err, HL_ERROR_STORE, "%s: %s: %s",
			    reader->what, name, problem);
}

/* The next line without its LF. */
static int read_line(struct hl_text_reader *reader, const char *name,
		     const char **line_r, size_t *size_r)
{
	size_t left = (size_t)(reader->end - reader->pos);
	const char *lf = left == 0 ? NULL : memchr(reader->pos, '\n', left);

	if (lf == NULL)
		return hl_text_read_error(reader, name,
					  left == 0 ? "missing"
						    : "line without its end");
	*line_r = reader->pos;
	*size_r = (size_t)(lf - reader->pos);
	reader->pos = lf + 1;
	return 0;
}

int hl_text_read_init(struct hl_text_reader *reader, const char *what,
		      const void *data, size_t size, const char *magic,
		      struct hl_error *err)
{
	const char *line;
	size_t line_size;

	reader->pos = data;
	reader->end = reader->pos + size;
	reader->what = what;
	reader->err = err;
	if (read_line(reader, "first line", &line, &line_size) < 0)
		return -1;
	if (line_size != strlen(magic) || memcmp(line, magic, line_size) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: first line isn't `%s`", what, magic);
	return 0;
}

int hl_text_read(struct hl_text_reader *reader, const char *name,
		 const char **value_r, size_t *size_r)
{
	size_t name_size = strlen(name), size;
	const char *line;

	if (read_line(reader, name, &line, &size) < 0)
		return -1;
	if (size <= name_size || memcmp(line, name, name_size) != 0 ||
	    line[name_size] != '=')
		return hl_text_read_error(reader, name,
					  "another field stands in its place");
	*value_r = line + name_size + 1;
	*size_r = size - name_size - 1;
	return 0;
}

int hl_text_read_number(struct hl_text_reader *reader, const char *name,
			uint64_t min, uint64_t max, uint64_t *number_r)
{
	const char *value;
	size_t size;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	if (!hl_text_parse_number(value, size, number_r) || *number_r < min ||
	    *number_r > max)
		return hl_text_read_error(reader, name,
					  "not a number of the right form");
	return 0;
}

int hl_text_read_hex(struct hl_text_reader *reader, const char *name,
		     unsigned char *bytes_r, size_t bytes_size)
{
	const char *value;
	size_t size, i, decoded;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	/* sodium_hex2bin() takes upper case as well */
	for (i = 0; i < size; i++) {
		if (value[i] >= 'A' && value[i] <= 'F')
			break;
	}
	if (i != size || size != bytes_size * 2 ||
	    sodium_hex2bin(bytes_r, bytes_size, value, size, NULL, &decoded,
			   NULL) != 0 ||
	    decoded != bytes_size)
		return hl_text_read_error(
			reader, name,
			"not lower-case hexadecimal digits of the "
			"right number");
	return 0;
}

int hl_text_read_utf8(struct hl_text_reader *reader, const char *name,
		      char *text_r, size_t text_r_size)
{
	const char *value;
	size_t size;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	if (size >= text_r_size)
		return hl_text_read_error(reader, name, "too long");
	if (!hl_text_is_clean_utf8(value, size))
		return hl_text_read_error(
			reader, name,
			"not well-formed UTF-8 without control characters");
	memcpy(text_r, value, size);
	text_r[size] = '\0';
	return 0;
}

int hl_text_read_name(struct hl_text_reader *reader, const char *name,
		      const char *const *names, unsigned int *place_r)
{
	const char *value;
	unsigned int i;
	size_t size;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	for (i = 0; names[i] != NULL; i++) {
		if (strlen(names[i]) == size &&
		    memcmp(names[i], value, size) == 0) {
			*place_r = i;
			return 0;
		}
	}
	return hl_text_read_error(reader, name, "unknown value");
}

int hl_text_read_end(struct hl_text_reader *reader)
{
	if (reader->pos != reader->end)
		return hl_text_read_error(reader, "end",
					  "more fields than there should be");
	return 0;
}

static void write_bytes(struct hl_text_writer *writer, const char *bytes,
			size_t size)
{
	if (writer->overflow || writer->size - writer->used < size) {
		writer->overflow = true;
		return;
	}
	memcpy(writer->buf + writer->used, bytes, size);
	writer->used += size;
}

static void write_string(struct hl_text_writer *writer, const char *string)
{
	write_bytes(writer, string, strlen(string));
}

void hl_text_write_init(struct hl_text_writer *writer, char *buf, size_t size,
			const char *magic)
{
	writer->buf = buf;
	writer->size = size;
	writer->used = 0;
	writer->overflow = false;
	write_string(writer, magic);
	write_string(writer, "\n");
}

void hl_text_write_bytes(struct hl_text_writer *writer, const char *name,
			 const char *value, size_t size)
{
	write_string(writer, name);
	write_string(writer, "=");
	write_bytes(writer, value, size);
	write_string(writer, "\n");
}

void hl_text_write(struct hl_text_writer *writer, const char *name,
		   const char *value)
{
	hl_text_write_bytes(writer, name, value, strlen(value));
}

void hl_text_write_number(struct hl_text_writer *writer, const char *name,
			  uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	hl_text_write(writer, name, text);
}

void hl_text_write_hex(struct hl_text_writer *writer, const char *name,
		       const unsigned char *bytes, size_t size)
{
	char hex[2 * 64 + 1];

	if (size > 64) {
		writer->overflow = true;
		return;
	}
	sodium_bin2hex(hex, sizeof(hex), bytes, size);
	hl_text_write(writer, name, hex);
	/* it may be a secret */
	sodium_memzero(hex, sizeof(hex));
}

size_t hl_text_write_end(struct hl_text_writer *writer)
{
	return writer->overflow ? 0 : writer->used;
}
