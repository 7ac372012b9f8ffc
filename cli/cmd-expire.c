/* Ending hard-links: unset, expire. */

#include "commands.h"
#include "links.h"
#include "service.h"

#include <string.h>

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

static int print_expired(const struct hl_address *address,
			 const struct hl_link *link, void *context,
			 struct hl_error *err)
{
	struct hl_change_result result;

	memset(&result, 0, sizeof(result));
	result.address = *address;
	result.before = *link;
	return cli_change_print(context, &result, "ended", err);
}

static int sweep(struct cli *cli, struct hl_log *log, struct hl_error *err)
{
	uint64_t closed;

	if (hl_change_each_expired(log, print_expired, cli, err) < 0 ||
	    hl_change_sweep(log, &cli->actor, &closed, err) < 0)
		return -1;
	return closed == 0 ? 1 : 0;
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
	int ret;

	(void)context;
	ret = cli->arg_count == 0 ? sweep(cli, log, err)
				  : expire_named(cli, log, err);
	return ret == 0 && cli->options[OPT_DRY_RUN] != NULL ? 1 : ret;
}

int cmd_expire(struct cli *cli, struct hl_error *err)
{
	cli_change_begin(cli, 0);
	return cli_write(cli, expire_in_log, NULL, err);
}
