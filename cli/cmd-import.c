/* import: hard-links from a file of any size, in batches that are each one
   transaction, or all in one. */

#include "commands.h"
#include "link-source.h"

#include <string.h>
#include <unistd.h>

/* Others that write wait for as long as one takes. */
#define BATCH 500

struct import {
	struct link_source *source;
	struct link_line *lines[BATCH];
	size_t count;
	/* nothing, or nothing unless all, will stay */
	bool dry_run, atomic;
	bool show_progress, progress_shown;
	/* of lines; set_now: those of set that aren't committed yet */
	uint64_t set, set_now, held, refused;
};

static void clear_progress(struct import *import)
{
	if (import->progress_shown)
		fputs("\r\033[K", stderr);
	import->progress_shown = false;
}

static void show_progress(struct import *import)
{
	if (!import->show_progress)
		return;
	clear_progress(import);
	fprintf(stderr, "%s: %llu set, %llu unchanged, %llu refused",
		link_source_name(import->source),
		(unsigned long long)import->set,
		(unsigned long long)import->held,
		(unsigned long long)import->refused);
	fflush(stderr);
	import->progress_shown = true;
}

/* Is this the line's fault? Then the others can still be set. */
static bool is_refusal(const struct hl_error *err)
{
	return err->code == HL_ERROR_DATA || err->code == HL_ERROR_PERMISSION;
}

static void note_refusal(struct import *import, const struct hl_error *err)
{
	clear_progress(import);
	cli_complain(err->text);
	import->refused++;
}

static void free_lines(struct import *import)
{
	size_t i;

	for (i = 0; i < import->count; i++)
		link_line_free(&import->lines[i]);
	import->count = 0;
}

/* Reads the next batch; an empty one is the end. */
static int read_lines(struct import *import, struct hl_error *err)
{
	struct link_line *line;
	int ret;

	free_lines(import);
	while (import->count < BATCH) {
		ret = link_source_next(import->source, &line, err);
		if (ret == 0)
			break;
		if (ret > 0)
			import->lines[import->count++] = line;
		else if (err->code == HL_ERROR_DATA)
			note_refusal(import, err);
		else
			return -1;
	}
	return 0;
}

static int set_line(struct import *import, struct cli *cli, struct hl_log *log,
		    const struct link_line *line, struct hl_error *err)
{
	struct hl_change_result result;
	int ret = link_line_set(cli, log, line, true, &result, err);

	if (ret == 0) {
		import->set++;
		import->set_now++;
	} else if (ret > 0) {
		import->held++;
	} else {
		link_source_prefix(import->source, line->number, err);
		if (!is_refusal(err))
			return -1;
		note_refusal(import, err);
	}
	return 0;
}

static int set_lines(struct cli *cli, struct hl_log *log, void *context,
		     struct hl_error *err)
{
	struct import *import = context;
	size_t i;

	for (i = 0; i < import->count; i++) {
		if (set_line(import, cli, log, import->lines[i], err) < 0)
			return -1;
	}
	return import->set_now == 0 ? 1 : 0;
}

/* In one transaction. */
static int set_all(struct cli *cli, struct hl_log *log, void *context,
		   struct hl_error *err)
{
	struct import *import = context;

	do {
		if (read_lines(import, err) < 0 ||
		    set_lines(cli, log, import, err) < 0)
			return -1;
		show_progress(import);
	} while (import->count > 0);
	return import->dry_run || import->refused > 0 || import->set_now == 0
		       ? 1
		       : 0;
}

static int set_batches(struct import *import, struct cli *cli,
		       struct hl_log *log, struct hl_error *err)
{
	do {
		if (read_lines(import, err) < 0 ||
		    cli_transact(cli, log, set_lines, import, err) < 0)
			return -1;
		import->set_now = 0;
		show_progress(import);
	} while (import->count > 0);
	return 0;
}

static int import_links(struct import *import, struct cli *cli,
			struct hl_error *err)
{
	struct hl_log *log;
	int ret;

	/* with the store locked, nobody shall wait for a pipe */
	if ((import->dry_run || import->atomic) &&
	    link_source_spool(import->source, err) < 0)
		return -1;
	if (cli_open_write(cli, &log, err) < 0)
		return -1;
	if (import->dry_run || import->atomic)
		ret = cli_transact(cli, log, set_all, import, err);
	else
		ret = set_batches(import, cli, log, err);
	cli_close_write(&log);
	clear_progress(import);
	/* the message says what is done */
	cli->changed = false;
	import->set -= ret < 0 ? import->set_now : 0;
	if (ret < 0 && import->set > 0)
		hl_error_set(err, err->code,
			     "%s; %llu set before that stay, import it again",
			     err->text, (unsigned long long)import->set);
	return ret;
}

static int print_result(const struct import *import, struct cli *cli,
			struct hl_error *err)
{
	static const struct output_column columns[] = {
		{"file", OUTPUT_TEXT},	      {"set", OUTPUT_NUMBER},
		{"unchanged", OUTPUT_NUMBER}, {"dry_run", OUTPUT_BOOL},
		{NULL, OUTPUT_TEXT},
	};
	const char *name = link_source_name(import->source);
	char set[24], held[24];
	const char *const cells[] = {name, set, held,
				     import->dry_run ? "yes" : ""};

	snprintf(set, sizeof(set), "%llu", (unsigned long long)import->set);
	snprintf(held, sizeof(held), "%llu", (unsigned long long)import->held);
	if (import->refused > 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "%s: %llu refused, %s %s, %s unchanged",
				    name, (unsigned long long)import->refused,
				    import->atomic ? "nothing" : set,
				    import->dry_run ? "would be set" : "set",
				    held);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	if (output_line(cli->out, err, "%s: %s %s, %s unchanged", name, set,
			import->dry_run ? "would be set" : "set", held) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

/* What hard-links are of a format that doesn't say it. */
static int parse_expiry(struct cli *cli, enum link_format format,
			struct cli_expiry *expiry_r, struct hl_error *err)
{
	const char *until = cli->options[OPT_UNTIL];
	const char *duration = cli->options[OPT_FOR];

	if (format != LINK_RELOCATED && (until != NULL || duration != NULL))
		return cli_usage_error(cli, err,
				       "import: --until and --for are for "
				       "--format relocated");
	if (until != NULL && duration != NULL)
		return cli_usage_error(
			cli, err, "import: more than one of --until and --for");
	if (cli_read_config(cli, err) < 0)
		return -1;
	return cli_expiry_parse(until == NULL && duration == NULL, until,
				duration, cli->config->timezone, expiry_r, err);
}

int cmd_import(struct cli *cli, struct hl_error *err)
{
	const char *name = cli->options[OPT_FILE_FORMAT];
	struct cli_expiry expiry;
	enum link_format format;
	struct import import;
	int ret;

	memset(&import, 0, sizeof(import));
	import.dry_run = cli->options[OPT_DRY_RUN] != NULL;
	import.atomic = cli->options[OPT_ATOMIC] != NULL;
	import.show_progress = isatty(STDERR_FILENO) == 1;
	if (name == NULL)
		return cli_usage_error(cli, err, "import: --format is needed");
	if (link_format_parse(name, &format, err) < 0)
		return cli_usage_error(cli, err, "--format: %s", err->text);
	if (format == LINK_RECIPIENTS)
		return cli_usage_error(
			cli, err, "--format: %s says no new address", name);
	if (parse_expiry(cli, format, &expiry, err) < 0 ||
	    link_source_open(cli->args[0], format, cli->config->timezone,
			     &expiry, &import.source, err) < 0)
		return -1;
	ret = import_links(&import, cli, err);
	if (ret == 0)
		ret = print_result(&import, cli, err);
	free_lines(&import);
	link_source_close(&import.source);
	return ret;
}
