#ifndef IMAP_HARDLINK_H
#define IMAP_HARDLINK_H

#include "hl-dovecot-compat.h"
#include "hl-service.h"

struct mail_attribute_value;
struct mail_user;
struct mailbox;
struct mailbox_attribute_internal;
struct mailbox_transaction_context;

/* Everything below this entry of the server is imap_hardlink's. */
#define IMAP_HARDLINK_PREFIX "vendor/vendor.hardlink/"

/* For mailbox_attribute_register_internal(). */
extern const struct mailbox_attribute_internal imap_hardlink_attribute;

enum imap_hardlink_entry {
	IMAP_HARDLINK_UNKNOWN,
	IMAP_HARDLINK_MOVE,
	IMAP_HARDLINK_STATE
};

/* Takes a key apart. old_r: the address, "" for that of the login. */
enum imap_hardlink_entry imap_hardlink_entry_parse(const char *key,
						   const char **old_r);

/* Gives the error to the client: [UNAVAILABLE] for what may pass, or else
   [CANNOT]. Returns -1. */
int imap_hardlink_fail(struct mailbox *box, const struct hl_error *err);

/* Notes a change; it's made when the transaction is committed. */
int imap_hardlink_set(struct mailbox_transaction_context *t, const char *key,
		      const struct mail_attribute_value *value);

/* A hook: lets INBOX, where the server's entries are, make changes. */
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
