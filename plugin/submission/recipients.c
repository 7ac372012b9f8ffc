#include "submission-hardlink.h"
#include "route.h"
#include "hl-plugin-common.h"
#include "hl-reply.h"

#include "smtp-address.h"
#include "smtp-params.h"

/* --- when the reply to RCPT is there */

static void rcpt_completed(struct smtp_server_cmd_ctx *cmd,
			   struct submission_entry *entry)
{
	struct smtp_server_reply *reply =
		smtp_server_command_get_reply(cmd->cmd, 0);

	entry->status = smtp_server_reply_get_status(reply, NULL);
	/* takes the place of the relay's, which isn't sent yet */
	if (entry->status / 100 == 2 && entry->reply != NULL)
		smtp_server_reply(cmd, 250, "2.1.5", "%s", entry->reply);
}

/* From now on the recipient is what it was replaced with: in the trace header,
   and in the log. */
static void rcpt_approved(struct smtp_server_recipient *rcpt,
			  struct submission_entry *entry)
{
	rcpt->path = smtp_address_clone(rcpt->pool, entry->path);
}

/* --- a recipient that there is already */

/* All replies before this one are there. */
static void duplicate_next(struct smtp_server_cmd_ctx *cmd,
			   struct submission_entry *entry)
{
	/* "MAIL needed first" */
	if (smtp_server_command_is_replied(cmd->cmd))
		return;
	switch (entry->same->status / 100) {
	case 2:
		smtp_server_reply(cmd, 250, "2.1.5", "OK");
		break;
	case 5:
		/* not the same reply: it may say 557 */
		smtp_server_reply(cmd, 550, "5.1.1",
				  "The relay refused <%s>, see the reply to "
				  "the recipient before",
				  entry->end);
		break;
	default:
		smtp_server_reply(cmd, 451, "4.3.0",
				  "The relay couldn't take <%s> now",
				  entry->end);
		break;
	}
}

/* The relay hears of it once. Whether that one will be accepted isn't known
   yet, if commands are pipelined. */
static int rcpt_duplicate(struct smtp_server_cmd_ctx *cmd,
			  struct submission_entry *entry)
{
	smtp_server_command_add_hook(cmd->cmd, SMTP_SERVER_COMMAND_HOOK_NEXT,
				     duplicate_next, entry);
	return 0;
}

/* --- */

static int rcpt_pass(struct submission_hardlink_client *hclient,
		     struct smtp_server_cmd_ctx *cmd,
		     struct submission_recipient *srcpt)
{
	return hclient->module_ctx.super.cmd_rcpt(hclient->client, cmd, srcpt);
}

static int rcpt_refuse(struct smtp_server_cmd_ctx *cmd,
		       const struct hl_link *link, bool smtputf8)
{
	struct hl_reply reply;

	hl_reply_format(link, smtputf8, &reply);
	/* Not smtp_server_recipient_reply(): it puts the old address in
	   front. */
	smtp_server_reply(cmd, reply.status, reply.enhanced_code, "%s",
			  reply.text);
	return -1;
}

/* Not hard-linked. */
static int rcpt_plain(struct submission_hardlink_client *hclient,
		      struct smtp_server_cmd_ctx *cmd,
		      struct submission_recipient *srcpt,
		      const struct hl_address *address)
{
	struct submission_entry *entry =
		submission_envelope_add(hclient, cmd, address);

	smtp_server_command_add_hook(cmd->cmd,
				     SMTP_SERVER_COMMAND_HOOK_COMPLETED,
				     rcpt_completed, entry);
	/* What was named twice by the sender is no business of ours. */
	if (entry->same != NULL && entry->same->reply != NULL)
		return rcpt_duplicate(cmd, entry);
	return rcpt_pass(hclient, cmd, srcpt);
}

static void fill_followed(struct submission_entry *entry,
			  const struct hl_address *address,
			  const struct submission_route *route)
{
	pool_t pool = entry->envelope->pool;
	bool permanent = route->first.kind == HL_KIND_PERMANENT;
	char old[HL_ADDRESS_SIZE];

	hl_address_format(address, old);
	entry->path = smtp_address_create(pool, route->end.local_part,
					  route->end.domain);
	entry->reply =
		p_strdup_printf(pool,
				"mailbox has %smoved to <%s>; the mail "
				"goes there",
				permanent ? "" : "temporarily ", entry->end);
	if (permanent)
		entry->told = p_strdup(pool, old);
}

static int rcpt_follow(struct submission_hardlink_client *hclient,
		       struct smtp_server_cmd_ctx *cmd,
		       struct submission_recipient *srcpt,
		       const struct hl_address *address,
		       const struct submission_route *route)
{
	struct smtp_server_recipient *rcpt = srcpt->rcpt;
	struct smtp_address *path = rcpt->path;
	struct submission_entry *entry;
	int ret;

	entry = submission_envelope_add(hclient, cmd, &route->end);
	fill_followed(entry, address, route);
	smtp_server_recipient_add_hook(rcpt,
				       SMTP_SERVER_RECIPIENT_HOOK_APPROVED,
				       rcpt_approved, entry);
	smtp_server_command_add_hook(cmd->cmd,
				     SMTP_SERVER_COMMAND_HOOK_COMPLETED,
				     rcpt_completed, entry);
	if (entry->same != NULL)
		return rcpt_duplicate(cmd, entry);

	if (!smtp_params_rcpt_has_orcpt(&rcpt->params))
		smtp_params_rcpt_set_orcpt(&rcpt->params, rcpt->pool, path);
	/* A refusal has the recipient's path in front, which has to be the one
	   that the sender knows; the relay's command has a copy. */
	rcpt->path = entry->path;
	ret = rcpt_pass(hclient, cmd, srcpt);
	rcpt->path = path;
	return ret;
}

static int rcpt_moved(struct submission_hardlink_client *hclient,
		      struct smtp_server_cmd_ctx *cmd,
		      struct submission_recipient *srcpt,
		      const struct hl_address *address,
		      const struct submission_route *route)
{
	struct hl_link end = route->first;

	if (hclient->session.replies)
		return rcpt_refuse(cmd, &route->first, hclient->smtputf8);
	if (route->endless) {
		smtp_server_reply(cmd, 550, "5.4.6",
				  "mailbox has moved too often, or in a "
				  "circle");
		return -1;
	}
	end.target = route->end;
	if (!hclient->smtputf8 && !hl_address_is_ascii(&end.target))
		return rcpt_refuse(cmd, &end, FALSE);
	return rcpt_follow(hclient, cmd, srcpt, address, route);
}

int submission_hardlink_cmd_rcpt(struct submission_hardlink_client *hclient,
				 struct smtp_server_cmd_ctx *cmd,
				 struct submission_recipient *srcpt)
{
	const struct smtp_address *path = srcpt->rcpt->path;
	struct submission_route route;
	struct hl_address address;

	if (!hl_plugin_address(path, HL_ADDRESS_FOREIGN, &address))
		return rcpt_pass(hclient, cmd, srcpt);
	if (submission_route_find(&hclient->session, &address, &route) < 0) {
		if (hclient->session.delivers)
			return rcpt_pass(hclient, cmd, srcpt);
		smtp_server_reply(cmd, 451, "4.3.0", HL_PLUGIN_TEMPFAIL_TEXT);
		return -1;
	}
	if (route.first.kind == HL_KIND_NONE)
		return rcpt_plain(hclient, cmd, srcpt, &address);
	return rcpt_moved(hclient, cmd, srcpt, &address, &route);
}
