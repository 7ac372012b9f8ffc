#include "commands.h"
#include "progress.h"

#include "hl-text.h"
#include "hl-verify.h"

#include <string.h>

#include <sodium.h>

#define JOBS_MAX 64

struct verification {
	struct cli *cli;
	/* of a row that couldn't be written */
	struct hl_error err;
	bool failed;
	struct progress progress;
};

static const struct output_column columns[] = {
	{"type", OUTPUT_TEXT},	     {"seq", OUTPUT_NUMBER},
	{"text", OUTPUT_TEXT},	     {"entries", OUTPUT_NUMBER},
	{"epoch", OUTPUT_NUMBER},    {"root", OUTPUT_OPTIONAL},
	{"problems", OUTPUT_NUMBER}, {NULL, OUTPUT_TEXT},
};

static void print_finding(struct verification *verification, const char *type,
			  uint64_t seq, const char *text)
{
	char number[32] = "";
	const char *const cells[] = {type, number, text, "", "", "", ""};
	struct output *out = verification->cli->out;
	struct hl_error shown;

	/* It may quote what a damaged store holds. */
	hl_error_set(&shown, HL_ERROR_STORE, "%s", text);
	if (seq != 0)
		snprintf(number, sizeof(number), "%llu",
			 (unsigned long long)seq);
	progress_clear(&verification->progress);
	if (output_line(out, &verification->err, "%s%s%s%s%s",
			strcmp(type, "note") == 0 ? "note: " : "",
			seq == 0 ? "" : "entry ", number, seq == 0 ? "" : ": ",
			shown.text) < 0 ||
	    output_row(out, cells, &verification->err) < 0)
		verification->failed = true;
}

static void print_problem(uint64_t seq, const char *text, void *context)
{
	print_finding(context, "problem", seq, text);
}

static void print_note(uint64_t seq, const char *text, void *context)
{
	print_finding(context, "note", seq, text);
}

static void show_progress(uint64_t done, uint64_t total, void *context)
{
	struct verification *verification = context;

	progress_show(&verification->progress, done, total);
}

static int print_summary(struct cli *cli, const struct hl_verify_result *result,
			 struct hl_error *err)
{
	char entries[32], epoch[32], problems[32], root[2 * HL_HASH_SIZE + 1];
	char text[64];
	const char *const cells[] = {"summary", "",   text,    entries,
				     epoch,	root, problems};

	snprintf(entries, sizeof(entries), "%llu",
		 (unsigned long long)result->entries);
	snprintf(epoch, sizeof(epoch), "%llu",
		 (unsigned long long)result->head.epoch);
	snprintf(problems, sizeof(problems), "%llu",
		 (unsigned long long)result->problems);
	sodium_bin2hex(root, sizeof(root), result->head.root, HL_HASH_SIZE);
	if (result->problems == 0)
		strcpy(text, "verified");
	else
		snprintf(text, sizeof(text), "%s problem%s", problems,
			 result->problems == 1 ? "" : "s");
	if (output_line(cli->out, err, "%s entr%s, epoch %s, root %s: %s",
			entries, result->entries == 1 ? "y" : "ies", epoch,
			root, text) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

static int parse_options(struct cli *cli, struct hl_verify_options *options_r,
			 struct hl_error *err)
{
	const char *jobs = cli->options[OPT_JOBS];
	uint64_t number = 0;

	if (jobs != NULL &&
	    (!hl_text_parse_number(jobs, strlen(jobs), &number) || number < 1 ||
	     number > JOBS_MAX))
		return cli_usage_error(cli, err,
				       "--jobs: not a number from 1 to %d",
				       JOBS_MAX);
	options_r->checkpoint = cli->options[OPT_CHECKPOINT];
	options_r->resume = cli->options[OPT_RESUME];
	options_r->jobs = (unsigned int)number;
	return 0;
}

int cmd_verify(struct cli *cli, struct hl_error *err)
{
	struct verification verification = {.cli = cli};
	struct hl_verify_callbacks callbacks = {print_problem, print_note,
						show_progress, &verification};
	struct hl_verify_options options;
	struct hl_verify_result result;
	int ret;

	if (parse_options(cli, &options, err) < 0 ||
	    cli_read_config(cli, err) < 0)
		return -1;
	progress_begin(&verification.progress,
		       cli->options[OPT_PROGRESS] != NULL);
	output_begin(cli->out, OUTPUT_LINES, columns);
	ret = hl_verify_with(cli->config, &options, &callbacks, &result, err);
	progress_clear(&verification.progress);
	if (ret < 0)
		return -1;
	if (verification.failed) {
		*err = verification.err;
		return -1;
	}
	if (print_summary(cli, &result, err) < 0)
		return -1;
	if (result.problems == 0)
		return 0;
	/* what was found is wanted though it isn't what was hoped for */
	if (output_end(cli->out, err) < 0)
		return -1;
	return hl_error_set(err, HL_ERROR_STORE,
			    "the log doesn't verify; don't write to the store, "
			    "and look for what changed it");
}
