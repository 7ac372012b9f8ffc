#include "commands.h"
#include "entries.h"
#include "links.h"

#include <string.h>

enum state { STATE_ANY, STATE_ACTIVE, STATE_EXPIRED, STATE_PENDING };

static const char *const state_names[] = {NULL, "active", "expired", "pending"};

struct list {
	struct cli *cli;
	struct hl_log *log;
	/* what a sweep closed isn't there any more */
	int64_t swept;

	enum hl_kind kind;
	enum state state;
	/* 0: no matter */
	int64_t expiring_within;
	uint64_t limit;
	/* empty: any */
	char domain[HL_DOMAIN_MAX + 1];

	uint64_t printed;
};

static const struct output_column list_columns[] = {
	{"address", OUTPUT_TEXT}, {"kind", OUTPUT_TEXT},
	{"target", OUTPUT_TEXT},  {"expires", OUTPUT_OPTIONAL},
	{"state", OUTPUT_TEXT},	  {"set_at", OUTPUT_TEXT},
	{"actor", OUTPUT_TEXT},	  {NULL, OUTPUT_TEXT},
};

static bool is_wanted(const struct list *list, const struct hl_link *link,
		      enum state state)
{
	int64_t now = hl_log_now(list->log);

	if (list->kind != HL_KIND_NONE && link->kind != list->kind)
		return false;
	if (list->state != STATE_ANY && state != list->state)
		return false;
	return list->expiring_within == 0 ||
	       (state == STATE_ACTIVE && link->kind == HL_KIND_TEMPORARY &&
		link->expires <= now + list->expiring_within);
}

/* Returns 1 when there shall be no more. */
static int print_link(struct list *list, const struct hl_entry *entry,
		      const struct hl_link *link, enum state state,
		      struct hl_error *err)
{
	char address[HL_ADDRESS_SIZE], set_at[HL_TIME_SIZE];
	struct cli_link_cells link_cells;
	const char *const cells[] = {address,
				     link_cells.kind,
				     link_cells.target,
				     link_cells.expires,
				     state_names[state],
				     set_at,
				     entry->payload.actor};

	int ret;

	if (!is_wanted(list, link, state))
		return 0;
	hl_address_format(&entry->payload.address, address);
	cli_link_cells(link, &link_cells);
	cli_time_cell(entry->statement.time, set_at);
	ret = output_row(list->cli->out, cells, err);
	if (ret == 0 && ++list->printed == list->limit)
		return 1;
	return ret;
}

/* A row for what is in force, or ran out last and wasn't swept yet; another
   one for what is to come. */
static int print_address(struct list *list, const struct hl_entry *entry,
			 struct hl_error *err)
{
	const struct hl_state *state = &entry->payload.state;
	const struct hl_link *links[] = {&state->next.link, &state->current};
	int64_t now = hl_log_now(list->log);
	const struct hl_link *link = hl_state_in_force(state, now);
	int ret = 0;
	size_t i;

	if (link != NULL) {
		ret = print_link(list, entry, link, STATE_ACTIVE, err);
	} else {
		for (i = 0; i < 2; i++) {
			if (!cli_link_ran_out(state, links[i], now))
				continue;
			if (links[i]->expires > list->swept)
				ret = print_link(list, entry, links[i],
						 STATE_EXPIRED, err);
			break;
		}
	}
	if (ret != 0 || !cli_next_is_ahead(&state->next, now))
		return ret;
	return print_link(list, entry, &state->next.link, STATE_PENDING, err);
}

static int list_entry(const struct hl_entry *entry, void *context,
		      struct hl_error *err)
{
	return print_address(context, entry, err);
}

static int list_in_log(struct cli *cli, struct hl_log *log, void *context,
		       struct hl_error *err)
{
	struct list *list = context;
	int ret;

	list->cli = cli;
	list->log = log;
	if (hl_log_get_swept(log, &list->swept, err) < 0)
		return -1;
	output_page(cli->out, cli_may_page(cli));
	output_begin(cli->out, 0, list_columns);
	ret = entries_each(log, list->domain, list_entry, list, err);
	return ret < 0 ? -1 : 0;
}

static int parse_state(const char *name, enum state *state_r,
		       struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	for (*state_r = STATE_ACTIVE; *state_r <= STATE_PENDING; (*state_r)++) {
		if (strcmp(name, state_names[*state_r]) == 0)
			return 0;
	}
	return hl_error_set(err, HL_ERROR_USAGE,
			    "\"%s\" isn't active, expired or pending",
			    hl_error_quote(name, strlen(name), quote));
}

int cmd_list(struct cli *cli, struct hl_error *err)
{
	const char *kind = cli->options[OPT_KIND];
	const char *state = cli->options[OPT_STATE];
	const char *within = cli->options[OPT_EXPIRING_WITHIN];
	const char *domain = cli->options[OPT_DOMAIN];
	struct list list;

	memset(&list, 0, sizeof(list));
	if (kind != NULL && cli_kind_parse(kind, &list.kind, err) < 0)
		return cli_usage_error(cli, err, "--kind: %s", err->text);
	if (state != NULL && parse_state(state, &list.state, err) < 0)
		return cli_usage_error(cli, err, "--state: %s", err->text);
	if (within != NULL &&
	    hl_duration_parse(within, &list.expiring_within, err) < 0)
		return hl_error_prefix(err, "--expiring-within");
	if (domain != NULL &&
	    entries_domain_parse(domain, list.domain, err) < 0)
		return hl_error_prefix(err, "--domain");
	if (cli_parse_limit(cli, &list.limit, err) < 0)
		return -1;
	return cli_read(cli, list_in_log, &list, err);
}
