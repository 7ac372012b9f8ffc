/* What doveadm was given, from a command line or over the network, as
   hardlinkctl's commands want it. */

#include "doveadm-hardlink.h"

static bool is_remote(const struct doveadm_cmd_context *cctx)
{
	return cctx->conn_type != DOVEADM_CONNECTION_TYPE_CLI;
}

/* The values of one parameter; none if it wasn't given. JSON's null is none. */
static const char *const *get_values(const struct doveadm_cmd_context *cctx,
				     const struct doveadm_cmd_param *param)
{
	const char *const *values;
	const char **single = t_new(const char *, 2);
	bool given;

	switch (param->type) {
	case CMD_PARAM_BOOL:
		if (doveadm_cmd_param_bool(cctx, param->name, &given) && given)
			single[0] = "";
		break;
	case CMD_PARAM_ARRAY:
		if (doveadm_cmd_param_array(cctx, param->name, &values))
			return values;
		break;
	default:
		if (!doveadm_cmd_param_str(cctx, param->name, &single[0]))
			single[0] = NULL;
	}
	return single;
}

/* Whoever may give commands over the network needn't be allowed to read and
   write the files of this host. */
static int refuse_file(const struct cli *cli,
		       const struct doveadm_cmd_param *param,
		       struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "%s: \"%s\" names a file, which only doveadm's "
			    "command line may",
			    cli->command->name, param->name);
}

static int add_arguments(struct cli *cli, const struct doveadm_cmd_param *param,
			 const char *const *values, bool *missing,
			 struct hl_error *err)
{
	if (*values == NULL) {
		*missing = TRUE;
		return 0;
	}
	if (*missing)
		return cli_usage_error(cli, err,
				       "%s: \"%s\" is given, but not what "
				       "comes before it",
				       cli->command->name, param->name);
	for (; *values != NULL; values++)
		cli->args[cli->arg_count++] = t_strdup_noconst(*values);
	return 0;
}

static int allocate_arguments(struct cli *cli, unsigned int count,
			      struct hl_error *err)
{
	cli->args = calloc(count + 1, sizeof(*cli->args));
	return cli->args != NULL
		       ? 0
		       : hl_error_set(err, HL_ERROR_TEMP, "out of memory");
}

int doveadm_hardlink_values_get(const struct doveadm_hardlink_command *cmd,
				const struct doveadm_cmd_context *cctx,
				struct cli *cli, struct hl_error *err)
{
	const struct doveadm_cmd_param *param;
	const char *const *values;
	unsigned int i, count = 0;
	bool missing = FALSE;

	for (param = cmd->params; param->name != NULL; param++)
		count += str_array_length(get_values(cctx, param));
	if (allocate_arguments(cli, count, err) < 0)
		return -1;
	for (i = 0; cmd->params[i].name != NULL; i++) {
		param = &cmd->params[i];
		values = get_values(cctx, param);
		if (*values != NULL && cmd->means[i].names_file &&
		    is_remote(cctx))
			return refuse_file(cli, param, err);
		if (cmd->means[i].option != OPT_COUNT)
			cli->options[cmd->means[i].option] = *values;
		else if (add_arguments(cli, param, values, &missing, err) < 0)
			return -1;
	}
	return 0;
}
