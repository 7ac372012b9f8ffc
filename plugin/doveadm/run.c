/* One command from its beginning to its end. */

#include "doveadm-hardlink.h"

#include "net.h"
#include "ostream.h"
#include "doveadm-print.h"

#include "commands.h"

#include <signal.h>
#include <sys/stat.h>

static const struct cli_program program = {
	.name = "doveadm hardlink",
	.options = CLI_OPTION(OPT_ACCEPT_CLOCK),
};

/* What hardlinkctl's main() arranges for its commands. */
struct surroundings {
	mode_t mask;
	struct sigaction sigint, sigterm;
};

static void surroundings_begin(struct surroundings *former)
{
	const struct sigaction by_default = {.sa_handler = SIG_DFL};

	former->mask = umask(077);
	/* 2.3 would let a command come to its end first; nothing that is
	   interrupted leaves a store half written */
	if (!doveadm_server) {
		sigaction(SIGINT, &by_default, &former->sigint);
		sigaction(SIGTERM, &by_default, &former->sigterm);
	}
}

static void surroundings_end(const struct surroundings *former)
{
	if (!doveadm_server) {
		sigaction(SIGINT, &former->sigint, NULL);
		sigaction(SIGTERM, &former->sigterm, NULL);
	}
	umask(former->mask);
}

/* On the command line whoever runs it, as with hardlinkctl. Of others it's only
   known that they have doveadm's password or its API's key. */
static int set_actor(struct cli *cli, const struct doveadm_cmd_context *cctx,
		     struct hl_error *err)
{
	if (cli_set_actor(cli, err) < 0)
		return -1;
	if (cctx->conn_type == DOVEADM_CONNECTION_TYPE_CLI)
		return 0;
	i_snprintf(cli->actor_name, sizeof(cli->actor_name), "doveadm%s%s",
		   cctx->remote_ip.family == 0 ? "" : "@",
		   cctx->remote_ip.family == 0 ? ""
					       : net_ip2addr(&cctx->remote_ip));
	return 0;
}

static int prepare(struct cli *cli, const struct doveadm_hardlink_command *cmd,
		   struct doveadm_cmd_context *cctx, struct hl_error *err)
{
	cli->program = &program;
	cli->command = cmd->command;
	if (doveadm_hardlink_values_get(cmd, cctx, cli, err) < 0 ||
	    cli_check(cli, err) < 0 || set_actor(cli, cctx, err) < 0 ||
	    doveadm_hardlink_config_path(cctx, &cli->config_path, err) < 0)
		return -1;
	/* for those that have none of doveadm's formats */
	if (!doveadm_server && doveadm_print_is_initialized())
		cli->options[OPT_FORMAT] = "";
	return 0;
}

/* As 2.4 does it by itself. */
static bool gave_help(const struct doveadm_cmd_context *cctx)
{
	bool wanted = FALSE;

	if (doveadm_server || !doveadm_cmd_param_bool(cctx, "help", &wanted) ||
	    !wanted)
		return FALSE;
	o_stream_nsend_str(doveadm_print_ostream,
			   t_strdup_printf("doveadm %s %s\n", cctx->cmd->name,
					   cctx->cmd->usage));
	doveadm_print_flush();
	return TRUE;
}

void doveadm_hardlink_run(const struct doveadm_hardlink_command *cmd,
			  struct doveadm_cmd_context *cctx)
{
	struct hl_error err = {HL_ERROR_NONE, ""};
	struct surroundings former;
	struct cli cli;
	int ret;

	if (gave_help(cctx))
		return;
	i_zero(&cli);
	surroundings_begin(&former);
	ret = prepare(&cli, cmd, cctx, &err);
	if (ret == 0)
		ret = cli_run_command(&cli, &doveadm_hardlink_format, NULL,
				      &err);
	cli_free(&cli);
	surroundings_end(&former);
	if (ret < 0) {
		i_error("%s", err.text);
		doveadm_exit_code = hl_error_exit_code(err.code);
	}
}
