/* How an address stands, in words for its owner and in columns. */

#include "links.h"
#include "mailmove.h"

static const struct output_column columns[] = {
	{"address", OUTPUT_TEXT},
	{"kind", OUTPUT_OPTIONAL},
	{"target", OUTPUT_OPTIONAL},
	{"expires", OUTPUT_OPTIONAL},
	{"next_kind", OUTPUT_OPTIONAL},
	{"next_target", OUTPUT_OPTIONAL},
	{"next_effective", OUTPUT_OPTIONAL},
	{"next_expires", OUTPUT_OPTIONAL},
	{"next_confirmed", OUTPUT_BOOL},
	{"blocked", OUTPUT_BOOL},
	{"channel", OUTPUT_OPTIONAL},
	{"before_kind", OUTPUT_OPTIONAL},
	{"before_target", OUTPUT_OPTIONAL},
	{"before_expires", OUTPUT_OPTIONAL},
	{NULL, OUTPUT_TEXT},
};

static int print_link(struct cli *cli, const struct hl_service_state *state,
		      struct hl_error *err)
{
	char now[CLI_LINK_WORDS_SIZE], before[CLI_LINK_WORDS_SIZE];
	bool has_before = state->ended.kind != HL_KIND_NONE;
	char address[HL_ADDRESS_SIZE];

	hl_address_format(&state->address, address);
	cli_link_words(&state->in_force, now);
	cli_link_words(&state->ended, before);
	return output_line(cli->out, err, "%s: %s%s%s", address, now,
			   has_before ? "; ended: " : "",
			   has_before ? before : "");
}

static int print_next(struct cli *cli, const struct hl_next *next,
		      struct hl_error *err)
{
	char words[CLI_LINK_WORDS_SIZE], target[HL_ADDRESS_SIZE];
	char effective[HL_TIME_SIZE];

	cli_link_words(&next->link, words);
	hl_address_format(&next->link.target, target);
	cli_time_cell(next->effective, effective);
	if (next->confirmed)
		return output_line(cli->out, err,
				   "to come: %s, from %s; until then nothing "
				   "changes",
				   words, effective);
	return output_line(cli->out, err,
			   "to come: %s, not before %s\n"
			   "It waits for the code that was mailed to %s:\n"
			   "give it back within 24 hours with `mailmove "
			   "confirm CODE`. Until then nothing changes.",
			   words, effective, target);
}

static int print_words(struct cli *cli, const struct hl_service_state *state,
		       struct hl_error *err)
{
	if (print_link(cli, state, err) < 0 ||
	    (state->next.link.kind != HL_KIND_NONE &&
	     print_next(cli, &state->next, err) < 0))
		return -1;
	if (!state->blocked)
		return 0;
	return output_line(cli->out, err,
			   "An administrator doesn't let you change that.");
}

int move_print_state(struct cli *cli, const struct hl_service_state *state,
		     struct hl_error *err)
{
	const struct hl_next *next = &state->next;
	struct cli_link_cells now, ahead, before;
	char address[HL_ADDRESS_SIZE], effective[HL_TIME_SIZE];
	const char *const cells[] = {
		address,
		now.kind,
		now.target,
		now.expires,
		ahead.kind,
		ahead.target,
		effective,
		ahead.expires,
		next->link.kind != HL_KIND_NONE && next->confirmed ? "yes" : "",
		state->blocked ? "yes" : "",
		state->channel,
		before.kind,
		before.target,
		before.expires,
	};

	hl_address_format(&state->address, address);
	cli_link_cells(&state->in_force, &now);
	cli_link_cells(&next->link, &ahead);
	cli_link_cells(&state->ended, &before);
	cli_time_cell(next->effective, effective);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	if (print_words(cli, state, err) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}
