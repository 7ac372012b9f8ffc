/* Reading hardlink.conf: lines, keys and values. What a value means is the
   business of hl-config-keys.c. */

#include "hl-config-keys.h"
#include "hl-config-values.h"

#include "hl-file.h"
#include "hl-lookup-service.h"
#include "hl-store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX      262144
#define LINE_MAX_SIZE 4096
#define BLANKS	      " \t"

struct parser {
	struct hl_config *config;
	/* where each key was set; 0: nowhere */
	unsigned int lines[HL_CONFIG_KEYS_MAX];
	unsigned int line;
	struct hl_error *err;
};

/* text: size bytes with room for a NUL behind them. */
static char *trim(char *text, size_t size)
{
	while (size > 0 && strchr(BLANKS, text[size - 1]) != NULL)
		size--;
	text[size] = '\0';
	return text + strspn(text, BLANKS);
}

static int set_key(struct parser *parser, const char *name, const char *value)
{
	const struct hl_config_key *key = hl_config_keys;
	unsigned int *line = parser->lines;
	char quote[HL_ERROR_QUOTE_SIZE];

	while (key->name != NULL && strcmp(key->name, name) != 0) {
		key++;
		line++;
	}
	if (key->name == NULL)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "unknown key \"%s\"",
				    hl_error_quote(name, strlen(name), quote));
	if (*line != 0)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "%s stands in line %u already", name,
				    *line);
	*line = parser->line;
	if (key->set(parser->config, value, parser->err) < 0)
		return hl_error_prefix(parser->err, "%s", name);
	return 0;
}

static int parse_line(struct parser *parser, char *line, size_t size)
{
	char *value, *comment;

	if (size > LINE_MAX_SIZE)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "line of more than %d bytes",
				    LINE_MAX_SIZE);
	if (memchr(line, '\0', size) != NULL)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "NUL byte in the line");
	line = trim(line, size);
	if (line[0] == '\0' || line[0] == '#')
		return 0;
	value = strchr(line, '=');
	if (value == NULL)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "no `=`; write `key = value`");
	line = trim(line, (size_t)(value - line));
	value = trim(value + 1, strlen(value + 1));
	for (comment = value; (comment = strchr(comment, '#')) != NULL;
	     comment++) {
		if (comment > value && strchr(BLANKS, comment[-1]) != NULL)
			return hl_error_set(parser->err, HL_ERROR_CONFIG,
					    "comment behind a value; put it "
					    "into a line of its own");
	}
	return set_key(parser, line, value);
}

/* text has room for a NUL behind its size bytes. */
static int parse_lines(struct parser *parser, char *text, size_t size)
{
	char *lf;
	size_t length;

	while (size > 0) {
		parser->line++;
		lf = memchr(text, '\n', size);
		length = lf == NULL ? size : (size_t)(lf - text);
		if (parse_line(parser, text, length) < 0) {
			if (parser->err->code == HL_ERROR_DATA)
				parser->err->code = HL_ERROR_CONFIG;
			return hl_error_prefix(parser->err, "%s:%u",
					       parser->config->path,
					       parser->line);
		}
		if (lf == NULL)
			break;
		text += length + 1;
		size -= length + 1;
	}
	return 0;
}

/* Beside the store, `.db` replaced by `.mark`; never the store itself, which
   writing the mark would replace. */
static int set_mark_by_store(struct hl_config *config, struct hl_error *err)
{
	char path[PATH_MAX + sizeof(".mark")];
	size_t size;

	/* hardlinkd looks after its mark itself */
	if (hl_lookup_service_path(config->store) != NULL)
		return 0;
	/* nothing lies beside it */
	if (!hl_store_is_file(config->store))
		return config->mark != NULL
			       ? 0
			       : hl_config_copy(&config->mark,
						HL_LOCALSTATEDIR
						"/lib/hardlink/hardlink.mark",
						err);
	if (hl_store_path(config->store, path, sizeof(path), err) < 0)
		return -1;
	if (config->mark != NULL && strcmp(config->mark, path) == 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: mark and store are the same file",
				    config->path);
	if (config->mark != NULL)
		return 0;
	size = strlen(path);
	if (size > 3 && strcmp(path + size - 3, ".db") == 0)
		size -= 3;
	snprintf(path + size, sizeof(path) - size, ".mark");
	config->mark = strdup(path);
	if (config->mark == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	return 0;
}

static int set_defaults(struct parser *parser)
{
	const struct hl_config_key *key = hl_config_keys;
	const unsigned int *line = parser->lines;

	for (; key->name != NULL; key++, line++) {
		if (*line == 0 && key->fallback != NULL &&
		    key->set(parser->config, key->fallback, parser->err) < 0)
			return hl_error_prefix(parser->err, "%s: default of %s",
					       parser->config->path, key->name);
	}
	return set_mark_by_store(parser->config, parser->err);
}

/* buf holds FILE_MAX bytes. */
static int read_file(const char *path, char *buf, struct parser *parser)
{
	struct stat st;
	size_t size;

	if (hl_file_read(path, "configuration", HL_ERROR_CONFIG, buf, FILE_MAX,
			 &size, &st, parser->err) < 0)
		return -1;
	if ((st.st_mode & 022) != 0)
		return hl_error_set(parser->err, HL_ERROR_CONFIG,
				    "configuration %s: others than its owner "
				    "may write to it (chmod go-w it)",
				    path);
	if (parse_lines(parser, buf, size) < 0)
		return -1;
	return set_defaults(parser);
}

int hl_config_read(const char *path, struct hl_config **config_r,
		   struct hl_error *err)
{
	struct parser parser = {.err = err};
	char *buf = malloc(FILE_MAX);
	int ret = -1;

	*config_r = NULL;
	parser.config = calloc(1, sizeof(*parser.config));
	if (parser.config != NULL)
		parser.config->path = strdup(path);
	if (buf == NULL || parser.config == NULL || parser.config->path == NULL)
		hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	else
		ret = read_file(path, buf, &parser);
	free(buf);
	if (ret < 0)
		hl_config_free(&parser.config);
	*config_r = parser.config;
	return ret;
}

void hl_config_free(struct hl_config **config)
{
	struct hl_config *c = *config;

	if (c == NULL)
		return;
	free(c->path);
	free(c->store);
	free(c->keyring);
	free(c->signing_key);
	free(c->mark);
	free(c->filter_dir);
	free(c->timezone);
	free(c->recipient_delimiter);
	free(c->protected_localparts);
	free(c->sendmail);
	free(c->submission_host);
	free(c->mail_from);
	free(c->service_socket);
	free(c->admin_socket);
	free(c->milter_socket);
	free(c->query_socket);
	free(c->status_socket);
	free(c);
	*config = NULL;
}
