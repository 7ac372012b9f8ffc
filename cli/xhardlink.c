#include "xhardlink.h"

#include "hl-text.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

#define SUCCESS "2.0.0 "

static void add(char command[XHARDLINK_COMMAND_SIZE], const char *text)
{
	size_t used = strlen(command);

	snprintf(command + used, XHARDLINK_COMMAND_SIZE - used, " %s", text);
}

static void add_path(char command[XHARDLINK_COMMAND_SIZE], const char *name,
		     const struct hl_address *address)
{
	char text[HL_ADDRESS_SIZE], word[HL_ADDRESS_SIZE + 16];

	hl_address_format(address, text);
	snprintf(word, sizeof(word), "%s<%s>", name, text);
	add(command, word);
}

static void add_link(char command[XHARDLINK_COMMAND_SIZE],
		     const struct hl_link *link)
{
	char time[HL_TIME_SIZE], word[HL_TIME_SIZE + 8];

	add_path(command, "", &link->target);
	if (link->kind == HL_KIND_PERMANENT) {
		add(command, "PERMANENT");
		return;
	}
	hl_time_format(link->expires, time);
	snprintf(word, sizeof(word), "UNTIL=%s", time);
	add(command, word);
}

void xhardlink_format(const struct session_request *request,
		      char command_r[XHARDLINK_COMMAND_SIZE])
{
	static const char *const verbs[] = {
		[SESSION_SET] = "SET",	       [SESSION_CONFIRM] = "CONFIRM",
		[SESSION_UNSET] = "UNSET",     [SESSION_GET] = "GET",
		[SESSION_HISTORY] = "HISTORY",
	};

	strcpy(command_r, "XHARDLINK");
	add(command_r, verbs[request->verb]);
	if (request->verb == SESSION_SET) {
		add_link(command_r, request->link);
		if (request->replace)
			add(command_r, "REPLACE");
	} else if (request->verb == SESSION_CONFIRM) {
		add(command_r, request->code);
	}
	if (request->old != NULL)
		add_path(command_r, "ADDRESS=", request->old);
}

/* --- the reply */

static int malformed(struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP,
			    "the server's reply to XHARDLINK is malformed");
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* xtext of RFC 3461, in place. */
static bool decode_xtext(char *text)
{
	char *to = text;
	int high, low;

	for (; *text != '\0'; text++) {
		if (*text <= ' ' || *text > '~' || *text == '=')
			return false;
		if (*text != '+') {
			*to++ = *text;
			continue;
		}
		high = hex_digit(text[1]);
		low = high < 0 ? -1 : hex_digit(text[2]);
		if (low < 0 || (high == 0 && low == 0))
			return false;
		*to++ = (char)(high * 16 + low);
		text += 2;
	}
	*to = '\0';
	return true;
}

static bool ends_with(const char *name, size_t size, const char *end)
{
	size_t end_size = strlen(end);

	return size >= end_size &&
	       memcmp(name + size - end_size, end, end_size) == 0;
}

/* Times as hardlinkd itself says them: in seconds. There is room, since RFC
   3339 is longer. */
static bool convert_time(const char *name, size_t size, char *value)
{
	struct hl_error ignored;
	int64_t time;

	if (!ends_with(name, size, "expires") &&
	    !ends_with(name, size, "effective") &&
	    !(size == 4 && memcmp(name, "time", 4) == 0))
		return true;
	if (strchr(value, 'T') == NULL ||
	    hl_time_parse(value, "UTC", &time, &ignored) < 0)
		return false;
	snprintf(value, strlen(value) + 1, "%lld", (long long)time);
	return true;
}

/* "name=value", which becomes a field. */
static bool decode_pair(char *pair)
{
	size_t size = strspn(pair, "abcdefghijklmnopqrstuvwxyz-");
	char *value = pair + size + 1;

	return size > 0 && pair[size] == '=' && decode_xtext(value) &&
	       hl_text_is_clean_utf8(value, strlen(value)) &&
	       convert_time(pair, size, value);
}

static enum hl_error_code code_of(unsigned int code, const char *text)
{
	static const struct {
		const char *enhanced;
		unsigned int code;
		enum hl_error_code error;
	} codes[] = {
		{"", 500, HL_ERROR_CONFIG},
		{"", 502, HL_ERROR_CONFIG},
		{"", 501, HL_ERROR_DATA},
		{"5.5.1 ", 550, HL_ERROR_NOT_FOUND},
		{"5.3.0 ", 554, HL_ERROR_STORE},
		{"5.3.5 ", 554, HL_ERROR_CONFIG},
		{"5.5.4 ", 554, HL_ERROR_DATA},
	};
	size_t i;

	if (code / 100 != 5)
		return HL_ERROR_TEMP;
	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].code == code &&
		    strncmp(codes[i].enhanced, text,
			    strlen(codes[i].enhanced)) == 0)
			return codes[i].error;
	}
	return HL_ERROR_PERMISSION;
}

/* Behind "5.7.1 ", if there is such a code. */
static const char *behind_enhanced(const char *text)
{
	size_t size = strspn(text, "0123456789.");

	return size >= 5 && text[size] == ' ' ? text + size + 1 : text;
}

static int refused(unsigned int code, const char *text, struct hl_error *err)
{
	if (code == 500 || code == 502)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "the server doesn't know XHARDLINK: nobody "
				    "can move there in this way (it said: %s)",
				    text);
	if (code / 100 != 4 && code / 100 != 5)
		return malformed(err);
	return hl_error_set(err, code_of(code, text), "%s",
			    behind_enhanced(text));
}

struct parser {
	hl_service_func *func;
	void *context;
	struct hl_service_line *line;
	/* func wants no more */
	bool full;
	struct hl_error *err;
};

static int end_entry(struct parser *parser)
{
	int ret = 0;

	if (parser->line->count > 0 && !parser->full) {
		ret = parser->func(parser->line, parser->context, parser->err);
		parser->full = ret > 0;
	}
	parser->line->count = 0;
	return ret < 0 ? -1 : 0;
}

static int take_pair(struct parser *parser, char *pair)
{
	if (strncmp(pair, SUCCESS, strlen(SUCCESS)) != 0)
		return malformed(parser->err);
	pair += strlen(SUCCESS);
	if (parser->func != NULL && strncmp(pair, "seq=", 4) == 0 &&
	    end_entry(parser) < 0)
		return -1;
	if (parser->line->count == HL_SERVICE_FIELDS_MAX || !decode_pair(pair))
		return malformed(parser->err);
	parser->line->fields[parser->line->count++] = pair;
	return 0;
}

/* Cuts the next line off; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (*line == '\0')
		return NULL;
	end = strchrnul(line, '\n');
	*rest = *end == '\0' ? end : end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

/* "250-" or "250 " in front, or "250" alone; 0: malformed. */
static unsigned int reply_code(const char *line)
{
	uint64_t code;

	if (strlen(line) < 3 || !hl_text_parse_number(line, 3, &code) ||
	    code < 200 || code > 599 ||
	    (line[3] != ' ' && line[3] != '-' && line[3] != '\0'))
		return 0;
	return (unsigned int)code;
}

int xhardlink_parse(char *reply, hl_service_func *func, void *context,
		    struct hl_service_line *line_r, struct hl_error *err)
{
	struct parser parser = {
		.func = func, .context = context, .line = line_r, .err = err};
	unsigned int code = 0;
	bool last = false;
	char *line;

	line_r->count = 0;
	line_r->ok = true;
	while ((line = next_line(&reply)) != NULL) {
		if (last || reply_code(line) == 0 ||
		    (code != 0 && reply_code(line) != code))
			return malformed(err);
		code = reply_code(line);
		last = line[3] != '-';
		if (last && code != 250)
			return refused(code, line[3] == '\0' ? "" : line + 4,
				       err);
		if (!last && code == 250 && take_pair(&parser, line + 4) < 0)
			return -1;
	}
	if (!last)
		return malformed(err);
	return func == NULL ? 0 : end_entry(&parser);
}
