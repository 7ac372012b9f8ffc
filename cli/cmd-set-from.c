/* set --from: all lines are read and understood before the first is written,
   and then written in one transaction. */

#include "commands.h"
#include "link-source.h"

#include <stdlib.h>
#include <string.h>

#define BAD_LINES_SHOWN 20

struct batch {
	struct link_source *source;
	/* of bad lines */
	uint64_t bad;
	struct link_line **lines;
	size_t count, allocated;
	/* hl_log_now() when they were set */
	int64_t now;
};

static int add_line(struct batch *batch, struct link_line *line,
		    struct hl_error *err)
{
	size_t wanted = batch->allocated == 0 ? 64 : batch->allocated * 2;
	struct link_line **lines;

	if (batch->count == batch->allocated) {
		lines = reallocarray(batch->lines, wanted,
				     sizeof(struct link_line *));
		if (lines == NULL) {
			link_line_free(&line);
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		}
		batch->lines = lines;
		batch->allocated = wanted;
	}
	batch->lines[batch->count++] = line;
	return 0;
}

/* The last of the bad lines is the command's own error. */
static void note_bad_line(struct batch *batch, const struct hl_error *line_err,
			  struct hl_error *err)
{
	if (batch->bad > 0 && batch->bad < BAD_LINES_SHOWN)
		cli_complain(err->text);
	batch->bad++;
	if (batch->bad <= BAD_LINES_SHOWN) {
		*err = *line_err;
	} else {
		if (batch->bad == BAD_LINES_SHOWN + 1)
			cli_complain(err->text);
		hl_error_set(err, HL_ERROR_DATA,
			     "%s: and %llu more bad lines; nothing was set",
			     link_source_name(batch->source),
			     (unsigned long long)batch->bad - BAD_LINES_SHOWN);
	}
}

static int read_lines(struct batch *batch, struct hl_error *err)
{
	struct hl_error line_err;
	struct link_line *line;
	int ret;

	while ((ret = link_source_next(batch->source, &line, &line_err)) != 0) {
		if (ret > 0)
			ret = add_line(batch, line, &line_err);
		else if (line_err.code == HL_ERROR_DATA) {
			note_bad_line(batch, &line_err, err);
			ret = 0;
		}
		if (ret < 0)
			break;
	}
	if (ret < 0)
		*err = line_err;
	return ret < 0 || batch->bad > 0 ? -1 : 0;
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
	struct hl_change_result result;

	if (link_line_set(cli, log, line, false, &result, err) < 0)
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
			return link_source_prefix(batch->source,
						  batch->lines[i]->number, err);
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
	struct hl_log *log = NULL;
	struct batch batch;
	size_t i;
	int ret;

	memset(&batch, 0, sizeof(batch));
	ret = cli_read_config(cli, err);
	if (ret == 0)
		ret = link_source_open(path, LINK_JSON, cli->config->timezone,
				       NULL, &batch.source, err);
	if (ret == 0)
		ret = read_lines(&batch, err);
	if (ret == 0)
		ret = cli_open_write(cli, &log, err);
	if (ret == 0)
		ret = cli_transact(cli, log, set_lines, &batch, err);
	cli_close_write(&log);
	if (ret == 0)
		cli_change_begin(cli, 0);
	for (i = 0; i < batch.count; i++) {
		if (ret == 0)
			ret = print_line(cli, &batch, batch.lines[i], err);
		link_line_free(&batch.lines[i]);
	}
	free(batch.lines);
	link_source_close(&batch.source);
	return ret;
}
