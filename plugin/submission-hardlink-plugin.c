/* submission_hardlink: owners' command XHARDLINK in Dovecot's submission
   service, and recipients that are hard-linked here. */

#include "hl-dovecot-compat.h"
#include "submission/submission-hardlink.h"

#include "module-dir.h"
#include "mail-user.h"
#include "smtp-params.h"

#define SUBMISSION_HARDLINK_CONTEXT(obj) \
	MODULE_CONTEXT(obj, submission_hardlink_client_module)
#define SUBMISSION_HARDLINK_CONTEXT_REQUIRE(obj) \
	MODULE_CONTEXT_REQUIRE(obj, submission_hardlink_client_module)

extern const char *submission_hardlink_plugin_version;
extern const char *submission_hardlink_plugin_dependencies[];
extern const char submission_hardlink_plugin_binary_dependency[];
void submission_hardlink_plugin_init(struct module *module);
void submission_hardlink_plugin_deinit(void);

static MODULE_CONTEXT_DEFINE_INIT(submission_hardlink_client_module,
				  &submission_module_register);
static submission_client_created_func_t *next_client_created;

static int submission_hardlink_mail(struct client *client,
				    struct smtp_server_cmd_ctx *cmd,
				    struct smtp_server_cmd_mail *data)
{
	struct submission_hardlink_client *hclient =
		SUBMISSION_HARDLINK_CONTEXT_REQUIRE(client);

	submission_envelope_end(hclient);
	hclient->smtputf8 = HL_MAIL_SMTPUTF8(&data->params);
	return hclient->module_ctx.super.cmd_mail(client, cmd, data);
}

static int submission_hardlink_rcpt(struct client *client,
				    struct smtp_server_cmd_ctx *cmd,
				    struct submission_recipient *srcpt)
{
	return submission_hardlink_cmd_rcpt(
		SUBMISSION_HARDLINK_CONTEXT_REQUIRE(client), cmd, srcpt);
}

static int submission_hardlink_rset(struct client *client,
				    struct smtp_server_cmd_ctx *cmd)
{
	struct submission_hardlink_client *hclient =
		SUBMISSION_HARDLINK_CONTEXT_REQUIRE(client);

	submission_envelope_end(hclient);
	return hclient->module_ctx.super.cmd_rset(client, cmd);
}

static int submission_hardlink_data(struct client *client,
				    struct smtp_server_cmd_ctx *cmd,
				    struct smtp_server_transaction *trans,
				    struct istream *data_input,
				    uoff_t data_size)
{
	struct submission_hardlink_client *hclient =
		SUBMISSION_HARDLINK_CONTEXT_REQUIRE(client);

	submission_told_after(hclient, cmd);
	return hclient->module_ctx.super.cmd_data(client, cmd, trans,
						  data_input, data_size);
}

static void submission_hardlink_destroy(struct client *client)
{
	struct submission_hardlink_client *hclient =
		SUBMISSION_HARDLINK_CONTEXT_REQUIRE(client);

	if (!client->destroyed) {
		submission_told_deinit(hclient);
		submission_envelope_end(hclient);
		submission_session_deinit(&hclient->session);
	}
	/* frees hclient */
	hclient->module_ctx.super.destroy(client);
}

static void submission_hardlink_client_created(struct client **_client)
{
	struct client *client = *_client;
	struct submission_hardlink_client *hclient;

	/* Without a token nobody can be asked: not for the anonymous, and not
	   in a process that no login started. */
	if (client->user->auth_token != NULL && !client->user->anonymous) {
		hclient = p_new(client->pool, struct submission_hardlink_client,
				1);
		hclient->client = client;
		hclient->session.user = client->user;
		i_array_init(&hclient->told, 4);
		hclient->module_ctx.super = client->v;
		client->v.cmd_mail = submission_hardlink_mail;
		client->v.cmd_rcpt = submission_hardlink_rcpt;
		client->v.cmd_rset = submission_hardlink_rset;
		client->v.cmd_data = submission_hardlink_data;
		client->v.destroy = submission_hardlink_destroy;
		MODULE_CONTEXT_SET(client, submission_hardlink_client_module,
				   hclient);
		client_add_extra_capability(client, "XHARDLINK", NULL);
	}
	if (next_client_created != NULL)
		next_client_created(_client);
}

static void cmd_xhardlink(struct smtp_server_cmd_ctx *cmd, const char *params)
{
	struct client *client = smtp_server_connection_get_context(cmd->conn);
	struct submission_hardlink_client *hclient =
		SUBMISSION_HARDLINK_CONTEXT(client);

	if (hclient == NULL)
		smtp_server_reply(cmd, 550, "5.7.1", "Nobody is logged in");
	else
		submission_hardlink_command(&hclient->session, cmd, params);
}

HL_EXPORT const char *submission_hardlink_plugin_version = DOVECOT_ABI_VERSION;
HL_EXPORT const char *submission_hardlink_plugin_dependencies[] = {NULL};
HL_EXPORT const char submission_hardlink_plugin_binary_dependency[] =
	"submission";

HL_EXPORT void
submission_hardlink_plugin_init(struct module *module ATTR_UNUSED)
{
	next_client_created = submission_client_created_hook_set(
		submission_hardlink_client_created);
	smtp_server_command_register(smtp_server, "XHARDLINK", cmd_xhardlink,
				     0);
}

HL_EXPORT void submission_hardlink_plugin_deinit(void)
{
	(void)submission_client_created_hook_set(next_client_created);
	/* modules are unloaded after the server has gone */
	if (smtp_server != NULL)
		smtp_server_command_unregister(smtp_server, "XHARDLINK");
}
