/* mailmove to: says what will happen, asks, and does it. */

#include "links.h"
#include "mailmove.h"

#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static int parse_link(struct cli *cli, struct hl_link *link_r,
		      struct hl_error *err)
{
	const char *until = cli->options[OPT_UNTIL];
	const char *duration = cli->options[OPT_FOR];
	bool permanent = cli->options[OPT_PERMANENT] != NULL;
	struct cli_expiry expiry;

	memset(link_r, 0, sizeof(*link_r));
	if (permanent + (until != NULL) + (duration != NULL) != 1)
		return cli_usage_error(cli, err,
				       "to: say for how long: one of "
				       "--permanent, --until and --for");
	if (hl_address_parse(cli->args[0], strlen(cli->args[0]), 0,
			     &link_r->target, err) < 0 ||
	    hl_address_make_writable(&link_r->target, err) < 0 ||
	    cli_expiry_parse(permanent, until, duration,
			     cli->config == NULL ? "system"
						 : cli->config->timezone,
			     &expiry, err) < 0)
		return -1;
	cli_expiry_apply(&expiry, time(NULL), link_r);
	return 0;
}

static void explain_end(const struct hl_service_state *state)
{
	char words[CLI_LINK_WORDS_SIZE];

	if (state->in_force.kind == HL_KIND_NONE)
		return;
	cli_link_words(&state->in_force, words);
	fprintf(stderr, "This ends what holds now: %s.\n", words);
}

/* What will happen, in words that need no knowledge. */
static void explain(const struct hl_service_state *state,
		    const struct hl_link *link)
{
	char old[HL_ADDRESS_SIZE];
	struct cli_link_cells cells;
	bool permanent = link->kind == HL_KIND_PERMANENT;

	hl_address_format(&state->address, old);
	cli_link_cells(link, &cells);
	fprintf(stderr,
		"From now on%s%s, mail to %s is refused.\n"
		"Senders are told that you have %smoved to %s.\n"
		"Most senders' servers today will show them that as a bounce, "
		"and mailing lists\nmay unsubscribe you.\n"
		"Mail that you already have isn't moved.\n"
		"A code may be mailed to %s first, to be given back with "
		"`mailmove confirm`,\n"
		"and it may be some time until this takes effect.\n"
		"`mailmove back` undoes this.\n",
		permanent ? "" : " until ", cells.expires, old,
		permanent ? "" : "temporarily ", cells.target, cells.target);
	explain_end(state);
}

static int ask(struct hl_error *err)
{
	char answer[16];

	fputs("Do it? (y/N) ", stderr);
	if (fgets(answer, sizeof(answer), stdin) == NULL) {
		fputs("\n", stderr);
		answer[0] = '\0';
	}
	answer[strcspn(answer, "\n")] = '\0';
	if (strcasecmp(answer, "y") == 0 || strcasecmp(answer, "yes") == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "you didn't say yes; nothing has changed");
}

static bool can_ask(void)
{
	return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* Programs that read JSON have read the manual page. */
static bool wants_words(const struct cli *cli)
{
	const char *format = cli->options[OPT_FORMAT];

	return cli->options[OPT_YES] == NULL || format == NULL ||
	       strcmp(format, "table") == 0;
}

/* hardlinkd would refuse it too, but only after the question. What an
   administrator set it refuses in its own words. */
static int check_replace(const struct hl_service_state *state, bool replace,
			 struct hl_error *err)
{
	char old[HL_ADDRESS_SIZE], words[CLI_LINK_WORDS_SIZE];

	if (replace || state->in_force.kind == HL_KIND_NONE ||
	    strcmp(state->channel, hl_channel_name(HL_CHANNEL_ADMIN)) == 0)
		return 0;
	hl_address_format(&state->address, old);
	cli_link_words(&state->in_force, words);
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "%s has moved already (%s); say --replace to end "
			    "that",
			    old, words);
}

static int set(struct cli *cli, struct session *session,
	       const struct session_request *request,
	       struct hl_service_state *state, struct hl_error *err)
{
	const struct session_request get = {.verb = SESSION_GET,
					    .old = request->old};
	struct session_request exact = *request;
	struct hl_address address;

	if (session_ask(session, &get, state, err) < 0 ||
	    check_replace(state, request->replace, err) < 0)
		return -1;
	address = state->address;
	exact.old = &address;
	if (wants_words(cli))
		explain(state, request->link);
	if (cli->options[OPT_YES] == NULL && ask(err) < 0)
		return -1;
	if (session_ask(session, &exact, state, err) < 0)
		return -1;
	cli->changed = true;
	return 0;
}

int move_to(struct cli *cli, struct hl_error *err)
{
	struct session_request request = {.verb = SESSION_SET};
	struct hl_service_state state;
	struct hl_address storage;
	struct session *session;
	struct hl_link link;
	int ret;

	if (parse_link(cli, &link, err) < 0 ||
	    move_parse_address(cli, &storage, &request.old, err) < 0)
		return -1;
	if (cli->options[OPT_YES] == NULL && !can_ask())
		return cli_usage_error(cli, err,
				       "to: there is no terminal to ask you; "
				       "say --yes");
	if (session_open(cli, &session, err) < 0)
		return -1;
	request.link = &link;
	request.replace = cli->options[OPT_REPLACE] != NULL;
	ret = set(cli, session, &request, &state, err);
	session_close(&session);
	return ret < 0 ? -1 : move_print_state(cli, &state, err);
}
