#include "opensmtpd-line.h"

#include "hl-text.h"

#include <arpa/inet.h>
#include <string.h>

/* What is left of a line. */
struct rest {
	const char *pos, *end;
};

static bool is(const char *text, size_t size, const char *expected)
{
	return size == strlen(expected) && memcmp(text, expected, size) == 0;
}

/* Up to the next | or the end. -1 if nothing is left. */
static int next_field(struct rest *rest, const char **field_r, size_t *size_r)
{
	const char *bar;

	if (rest->pos == NULL)
		return -1;
	bar = memchr(rest->pos, '|', (size_t)(rest->end - rest->pos));
	*field_r = rest->pos;
	*size_r = (size_t)((bar == NULL ? rest->end : bar) - rest->pos);
	rest->pos = bar == NULL ? NULL : bar + 1;
	return 0;
}

/* The field behind the last |, cut off. */
static int last_field(struct rest *rest, const char **field_r, size_t *size_r)
{
	const char *bar;

	if (rest->pos == NULL)
		return -1;
	bar = memrchr(rest->pos, '|', (size_t)(rest->end - rest->pos));
	*field_r = bar == NULL ? rest->pos : bar + 1;
	*size_r = (size_t)(rest->end - *field_r);
	if (bar == NULL)
		rest->pos = NULL;
	else
		rest->end = bar;
	return 0;
}

static int parse_hex(const char *text, size_t size, uint64_t *number_r)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	size_t i;

	*number_r = 0;
	if (size == 0 || size > 16)
		return -1;
	for (i = 0; i < size; i++) {
		digit = memchr(digits, text[i], 16);
		if (digit == NULL)
			return -1;
		*number_r = *number_r * 16 + (uint64_t)(digit - digits);
	}
	return 0;
}

static int next_hex(struct rest *rest, uint64_t *number_r)
{
	const char *field;
	size_t size;

	if (next_field(rest, &field, &size) < 0)
		return -1;
	return parse_hex(field, size, number_r);
}

static int next_version(struct rest *rest, uint64_t *minor_r)
{
	const char *field;
	size_t size;

	if (next_field(rest, &field, &size) < 0 || size < 3 ||
	    memcmp(field, "0.", 2) != 0 ||
	    !hl_text_parse_number(field + 2, size - 2, minor_r) || *minor_r < 5)
		return -1;
	return 0;
}

/* "192.0.2.1:25", "[2001:db8::1]:25", "unix:/path" */
static void parse_client(const char *text, size_t size,
			 struct edge_client *client_r)
{
	const char *colon = memrchr(text, ':', size);
	char address[INET6_ADDRSTRLEN];

	if (colon == NULL)
		return;
	size = (size_t)(colon - text);
	if (size > 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (size >= sizeof(address))
		return;
	memcpy(address, text, size);
	address[size] = '\0';
	edge_client_from_text(address, client_r);
}

/* rdns|fcrdns|src|dest. A client chooses its rdns: what it puts there must not
   pass for src. */
static int parse_connect(struct rest *rest, struct opensmtpd_line *line)
{
	const char *dest, *src;
	size_t dest_size, src_size;

	if (last_field(rest, &dest, &dest_size) < 0 ||
	    last_field(rest, &src, &src_size) < 0)
		return -1;
	line->event = OPENSMTPD_CONNECT;
	parse_client(src, src_size, &line->client);
	return 0;
}

/* username|result; from protocol 0.7 on result|username. */
static int parse_auth(struct rest *rest, uint64_t minor,
		      struct opensmtpd_line *line)
{
	const char *field;
	size_t size;
	int ret;

	if (minor < 7)
		ret = last_field(rest, &field, &size);
	else
		ret = next_field(rest, &field, &size);
	if (ret == 0 && is(field, size, "pass"))
		line->event = OPENSMTPD_AUTHENTICATED;
	return ret;
}

static int parse_report(struct rest *rest, uint64_t minor, const char *name,
			size_t size, struct opensmtpd_line *line)
{
	if (next_hex(rest, &line->session) < 0)
		return -1;
	if (is(name, size, "link-connect"))
		return parse_connect(rest, line);
	if (is(name, size, "link-auth"))
		return parse_auth(rest, minor, line);
	if (is(name, size, "link-disconnect"))
		line->event = OPENSMTPD_DISCONNECT;
	return 0;
}

static int parse_filter(struct rest *rest, const char *name, size_t size,
			struct opensmtpd_line *line)
{
	if (next_hex(rest, &line->session) < 0 ||
	    next_hex(rest, &line->token) < 0)
		return -1;
	line->event = OPENSMTPD_OTHER;
	if (!is(name, size, "rcpt-to") || rest->pos == NULL)
		return 0;
	line->event = OPENSMTPD_RCPT;
	/* the last field: | in it is nothing special */
	line->path = rest->pos;
	line->path_size = (size_t)(rest->end - rest->pos);
	return 0;
}

/* "protocol|0.7", "ready", and others that don't matter */
static int parse_config(struct rest *rest, struct opensmtpd_line *line)
{
	const char *name;
	size_t size;
	uint64_t minor;

	if (next_field(rest, &name, &size) < 0)
		return -1;
	if (is(name, size, "ready"))
		line->event = OPENSMTPD_READY;
	else if (is(name, size, "protocol") && next_version(rest, &minor) < 0)
		line->event = OPENSMTPD_FOREIGN_PROTOCOL;
	return 0;
}

static int parse(struct rest *rest, struct opensmtpd_line *line)
{
	const char *stream, *field, *name;
	size_t stream_size, size, name_size;
	uint64_t minor;

	if (next_field(rest, &stream, &stream_size) < 0)
		return -1;
	if (is(stream, stream_size, "config"))
		return parse_config(rest, line);
	/* version, time, subsystem, name */
	if (next_version(rest, &minor) < 0 ||
	    next_field(rest, &field, &size) < 0 ||
	    next_field(rest, &field, &size) < 0 ||
	    !is(field, size, "smtp-in") ||
	    next_field(rest, &name, &name_size) < 0)
		return -1;
	if (is(stream, stream_size, "report"))
		return parse_report(rest, minor, name, name_size, line);
	if (is(stream, stream_size, "filter"))
		return parse_filter(rest, name, name_size, line);
	return -1;
}

int opensmtpd_line_parse(const char *text, size_t size,
			 struct opensmtpd_line *line_r, struct hl_error *err)
{
	struct rest rest = {.pos = text, .end = text + size};
	char quote[HL_ERROR_QUOTE_SIZE];

	memset(line_r, 0, sizeof(*line_r));
	if (parse(&rest, line_r) < 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "not a line of OpenSMTPD's filter protocol "
				    "0.5 or later: \"%s\"",
				    hl_error_quote(text, size, quote));
	return 0;
}
