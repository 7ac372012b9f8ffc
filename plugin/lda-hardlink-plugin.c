/* lda_hardlink: dovecot-lda refuses a mail for a hard-linked address: the text
   of the reply on stderr, EX_NOPERM, and no mail of its own, whatever -e says.
   The MTA makes the bounce, with that text in it. */

#include "hl-dovecot-compat.h"
#include "hl-plugin-common.h"
#include "hl-plugin-settings.h"

#include "module-dir.h"
#include "smtp-address.h"
#include "mail-user.h"
#include "mail-deliver.h"
#include "lda-settings.h"

#include <stdio.h>
#include <sysexits.h>

extern const char *lda_hardlink_plugin_version;
extern const char *lda_hardlink_plugin_dependencies[];
extern const char lda_hardlink_plugin_binary_dependency[];
void lda_hardlink_plugin_init(struct module *module);
void lda_hardlink_plugin_deinit(void);

static deliver_mail_func_t *next_deliver_mail;

/* Is the recipient the user, whose mailbox is here, or an alias or a catch-all
   of which nothing is known? The user's name may have no domain. */
static bool lda_hardlink_is_user(void *context)
{
	const struct mail_deliver_context *ctx = context;
	struct smtp_address *rcpt = smtp_address_clone_temp(ctx->rcpt_to);
	struct smtp_address *user;
	const char *username, *detail, *error;
	char delim;

	if (smtp_address_parse_username(pool_datastack_create(),
					ctx->rcpt_user->username, &user,
					&error) < 0)
		return FALSE;
	smtp_address_detail_parse_temp(ctx->set->recipient_delimiter, rcpt,
				       &username, &delim, &detail);
	return strcasecmp(username, ctx->rcpt_user->username) == 0 ||
	       (user->domain == NULL &&
		strcasecmp(t_strcut(username, '@'), user->localpart) == 0);
}

static bool lda_hardlink_user_exists(void *context ATTR_UNUSED)
{
	return TRUE;
}

/* The recipient; if that one isn't hard-linked, the user whose mailbox it is:
   behind an alias the recipient may be the address before expansion. Whether
   the sender could be told an address that isn't ASCII, nobody knows here. */
static enum hl_plugin_answer
lda_hardlink_lookup(struct hl_plugin *plugin, struct mail_deliver_context *ctx,
		    struct hl_reply *reply_r)
{
	enum hl_plugin_answer answer = HL_PLUGIN_PASS;
	struct smtp_address *user_addr;
	const char *error;

	if (!smtp_address_isnull(ctx->rcpt_to))
		answer = hl_plugin_lookup(plugin, ctx->rcpt_to, false,
					  ctx->event, lda_hardlink_is_user, ctx,
					  reply_r);
	if (answer != HL_PLUGIN_PASS ||
	    smtp_address_parse_username(pool_datastack_create(),
					ctx->rcpt_user->username, &user_addr,
					&error) < 0)
		return answer;
	if (smtp_address_equals(user_addr, ctx->rcpt_to))
		return HL_PLUGIN_PASS;
	return hl_plugin_lookup(plugin, user_addr, false, ctx->event,
				lda_hardlink_user_exists, NULL, reply_r);
}

static void ATTR_NORETURN lda_hardlink_refuse(struct mail_deliver_context *ctx,
					      const struct hl_reply *reply)
{
	/* the new address is nobody's business but the sender's */
	mail_deliver_log(ctx, "rejected: hard-linked (%u %s)", reply->status,
			 reply->enhanced_code);
	fprintf(stderr, "%u %s %s\n", reply->status, reply->enhanced_code,
		reply->text);
	/* Returning an error would make dovecot-lda mail a rejection of its
	   own, unless it was called with -e. */
	lib_exit(EX_NOPERM);
}

static int lda_hardlink_deliver_mail(struct mail_deliver_context *ctx,
				     struct mail_storage **storage_r)
{
	struct mail_user *user = ctx->rcpt_user;
	struct hl_plugin *plugin;
	struct hl_reply reply;

	plugin = hl_plugin_get(
		hl_plugin_settings_config_path(user->event, user->set),
		ctx->event);
	switch (lda_hardlink_lookup(plugin, ctx, &reply)) {
	case HL_PLUGIN_REDIRECT:
		lda_hardlink_refuse(ctx, &reply);
	case HL_PLUGIN_TEMPFAIL:
		ctx->tempfail_error = HL_PLUGIN_TEMPFAIL_TEXT;
		return -1;
	case HL_PLUGIN_PASS:
		break;
	}
	return next_deliver_mail != NULL ? next_deliver_mail(ctx, storage_r)
					 : 0;
}

HL_EXPORT const char *lda_hardlink_plugin_version = DOVECOT_ABI_VERSION;
HL_EXPORT const char *lda_hardlink_plugin_dependencies[] = {NULL};
HL_EXPORT const char lda_hardlink_plugin_binary_dependency[] = "lda";

HL_EXPORT void lda_hardlink_plugin_init(struct module *module ATTR_UNUSED)
{
	next_deliver_mail = mail_deliver_hook_set(lda_hardlink_deliver_mail);
}

HL_EXPORT void lda_hardlink_plugin_deinit(void)
{
	(void)mail_deliver_hook_set(next_deliver_mail);
	hl_plugin_deinit();
}
