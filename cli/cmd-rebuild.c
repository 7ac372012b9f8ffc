#include "commands.h"
#include "progress.h"

#include "hl-admin.h"

#include <string.h>

static const struct output_column columns[] = {
	{"entries", OUTPUT_NUMBER},    {"rows_missing", OUTPUT_NUMBER},
	{"rows_extra", OUTPUT_NUMBER}, {"rows_wrong", OUTPUT_NUMBER},
	{"unreadable", OUTPUT_BOOL},   {"frontier_wrong", OUTPUT_BOOL},
	{NULL, OUTPUT_TEXT},
};

static void number_cell(uint64_t number, char text_r[32])
{
	snprintf(text_r, 32, "%llu", (unsigned long long)number);
}

static int print_rebuilt(struct cli *cli,
			 const struct hl_admin_rebuilt *rebuilt,
			 struct hl_error *err)
{
	const struct hl_reindex *index = &rebuilt->index;
	char entries[32], missing[32] = "", extra[32] = "", wrong[32] = "";
	const char *const cells[] = {entries,
				     missing,
				     extra,
				     wrong,
				     index->unreadable ? "yes" : "",
				     rebuilt->frontier ? "yes" : ""};
	const char *frontier =
		rebuilt->frontier ? "; the tree's frontier was wrong" : "";
	int ret;

	number_cell(rebuilt->entries, entries);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	if (index->unreadable) {
		ret = output_line(cli->out, err,
				  "the index couldn't be read, and is made "
				  "anew%s",
				  frontier);
	} else {
		number_cell(index->missing, missing);
		number_cell(index->extra, extra);
		number_cell(index->wrong, wrong);
		ret = output_line(cli->out, err,
				  "index of %s entries: %s rows were missing, "
				  "%s too many, %s wrong%s",
				  entries, missing, extra, wrong, frontier);
	}
	return ret < 0 ? -1 : output_row(cli->out, cells, err);
}

static void show_progress(uint64_t done, uint64_t total, void *context)
{
	progress_show(context, done, total);
}

int cmd_rebuild(struct cli *cli, struct hl_error *err)
{
	struct progress progress;
	const struct hl_verify_callbacks callbacks = {.progress = show_progress,
						      .context = &progress};
	struct hl_admin_rebuilt rebuilt;
	int ret;

	if (cli_read_config(cli, err) < 0)
		return -1;
	progress_begin(&progress, cli->options[OPT_PROGRESS] != NULL);
	ret = hl_admin_rebuild(cli->config, &callbacks, &rebuilt, err);
	progress_clear(&progress);
	if (ret < 0)
		return -1;
	cli->changed = true;
	return print_rebuilt(cli, &rebuilt, err);
}
