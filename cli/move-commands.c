/* All of mailmove's commands but `to`. */

#include "history-line.h"
#include "mailmove.h"

#include "hl-code.h"
#include "hl-text.h"

#include <string.h>

int move_parse_address(const struct cli *cli, struct hl_address *storage,
		       const struct hl_address **old_r, struct hl_error *err)
{
	const char *text = cli->options[OPT_ADDRESS];

	*old_r = NULL;
	if (text == NULL)
		return 0;
	if (hl_address_parse(text, strlen(text), 0, storage, err) < 0 ||
	    hl_address_make_key(storage, err) < 0)
		return hl_error_prefix(err, "--address");
	*old_r = storage;
	return 0;
}

/* Asks and prints how the address stands then. */
static int ask(struct cli *cli, const struct session_request *asked,
	       struct hl_error *err)
{
	struct session_request request = *asked;
	struct hl_service_state state;
	struct hl_address storage;
	struct session *session;
	int ret;

	if (move_parse_address(cli, &storage, &request.old, err) < 0 ||
	    session_open(cli, &session, err) < 0)
		return -1;
	ret = session_ask(session, &request, &state, err);
	session_close(&session);
	if (ret < 0)
		return -1;
	cli->changed = request.verb != SESSION_GET;
	return move_print_state(cli, &state, err);
}

int move_confirm(struct cli *cli, struct hl_error *err)
{
	struct session_request request = {.verb = SESSION_CONFIRM};
	char code[HL_CODE_SIZE];

	if (hl_code_parse(cli->args[0], code, err) < 0)
		return -1;
	request.code = code;
	return ask(cli, &request, err);
}

int move_status(struct cli *cli, struct hl_error *err)
{
	struct session_request request = {.verb = SESSION_GET};

	return ask(cli, &request, err);
}

/* Doesn't ask: it loses no mail, and `to` takes it back. */
int move_back(struct cli *cli, struct hl_error *err)
{
	struct session_request request = {.verb = SESSION_UNSET};

	return ask(cli, &request, err);
}

struct history_printer {
	struct cli *cli;
	uint64_t left;
};

/* 0 if it isn't one, or too high for a time */
static uint64_t number(const struct hl_service_line *entry, const char *name)
{
	const char *value = hl_service_get(entry, name);
	uint64_t result = 0;

	if (value != NULL &&
	    (!hl_text_parse_number(value, strlen(value), &result) ||
	     result > HL_TIME_MAX))
		return 0;
	return result;
}

static const char *text(const struct hl_service_line *entry, const char *name)
{
	const char *value = hl_service_get(entry, name);

	return value != NULL && hl_text_is_clean_utf8(value, strlen(value))
		       ? value
		       : "";
}

static int print_entry(const struct hl_service_line *entry, void *context,
		       struct hl_error *err)
{
	struct history_printer *printer = context;
	struct history_line line = {
		.seq = number(entry, "seq"),
		.time = (int64_t)number(entry, "time"),
		.action = text(entry, "action"),
		.channel = text(entry, "channel"),
		.actor = text(entry, "actor"),
		.reason = text(entry, "reason"),
	};
	struct hl_link link;
	struct hl_next next;

	if (printer->left == 0)
		return 1;
	printer->left--;
	if (hl_service_get_link(entry, "", &link, err) < 0 ||
	    hl_service_get_next(entry, "next-", &next, err) < 0)
		return -1;
	line.link = &link;
	if (cli_next_is_ahead(&next, line.time))
		history_line_next(&next, line.detail);
	return history_line_print(printer->cli->out, &line, err);
}

static int parse_limit(struct cli *cli, uint64_t *limit_r, struct hl_error *err)
{
	const char *limit = cli->options[OPT_LIMIT];

	*limit_r = SESSION_HISTORY_MAX;
	if (limit == NULL)
		return 0;
	if (!hl_text_parse_number(limit, strlen(limit), limit_r) ||
	    *limit_r == 0)
		return cli_usage_error(cli, err,
				       "--limit: not a number from 1");
	if (*limit_r > SESSION_HISTORY_MAX)
		*limit_r = SESSION_HISTORY_MAX;
	return 0;
}

int move_history(struct cli *cli, struct hl_error *err)
{
	struct session_request request = {.verb = SESSION_HISTORY};
	struct history_printer printer = {.cli = cli};
	struct hl_service_line line;
	struct hl_address storage;
	struct session *session;
	int ret;

	if (parse_limit(cli, &request.limit, err) < 0 ||
	    move_parse_address(cli, &storage, &request.old, err) < 0 ||
	    session_open(cli, &session, err) < 0)
		return -1;
	printer.left = request.limit;
	history_line_begin(cli->out);
	ret = session->ask(session, &request, print_entry, &printer, &line,
			   err);
	session_close(&session);
	return ret;
}
