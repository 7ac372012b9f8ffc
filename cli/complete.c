#include "complete.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct complete {
	struct cli cli;
	/* whose value comes next; OPT_COUNT: nobody's */
	enum cli_option pending;
	/* behind "--" */
	bool only_args;
};

/* The values of each kind that is no secret of the user's. */
static const struct {
	const char *kind;
	/* with blanks between them; or a line of the answer */
	const char *words;
	/* with this option alone; OPT_COUNT: wherever */
	enum cli_option option;
} choices[] = {
	{"FILE", ":file", OPT_COUNT},
	{"PATH", ":file", OPT_COUNT},
	{"DIR", ":dir", OPT_COUNT},
	{"KIND", "permanent temporary", OPT_COUNT},
	{"STATE", "active expired pending", OPT_COUNT},
	{"ACTION",
	 "set confirm extend withdraw block sweep erase key recover expired",
	 OPT_COUNT},
	{"CHANNEL", "admin cli submission imap sieve", OPT_COUNT},
	{"FORMAT", "table tab json flow pager", OPT_FORMAT},
	{"FORMAT", "json csv relocated", OPT_FILE_FORMAT},
};

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static uint64_t taken_options(const struct cli *cli)
{
	return cli->program->options |
	       (cli->command == NULL ? 0 : cli->command->options);
}

/* The option that stands at the beginning of text, a word with its dashes.
 *value_r: what of the word is its value, or NULL. */
static enum cli_option find_option(const char *text, const char **value_r)
{
	bool is_long = text[1] == '-';
	const char *name = text + (is_long ? 2 : 1);
	size_t size = is_long ? strcspn(name, "=") : 1;
	size_t i;

	*value_r = NULL;
	for (i = 0; i < OPT_COUNT; i++) {
		const char *other = cli_option_info((enum cli_option)i)->name;

		if ((other[1] != '\0') == is_long && strlen(other) == size &&
		    strncmp(other, name, size) == 0)
			break;
	}
	if (name[size] != '\0')
		*value_r = name + size + (is_long ? 1 : 0);
	return (enum cli_option)i;
}

static void take_option(struct complete *complete, const char *word)
{
	const char *value;
	enum cli_option option = find_option(word, &value);

	if (option == OPT_COUNT)
		return;
	complete->cli.options[option] = value == NULL ? "" : value;
	if (cli_option_info(option)->value != NULL && value == NULL)
		complete->pending = option;
}

/* A word before the one that is completed. */
static void take_word(struct complete *complete, char *word)
{
	struct cli *cli = &complete->cli;

	if (complete->pending != OPT_COUNT) {
		cli->options[complete->pending] = word;
		complete->pending = OPT_COUNT;
	} else if (!complete->only_args && strcmp(word, "--") == 0) {
		complete->only_args = true;
	} else if (!complete->only_args && word[0] == '-' && word[1] != '\0') {
		take_option(complete, word);
	} else if (cli->command != NULL) {
		cli->arg_count++;
	} else {
		cli->command = cli_find_command(cli, word);
		if (cli->command == NULL && cli->group == NULL)
			cli->group = word;
	}
}

/* What the word is completed to: lead and text. */
static void offer(const char *lead, const char *text, const char *word,
		  const char *help)
{
	if (begins_with(text, word))
		printf("%s%s\t%s\n", lead, text, help);
}

static void offer_words(const char *words, const char *lead, const char *word)
{
	char *copy = strdup(words), *rest = copy, *one;

	while (rest != NULL && (one = strsep(&rest, " ")) != NULL)
		offer(lead, one, word, "");
	free(copy);
}

static struct {
	const char *lead;
	bool any;
} known;

static void offer_known(const char *value)
{
	printf("%s%s\t\n", known.lead, value);
	known.any = true;
}

/* A value of this kind, as it is called in usages. */
static void offer_value(struct complete *complete, const char *kind,
			enum cli_option option, const char *lead,
			const char *word)
{
	struct cli *cli = &complete->cli;
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		if (strcmp(choices[i].kind, kind) != 0 ||
		    (choices[i].option != OPT_COUNT &&
		     choices[i].option != option))
			continue;
		any = true;
		if (choices[i].words[0] == ':')
			puts(choices[i].words);
		else
			offer_words(choices[i].words, lead, word);
	}
	if (option == OPT_FILE_FORMAT && cli->command != NULL &&
	    strcmp(cli->command->name, "export") == 0)
		offer(lead, "postfix-recipients", word, "");
	known.lead = lead;
	known.any = any;
	if (cli->program->known != NULL)
		cli->program->known(cli, kind, word, offer_known);
	if (!known.any)
		printf(":value %s\t%s\n", kind,
		       option == OPT_COUNT ? ""
					   : cli_option_info(option)->help);
}

static void offer_options(const struct complete *complete, const char *word)
{
	const struct cli *cli = &complete->cli;
	const struct cli_option_info *info;
	char text[64];
	size_t i;

	for (i = 0; i < OPT_COUNT; i++) {
		if ((taken_options(cli) & CLI_OPTION(i)) == 0 ||
		    cli->options[i] != NULL)
			continue;
		info = cli_option_info((enum cli_option)i);
		snprintf(text, sizeof(text), "%s%s",
			 info->name[1] == '\0' ? "-" : "--", info->name);
		offer("", text, word, info->help);
	}
}

/* Commands, and the first words of those that have two. */
static void offer_commands(const struct cli *cli, const char *word)
{
	const struct cli_command *command = cli->program->commands;
	char group[64], last_group[64] = "";
	const char *name;
	size_t size;

	for (; command->name != NULL; command++) {
		name = cli->group == NULL
			       ? command->name
			       : cli_name_in_group(command->name, cli->group);
		if (name == NULL)
			continue;
		size = strcspn(name, " ");
		if (name[size] == '\0') {
			offer("", name, word, command->help);
			continue;
		}
		snprintf(group, sizeof(group), "%.*s", (int)size, name);
		if (strcmp(group, last_group) != 0)
			offer("", group, word, "");
		strcpy(last_group, group);
	}
}

/* The first word of *usage without brackets, in text_r; FALSE at the end. */
static bool next_token(const char **usage, char text_r[64])
{
	const char *pos = *usage + strspn(*usage, " \n[(|.])");
	size_t size = strcspn(pos, " \n])");

	*usage = pos + size;
	snprintf(text_r, 64, "%.*s", (int)size, pos);
	return size > 0;
}

/* What argument number this is of, by the usage: its name in kind_r. */
static bool argument_kind(const struct cli_command *command, int number,
			  char kind_r[64])
{
	const char *usage = command->usage;
	const char *value;
	enum cli_option option;

	while (next_token(&usage, kind_r)) {
		if (kind_r[0] == '-' && kind_r[1] != '\0') {
			option = find_option(kind_r, &value);
			if (option != OPT_COUNT && value == NULL &&
			    cli_option_info(option)->value != NULL)
				next_token(&usage, kind_r);
		} else if (isupper((unsigned char)kind_r[0]) &&
			   /* the last one may stand for many */
			   (number-- == 0 || begins_with(usage, " ..."))) {
			/* "FILE|-" */
			kind_r[strcspn(kind_r, "|")] = '\0';
			return true;
		}
	}
	return false;
}

/* `--name=VALUE` or a word of its own. */
static void offer_option_value(struct complete *complete,
			       enum cli_option option, const char *word,
			       const char *value)
{
	char lead[64];

	snprintf(lead, sizeof(lead), "%.*s", (int)(value - word), word);
	offer_value(complete, cli_option_info(option)->value, option, lead,
		    value);
}

static void offer_argument(struct complete *complete, const char *word)
{
	const struct cli *cli = &complete->cli;
	char kind[64];

	if (cli->command == NULL)
		offer_commands(cli, word);
	else if (cli->arg_count < cli->command->max_args &&
		 argument_kind(cli->command, cli->arg_count, kind))
		offer_value(complete, kind, OPT_COUNT, "", word);
	else if (!complete->only_args)
		offer_options(complete, word);
}

static void complete_word(struct complete *complete, const char *word)
{
	const char *value;
	enum cli_option option;

	if (complete->pending != OPT_COUNT) {
		offer_option_value(complete, complete->pending, word, word);
		return;
	}
	if (complete->only_args || word[0] != '-') {
		offer_argument(complete, word);
		return;
	}
	option = word[1] == '\0' ? OPT_COUNT : find_option(word, &value);
	if (option != OPT_COUNT && value != NULL &&
	    cli_option_info(option)->value != NULL)
		offer_option_value(complete, option, word, value);
	else
		offer_options(complete, word);
}

int cli_complete(const struct cli_program *program, int count, char **words)
{
	struct complete complete;
	int i;

	memset(&complete, 0, sizeof(complete));
	complete.cli.program = program;
	complete.pending = OPT_COUNT;
	for (i = 0; i < count - 1; i++)
		take_word(&complete, words[i]);
	complete.cli.config_path = cli_config_path(&complete.cli);
	if (count > 0)
		complete_word(&complete, words[count - 1]);
	cli_free(&complete.cli);
	return 0;
}
