/* Reading the 557 and 558 replies of others. What isn't clear is refused: the
   mail then bounces, which is better than a redirect to a wrong address. */

#include "hl-reply.h"

#include "hl-text.h"

#include <string.h>

/* RFC 5321 section 4.5.3.1.5 allows 512 bytes a line. */
#define REPLY_MAX 4096

struct parser {
	/* folded; NULL if unknown */
	const struct hl_address *rcpt;
	/* of the first line */
	const char *status;
	struct hl_address target;
	bool have_target;
	struct hl_error *err;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int refuse(struct parser *parser, const char *problem)
{
	return hl_error_set(parser->err, HL_ERROR_DATA, "%s", problem);
}

/* The length of an enhanced status code (RFC 3463 section 2) at the start of
   text; 0 if there is none. Its class may be X, as in the draft. */
static size_t enhanced_code_size(const char *text, size_t size)
{
	size_t pos = 1, digits, part;

	if (size == 0 || (!is_digit(text[0]) && text[0] != 'X'))
		return 0;
	for (part = 0; part < 2; part++) {
		if (pos == size || text[pos] != '.')
			return 0;
		pos++;
		for (digits = 0; pos < size && is_digit(text[pos]); digits++)
			pos++;
		if (digits < 1 || digits > 3)
			return 0;
	}
	return pos;
}

static int check_enhanced_code(struct parser *parser, const char *code,
			       size_t size)
{
	if (size == 5 && (code[0] == '5' || code[0] == 'X') &&
	    memcmp(code + 1, ".2.", 3) == 0 && code[4] == parser->status[2])
		return 0;
	return hl_error_set(parser->err, HL_ERROR_DATA,
			    "enhanced code %.*s contradicts %.3s", (int)size,
			    code, parser->status);
}

/* A code in front, RFC 2034 section 4; moves the start of the text behind
   it. */
static int read_enhanced_code(struct parser *parser, const char **text,
			      const char *end)
{
	size_t left = (size_t)(end - *text);
	size_t size = enhanced_code_size(*text, left);

	if (size == 0 || (size < left && (*text)[size] != ' '))
		return 0;
	if (check_enhanced_code(parser, *text, size) < 0)
		return -1;
	*text += size;
	return 0;
}

/* The draft's "(X.2.7)" at the end. */
static int check_code_at_end(struct parser *parser, const char *text,
			     const char *end)
{
	const char *open;
	size_t size;

	while (end > text && end[-1] == ' ')
		end--;
	if (end == text || end[-1] != ')')
		return 0;
	end--;
	for (open = end; open > text && open[-1] != '('; open--)
		;
	size = (size_t)(end - open);
	if (open == text || size == 0 || enhanced_code_size(open, size) != size)
		return 0;
	return check_enhanced_code(parser, open, size);
}

/* The `>` of the path that begins behind a `<`: one inside a quoted local part
   isn't it. */
static const char *find_path_end(const char *pos, const char *end)
{
	bool quoted = false;

	for (; pos < end; pos++) {
		if (*pos == '>' && !quoted)
			return pos;
		if (*pos == '"')
			quoted = !quoted;
		else if (*pos == '\\' && quoted && pos + 1 < end)
			pos++;
	}
	return NULL;
}

static int read_path(struct parser *parser, const char *path, size_t size,
		     bool leading)
{
	struct hl_address address, folded;

	if (hl_address_parse(path, size, HL_ADDRESS_FOREIGN, &address,
			     parser->err) < 0)
		return -1;
	folded = address;
	hl_address_fold(&folded);
	if (parser->rcpt != NULL && hl_address_equal(&folded, parser->rcpt))
		return leading ? 0
			       : refuse(parser,
					"it names the very address that "
					"it answers as the new one");
	if (parser->have_target && !hl_address_equal(&address, &parser->target))
		return refuse(parser, "it names more than one address");
	parser->target = address;
	parser->have_target = true;
	return 0;
}

/* An address must stand in angle brackets: what else looks like one may be
   another, which the draft forbids. */
static bool is_bare_address(const char *text, const char *at, const char *end)
{
	return at > text && at[-1] != ' ' && at + 1 < end && at[1] != ' ';
}

static int read_paths(struct parser *parser, const char *text, const char *end)
{
	const char *pos, *close;

	for (pos = text; pos < end; pos++) {
		if (*pos == '>' ||
		    (*pos == '@' && is_bare_address(text, pos, end)))
			return refuse(parser, "`>` or an address outside angle "
					      "brackets");
		if (*pos != '<')
			continue;
		close = find_path_end(pos + 1, end);
		if (close == NULL)
			return refuse(parser, "`<` without its `>`");
		if (read_path(parser, pos + 1, (size_t)(close - pos - 1),
			      pos == text) < 0)
			return -1;
		pos = close;
	}
	return 0;
}

/* One line without its end. */
static int read_line(struct parser *parser, const char *line, size_t size,
		     bool last)
{
	const char *text, *end = line + size;

	if (!hl_text_is_clean_utf8(line, size))
		return refuse(parser, "control byte or malformed UTF-8 in it");
	if (size < 3 || !is_digit(line[0]) || !is_digit(line[1]) ||
	    !is_digit(line[2]))
		return refuse(parser, "a line doesn't begin with a status");
	if (memcmp(line, "557", 3) != 0 && memcmp(line, "558", 3) != 0)
		return refuse(parser, "its status is neither 557 nor 558");
	if (parser->status == NULL)
		parser->status = line;
	if (memcmp(line, parser->status, 3) != 0)
		return refuse(parser, "its lines have different statuses");
	/* RFC 5321 section 4.2: the space may be left out with the text */
	if (size == 3 && last)
		return 0;
	if (size == 3 || (line[3] != ' ' && line[3] != '-'))
		return refuse(parser, "neither space nor hyphen behind a "
				      "status");
	if ((line[3] == ' ') != last)
		return refuse(parser, last ? "its last line isn't there"
					   : "another line follows its last");
	text = line + 4;
	if (read_enhanced_code(parser, &text, end) < 0 ||
	    check_code_at_end(parser, text, end) < 0)
		return -1;
	while (text < end && *text == ' ')
		text++;
	return read_paths(parser, text, end);
}

static int read_lines(struct parser *parser, const char *text, size_t size)
{
	const char *lf;
	size_t length, line_size;

	if (size > REPLY_MAX)
		return refuse(parser, "it is longer than any reply may be");
	do {
		lf = size == 0 ? NULL : memchr(text, '\n', size);
		length = lf == NULL ? size : (size_t)(lf - text) + 1;
		size -= length;
		line_size = lf == NULL ? length : length - 1;
		if (lf != NULL && line_size > 0 && lf[-1] == '\r')
			line_size--;
		if (read_line(parser, text, line_size, size == 0) < 0)
			return -1;
		text += length;
	} while (size > 0);
	if (!parser->have_target)
		return refuse(parser, "it names no new address");
	return 0;
}

int hl_reply_parse(const char *text, size_t size, const struct hl_address *rcpt,
		   struct hl_link *link_r, struct hl_error *err)
{
	struct parser parser = {.err = err};
	char quote[HL_ERROR_QUOTE_SIZE];
	struct hl_address folded;

	if (rcpt != NULL) {
		folded = *rcpt;
		hl_address_fold(&folded);
		parser.rcpt = &folded;
	}
	if (read_lines(&parser, text, size) < 0)
		return hl_error_prefix(err, "reply \"%s\"",
				       hl_error_quote(text, size, quote));
	link_r->kind =
		parser.status[2] == '7' ? HL_KIND_PERMANENT : HL_KIND_TEMPORARY;
	link_r->target = parser.target;
	link_r->expires = 0;
	return 0;
}
