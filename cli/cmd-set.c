#include "commands.h"
#include "links.h"
#include "service.h"

#include <time.h>

#include <string.h>

struct set {
	struct hl_address old;
	struct hl_link link;
	struct cli_expiry expiry;
};

/* Those that say until when. Their times need the configuration's time zone. */
static int parse_expiry(struct cli *cli, struct cli_expiry *expiry_r,
			struct hl_error *err)
{
	bool permanent = cli->options[OPT_PERMANENT] != NULL;
	const char *until = cli->options[OPT_UNTIL];
	const char *duration = cli->options[OPT_FOR];

	if (cli_read_config(cli, err) < 0)
		return -1;
	return cli_expiry_parse(permanent, until, duration,
				cli->config->timezone, expiry_r, err);
}

static int check_one_expiry(const struct cli *cli, const char *names,
			    struct hl_error *err)
{
	int count = (cli->options[OPT_PERMANENT] != NULL) +
		    (cli->options[OPT_UNTIL] != NULL) +
		    (cli->options[OPT_FOR] != NULL);

	if (count == 1)
		return 0;
	return cli_usage_error(cli, err, "%s: %s %s", cli->command->name,
			       count == 0 ? "say one of" : "more than one of",
			       names);
}

static int set_in_log(struct cli *cli, struct hl_log *log, void *context,
		      struct hl_error *err)
{
	struct hl_change_result result;
	struct set *set = context;

	cli_expiry_apply(&set->expiry, hl_log_now(log), &set->link);
	if (hl_change_set(log, &cli->actor, &set->old, &set->link,
			  cli->options[OPT_REPLACE] != NULL, &result, err) < 0)
		return -1;
	return cli_change_print(cli, &result, "ended", err);
}

/* Returns 1 if hardlinkd did it. */
static int set_by_service(struct cli *cli, struct set *set,
			  struct hl_error *err)
{
	struct cli_link_cells link;
	char old[HL_ADDRESS_SIZE], expires[32] = "";
	const char *const words[] = {
		"SET",
		old,
		link.kind,
		link.target,
		expires,
		cli->options[OPT_REPLACE] != NULL ? "replace" : "",
		cli->actor.reason,
		NULL};

	cli_expiry_apply(&set->expiry, time(NULL), &set->link);
	cli_link_cells(&set->link, &link);
	hl_address_format(&set->old, old);
	if (set->link.kind == HL_KIND_TEMPORARY)
		snprintf(expires, sizeof(expires), "%lld",
			 (long long)set->link.expires);
	return cli_service_change(cli, words, err);
}

int cmd_set(struct cli *cli, struct hl_error *err)
{
	const char *from = cli->options[OPT_FROM];
	struct set set;
	int ret;

	if (from != NULL) {
		if (cli->arg_count > 0 || cli->options[OPT_PERMANENT] != NULL ||
		    cli->options[OPT_UNTIL] != NULL ||
		    cli->options[OPT_FOR] != NULL)
			return cli_usage_error(cli, err,
					       "set: with --from, addresses "
					       "and times stand in the file");
		return cmd_set_from(cli, from, err);
	}
	if (cli->arg_count != 2)
		return cli_usage_error(cli, err, "set: OLD and NEW are needed");
	if (check_one_expiry(cli, "--permanent, --until and --for", err) < 0)
		return -1;
	memset(&set, 0, sizeof(set));
	if (cli_parse_writable(cli->args[0], strlen(cli->args[0]), &set.old,
			       err) < 0 ||
	    cli_parse_writable(cli->args[1], strlen(cli->args[1]),
			       &set.link.target, err) < 0 ||
	    parse_expiry(cli, &set.expiry, err) < 0)
		return -1;
	cli_change_begin(cli, OUTPUT_ONE);
	ret = set_by_service(cli, &set, err);
	if (ret == 0)
		ret = cli_write(cli, set_in_log, &set, err);
	return ret < 0 ? -1 : 0;
}

static int extend_in_log(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	struct hl_change_result result;
	struct set *set = context;

	if (hl_change_extend(log, &cli->actor, &set->old, set->expiry.until,
			     set->expiry.seconds, &result, err) < 0)
		return -1;
	return cli_change_print(cli, &result, "before", err);
}

int cmd_extend(struct cli *cli, struct hl_error *err)
{
	struct set set;

	if (check_one_expiry(cli, "--until and --for", err) < 0 ||
	    cli_parse_old(cli->args[0], &set.old, err) < 0 ||
	    parse_expiry(cli, &set.expiry, err) < 0)
		return -1;
	cli_change_begin(cli, OUTPUT_ONE);
	return cli_write(cli, extend_in_log, &set, err);
}
