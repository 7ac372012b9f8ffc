/* export: what is in force, for import here or for Postfix. */

#include "commands.h"
#include "csv.h"
#include "entries.h"
#include "link-source.h"
#include "postfix-map.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

struct export
{
	struct cli *cli;
	int64_t now;
	enum link_format format;
	enum hl_kind kind;
	char domain[HL_DOMAIN_MAX + 1];
	/* left out */
	uint64_t pending, unfit, domains;
};

static const char relocated_comment[] =
	"# For relocated_maps, made by `hardlinkctl export --format relocated`."
	"\n"
	"# What Postfix answers from this loses:\n"
	"# - the reply: 550 5.1.6, not 557 5.2.7 with the new address alone;\n"
	"# - 558: temporary ones look permanent;\n"
	"# - expiry: a row stays until the table is made anew;\n"
	"# - that there is exactly one new address: the value is free text.";
static const char recipients_comment[] =
	"# Recipients that Postfix must go on to accept, so that\n"
	"# hardlink-milter can answer for them; made by `hardlinkctl export\n"
	"# --format postfix-recipients`.";

static int print_head(const struct export *export, struct hl_error *err)
{
	struct output *out = export->cli->out;

	switch (export->format) {
	case LINK_CSV:
		return output_line(out, err, LINK_CSV_HEADER "\r");
	case LINK_RELOCATED:
		return output_line(out, err, "%s", relocated_comment);
	case LINK_RECIPIENTS:
		return output_line(out, err, "%s", recipients_comment);
	default:
		return 0;
	}
}

static int print_json(struct output *out, const char *address,
		      const struct cli_link_cells *cells, struct hl_error *err)
{
	bool permanent = *cells->expires == '\0';
	json_t *object =
		permanent ? json_pack("{s:s,s:s,s:b}", "old", address, "new",
				      cells->target, "permanent", 1)
			  : json_pack("{s:s,s:s,s:s}", "old", address, "new",
				      cells->target, "until", cells->expires);
	char *text = json_dumps(object, JSON_COMPACT);
	int ret;

	json_decref(object);
	if (text == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = output_line(out, err, "%s", text);
	free(text);
	return ret;
}

static int print_csv(struct output *out, const char *address,
		     const struct cli_link_cells *cells, struct hl_error *err)
{
	char old[2 * HL_ADDRESS_SIZE + 1], target[2 * HL_ADDRESS_SIZE + 1];

	csv_write(address, old);
	csv_write(cells->target, target);
	return output_line(out, err, "%s,%s,%s,%s\r", old, cells->kind, target,
			   cells->expires);
}

static int print_map_row(struct export *export, const char *key,
			 const char *value, struct hl_error *err)
{
	if (!postfix_map_can_hold(key)) {
		export->unfit++;
		return 0;
	}
	return output_line(export->cli->out, err, "%s\t%s", key, value);
}

static bool is_for_postfix(enum link_format format)
{
	return format == LINK_RELOCATED || format == LINK_RECIPIENTS;
}

/* For what Postfix's tables can't say: a key `@domain` is any address there,
   whether it exists or not, and its value is one for all. */
static int note_domain(struct export *export, const char *address,
		       const char *target, struct hl_error *err)
{
	export->domains++;
	return output_line(export->cli->out, err,
			   "# A whole domain, not in this table: %s, to %s.",
			   address, target);
}

static int print_link(struct export *export, const struct hl_address *old,
		      const struct hl_link *link, struct hl_error *err)
{
	struct output *out = export->cli->out;
	struct cli_link_cells cells;
	char address[HL_ADDRESS_SIZE];

	hl_address_format(old, address);
	cli_link_cells(link, &cells);
	if (hl_address_is_domain(old) && is_for_postfix(export->format))
		return note_domain(export, address, cells.target, err);
	switch (export->format) {
	case LINK_CSV:
		return print_csv(out, address, &cells, err);
	case LINK_RELOCATED:
		return print_map_row(export, address, cells.target, err);
	case LINK_RECIPIENTS:
		return print_map_row(export, address, "hard-linked", err);
	default:
		return print_json(out, address, &cells, err);
	}
}

static bool is_wanted(const struct export *export, const struct hl_link *link)
{
	return export->kind == HL_KIND_NONE || link->kind == export->kind;
}

static int export_entry(const struct hl_entry *entry, void *context,
			struct hl_error *err)
{
	struct export *export = context;
	const struct hl_state *state = &entry->payload.state;
	const struct hl_link *link = hl_state_in_force(state, export->now);

	if (cli_next_is_ahead(&state->next, export->now) &&
	    is_wanted(export, &state->next.link))
		export->pending++;
	if (link == NULL || !is_wanted(export, link))
		return 0;
	return print_link(export, &entry->payload.address, link, err);
}

static int export_in_log(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	struct export *export = context;

	export->cli = cli;
	export->now = hl_log_now(log);
	if (print_head(export, err) < 0)
		return -1;
	return entries_each(log, export->domain, export_entry, export, err);
}

static void warn_left_out(uint64_t count, const char *why)
{
	char text[128];

	if (count == 0)
		return;
	snprintf(text, sizeof(text), "%llu left out: %s",
		 (unsigned long long)count, why);
	cli_warn(text);
}

int cmd_export(struct cli *cli, struct hl_error *err)
{
	const char *format = cli->options[OPT_FILE_FORMAT];
	const char *kind = cli->options[OPT_KIND];
	const char *domain = cli->options[OPT_DOMAIN];
	struct export export;

	memset(&export, 0, sizeof(export));
	if (format == NULL)
		return cli_usage_error(cli, err, "export: --format is needed");
	if (cli->options[OPT_FORMAT] != NULL)
		return cli_usage_error(cli, err,
				       "export: --format, not -f, says how");
	if (link_format_parse(format, &export.format, err) < 0)
		return cli_usage_error(cli, err, "--format: %s", err->text);
	if (kind != NULL && cli_kind_parse(kind, &export.kind, err) < 0)
		return cli_usage_error(cli, err, "--kind: %s", err->text);
	if (domain != NULL &&
	    entries_domain_parse(domain, export.domain, err) < 0)
		return hl_error_prefix(err, "--domain");
	if (cli_read(cli, export_in_log, &export, err) < 0)
		return -1;
	warn_left_out(export.pending, "to come, not in force yet");
	warn_left_out(export.domains,
		      "a whole domain, which the table only mentions");
	warn_left_out(export.unfit,
		      "an address that begins with #, which Postfix's tables "
		      "take for a comment");
	return 0;
}
