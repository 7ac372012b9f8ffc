#include "links.h"

#include <string.h>

int cli_kind_parse(const char *name, enum hl_kind *kind_r, struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	for (*kind_r = HL_KIND_PERMANENT; *kind_r <= HL_KIND_TEMPORARY;
	     (*kind_r)++) {
		if (strcmp(name, hl_kind_name(*kind_r)) == 0)
			return 0;
	}
	return hl_error_set(err, HL_ERROR_USAGE,
			    "\"%s\" isn't permanent or temporary",
			    hl_error_quote(name, strlen(name), quote));
}

int cli_expiry_parse(bool permanent, const char *until, const char *duration,
		     const char *zone, struct cli_expiry *expiry_r,
		     struct hl_error *err)
{
	memset(expiry_r, 0, sizeof(*expiry_r));
	if (permanent + (until != NULL) + (duration != NULL) != 1)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "exactly one of permanent, until and for "
				    "is needed");
	expiry_r->kind = permanent ? HL_KIND_PERMANENT : HL_KIND_TEMPORARY;
	if (until != NULL)
		return hl_time_parse(until, zone, &expiry_r->until, err);
	if (duration != NULL)
		return hl_duration_parse(duration, &expiry_r->seconds, err);
	return 0;
}

void cli_expiry_apply(const struct cli_expiry *expiry, int64_t now,
		      struct hl_link *link)
{
	link->kind = expiry->kind;
	link->expires = 0;
	if (expiry->kind == HL_KIND_TEMPORARY)
		link->expires = expiry->until != 0 ? expiry->until
						   : now + expiry->seconds;
}

bool cli_link_ran_out(const struct hl_state *state, const struct hl_link *link,
		      int64_t now)
{
	return link->kind == HL_KIND_TEMPORARY && link->expires <= now &&
	       hl_state_in_force(state, link->expires - 1) == link;
}

bool cli_next_is_ahead(const struct hl_next *next, int64_t now)
{
	return next->link.kind != HL_KIND_NONE &&
	       !(next->confirmed && next->effective <= now);
}

void cli_time_cell(int64_t time, char text_r[HL_TIME_SIZE])
{
	if (time == 0)
		text_r[0] = '\0';
	else
		hl_time_format(time, text_r);
}

void cli_link_cells(const struct hl_link *link, struct cli_link_cells *cells_r)
{
	memset(cells_r, 0, sizeof(*cells_r));
	if (link == NULL || link->kind == HL_KIND_NONE)
		return;
	strcpy(cells_r->kind, hl_kind_name(link->kind));
	hl_address_format(&link->target, cells_r->target);
	cli_time_cell(link->expires, cells_r->expires);
}

void cli_link_words(const struct hl_link *link,
		    char words_r[CLI_LINK_WORDS_SIZE])
{
	struct cli_link_cells cells;

	cli_link_cells(link, &cells);
	if (*cells.kind == '\0')
		snprintf(words_r, CLI_LINK_WORDS_SIZE, "no hard-link");
	else
		snprintf(words_r, CLI_LINK_WORDS_SIZE, "%s, to %s%s%s",
			 cells.kind, cells.target,
			 *cells.expires == '\0' ? "" : ", until ",
			 cells.expires);
}

static const struct output_column change_columns[] = {
	{"address", OUTPUT_TEXT},
	{"kind", OUTPUT_OPTIONAL},
	{"target", OUTPUT_OPTIONAL},
	{"expires", OUTPUT_OPTIONAL},
	{"before_kind", OUTPUT_OPTIONAL},
	{"before_target", OUTPUT_OPTIONAL},
	{"before_expires", OUTPUT_OPTIONAL},
	{"ended_next_kind", OUTPUT_OPTIONAL},
	{"ended_next_target", OUTPUT_OPTIONAL},
	{"ended_next_effective", OUTPUT_OPTIONAL},
	{NULL, OUTPUT_TEXT},
};

void cli_change_begin(struct cli *cli, enum output_flags flags)
{
	output_begin(cli->out, flags | OUTPUT_LINES, change_columns);
}

static int print_words(struct cli *cli, const struct hl_change_result *result,
		       const char *address, const char *word,
		       struct hl_error *err)
{
	const struct hl_next *next = &result->ended_next;
	char now[CLI_LINK_WORDS_SIZE], before[CLI_LINK_WORDS_SIZE];
	char ended[CLI_LINK_WORDS_SIZE], effective[HL_TIME_SIZE];
	bool has_before = result->before.kind != HL_KIND_NONE;
	bool has_next = next->link.kind != HL_KIND_NONE;

	cli_link_words(&result->state.current, now);
	cli_link_words(&result->before, before);
	cli_link_words(&next->link, ended);
	cli_time_cell(next->effective, effective);
	return output_line(cli->out, err, "%s: %s%s%s%s%s%s%s%s%s", address,
			   now, has_before ? "; " : "", has_before ? word : "",
			   has_before ? ": " : "", has_before ? before : "",
			   has_next ? "; no longer to come: " : "",
			   has_next ? ended : "", has_next ? ", from " : "",
			   effective);
}

int cli_change_print(struct cli *cli, const struct hl_change_result *result,
		     const char *word, struct hl_error *err)
{
	struct cli_link_cells now, before, next;
	char address[HL_ADDRESS_SIZE], effective[HL_TIME_SIZE];
	const char *const cells[] = {address,	     now.kind,	  now.target,
				     now.expires,    before.kind, before.target,
				     before.expires, next.kind,	  next.target,
				     effective};

	hl_address_format(&result->address, address);
	cli_link_cells(&result->state.current, &now);
	cli_link_cells(&result->before, &before);
	cli_link_cells(&result->ended_next.link, &next);
	cli_time_cell(result->ended_next.effective, effective);
	if (print_words(cli, result, address, word, err) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}
