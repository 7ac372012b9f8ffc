#include "submission-hardlink.h"
#include "reply.h"
#include "xhardlink.h"

#include "mail-user.h"

#define HISTORY_LIMIT "100"

/* --- what hardlinkd is asked */

static const char *address_text(const struct hl_address *address)
{
	char *text = t_malloc_no0(HL_ADDRESS_SIZE);

	hl_address_format(address, text);
	return text;
}

/* words: NULL-terminated */
static void get_words(const struct xhardlink *command, const char *words[7])
{
	const struct hl_link *link = &command->link;
	unsigned int count = 0;

	words[1] = command->has_old ? address_text(&command->old) : "";
	count = 2;
	switch (command->verb) {
	case XHARDLINK_SET:
		words[0] = "SET";
		words[count++] = hl_kind_name(link->kind);
		words[count++] = address_text(&link->target);
		words[count++] =
			link->kind != HL_KIND_TEMPORARY
				? ""
				: t_strdup_printf("%lld",
						  (long long)link->expires);
		if (command->replace)
			words[count++] = "replace";
		break;
	case XHARDLINK_GET:
		words[0] = "GET";
		break;
	case XHARDLINK_UNSET:
		words[0] = "UNSET";
		break;
	case XHARDLINK_HISTORY:
		words[0] = "HISTORY";
		words[count++] = HISTORY_LIMIT;
		break;
	case XHARDLINK_CONFIRM:
		words[0] = "CONFIRM";
		words[count++] = command->code;
		break;
	}
	words[count] = NULL;
}

/* --- what the owner is told */

struct answer {
	/* the lines in front of the last one */
	string_t *lines;
	unsigned int entries;
};

static int add_entry(const struct hl_service_line *line, void *context,
		     struct hl_error *err ATTR_UNUSED)
{
	struct answer *answer = context;

	xhardlink_reply_add(answer->lines, line);
	answer->entries++;
	return 0;
}

static const char *state_text(const struct hl_service_line *line)
{
	const char *status = hl_service_get(line, "next-status");

	if (status != NULL && strcmp(status, "pending") == 0)
		return "it waits for the code that was mailed to the new "
		       "address";
	if (status != NULL)
		return "it waits for its time";
	if (hl_service_get(line, "kind") != NULL)
		return "it is in force";
	return "no hard-link is in force, and none is to come";
}

static void reply_success(struct smtp_server_cmd_ctx *cmd,
			  const struct xhardlink *command,
			  struct answer *answer,
			  const struct hl_service_line *line)
{
	if (command->verb == XHARDLINK_HISTORY) {
		str_printfa(answer->lines, "%u entries", answer->entries);
	} else {
		xhardlink_reply_add(answer->lines, line);
		str_append(answer->lines, state_text(line));
	}
	smtp_server_reply(cmd, 250, "2.0.0", "%s", str_c(answer->lines));
}

static void reply_failure(struct smtp_server_cmd_ctx *cmd,
			  const struct hl_error *err)
{
	const char *enh_code;
	unsigned int status;

	xhardlink_reply_code(err->code, &status, &enh_code);
	smtp_server_reply(cmd, status, enh_code, "%s",
			  xhardlink_reply_text(err->text));
}

void submission_hardlink_command(struct submission_session *session,
				 struct smtp_server_cmd_ctx *cmd,
				 const char *params)
{
	struct answer answer = {.lines = t_str_new(1024)};
	struct hl_service_line line;
	struct hl_service *service;
	struct xhardlink command;
	const char *words[7];
	struct hl_error err;

	if (xhardlink_parse(params == NULL ? "" : params, time(NULL), &command,
			    &err) < 0) {
		/* the owner typed it, whatever is wrong */
		err.code = HL_ERROR_USAGE;
		reply_failure(cmd, &err);
		return;
	}
	get_words(&command, words);
	if (submission_session_command(session, words, add_entry, &answer,
				       &service, &line, &err) < 0) {
		reply_failure(cmd, &err);
		return;
	}
	reply_success(cmd, &command, &answer, &line);
	hl_service_close(&service);
}
