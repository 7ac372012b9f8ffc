/* set --from: all lines are read and understood before the first is written,
   and then written in one transaction. */

#include "commands.h"
#include "link-line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BAD_LINES_SHOWN 20

struct batch {
	/* in messages */
	const char *name;
	FILE *file;
	char *buf;
	/* of lines read, and of bad ones among them */
	uint64_t number, bad;
	struct link_line **lines;
	size_t count, allocated;
	/* hl_log_now() when they were set */
	int64_t now;
};

/* Reads a line without its end. 1: there was one; *size_r is above
   LINK_LINE_MAX if it was cut. */
static int read_line(struct batch *batch, size_t *size_r, struct hl_error *err)
{
	int c;

	*size_r = 0;
	while ((c = getc_unlocked(batch->file)) != EOF && c != '\n') {
		if (*size_r < LINK_LINE_MAX)
			batch->buf[*size_r] = (char)c;
		if (*size_r <= LINK_LINE_MAX)
			(*size_r)++;
	}
	if (ferror(batch->file))
		return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", batch->name,
				    strerror(errno));
	if (c == EOF && *size_r == 0)
		return 0;
	batch->number++;
	return 1;
}

static int prefix_line(const struct batch *batch, uint64_t number,
		       struct hl_error *err)
{
	return hl_error_prefix(err, "%s:%llu", batch->name,
			       (unsigned long long)number);
}

static int add_line(struct batch *batch, struct link_line *line,
		    struct hl_error *err)
{
	size_t wanted = batch->allocated == 0 ? 64 : batch->allocated * 2;
	struct link_line **lines;

	if (batch->count == batch->allocated) {
		lines = reallocarray(batch->lines, wanted,
				     sizeof(struct link_line *));
		if (lines == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		batch->lines = lines;
		batch->allocated = wanted;
	}
	batch->lines[batch->count++] = line;
	return 0;
}

static bool is_blank(const char *text, size_t size)
{
	return size == 0 || (size == 1 && text[0] == '\r');
}

static int read_link(struct batch *batch, const char *zone, size_t size,
		     struct hl_error *err)
{
	struct link_line *line = NULL;

	if (is_blank(batch->buf, size))
		return 0;
	if (size > LINK_LINE_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a line of more than %d bytes",
				    LINK_LINE_MAX);
	if (link_line_parse(batch->buf, size, batch->number, zone, &line, err) <
	    0)
		return -1;
	if (add_line(batch, line, err) < 0) {
		link_line_free(&line);
		return -1;
	}
	return 0;
}

/* The last of the bad lines is the command's own error. */
static void note_bad_line(struct batch *batch, const struct hl_error *line_err,
			  struct hl_error *err)
{
	if (batch->bad > 0 && batch->bad < BAD_LINES_SHOWN)
		fprintf(stderr, "hardlinkctl: %s\n", err->text);
	batch->bad++;
	if (batch->bad <= BAD_LINES_SHOWN) {
		*err = *line_err;
		prefix_line(batch, batch->number, err);
	} else {
		if (batch->bad == BAD_LINES_SHOWN + 1)
			fprintf(stderr, "hardlinkctl: %s\n", err->text);
		hl_error_set(err, HL_ERROR_DATA,
			     "%s: and %llu more bad lines; nothing was set",
			     batch->name,
			     (unsigned long long)batch->bad - BAD_LINES_SHOWN);
	}
}

static int read_lines(struct batch *batch, const char *zone,
		      struct hl_error *err)
{
	struct hl_error line_err;
	size_t size;
	int ret;

	while ((ret = read_line(batch, &size, &line_err)) > 0) {
		if (read_link(batch, zone, size, &line_err) == 0)
			continue;
		if (line_err.code != HL_ERROR_DATA) {
			ret = -1;
			break;
		}
		note_bad_line(batch, &line_err, err);
	}
	if (ret < 0)
		*err = line_err;
	return ret < 0 || batch->bad > 0 ? -1 : 0;
}

static int read_file(struct batch *batch, const char *path, const char *zone,
		     struct hl_error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int ret;

	batch->name = is_stdin ? "standard input" : path;
	batch->file = is_stdin ? stdin : fopen(path, "re");
	if (batch->file == NULL)
		return hl_error_set(err,
				    errno == EACCES ? HL_ERROR_PERMISSION
						    : HL_ERROR_DATA,
				    "%s: %s", path, strerror(errno));
	batch->buf = malloc(LINK_LINE_MAX);
	if (batch->buf == NULL)
		ret = hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	else
		ret = read_lines(batch, zone, err);
	free(batch->buf);
	if (!is_stdin)
		fclose(batch->file);
	return ret;
}

/* Keeps what the line ended, which is nothing for most. */
static int keep_ended(struct link_line *line,
		      const struct hl_change_result *result,
		      struct hl_error *err)
{
	if (result->before.kind == HL_KIND_NONE &&
	    result->ended_next.link.kind == HL_KIND_NONE)
		return 0;
	line->ended = malloc(sizeof(*line->ended));
	if (line->ended == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	*line->ended = *result;
	return 0;
}

static int set_line(struct cli *cli, struct hl_log *log, struct link_line *line,
		    struct hl_error *err)
{
	bool replace = line->replace || cli->options[OPT_REPLACE] != NULL;
	struct hl_actor actor = cli->actor;
	struct hl_change_result result;
	struct hl_address old;
	struct hl_link link;
	const char *reason;

	if (link_line_get(line, &old, &link.target, &reason, err) < 0)
		return -1;
	if (reason != NULL)
		actor.reason = reason;
	cli_expiry_apply(&line->expiry, hl_log_now(log), &link);
	if (hl_change_set(log, &actor, &old, &link, replace, &result, err) < 0)
		return -1;
	return keep_ended(line, &result, err);
}

static int set_lines(struct cli *cli, struct hl_log *log, void *context,
		     struct hl_error *err)
{
	struct batch *batch = context;
	size_t i;

	batch->now = hl_log_now(log);
	for (i = 0; i < batch->count; i++) {
		if (set_line(cli, log, batch->lines[i], err) < 0)
			return prefix_line(batch, batch->lines[i]->number, err);
	}
	/* an empty batch writes nothing */
	return batch->count == 0 ? 1 : 0;
}

static int print_line(struct cli *cli, const struct batch *batch,
		      const struct link_line *line, struct hl_error *err)
{
	struct hl_link *link;
	struct hl_change_result result;
	const char *reason;

	memset(&result, 0, sizeof(result));
	if (line->ended != NULL)
		result = *line->ended;
	link = &result.state.current;
	if (link_line_get(line, &result.address, &link->target, &reason, err) <
	    0)
		return -1;
	cli_expiry_apply(&line->expiry, batch->now, link);
	return cli_change_print(cli, &result, "ended", err);
}

int cmd_set_from(struct cli *cli, const char *path, struct hl_error *err)
{
	struct batch batch;
	size_t i;
	int ret;

	memset(&batch, 0, sizeof(batch));
	ret = cli_read_config(cli, err);
	if (ret == 0)
		ret = read_file(&batch, path, cli->config->timezone, err);
	if (ret == 0)
		ret = cli_write(cli, set_lines, &batch, err);
	if (ret == 0)
		cli_change_begin(cli, 0);
	for (i = 0; i < batch.count; i++) {
		if (ret == 0)
			ret = print_line(cli, &batch, batch.lines[i], err);
		link_line_free(&batch.lines[i]);
	}
	free(batch.lines);
	return ret;
}
