#include "hl-local-part.h"
#include "hl-text.h"

#include <string.h>

static bool is_atext(char c)
{
	/* beyond ASCII: RFC 6531 section 3.3 */
	return (c & 0x80) != 0 || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool is_dot_string(const char *local_part)
{
	char before = '.';

	for (; *local_part != '\0'; local_part++) {
		if (*local_part == '.' ? before == '.' : !is_atext(*local_part))
			return false;
		before = *local_part;
	}
	return before != '.';
}

static bool needs_backslash(char c)
{
	return c == '"' || c == '\\';
}

size_t hl_local_part_written_size(const char *local_part)
{
	size_t size = strlen(local_part);

	if (is_dot_string(local_part))
		return size;
	for (; *local_part != '\0'; local_part++) {
		if (needs_backslash(*local_part))
			size++;
	}
	return size + 2;
}

char *hl_local_part_write(const char *local_part, char *out)
{
	if (is_dot_string(local_part))
		return stpcpy(out, local_part);
	*out++ = '"';
	for (; *local_part != '\0'; local_part++) {
		if (needs_backslash(*local_part))
			*out++ = '\\';
		*out++ = *local_part;
	}
	*out++ = '"';
	return out;
}

static int too_long(struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_DATA,
			    "the local part is longer than %d bytes",
			    HL_LOCAL_PART_MAX);
}

static int check_byte(char byte, struct hl_error *err)
{
	if ((byte & 0x80) == 0 && (byte < 0x20 || byte == 0x7f))
		return hl_error_set(err, HL_ERROR_DATA,
				    "control byte 0x%02x in the local part",
				    (unsigned char)byte);
	return 0;
}

int hl_local_part_set(const char *bytes, size_t size,
		      char local_part_r[HL_LOCAL_PART_MAX + 1],
		      struct hl_error *err)
{
	size_t i;

	if (size == 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the local part is empty");
	if (size > HL_LOCAL_PART_MAX)
		return too_long(err);
	for (i = 0; i < size; i++) {
		if (check_byte(bytes[i], err) < 0)
			return -1;
		local_part_r[i] = bytes[i];
	}
	local_part_r[size] = '\0';
	if (!hl_text_is_clean_utf8(bytes, size))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the local part isn't UTF-8 without "
				    "control characters");
	if (hl_local_part_written_size(local_part_r) > HL_LOCAL_PART_MAX)
		return too_long(err);
	return 0;
}

static int parse_quoted(const char *text, size_t size,
			char local_part_r[HL_LOCAL_PART_MAX + 1],
			size_t *used_r, struct hl_error *err)
{
	char decoded[HL_LOCAL_PART_MAX];
	size_t i, length = 0;

	for (i = 1; i < size && text[i] != '"'; i++) {
		if (text[i] == '\\' && ++i == size)
			break;
		if (length == sizeof(decoded))
			return too_long(err);
		decoded[length++] = text[i];
	}
	if (i == size)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the double quotes of the local part are "
				    "never closed");
	*used_r = i + 1;
	return hl_local_part_set(decoded, length, local_part_r, err);
}

/* local_part isn't a dot-string and stood there without quotes. */
static int refuse_unquoted(const char *local_part, struct hl_error *err)
{
	while (*local_part == '.' || is_atext(*local_part))
		local_part++;
	if (*local_part == ' ')
		return hl_error_set(err, HL_ERROR_DATA,
				    "space in the local part; write it in "
				    "double quotes");
	if (*local_part != '\0')
		return hl_error_set(err, HL_ERROR_DATA,
				    "`%c` in the local part; write it in "
				    "double quotes",
				    *local_part);
	return hl_error_set(
		err, HL_ERROR_DATA,
		"dot at the beginning or end of the local part, or two "
		"in a row; write it in double quotes");
}

int hl_local_part_parse(const char *text, size_t size,
			char local_part_r[HL_LOCAL_PART_MAX + 1],
			size_t *used_r, struct hl_error *err)
{
	const char *at;

	if (size > 0 && text[0] == '"')
		return parse_quoted(text, size, local_part_r, used_r, err);
	at = size == 0 ? NULL : memchr(text, '@', size);
	if (at == NULL)
		return hl_error_set(err, HL_ERROR_DATA,
				    "no @ in it: write local part, @ and "
				    "domain");
	*used_r = (size_t)(at - text);
	if (hl_local_part_set(text, *used_r, local_part_r, err) < 0)
		return -1;
	if (is_dot_string(local_part_r))
		return 0;
	return refuse_unquoted(local_part_r, err);
}
