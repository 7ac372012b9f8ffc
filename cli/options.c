/* The command line: one table of options for all commands. */

#include "cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* of long options in getopt's eyes */
#define LONG_BASE 256

static const struct cli_option_info options[OPT_COUNT] = {
	[OPT_CONFIG] = {"c", "FILE", "the configuration file"},
	[OPT_FORMAT] = {"f", "FORMAT",
			"table (the default), tab, json, flow or pager"},
	[OPT_ACCEPT_CLOCK] = {"accept-clock", NULL,
			      "the clock is right, though it jumped ahead"},
	[OPT_HELP] = {"help", NULL, "this text"},
	[OPT_VERSION] = {"version", NULL, "the program's version"},
	[OPT_DIR] = {"dir", "DIR", "put everything under this directory"},
	[OPT_PERMANENT] = {"permanent", NULL, "557: until it is withdrawn"},
	[OPT_UNTIL] = {"until", "TIME",
		       "until 2027-01-31 (its end) or "
		       "2027-01-31T12:00:00Z; of a hard-link: 558"},
	[OPT_FOR] = {"for", "DURATION", "558: for 90s, 12h, 30d or 6w"},
	[OPT_REPLACE] = {"replace", NULL, "end what is in force"},
	[OPT_REASON] = {"reason", "TEXT", "why, for the history"},
	[OPT_FROM] = {"from", "FILE", "read this file"},
	[OPT_KIND] = {"kind", "KIND", "permanent or temporary"},
	[OPT_STATE] = {"state", "STATE", "active, expired or pending"},
	[OPT_EXPIRING_WITHIN] = {"expiring-within", "DURATION",
				 "in force and about to run out"},
	[OPT_DOMAIN] = {"domain", "DOMAIN", "addresses of this domain"},
	[OPT_DRY_RUN] = {"dry-run", NULL, "change nothing, say what would be"},
	[OPT_SINCE] = {"since", "TIME", "from this time or day on"},
	[OPT_ACTOR] = {"actor", "NAME", "done by NAME"},
	[OPT_ACTION] = {"action", "ACTION", "only this action"},
	[OPT_LIMIT] = {"limit", "N", "at most N lines"},
	[OPT_ACCEPT_LOSS] = {"accept-loss", NULL, "entries may be lost"},
	[OPT_CHECKPOINT] = {"checkpoint", "FILE",
			    "a signed head that was kept elsewhere"},
	[OPT_TRUSTED] = {"trusted", "FILE",
			 "a signed head that proves what to keep"},
	[OPT_COMMENT] = {"comment", "TEXT", "of the new key, for `key list`"},
	[OPT_SMTPUTF8] = {"smtputf8", NULL,
			  "to a sender that asked for SMTPUTF8"},
	[OPT_ADDRESS] = {"address", "OLD", "which of your addresses"},
	[OPT_YES] = {"yes", NULL, "don't ask"},
	[OPT_SOCKET] = {"socket", "PATH", "where hardlinkd listens"},
	[OPT_SERVER] = {"server", "URL",
			"smtp://user@host or smtps://user@host:port: ask "
			"there"},
	[OPT_CACERT] = {"cacert", "FILE", "whom to trust for that server"},
	[OPT_PASSWORD_FD] = {"password-fd", "N",
			     "read the password from this open file"},
	[OPT_NETRC] = {"netrc", NULL, "the password is in ~/.netrc"},
	[OPT_FILE_FORMAT] = {"format", "FORMAT",
			     "of the file: json, csv, relocated or, for export "
			     "alone, postfix-recipients"},
	[OPT_ATOMIC] = {"atomic", NULL, "all of the file, or nothing"},
	[OPT_DOVECOT_CONFIG] = {"dovecot-config", "FILE",
				"Dovecot's, if it isn't where doveconf looks"},
	[OPT_POSTFIX_CONFIG] = {"postfix-config", "DIR",
				"Postfix's, if it isn't where postconf looks"},
	[OPT_BEFORE] = {"before", "TIME", "what was over by this time or day"},
	[OPT_SEQ] = {"seq", "N", "the entry with this number"},
	[OPT_FORCE] = {"force", NULL,
		       "however many they are, and whatever the clock says"},
	[OPT_CHANNEL] = {"channel", "CHANNEL",
			 "by way of admin, cli, submission, imap or sieve"},
	[OPT_NO_PAGER] = {"no-pager", NULL, "no pager on a terminal"},
	[OPT_RESUME] = {"resume", "FILE",
			"a signed head up to which all was verified before"},
	[OPT_PROGRESS] = {"progress", NULL,
			  "say how far it is, also without a terminal"},
	[OPT_JOBS] = {"jobs", "N", "verify signatures on N cores"},
};

_Static_assert(OPT_COUNT <= 64, "struct cli_command's mask is full");

int cli_usage_error(const struct cli *cli, struct hl_error *err,
		    const char *fmt, ...)
{
	const char *name = cli->command != NULL ? cli->command->name
			   : cli->group != NULL ? cli->group
						: "";
	char text[HL_ERROR_TEXT_SIZE / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return hl_error_set(err, HL_ERROR_USAGE, "%s; see `%s %s%s--help`",
			    text, cli->program->name, name,
			    *name == '\0' ? "" : " ");
}

const struct cli_option_info *cli_option_info(enum cli_option option)
{
	return &options[option];
}

static const char *dashes(enum cli_option option)
{
	return options[option].name[1] == '\0' ? "-" : "--";
}

/* All that a program's commands take. */
static uint64_t all_options(const struct cli_program *program)
{
	const struct cli_command *command = program->commands;
	uint64_t all = program->options;

	for (; command->name != NULL; command++)
		all |= command->options;
	return all;
}

static void fill_long_options(uint64_t mask, struct option longs[OPT_COUNT + 1])
{
	size_t i, count = 0;

	memset(longs, 0, sizeof(*longs) * (OPT_COUNT + 1));
	for (i = 0; i < OPT_COUNT; i++) {
		if ((mask & CLI_OPTION(i)) == 0 || options[i].name[1] == '\0')
			continue;
		longs[count].name = options[i].name;
		longs[count].has_arg = options[i].value == NULL
					       ? no_argument
					       : required_argument;
		longs[count++].val = LONG_BASE + (int)i;
	}
}

/* The option that getopt's value stands for. */
static enum cli_option option_of(int value)
{
	if (value >= LONG_BASE)
		return (enum cli_option)(value - LONG_BASE);
	return value == 'c' ? OPT_CONFIG : OPT_FORMAT;
}

static int add_option(struct cli *cli, enum cli_option option,
		      const char *value, struct hl_error *err)
{
	if (cli->options[option] != NULL)
		return cli_usage_error(cli, err, "%s%s is given twice",
				       dashes(option), options[option].name);
	cli->options[option] = value == NULL ? "" : value;
	return 0;
}

const char *cli_name_in_group(const char *name, const char *group)
{
	size_t size = strlen(group);

	return strncmp(name, group, size) == 0 && name[size] == ' '
		       ? name + size + 1
		       : NULL;
}

const struct cli_command *cli_find_command(const struct cli *cli,
					   const char *word)
{
	const struct cli_command *command = cli->program->commands;
	const char *name;

	for (; command->name != NULL; command++) {
		name = cli->group == NULL
			       ? command->name
			       : cli_name_in_group(command->name, cli->group);
		if (name != NULL && strcmp(name, word) == 0)
			return command;
	}
	return NULL;
}

static bool is_group(const struct cli_program *program, const char *word)
{
	const struct cli_command *command = program->commands;

	for (; command->name != NULL; command++) {
		if (cli_name_in_group(command->name, word) != NULL)
			return true;
	}
	return false;
}

static int add_word(struct cli *cli, char *word, struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	if (cli->command != NULL) {
		cli->args[cli->arg_count++] = word;
		return 0;
	}
	cli->command = cli_find_command(cli, word);
	if (cli->command != NULL)
		return 0;
	if (cli->group == NULL && is_group(cli->program, word)) {
		cli->group = word;
		return 0;
	}
	return cli_usage_error(cli, err, "unknown command \"%s%s%s\"",
			       cli->group == NULL ? "" : cli->group,
			       cli->group == NULL ? "" : " ",
			       hl_error_quote(word, strlen(word), quote));
}

static int refuse_option(const struct cli *cli, int result, const char *word,
			 struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];
	enum cli_option option;

	if (result == ':' || optopt >= LONG_BASE) {
		option = option_of(optopt);
		return cli_usage_error(cli, err, "%s%s %s", dashes(option),
				       options[option].name,
				       result == ':' ? "needs a value"
						     : "takes no value");
	}
	if (optopt != 0)
		return cli_usage_error(cli, err, "unknown option -%c", optopt);
	return cli_usage_error(cli, err, "unknown or ambiguous option %s",
			       hl_error_quote(word, strlen(word), quote));
}

static int parse_words(struct cli *cli, int argc, char **argv,
		       struct hl_error *err)
{
	struct option longs[OPT_COUNT + 1];
	int result, ret = 0;

	fill_long_options(all_options(cli->program), longs);
	opterr = 0;
	/* "-": all in its order, so that options may stand anywhere */
	while (ret == 0 && (result = getopt_long(argc, argv, "-:c:f:", longs,
						 NULL)) != -1) {
		if (result == 1)
			ret = add_word(cli, optarg, err);
		else if (result == '?' || result == ':')
			ret = refuse_option(cli, result, argv[optind - 1], err);
		else
			ret = add_option(cli, option_of(result), optarg, err);
	}
	/* behind "--" */
	while (ret == 0 && optind < argc)
		ret = add_word(cli, argv[optind++], err);
	return ret;
}

int cli_check(const struct cli *cli, struct hl_error *err)
{
	const struct cli_command *command = cli->command;
	char quote[HL_ERROR_QUOTE_SIZE];
	const char *word;
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if (cli->options[i] != NULL &&
		    ((command->options | cli->program->options) &
		     CLI_OPTION(i)) == 0)
			return cli_usage_error(cli, err, "%s takes no --%s",
					       command->name, options[i].name);
	}
	if (cli->arg_count < command->min_args)
		return cli_usage_error(cli, err, "%s: an argument is missing",
				       command->name);
	if (cli->arg_count > command->max_args) {
		word = cli->args[command->max_args];
		return cli_usage_error(
			cli, err, "%s: \"%s\" is one argument too many",
			command->name,
			hl_error_quote(word, strlen(word), quote));
	}
	return 0;
}

int cli_parse(struct cli *cli, int argc, char **argv, struct hl_error *err)
{
	cli->args = calloc((size_t)argc + 1, sizeof(*cli->args));
	if (cli->args == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (parse_words(cli, argc, argv, err) < 0)
		return -1;
	if (cli->options[OPT_HELP] != NULL || cli->options[OPT_VERSION] != NULL)
		return 0;
	if (cli->command == NULL && cli->group != NULL)
		return cli_usage_error(cli, err, "%s: a command is missing",
				       cli->group);
	if (cli->command == NULL)
		return cli_usage_error(cli, err, "no command");
	return cli_check(cli, err);
}

static void print_options(uint64_t mask)
{
	char text[64];
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if ((mask & CLI_OPTION(i)) == 0)
			continue;
		snprintf(text, sizeof(text), "%s%s%s%s",
			 dashes((enum cli_option)i), options[i].name,
			 options[i].value == NULL ? "" : " ",
			 options[i].value == NULL ? "" : options[i].value);
		printf("  %-26s %s\n", text, options[i].help);
	}
}

static void print_usage(const struct cli *cli)
{
	const struct cli_command *command = cli->command;
	const char *form = command->usage, *end;
	const char *label = "usage:";

	do {
		end = strchrnul(form, '\n');
		printf("%s %s %s%s%.*s\n", label, cli->program->name,
		       command->name, end == form ? "" : " ", (int)(end - form),
		       form);
		label = "      ";
		form = end + 1;
	} while (*end != '\0');
}

void cli_print_help(const struct cli *cli)
{
	const struct cli_program *program = cli->program;
	const struct cli_command *command = cli->command;

	if (command != NULL) {
		print_usage(cli);
		printf("\n%s\n\noptions:\n", command->help);
		print_options(command->options | program->options);
		return;
	}
	printf("usage: %s [-c FILE] [-f FORMAT] COMMAND ...\n\ncommands:\n",
	       program->name);
	for (command = program->commands; command->name != NULL; command++) {
		if (cli->group == NULL ||
		    cli_name_in_group(command->name, cli->group) != NULL)
			printf("  %-26s %s\n", command->name, command->help);
	}
	puts("\noptions of every command:");
	print_options(program->options);
	printf("\n`%s COMMAND --help` says more; so does %s(1).\n",
	       program->name, program->name);
}
