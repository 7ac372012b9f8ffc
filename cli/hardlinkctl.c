/* hardlinkctl: hard-links for administrators. */

#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct cli_command cli_commands[] = {
	{"init", "[--dir DIR]", "make configuration, keys and an empty store",
	 CLI_OPTION(OPT_DIR), 0, 0, cmd_init},
	{"set",
	 "OLD NEW (--permanent | --until TIME | --for DURATION) [--replace] "
	 "[--reason TEXT]\n"
	 "--from FILE|- [--replace] [--reason TEXT]",
	 "say that mail for OLD goes to NEW; --from: many, from JSON lines",
	 CLI_OPTION(OPT_PERMANENT) | CLI_OPTION(OPT_UNTIL) |
		 CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_REPLACE) |
		 CLI_OPTION(OPT_REASON) | CLI_OPTION(OPT_FROM),
	 0, 2, cmd_set},
	{"unset", "OLD [--reason TEXT]", "end a hard-link, and what is to come",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_unset},
	{"block", "OLD [--reason TEXT]",
	 "bar the owner from changing it; what the owner left to come ends",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_block},
	{"unblock", "OLD [--reason TEXT]", "let the owner change it again",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_unblock},
	{"extend", "OLD (--until TIME | --for DURATION) [--reason TEXT]",
	 "give a temporary hard-link a later expiry",
	 CLI_OPTION(OPT_UNTIL) | CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_REASON),
	 1, 1, cmd_extend},
	{"show", "OLD", "what is known of one address", 0, 1, 1, cmd_show},
	{"lookup", "[--smtputf8] ADDRESS",
	 "the reply that a sender to ADDRESS gets", CLI_OPTION(OPT_SMTPUTF8), 1,
	 1, cmd_lookup},
	{"list",
	 "[--kind KIND] [--state STATE] [--expiring-within DURATION] "
	 "[--domain DOMAIN]",
	 "the hard-links",
	 CLI_OPTION(OPT_KIND) | CLI_OPTION(OPT_STATE) |
		 CLI_OPTION(OPT_EXPIRING_WITHIN) | CLI_OPTION(OPT_DOMAIN),
	 0, 0, cmd_list},
	{"expire", "[--dry-run] [--reason TEXT] [OLD ...]",
	 "close what ran out, or end a temporary hard-link now",
	 CLI_OPTION(OPT_DRY_RUN) | CLI_OPTION(OPT_REASON), 0, CLI_ARGS_MAX,
	 cmd_expire},
	{"history",
	 "[OLD] [--since TIME] [--actor NAME] [--action ACTION] [--limit N]",
	 "what was done, newest first",
	 CLI_OPTION(OPT_SINCE) | CLI_OPTION(OPT_ACTOR) |
		 CLI_OPTION(OPT_ACTION) | CLI_OPTION(OPT_LIMIT),
	 0, 1, cmd_history},
	{"verify", "[--checkpoint FILE]", "check the whole log",
	 CLI_OPTION(OPT_CHECKPOINT), 0, 0, cmd_verify},
	{"checkpoint", "", "the signed head, to be kept elsewhere", 0, 0, 0,
	 cmd_checkpoint},
	{"backup", "FILE", "copy the store, while it is in use, to a new file",
	 0, 1, 1, cmd_backup},
	{"recover", "[--from FILE] --accept-loss [--reason TEXT]",
	 "let an older state of the store be the log from here on",
	 CLI_OPTION(OPT_FROM) | CLI_OPTION(OPT_ACCEPT_LOSS) |
		 CLI_OPTION(OPT_REASON),
	 0, 0, cmd_recover},
	{NULL, NULL, NULL, 0, 0, 0, NULL},
};

/* With 0, 1 or 2 closed, the store would get that number, and a message be
   written into it. What takes their place here fails when it is used. */
static void fill_standard_files(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO) {
		if (fd == STDIN_FILENO) {
			close(fd);
			if (open("/dev/null", O_WRONLY) < 0)
				return;
		}
	}
	if (fd >= 0)
		close(fd);
}

static const char *config_path(const struct cli *cli)
{
	const char *path = getenv("HARDLINK_CONFIG");

	if (cli->options[OPT_CONFIG] != NULL)
		return cli->options[OPT_CONFIG];
	return path != NULL && *path != '\0' ? path : HL_CONFIG_DEFAULT_PATH;
}

static int print_and_check(const struct cli *cli, struct hl_error *err)
{
	if (cli->options[OPT_VERSION] != NULL)
		puts("hardlinkctl " HL_VERSION);
	else
		cli_print_help(cli);
	if (fflush(stdout) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
				    strerror(errno));
	return 0;
}

static int run_command(struct cli *cli, struct hl_error *err)
{
	const char *name = cli->options[OPT_FORMAT];
	enum output_format format = OUTPUT_TABLE;
	int ret;

	if (name != NULL && output_format_parse(name, &format, err) < 0)
		return cli_usage_error(cli, err, "%s", err->text);
	if (cli_set_actor(cli, err) < 0)
		return -1;
	cli->config_path = config_path(cli);
	cli->out = output_init(format, stdout);
	if (cli->out == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = cli->command->run(cli, err);
	if (ret == 0)
		ret = output_end(cli->out, err);
	if (ret < 0 && cli->changed)
		hl_error_set(err, err->code, "the change is made, but %s",
			     err->text);
	return ret;
}

static int run(int argc, char **argv, struct hl_error *err)
{
	struct cli cli;
	int ret;

	memset(&cli, 0, sizeof(cli));
	ret = cli_parse(&cli, argc, argv, err);
	if (ret == 0)
		ret = cli.options[OPT_HELP] != NULL ||
				      cli.options[OPT_VERSION] != NULL
			      ? print_and_check(&cli, err)
			      : run_command(&cli, err);
	output_deinit(&cli.out);
	hl_config_free(&cli.config);
	free(cli.args);
	return ret;
}

int main(int argc, char **argv)
{
	struct hl_error err = {HL_ERROR_NONE, ""};

	fill_standard_files();
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	setlocale(LC_CTYPE, "");
	if (run(argc, argv, &err) == 0)
		return 0;
	fprintf(stderr, "hardlinkctl: %s\n", err.text);
	return hl_error_exit_code(err.code);
}
