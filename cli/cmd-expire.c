/* Ending hard-links: unset, expire; and telling that they end: notify. */

#include "commands.h"
#include "expire-all.h"
#include "links.h"
#include "notify.h"
#include "service.h"

static int unset_in_log(struct cli *cli, struct hl_log *log, void *context,
			struct hl_error *err)
{
	struct hl_change_result result;

	if (hl_change_unset(log, &cli->actor, context, &result, err) < 0)
		return -1;
	return cli_change_print(cli, &result, "ended", err);
}

int cmd_unset(struct cli *cli, struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];
	const char *const words[] = {"UNSET", text, cli->actor.reason, NULL};
	struct hl_address old;
	int ret;

	if (cli_parse_old(cli->args[0], &old, err) < 0 ||
	    cli_read_config(cli, err) < 0)
		return -1;
	hl_address_format(&old, text);
	cli_change_begin(cli, OUTPUT_ONE);
	ret = cli_service_change(cli, words, err);
	if (ret == 0)
		ret = cli_write(cli, unset_in_log, &old, err);
	return ret < 0 ? -1 : 0;
}

static int expire_named(struct cli *cli, struct hl_log *log,
			struct hl_error *err)
{
	struct hl_change_result result;
	struct hl_address old;
	int i;

	for (i = 0; i < cli->arg_count; i++) {
		if (cli_parse_old(cli->args[i], &old, err) < 0 ||
		    hl_change_expire(log, &cli->actor, &old, &result, err) <
			    0 ||
		    cli_change_print(cli, &result, "ended", err) < 0)
			return -1;
	}
	return 0;
}

/* A dry run does it all, and takes it back. */
static int expire_in_log(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	int ret = expire_named(cli, log, err);

	(void)context;
	return ret == 0 && cli->options[OPT_DRY_RUN] != NULL ? 1 : ret;
}

/* For reading only, if nothing is to be written: whoever may not sign may still
   look. */
static int open_log(struct cli *cli, struct hl_log **log_r,
		    struct hl_error *err)
{
	if (cli->options[OPT_DRY_RUN] == NULL)
		return cli_open_write(cli, log_r, err);
	if (cli_read_config(cli, err) < 0)
		return -1;
	return hl_log_open(cli->config, false, log_r, err);
}

static int expire_and_tell(struct cli *cli, struct hl_error *err)
{
	struct hl_log *log;
	int ret;

	if (open_log(cli, &log, err) < 0)
		return -1;
	ret = expire_all(cli, log, err);
	if (ret == 0 && cli->options[OPT_DRY_RUN] == NULL)
		ret = notify_all(cli, log, NOTIFY_IF_RUNNING, err);
	if (cli->options[OPT_DRY_RUN] == NULL)
		cli_close_write(&log);
	else
		hl_log_close(&log);
	return ret;
}

int cmd_expire(struct cli *cli, struct hl_error *err)
{
	cli_change_begin(cli, 0);
	return cli->arg_count == 0 ? expire_and_tell(cli, err)
				   : cli_write(cli, expire_in_log, NULL, err);
}

int cmd_notify(struct cli *cli, struct hl_error *err)
{
	struct hl_log *log;
	int ret;

	notify_begin(cli);
	if (open_log(cli, &log, err) < 0)
		return -1;
	ret = notify_all(cli, log, NOTIFY_PRINT, err);
	hl_log_close(&log);
	return ret;
}
