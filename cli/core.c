/* What hardlinkctl's commands do before and around their own work. */

#include "cli.h"

#include "hl-text.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cli_parse_old(const char *text, struct hl_address *address_r,
		  struct hl_error *err)
{
	if (hl_address_parse_subject(text, strlen(text), address_r, err) < 0)
		return -1;
	return hl_address_make_key(address_r, err);
}

int cli_parse_writable(const char *text, size_t size,
		       struct hl_address *address_r, struct hl_error *err)
{
	if (hl_address_parse_subject(text, size, address_r, err) < 0)
		return -1;
	return hl_address_make_writable(address_r, err);
}

int cli_check_reason(const char *reason, size_t size, struct hl_error *err)
{
	if (size >= HL_REASON_SIZE)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the reason is longer than %d bytes",
				    HL_REASON_SIZE - 1);
	if (!hl_text_is_clean_utf8(reason, size))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the reason has control characters in it "
				    "or isn't UTF-8");
	return 0;
}

int cli_set_actor(struct cli *cli, struct hl_error *err)
{
	const struct passwd *user = getpwuid(getuid());
	const char *reason = cli->options[OPT_REASON];

	if (user != NULL && user->pw_name[0] != '\0' &&
	    strlen(user->pw_name) < sizeof(cli->actor_name) &&
	    hl_text_is_clean_utf8(user->pw_name, strlen(user->pw_name)))
		strcpy(cli->actor_name, user->pw_name);
	else
		snprintf(cli->actor_name, sizeof(cli->actor_name), "%lu",
			 (unsigned long)getuid());
	cli->actor.channel = HL_CHANNEL_ADMIN;
	cli->actor.name = cli->actor_name;
	cli->actor.reason = reason == NULL ? "" : reason;
	return cli_check_reason(cli->actor.reason, strlen(cli->actor.reason),
				err);
}

static void remark_to_stderr(bool is_error, const char *text)
{
	fprintf(stderr, "hardlinkctl: %s%s\n",
		is_error ? "" : "warning: ", text);
}

static cli_remark_func *remark_func = remark_to_stderr;

void cli_set_remark_func(cli_remark_func *func)
{
	remark_func = func;
}

void cli_warn(const char *text)
{
	remark_func(false, text);
}

void cli_complain(const char *text)
{
	remark_func(true, text);
}

int cli_read(struct cli *cli, cli_log_func *func, void *context,
	     struct hl_error *err)
{
	struct hl_log *log;
	int ret = -1;

	if (cli_read_config(cli, err) < 0 ||
	    hl_log_open(cli->config, false, &log, err) < 0)
		return -1;
	if (hl_log_snapshot_begin(log, err) == 0) {
		ret = func(cli, log, context, err);
		hl_log_snapshot_end(log);
	}
	hl_log_close(&log);
	return ret;
}

static int commit(struct cli *cli, struct hl_log *log, struct hl_error *err)
{
	if (hl_log_commit(log, err) < 0)
		return -1;
	if (err->code != HL_ERROR_NONE)
		cli_warn(err->text);
	cli->changed = true;
	return 0;
}

int cli_open_write(struct cli *cli, struct hl_log **log_r, struct hl_error *err)
{
	*log_r = NULL;
	if (cli_read_config(cli, err) < 0 ||
	    hl_log_open(cli->config, true, log_r, err) < 0)
		return -1;
	if (cli->options[OPT_ACCEPT_CLOCK] != NULL)
		hl_log_accept_clock(*log_r);
	return 0;
}

int cli_transact(struct cli *cli, struct hl_log *log, cli_log_func *func,
		 void *context, struct hl_error *err)
{
	int ret;

	output_hold(cli->out, true);
	ret = hl_log_begin(log, err);
	if (ret == 0) {
		ret = func(cli, log, context, err);
		if (ret == 0)
			ret = commit(cli, log, err);
		else
			hl_log_rollback(log);
	}
	output_hold(cli->out, false);
	return ret < 0 ? -1 : 0;
}

/* Where it can't be made, lookups take longer, no more. */
void cli_close_write(struct hl_log **log)
{
	struct hl_error ignored;
	uint64_t keys;

	if (*log != NULL && hl_log_wants_filter(*log))
		(void)hl_log_build_filter(*log, &keys, &ignored);
	hl_log_close(log);
}

int cli_write(struct cli *cli, cli_log_func *func, void *context,
	      struct hl_error *err)
{
	struct hl_log *log;
	int ret;

	if (cli_open_write(cli, &log, err) < 0)
		return -1;
	ret = cli_transact(cli, log, func, context, err);
	hl_log_close(&log);
	return ret;
}
