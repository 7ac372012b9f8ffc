#include "hl-error.h"

/* what hl-error.h puts in front of them for the analyser */
#undef hl_error_set
#undef hl_error_prefix

#include "hl-text.h"
#include "hl-unicode.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* EX_NOHOST, by which doveadm says "not found" */
#define EXIT_NOT_FOUND 68

/* How many bytes at text, which has size, are one printable character. */
static size_t printable_size(const char *text, size_t size)
{
	size_t length;

	uint32_t code;

	for (length = 1; length <= 4 && length <= size; length++) {
		if (hl_text_is_clean_utf8(text, length))
			return hl_unicode_find_invisible(text, length, &code)
				       ? 0
				       : length;
	}
	return 0;
}

static void make_printable(char *text)
{
	size_t left = strlen(text), length;

	while (left > 0) {
		length = printable_size(text, left);
		if (length == 0) {
			*text = '?';
			length = 1;
		}
		text += length;
		left -= length;
	}
}

/* The largest size up to max at which text can be cut without halving a
   character. */
static size_t cut_size(const char *text, size_t max)
{
	size_t size = max;

	while (size > 0 && max - size < 3 &&
	       ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return size;
}

__attribute__((format(printf, 2, 0))) static void
format_text(char text_r[HL_ERROR_TEXT_SIZE], const char *fmt, va_list args)
{
	static const char dots[] = "...";
	size_t end = HL_ERROR_TEXT_SIZE - sizeof(dots);
	int length = vsnprintf(text_r, HL_ERROR_TEXT_SIZE, fmt, args);

	if (length < 0)
		text_r[0] = '\0';
	else if (length >= HL_ERROR_TEXT_SIZE)
		strcpy(text_r + cut_size(text_r, end), dots);
	make_printable(text_r);
}

int hl_error_set(struct hl_error *err, enum hl_error_code code, const char *fmt,
		 ...)
{
	/* the arguments may point into err->text */
	char text[HL_ERROR_TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	format_text(text, fmt, args);
	va_end(args);
	err->code = code;
	memcpy(err->text, text, sizeof(text));
	return -1;
}

int hl_error_prefix(struct hl_error *err, const char *fmt, ...)
{
	char prefix[HL_ERROR_TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	format_text(prefix, fmt, args);
	va_end(args);
	return hl_error_set(err, err->code, "%s: %s", prefix, err->text);
}

const char *hl_error_quote(const char *text, size_t size,
			   char buf[HL_ERROR_QUOTE_SIZE])
{
	static const char dots[] = "...";
	size_t max = HL_ERROR_QUOTE_SIZE - sizeof(dots);
	size_t used = size <= max ? size : cut_size(text, max), i;

	for (i = 0; i < used; i++)
		buf[i] = text[i] == '\0' ? '?' : text[i];
	memcpy(buf + used, used < size ? dots : "", used < size ? 4 : 1);
	return buf;
}

int hl_error_exit_code(enum hl_error_code code)
{
	switch (code) {
	case HL_ERROR_NONE:
		return EX_OK;
	case HL_ERROR_USAGE:
		return EX_USAGE;
	case HL_ERROR_DATA:
	case HL_ERROR_STORE:
		return EX_DATAERR;
	case HL_ERROR_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case HL_ERROR_TEMP:
		return EX_TEMPFAIL;
	case HL_ERROR_PERMISSION:
		return EX_NOPERM;
	case HL_ERROR_CONFIG:
		return EX_CONFIG;
	}
	return EX_SOFTWARE;
}
