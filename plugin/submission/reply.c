#include "hl-dovecot-compat.h"
#include "reply.h"

#include "hl-text.h"
#include "hl-time.h"

/* In bytes of xtext, so that a line keeps to the 512 of RFC 5321. */
#define VALUE_MAX 400

static void add_xtext(string_t *reply, const char *value)
{
	size_t end = str_len(reply) + VALUE_MAX;
	const unsigned char *p;

	for (p = (const unsigned char *)value; *p != '\0'; p++) {
		if (str_len(reply) + 3 > end)
			return;
		if (*p < 33 || *p > 126 || *p == '+' || *p == '=')
			str_printfa(reply, "+%02X", *p);
		else
			str_append_c(reply, (char)*p);
	}
}

static bool is_name(const char *name, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if ((name[i] < 'a' || name[i] > 'z') && name[i] != '-')
			return FALSE;
	}
	return size > 0;
}

/* Names of times, with anything in front that ends with "-". */
static bool is_time(const char *name, size_t size)
{
	static const char *const times[] = {"time", "expires", "effective"};
	unsigned int i;
	size_t length;

	for (i = 0; i < N_ELEMENTS(times); i++) {
		length = strlen(times[i]);
		if (size >= length &&
		    strncmp(name + size - length, times[i], length) == 0 &&
		    (size == length || name[size - length - 1] == '-'))
			return TRUE;
	}
	return FALSE;
}

static const char *time_text(const char *value)
{
	char *text = t_malloc_no0(HL_TIME_SIZE);
	uint64_t number;

	if (!hl_text_parse_number(value, strlen(value), &number) ||
	    number > HL_TIME_MAX)
		return "";
	hl_time_format((int64_t)number, text);
	return text;
}

void xhardlink_reply_add(string_t *reply, const struct hl_service_line *line)
{
	const char *field, *value;
	size_t i, size;

	for (i = 0; i < line->count; i++) {
		field = line->fields[i];
		size = strcspn(field, "=");
		if (field[size] == '\0' || !is_name(field, size))
			continue;
		value = field + size + 1;
		if (is_time(field, size))
			value = time_text(value);
		if (value[0] == '\0')
			continue;
		str_append_data(reply, field, size + 1);
		add_xtext(reply, value);
		str_append_c(reply, '\n');
	}
}

void xhardlink_reply_code(enum hl_error_code code, unsigned int *status_r,
			  const char **enh_code_r)
{
	static const struct {
		unsigned int status;
		const char *enh_code;
	} codes[] = {
		[HL_ERROR_NONE] = {451, "4.3.0"},
		[HL_ERROR_USAGE] = {501, "5.5.4"},
		[HL_ERROR_DATA] = {554, "5.5.4"},
		[HL_ERROR_NOT_FOUND] = {550, "5.5.1"},
		[HL_ERROR_TEMP] = {451, "4.3.0"},
		[HL_ERROR_PERMISSION] = {550, "5.7.1"},
		[HL_ERROR_CONFIG] = {554, "5.3.5"},
		[HL_ERROR_STORE] = {554, "5.3.0"},
	};

	*status_r = codes[code].status;
	*enh_code_r = codes[code].enh_code;
}

const char *xhardlink_reply_text(const char *text)
{
	char *ascii = t_strdup_noconst(t_strndup(text, VALUE_MAX)), *p;

	for (p = ascii; *p != '\0'; p++) {
		if (*p < 32 || *p > 126)
			*p = '?';
	}
	return ascii;
}
