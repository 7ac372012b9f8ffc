#ifndef IMAP_HARDLINK_H
#define IMAP_HARDLINK_H

#include "hl-dovecot-compat.h"
#include "hl-service.h"

struct mail_user;
struct mailbox;
struct mailbox_attribute_internal;

/* Everything below this entry of the server is imap_hardlink's. */
#define IMAP_HARDLINK_PREFIX "vendor/vendor.hardlink/"

/* For mailbox_attribute_register_internal(). */
extern const struct mailbox_attribute_internal imap_hardlink_attribute;

/* Its changes are made when the transaction is committed. */
void imap_hardlink_mailbox_allocated(struct mailbox *box);

/* Asks hardlinkd (words: NULL-terminated), as the user of this login. An
   error's text is for the user; what is for the administrator is logged. */
int imap_hardlink_ask(struct mail_user *user, const char *const *words,
		      struct hl_service_state *state_r, struct hl_error *err);

/* The user's addresses, as hardlinkd writes them, in the data stack; -1 if it
   can't be asked, which is logged. */
int imap_hardlink_addresses(struct mail_user *user,
			    const char *const **addresses_r);

#endif
