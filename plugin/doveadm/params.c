/* doveadm's parameters, made of hardlinkctl's table of commands: what the
   options are stands there, and what the arguments are called in the usage. */

#include "doveadm-hardlink.h"

#include "str.h"

/* What doveadm has itself: -c is its own configuration. */
#define DOVEADMS_OWN \
	(CLI_OPTION(OPT_CONFIG) | CLI_OPTION(OPT_FORMAT) | \
	 CLI_OPTION(OPT_HELP) | CLI_OPTION(OPT_VERSION))

#define ARGUMENT OPT_COUNT

struct params {
	pool_t pool;
	ARRAY(struct doveadm_cmd_param) params;
	ARRAY(struct doveadm_hardlink_param) means;
	int argument_count;
};

static struct doveadm_cmd_param *add_param(struct params *params,
					   const char *name,
					   enum cli_option option,
					   bool names_file)
{
	struct doveadm_hardlink_param *means =
		array_append_space(&params->means);
	struct doveadm_cmd_param *param = array_append_space(&params->params);

	means->option = option;
	means->names_file = names_file;
	param->name = p_strdup(params->pool, name);
	return param;
}

static bool is_file(const char *value)
{
	return value != NULL && (strncmp(value, "FILE", 4) == 0 ||
				 strncmp(value, "DIR", 3) == 0);
}

static void add_options(struct params *params, uint64_t mask)
{
	const struct cli_option_info *info;
	struct doveadm_cmd_param *param;
	unsigned int i;

	for (i = 0; i < OPT_COUNT; i++) {
		if ((mask & CLI_OPTION(i)) == 0)
			continue;
		info = cli_option_info((enum cli_option)i);
		param = add_param(params, info->name, (enum cli_option)i,
				  is_file(info->value));
		param->type =
			info->value == NULL ? CMD_PARAM_BOOL : CMD_PARAM_STR;
	}
	/* 2.4 has it for every command */
	param = add_param(params, "help", OPT_HELP, FALSE);
	param->type = CMD_PARAM_BOOL;
	param->flags = CMD_PARAM_FLAG_DO_NOT_EXPOSE;
}

static bool has_name(const struct params *params, const char *name)
{
	const struct doveadm_cmd_param *param;

	array_foreach(&params->params, param)
	{
		if (strcmp(param->name, name) == 0)
			return TRUE;
	}
	return FALSE;
}

static void add_argument(struct params *params, const char *name,
			 bool names_file)
{
	struct doveadm_cmd_param *param =
		add_param(params, name, ARGUMENT, names_file);

	param->type = CMD_PARAM_STR;
	param->flags = CMD_PARAM_FLAG_POSITIONAL;
	params->argument_count++;
}

/* A word of the usage that isn't about an option: OLD, FILE|-, "...". */
static void add_word(struct params *params, const char *word)
{
	struct doveadm_cmd_param *last;
	const char *name;

	if (strcmp(word, "...") == 0) {
		last = array_idx_modifiable(&params->params,
					    array_count(&params->params) - 1);
		last->type = CMD_PARAM_ARRAY;
	} else if (*word >= 'A' && *word <= 'Z') {
		name = t_str_lcase(t_strcut(word, '|'));
		if (!has_name(params, name))
			add_argument(params, name, is_file(word));
	}
}

static bool takes_value(const char *name)
{
	const struct cli_option_info *info;
	unsigned int i;

	for (i = 0; i < OPT_COUNT; i++) {
		info = cli_option_info((enum cli_option)i);
		if (strcmp(info->name, name) == 0)
			return info->value != NULL;
	}
	return FALSE;
}

static void add_arguments(struct params *params,
			  const struct cli_command *command)
{
	const char *const *words = t_strsplit_spaces(command->usage, " \n[]()");

	for (; *words != NULL; words++) {
		if (strncmp(*words, "--", 2) != 0)
			add_word(params, *words);
		else if (takes_value(*words + 2) && words[1] != NULL)
			words++;
	}
	/* that each can be given, whatever the usage calls them */
	while (command->max_args != CLI_ARGS_MAX &&
	       params->argument_count < command->max_args)
		add_argument(params,
			     t_strdup_printf("argument-%d",
					     params->argument_count + 1),
			     FALSE);
}

/* In one line: "OLD NEW … | --from FILE …" */
static const char *make_usage(const char *usage)
{
	string_t *text = t_str_new(128);

	for (; *usage != '\0'; usage++) {
		if (*usage == '\n')
			str_append(text, " | ");
		else
			str_append_c(text, *usage);
	}
	return str_c(text);
}

void doveadm_hardlink_command_init(struct doveadm_hardlink_command *cmd,
				   pool_t pool)
{
	const struct cli_command *command = cmd->command;
	struct params params;

	i_zero(&params);
	params.pool = pool;
	p_array_init(&params.params, pool, 16);
	p_array_init(&params.means, pool, 16);
	T_BEGIN
	{
		cmd->name = p_strconcat(pool, "hardlink ", command->name, NULL);
		cmd->usage = p_strdup(pool, make_usage(command->usage));
		add_options(&params,
			    (command->options | CLI_OPTION(OPT_ACCEPT_CLOCK)) &
				    ~(uint64_t)DOVEADMS_OWN);
		add_arguments(&params, command);
	}
	T_END;
	/* doveadm's end of the list */
	array_append_zero(&params.params);
	cmd->params = array_front(&params.params);
	cmd->means = array_front(&params.means);
}
