/* One address: show, lookup. */

#include "commands.h"
#include "links.h"

#include "hl-lookup.h"
#include "hl-reply.h"

#include <string.h>

static const struct output_column show_columns[] = {
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
	{"owner", OUTPUT_OPTIONAL},
	{"set_at", OUTPUT_TEXT},
	{"actor", OUTPUT_TEXT},
	{"channel", OUTPUT_TEXT},
	{"action", OUTPUT_TEXT},
	{"reason", OUTPUT_TEXT},
	{"seq", OUTPUT_NUMBER},
	{NULL, OUTPUT_TEXT},
};

static int show_entry(struct cli *cli, const struct hl_entry *entry,
		      const struct hl_link *link, const struct hl_next *next,
		      struct hl_error *err)
{
	const struct hl_statement *statement = &entry->statement;
	const struct hl_payload *payload = &entry->payload;
	char address[HL_ADDRESS_SIZE], effective[HL_TIME_SIZE];
	char set_at[HL_TIME_SIZE], seq[32];
	struct cli_link_cells now, ahead;
	const char *const cells[] = {address,
				     now.kind,
				     now.target,
				     now.expires,
				     ahead.kind,
				     ahead.target,
				     effective,
				     ahead.expires,
				     next != NULL && next->confirmed ? "yes"
								     : "",
				     payload->state.blocked ? "yes" : "",
				     payload->owner,
				     set_at,
				     payload->actor,
				     hl_channel_name(statement->channel),
				     hl_action_name(statement->action),
				     payload->reason,
				     seq};

	hl_address_format(&payload->address, address);
	cli_link_cells(link, &now);
	cli_link_cells(next == NULL ? NULL : &next->link, &ahead);
	cli_time_cell(next == NULL ? 0 : next->effective, effective);
	cli_time_cell(statement->time, set_at);
	snprintf(seq, sizeof(seq), "%llu", (unsigned long long)statement->seq);
	output_begin(cli->out, OUTPUT_ONE, show_columns);
	return output_row(cli->out, cells, err);
}

static int show_in_log(struct cli *cli, struct hl_log *log, void *context,
		       struct hl_error *err)
{
	const struct hl_address *address = context;
	const struct hl_link *link = NULL;
	const struct hl_next *next = NULL;
	char text[HL_ADDRESS_SIZE];
	struct hl_entry entry;
	int ret;

	ret = hl_log_get_newest(log, address, &entry, err);
	if (ret < 0)
		return -1;
	if (ret > 0) {
		link = hl_state_in_force(&entry.payload.state, hl_log_now(log));
		next = &entry.payload.state.next;
		if (!cli_next_is_ahead(next, hl_log_now(log)))
			next = NULL;
	}
	if (link != NULL || next != NULL ||
	    (ret > 0 && entry.payload.state.blocked))
		return show_entry(cli, &entry, link, next, err);
	hl_address_format(address, text);
	return hl_error_set(err, HL_ERROR_NOT_FOUND, "%s has no hard-link",
			    text);
}

int cmd_show(struct cli *cli, struct hl_error *err)
{
	struct hl_address address;

	if (cli_parse_old(cli->args[0], &address, err) < 0)
		return -1;
	return cli_read(cli, show_in_log, &address, err);
}

static const struct output_column lookup_columns[] = {
	{"address", OUTPUT_TEXT}, {"kind", OUTPUT_TEXT},
	{"target", OUTPUT_TEXT},  {"expires", OUTPUT_OPTIONAL},
	{"reply", OUTPUT_TEXT},	  {"if_exists", OUTPUT_BOOL},
	{NULL, OUTPUT_TEXT},
};

static void warn_of_domain(const struct hl_address *address)
{
	char text[HL_DOMAIN_MAX + 128];

	snprintf(text, sizeof(text),
		 "only if this recipient exists: it is the hard-link of @%s",
		 address->domain);
	cli_warn(text);
}

static int print_reply(struct cli *cli, const struct hl_address *address,
		       const struct hl_link *link, bool by_domain,
		       struct hl_error *err)
{
	char line[HL_REPLY_LINE_SIZE], text[HL_ADDRESS_SIZE];
	struct cli_link_cells link_cells;
	const char *const cells[] = {text,
				     link_cells.kind,
				     link_cells.target,
				     link_cells.expires,
				     line,
				     by_domain ? "yes" : ""};
	struct hl_reply reply;

	hl_address_format(address, text);
	hl_reply_format(link, cli->options[OPT_SMTPUTF8] != NULL, &reply);
	hl_reply_write_line(&reply, line);
	cli_link_cells(link, &link_cells);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, lookup_columns);
	if (output_line(cli->out, err, "%s", line) < 0 ||
	    output_row(cli->out, cells, err) < 0)
		return -1;
	if (by_domain)
		warn_of_domain(address);
	return 0;
}

int cmd_lookup(struct cli *cli, struct hl_error *err)
{
	enum hl_lookup_result result;
	char text[HL_ADDRESS_SIZE];
	struct hl_address address;
	struct hl_lookup *lookup;
	struct hl_link link;

	if (hl_address_parse(cli->args[0], strlen(cli->args[0]), 0, &address,
			     err) < 0 ||
	    cli_read_config(cli, err) < 0)
		return -1;
	lookup = hl_lookup_init(cli->config);
	if (lookup == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	result = hl_lookup(lookup, &address, &link, err);
	hl_lookup_deinit(&lookup);
	switch (result) {
	case HL_LOOKUP_FOUND:
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		return print_reply(cli, &address, &link,
				   result == HL_LOOKUP_FOUND_BY_DOMAIN, err);
	case HL_LOOKUP_ERROR:
		return -1;
	case HL_LOOKUP_NONE:
		break;
	}
	hl_address_format(&address, text);
	return hl_error_set(err, HL_ERROR_NOT_FOUND, "%s has no hard-link",
			    text);
}
