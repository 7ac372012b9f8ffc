#include "commands.h"

#include "hl-admin.h"

#include <stdio.h>

static const struct output_column columns[] = {
	{"store", OUTPUT_TEXT},
	{"old_version", OUTPUT_NUMBER},
	{"new_version", OUTPUT_NUMBER},
	{NULL, OUTPUT_TEXT},
};

int cmd_migrate(struct cli *cli, struct hl_error *err)
{
	struct hl_admin_migration migration;
	char from[16], to[16];
	const char *cells[] = {NULL, from, to};

	if (cli_read_config(cli, err) < 0 ||
	    hl_admin_migrate(cli->config, &migration, err) < 0)
		return -1;
	cli->changed = migration.from != migration.to;
	snprintf(from, sizeof(from), "%u", migration.from);
	snprintf(to, sizeof(to), "%u", migration.to);
	cells[0] = cli->config->store;
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, columns);
	if (output_line(cli->out, err, "%s: %s schema version %s",
			cli->config->store,
			cli->changed ? "brought up to" : "has", to) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}
