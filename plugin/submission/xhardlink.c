#include "xhardlink.h"
#include "hl-time.h"

#include <string.h>
#include <strings.h>

/* A word, not terminated. */
struct word {
	const char *text;
	size_t size;
};

struct parser {
	/* what was not read yet, without the blank in front; NULL at the end */
	const char *rest;
	int64_t now;
	struct xhardlink *command;
	/* of SET: how long has been said */
	bool has_kind;
	struct hl_error *err;
};

/* The length of the word at the start: blanks within quotes belong to it. */
static size_t word_size(const char *text)
{
	bool quoted = false;
	size_t i;

	for (i = 0; text[i] != '\0'; i++) {
		if (quoted && text[i] == '\\' && text[i + 1] != '\0')
			i++;
		else if (text[i] == '"')
			quoted = !quoted;
		else if (text[i] == ' ' && !quoted)
			break;
	}
	return i;
}

/* -1: another word is missing, or it's empty. */
static int next_word(struct parser *parser, const char *what,
		     struct word *word_r)
{
	const char *text = parser->rest;

	if (text == NULL || text[0] == '\0' || text[0] == ' ')
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "%s is missing, or there is a blank too "
				    "many",
				    what);
	word_r->text = text;
	word_r->size = word_size(text);
	text += word_r->size;
	parser->rest = text[0] == ' ' ? text + 1 : NULL;
	return 0;
}

static bool equals(const struct word *word, const char *name)
{
	return word->size == strlen(name) &&
	       strncasecmp(word->text, name, word->size) == 0;
}

/* Does the word begin with this? Then value_r is what follows. */
static bool has_name(const struct word *word, const char *name,
		     struct word *value_r)
{
	size_t size = strlen(name);

	if (word->size < size || strncasecmp(word->text, name, size) != 0)
		return false;
	value_r->text = word->text + size;
	value_r->size = word->size - size;
	return true;
}

static int not_expected(struct parser *parser, const struct word *word)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	return hl_error_set(parser->err, HL_ERROR_USAGE,
			    "\"%s\" isn't expected there",
			    hl_error_quote(word->text, word->size, quote));
}

static int parse_path(struct parser *parser, const char *what,
		      const struct word *word, struct hl_address *address_r)
{
	const char *text = word->text;
	size_t size = word->size;

	if (size == 0)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "%s is missing", what);
	if (text[0] == '<') {
		if (size < 2 || text[size - 1] != '>')
			return hl_error_set(parser->err, HL_ERROR_USAGE,
					    "%s has an angle bracket too few",
					    what);
		text++;
		size -= 2;
	}
	if (hl_address_parse(text, size, 0, address_r, parser->err) < 0)
		return hl_error_prefix(parser->err, "%s", what);
	return 0;
}

static int parse_old(struct parser *parser, const struct word *value)
{
	if (parser->command->has_old)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "ADDRESS stands twice");
	parser->command->has_old = true;
	return parse_path(parser, "the old address", value,
			  &parser->command->old);
}

/* A terminated copy of what is at most size - 1 long. */
static int copy(struct parser *parser, const char *what,
		const struct word *value, char *text_r, size_t size)
{
	if (value->size == 0 || value->size >= size)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "%s is too long, or empty", what);
	memcpy(text_r, value->text, value->size);
	text_r[value->size] = '\0';
	return 0;
}

static int parse_until(struct parser *parser, const struct word *value)
{
	char text[64];

	/* whose day it is, is a matter of the client's: it sends the instant,
	   if that counts */
	if (copy(parser, "the time", value, text, sizeof(text)) < 0)
		return -1;
	return hl_time_parse(text, "UTC", &parser->command->link.expires,
			     parser->err);
}

static int parse_for(struct parser *parser, const struct word *value)
{
	char text[32];
	int64_t seconds;

	if (copy(parser, "the duration", value, text, sizeof(text)) < 0 ||
	    hl_duration_parse(text, &seconds, parser->err) < 0)
		return -1;
	if (parser->now > HL_TIME_MAX - seconds)
		return hl_error_set(parser->err, HL_ERROR_DATA,
				    "the duration is too long");
	parser->command->link.expires = parser->now + seconds;
	return 0;
}

static int set_kind(struct parser *parser, enum hl_kind kind)
{
	if (parser->has_kind)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "only one of PERMANENT, UNTIL and FOR may "
				    "stand there");
	parser->has_kind = true;
	parser->command->link.kind = kind;
	return 0;
}

static int parse_set_argument(struct parser *parser, const struct word *word)
{
	struct word value;

	if (equals(word, "PERMANENT"))
		return set_kind(parser, HL_KIND_PERMANENT);
	if (has_name(word, "UNTIL=", &value))
		return set_kind(parser, HL_KIND_TEMPORARY) < 0
			       ? -1
			       : parse_until(parser, &value);
	if (has_name(word, "FOR=", &value))
		return set_kind(parser, HL_KIND_TEMPORARY) < 0
			       ? -1
			       : parse_for(parser, &value);
	if (equals(word, "REPLACE") && !parser->command->replace) {
		parser->command->replace = true;
		return 0;
	}
	if (has_name(word, "ADDRESS=", &value))
		return parse_old(parser, &value);
	return not_expected(parser, word);
}

static int parse_set(struct parser *parser)
{
	struct word word;

	if (next_word(parser, "the new address", &word) < 0 ||
	    parse_path(parser, "the new address", &word,
		       &parser->command->link.target) < 0)
		return -1;
	do {
		if (next_word(parser, "PERMANENT, UNTIL= or FOR=", &word) < 0 ||
		    parse_set_argument(parser, &word) < 0)
			return -1;
	} while (parser->rest != NULL);
	if (!parser->has_kind)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "PERMANENT, UNTIL= or FOR= is missing");
	return 0;
}

static int parse_code(struct parser *parser)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-";
	char *code = parser->command->code;
	struct word word;

	if (next_word(parser, "the code", &word) < 0 ||
	    copy(parser, "the code", &word, code, XHARDLINK_CODE_SIZE) < 0)
		return -1;
	if (code[strspn(code, characters)] != '\0')
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "the code isn't one");
	return 0;
}

/* [SP address], and the end */
static int parse_end(struct parser *parser)
{
	struct word word, value;

	if (parser->rest == NULL)
		return 0;
	if (next_word(parser, "ADDRESS=", &word) < 0)
		return -1;
	if (!has_name(&word, "ADDRESS=", &value))
		return not_expected(parser, &word);
	if (parse_old(parser, &value) < 0)
		return -1;
	if (parser->rest != NULL)
		return hl_error_set(parser->err, HL_ERROR_USAGE,
				    "nothing may follow ADDRESS");
	return 0;
}

static int parse_verb(struct parser *parser)
{
	static const char *const names[] = {
		[XHARDLINK_SET] = "SET",
		[XHARDLINK_GET] = "GET",
		[XHARDLINK_UNSET] = "UNSET",
		[XHARDLINK_HISTORY] = "HISTORY",
		[XHARDLINK_CONFIRM] = "CONFIRM",
	};
	static const char what[] = "SET, GET, UNSET, HISTORY or CONFIRM";
	struct word word;
	size_t i;

	if (next_word(parser, what, &word) < 0)
		return -1;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (equals(&word, names[i])) {
			parser->command->verb = (enum xhardlink_verb)i;
			return 0;
		}
	}
	return hl_error_set(parser->err, HL_ERROR_USAGE,
			    "the command is one of %s", what);
}

int xhardlink_parse(const char *args, int64_t now, struct xhardlink *command_r,
		    struct hl_error *err)
{
	struct parser parser = {
		.rest = args,
		.now = now,
		.command = command_r,
		.err = err,
	};

	memset(command_r, 0, sizeof(*command_r));
	if (parse_verb(&parser) < 0)
		return -1;
	if (command_r->verb == XHARDLINK_SET)
		return parse_set(&parser);
	if (command_r->verb == XHARDLINK_CONFIRM && parse_code(&parser) < 0)
		return -1;
	return parse_end(&parser);
}
