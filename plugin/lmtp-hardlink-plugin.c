/* lmtp_hardlink: Dovecot's LMTP server answers 557 or 558 to a RCPT whose
   address is hard-linked, and refuses mails with a code that come back to the
   old address. Everything else goes on to Dovecot untouched. */

#include "hl-dovecot-compat.h"
#include "hl-plugin-common.h"
#include "hl-plugin-settings.h"
#include "lmtp-hardlink-exists.h"
#include "lmtp-hardlink-returned.h"

#include "module-context.h"
#include "module-dir.h"
#include "lmtp-common.h"
#include "lmtp-recipient.h"
#include "smtp-address.h"
#include "smtp-server-private.h"
#include "mail-storage.h"

#define LMTP_HARDLINK_CONTEXT(obj) \
	MODULE_CONTEXT_REQUIRE(obj, lmtp_hardlink_client_module)

struct lmtp_hardlink_client {
	union lmtp_module_context module_ctx;
	struct hl_plugin *plugin;
};

extern const char *lmtp_hardlink_plugin_version;
extern const char *lmtp_hardlink_plugin_dependencies[];
extern const char lmtp_hardlink_plugin_binary_dependency[];
void lmtp_hardlink_plugin_init(struct module *module);
void lmtp_hardlink_plugin_deinit(void);

static MODULE_CONTEXT_DEFINE_INIT(lmtp_hardlink_client_module,
				  &lmtp_module_register);
static lmtp_client_created_func_t *next_client_created;

struct lmtp_hardlink_rcpt {
	struct client *client;
	struct smtp_server_recipient *rcpt;
};

static bool lmtp_hardlink_rcpt_exists(void *context)
{
	const struct lmtp_hardlink_rcpt *hrcpt = context;

	return lmtp_hardlink_exists(hrcpt->client, hrcpt->rcpt);
}

struct lmtp_hardlink_proxied {
	const struct smtp_address *path;
	bool smtputf8;
};

/* What the other server said, with its own address, but without the old one
   that Dovecot's proxy puts in front. What can't be read as such a reply goes
   on as it is: no other address takes the place of one that isn't
   understood. */
static void lmtp_hardlink_passed_on(struct smtp_server_cmd_ctx *cmd,
				    struct lmtp_hardlink_proxied *proxied)
{
	struct smtp_server_reply *answer =
		smtp_server_command_get_reply(cmd->cmd, 0);
	const char *enhanced_code = NULL, *text;
	struct hl_address rcpt;
	struct hl_reply reply;
	struct hl_error err;
	struct hl_link link;
	unsigned int status =
		smtp_server_reply_get_status(answer, &enhanced_code);

	if ((status != 557 && status != 558) ||
	    !hl_plugin_address(proxied->path, HL_ADDRESS_FOREIGN, &rcpt))
		return;
	text = t_strdup_printf("%u %s%s%s", status,
			       enhanced_code == NULL ? "" : enhanced_code,
			       enhanced_code == NULL ? "" : " ",
			       smtp_server_reply_get_message(answer));
	if (hl_reply_parse(text, strlen(text), &rcpt, &link, &err) < 0)
		return;
	hl_reply_format(&link, proxied->smtputf8, &reply);
	smtp_server_reply(cmd, reply.status, reply.enhanced_code, "%s",
			  reply.text);
}

static void lmtp_hardlink_pass_on(struct smtp_server_cmd_ctx *cmd,
				  const struct smtp_server_recipient *rcpt)
{
	struct lmtp_hardlink_proxied *proxied =
		p_new(cmd->pool, struct lmtp_hardlink_proxied, 1);

	proxied->path = smtp_address_clone(cmd->pool, rcpt->path);
	proxied->smtputf8 = HL_SMTPUTF8(rcpt->conn);
	smtp_server_command_add_hook(cmd->cmd,
				     SMTP_SERVER_COMMAND_HOOK_COMPLETED,
				     lmtp_hardlink_passed_on, proxied);
}

static int lmtp_hardlink_cmd_rcpt(struct client *client,
				  struct smtp_server_cmd_ctx *cmd,
				  struct lmtp_recipient *lrcpt)
{
	struct lmtp_hardlink_client *hclient = LMTP_HARDLINK_CONTEXT(client);
	struct smtp_server_recipient *rcpt = lrcpt->rcpt;
	struct lmtp_hardlink_rcpt hrcpt = {client, rcpt};
	enum hl_plugin_answer answer = HL_PLUGIN_PASS;
	struct hl_reply reply;

	if (!hl_plugin_lmtp_delivers(hclient->plugin))
		answer = hl_plugin_lookup(
			hclient->plugin, rcpt->path, HL_SMTPUTF8(rcpt->conn),
			rcpt->event, lmtp_hardlink_rcpt_exists, &hrcpt, &reply);

	switch (answer) {
	case HL_PLUGIN_REDIRECT:
		/* Not smtp_server_recipient_reply(): it puts the old address in
		   front, and no other address than the new one may stand in the
		   reply. */
		smtp_server_reply(cmd, reply.status, reply.enhanced_code, "%s",
				  reply.text);
		return -1;
	case HL_PLUGIN_TEMPFAIL:
		smtp_server_reply(cmd, 451, "4.3.0", HL_PLUGIN_TEMPFAIL_TEXT);
		return -1;
	case HL_PLUGIN_PASS:
		if (client->lmtp_set->lmtp_proxy)
			lmtp_hardlink_pass_on(cmd, rcpt);
		break;
	}
	return hclient->module_ctx.super.cmd_rcpt(client, cmd, lrcpt);
}

static int
lmtp_hardlink_local_deliver(struct client *client, struct lmtp_recipient *lrcpt,
			    struct smtp_server_cmd_ctx *cmd,
			    struct smtp_server_transaction *trans,
			    struct lmtp_local_deliver_context *lldctx)
{
	struct lmtp_hardlink_client *hclient = LMTP_HARDLINK_CONTEXT(client);
	struct smtp_server_recipient *rcpt = lrcpt->rcpt;
	enum lmtp_hardlink_returned returned = LMTP_HARDLINK_RETURNED_NO;
	const char *name;

	if (mail_get_first_header(lldctx->src_mail, LMTP_HARDLINK_CONSENT_FIELD,
				  &name) > 0)
		returned = lmtp_hardlink_returned(base_dir, rcpt->path, name,
						  rcpt->event);
	switch (returned) {
	case LMTP_HARDLINK_RETURNED_YES:
		/* no address in it, as above */
		smtp_server_reply_index(cmd, rcpt->index, 550, "5.4.6",
					"The new address sends its mail back "
					"here: the move has been given up");
		return -1;
	case LMTP_HARDLINK_RETURNED_UNKNOWN:
		smtp_server_reply_index(cmd, rcpt->index, 451, "4.3.0",
					HL_PLUGIN_TEMPFAIL_TEXT);
		return -1;
	case LMTP_HARDLINK_RETURNED_NO:
		break;
	}
	return hclient->module_ctx.super.local_deliver(client, lrcpt, cmd,
						       trans, lldctx);
}

static void lmtp_hardlink_client_created(struct client **_client)
{
	struct client *client = *_client;
	struct lmtp_hardlink_client *hclient;
	const char *config_path;

	config_path = hl_plugin_settings_config_path(client->event,
						     HL_LMTP_USER_SET(client));
	hclient = p_new(client->pool, struct lmtp_hardlink_client, 1);
	hclient->plugin = hl_plugin_get(config_path, client->event);
	hclient->module_ctx.super = client->v;
	client->v.cmd_rcpt = lmtp_hardlink_cmd_rcpt;
	client->v.local_deliver = lmtp_hardlink_local_deliver;
	MODULE_CONTEXT_SET(client, lmtp_hardlink_client_module, hclient);

	if (next_client_created != NULL)
		next_client_created(_client);
}

HL_EXPORT const char *lmtp_hardlink_plugin_version = DOVECOT_ABI_VERSION;
HL_EXPORT const char *lmtp_hardlink_plugin_dependencies[] = {NULL};
HL_EXPORT const char lmtp_hardlink_plugin_binary_dependency[] = "lmtp";

HL_EXPORT void lmtp_hardlink_plugin_init(struct module *module ATTR_UNUSED)
{
	next_client_created =
		lmtp_client_created_hook_set(lmtp_hardlink_client_created);
}

HL_EXPORT void lmtp_hardlink_plugin_deinit(void)
{
	(void)lmtp_client_created_hook_set(next_client_created);
	hl_plugin_deinit();
}
