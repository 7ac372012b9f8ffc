#ifndef HL_PLUGIN_COMMON_H
#define HL_PLUGIN_COMMON_H

#include "hl-dovecot-compat.h"
#include "hl-reply.h"

struct smtp_address;

/* What every module that asks for a recipient's hard-link shares: the
   configuration, the lookup, and what is told to log and statistics. */

/* One hardlink.conf and its lookup, as long as the process lives. */
struct hl_plugin;

/* The one of this configuration file. Call it for each client or delivery: it
   notices a changed file. One that can't be used is logged; then the former
   one stays in force, or, if there is none, it's tried again at every
   lookup. */
struct hl_plugin *hl_plugin_get(const char *config_path, struct event *event);
/* Frees all of them. */
void hl_plugin_deinit(void);

/* Does LMTP deliver whatever comes (the setting `lmtp = deliver`)? */
bool hl_plugin_lmtp_delivers(const struct hl_plugin *plugin);

enum hl_plugin_answer {
	/* no hard-link: not our business */
	HL_PLUGIN_PASS,
	/* answer reply_r */
	HL_PLUGIN_REDIRECT,
	/* nobody knows, and on_error is tempfail */
	HL_PLUGIN_TEMPFAIL
};

/* A client isn't told more of a TEMPFAIL than this. */
#define HL_PLUGIN_TEMPFAIL_TEXT "Temporary internal error"

/* Does the recipient exist here? Asked only where the answer hangs on it: the
   hard-link of a whole domain is only for recipients that do. FALSE also where
   nobody knows, or another server does: whoever goes on with the HL_PLUGIN_PASS
   that follows finds that out, and says so. */
typedef bool hl_plugin_exists_func(void *context);

/* The address of a RCPT; FALSE if it's none that could be hard-linked.
   flags: of hl_address_from_parts(). */
bool hl_plugin_address(const struct smtp_address *path,
		       enum hl_address_flags flags,
		       struct hl_address *address_r);

/* smtputf8: as of hl_reply_format(). Sends the events hardlink_redirected
   (field kind) and hardlink_failed (field error), children of parent; their
   duration is that of the lookup. */
enum hl_plugin_answer hl_plugin_lookup(struct hl_plugin *plugin,
				       const struct smtp_address *rcpt,
				       bool smtputf8, struct event *parent,
				       hl_plugin_exists_func *exists,
				       void *context, struct hl_reply *reply_r);

#endif
