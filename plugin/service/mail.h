#ifndef HLD_MAIL_H
#define HLD_MAIL_H

#include "daemon.h"
#include "owner.h"

#include "hl-change.h"

/* The mails that hardlinkd sends, or has sent. */

struct hld_mails;

struct hld_mails *hld_mails_init(struct hld *hld);
/* Those in progress are given up. */
void hld_mails_deinit(struct hld_mails **mails);

/* err: NULL once the mail was taken. */
typedef void hld_mail_func(const struct hl_error *err, void *context);

/* Mails the code to the new address. name is the mail's, for its field
   Hardlink-Consent (lib/hl-store.h: struct hl_consent). func is called once,
   maybe before this returns: with HL_ERROR_TEMP if the mail wasn't taken, or if
   too many went out for this login or to this address; with HL_ERROR_DATA if
   none can be sent there. */
void hld_mail_code(struct hld_mails *mails, const struct hld_owner *owner,
		   const struct hl_address *old, const struct hl_link *link,
		   const char *code, const char *name, hld_mail_func *func,
		   void *context);

/* Puts into the old mailbox (the login's) that it was asked to move: when, by
   which channel, how to stop it, but not where to. result: what was, or will
   be, set. func is called once, maybe before this returns. */
void hld_mail_notice(struct hld_mails *mails, const struct hld_owner *owner,
		     const struct hl_change_result *result, int64_t now,
		     hld_mail_func *func, void *context);

/* Puts into the login's mailbox that old, to which it wrote, has moved. What
   goes wrong is logged. */
void hld_mail_told(struct hld_mails *mails, const struct hld_owner *owner,
		   const struct hl_address *old, const struct hl_link *link);

#endif
