/* Barring owners from changing an address: block, unblock. */

#include "commands.h"
#include "links.h"

static const struct output_column columns[] = {
	{"address", OUTPUT_TEXT},
	{"blocked", OUTPUT_BOOL},
	{"ended_next_kind", OUTPUT_OPTIONAL},
	{"ended_next_target", OUTPUT_OPTIONAL},
	{"ended_next_effective", OUTPUT_OPTIONAL},
	{NULL, OUTPUT_TEXT},
};

struct block {
	struct hl_address old;
	bool blocked;
};

static int print(struct cli *cli, const struct hl_change_result *result,
		 struct hl_error *err)
{
	const struct hl_next *next = &result->ended_next;
	bool blocked = result->state.blocked;
	char address[HL_ADDRESS_SIZE], effective[HL_TIME_SIZE];
	char words[CLI_LINK_WORDS_SIZE];
	struct cli_link_cells ended;
	const char *const cells[] = {address, blocked ? "yes" : "", ended.kind,
				     ended.target, effective};

	hl_address_format(&result->address, address);
	cli_link_cells(&next->link, &ended);
	cli_link_words(&next->link, words);
	cli_time_cell(next->effective, effective);
	if (output_line(cli->out, err, "%s: %s%s%s", address,
			blocked ? "blocked" : "not blocked any more",
			*ended.kind == '\0' ? "" : "; no longer to come: ",
			*ended.kind == '\0' ? "" : words) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

static int block_in_log(struct cli *cli, struct hl_log *log, void *context,
			struct hl_error *err)
{
	struct hl_change_result result;
	const struct block *block = context;

	if (hl_change_block(log, &cli->actor, &block->old, block->blocked,
			    &result, err) < 0)
		return -1;
	return print(cli, &result, err);
}

static int set_block(struct cli *cli, bool blocked, struct hl_error *err)
{
	struct block block = {.blocked = blocked};

	if (cli_parse_old(cli->args[0], &block.old, err) < 0)
		return -1;
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	return cli_write(cli, block_in_log, &block, err);
}

int cmd_block(struct cli *cli, struct hl_error *err)
{
	return set_block(cli, true, err);
}

int cmd_unblock(struct cli *cli, struct hl_error *err)
{
	return set_block(cli, false, err);
}
