/* mailmove: owners of mailboxes say where they have moved. */

#include "mailmove.h"

#include <string.h>
#include <unistd.h>

/* Which mailbox, and where it is asked. */
#define PLACE \
	(CLI_OPTION(OPT_ADDRESS) | CLI_OPTION(OPT_SOCKET) | \
	 CLI_OPTION(OPT_SERVER) | CLI_OPTION(OPT_CACERT) | \
	 CLI_OPTION(OPT_PASSWORD_FD) | CLI_OPTION(OPT_NETRC))

static const struct cli_command commands[] = {
	{"to",
	 "NEW (--permanent | --until TIME | --for DURATION) [--address OLD] "
	 "[--replace] [--yes]",
	 "tell senders that you have moved to NEW",
	 PLACE | CLI_OPTION(OPT_PERMANENT) | CLI_OPTION(OPT_UNTIL) |
		 CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_REPLACE) |
		 CLI_OPTION(OPT_YES),
	 1, 1, move_to},
	{"confirm", "CODE [--address OLD]",
	 "give back the code that was mailed to the new address", PLACE, 1, 1,
	 move_confirm},
	{"status", "[--address OLD]", "where you have moved", PLACE, 0, 0,
	 move_status},
	{"back", "[--address OLD]", "take mail at the old address again",
	 PLACE | CLI_OPTION(OPT_YES), 0, 0, move_back},
	{"history", "[--address OLD] [--limit N]",
	 "what was done, newest first", PLACE | CLI_OPTION(OPT_LIMIT), 0, 0,
	 move_history},
	{NULL, NULL, NULL, 0, 0, 0, NULL},
};

/* Owners needn't be able to read the configuration; one that was asked for has
   to be there. */
static int prepare(struct cli *cli, struct hl_error *err)
{
	if (strcmp(cli->config_path, HL_CONFIG_DEFAULT_PATH) == 0 &&
	    access(cli->config_path, R_OK) < 0)
		return 0;
	return cli_read_config(cli, err);
}

int main(int argc, char **argv)
{
	static const struct cli_program program = {
		.name = "mailmove",
		.options = CLI_OPTION(OPT_CONFIG) | CLI_OPTION(OPT_FORMAT) |
			   CLI_OPTION(OPT_HELP) | CLI_OPTION(OPT_VERSION),
		.commands = commands,
		.prepare = prepare,
	};

	return cli_main(&program, argc, argv);
}
