#include "commands.h"

#include "hl-verify.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define BAR_WIDTH 30
/* 10 times a second is enough */
#define REDRAW_NSEC 100000000

struct verification {
	struct cli *cli;
	/* of a row that couldn't be written */
	struct hl_error err;
	bool failed;
	/* on a terminal */
	bool bar;
	struct timespec drawn;
};

static const struct output_column columns[] = {
	{"type", OUTPUT_TEXT},	     {"seq", OUTPUT_NUMBER},
	{"text", OUTPUT_TEXT},	     {"entries", OUTPUT_NUMBER},
	{"epoch", OUTPUT_NUMBER},    {"root", OUTPUT_OPTIONAL},
	{"problems", OUTPUT_NUMBER}, {NULL, OUTPUT_TEXT},
};

static void clear_bar(const struct verification *verification)
{
	if (verification->bar)
		fputs("\r\033[K", stderr);
}

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
	clear_bar(verification);
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

static void draw_bar(uint64_t done, uint64_t total, void *context)
{
	struct verification *verification = context;
	int64_t passed;
	struct timespec now;
	int filled;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (now.tv_sec - verification->drawn.tv_sec) *
			 INT64_C(1000000000) +
		 now.tv_nsec - verification->drawn.tv_nsec;
	if (total == 0 || done > total || passed < REDRAW_NSEC)
		return;
	verification->drawn = now;
	filled = (int)(done * BAR_WIDTH / total);
	fprintf(stderr, "\r[%.*s%*s] %3d%% %llu/%llu", filled,
		"##############################", BAR_WIDTH - filled, "",
		(int)(done * 100 / total), (unsigned long long)done,
		(unsigned long long)total);
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

int cmd_verify(struct cli *cli, struct hl_error *err)
{
	struct verification verification = {.cli = cli};
	struct hl_verify_callbacks callbacks = {print_problem, print_note, NULL,
						&verification};
	struct hl_verify_result result;
	int ret;

	if (cli_read_config(cli, err) < 0)
		return -1;
	verification.bar = isatty(STDERR_FILENO) == 1;
	if (verification.bar)
		callbacks.progress = draw_bar;
	output_begin(cli->out, OUTPUT_LINES, columns);
	ret = hl_verify(cli->config, cli->options[OPT_CHECKPOINT], &callbacks,
			&result, err);
	clear_bar(&verification);
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
