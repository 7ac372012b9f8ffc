#ifndef LMTP_HARDLINK_RETURNED_H
#define LMTP_HARDLINK_RETURNED_H

#include "hl-dovecot-compat.h"

struct smtp_address;

/* Mails with a code, which an owner's new address was sent, and which come back
   to the old one: the new address forwards there. Were they delivered, the
   owner of the old address alone could confirm the move, and mail would go
   round in circles. */

#define LMTP_HARDLINK_CONSENT_FIELD "Hardlink-Consent"

enum lmtp_hardlink_returned {
	/* nothing of the kind: somebody else's, or nothing waits for it */
	LMTP_HARDLINK_RETURNED_NO,
	/* it is one, and the move has been given up */
	LMTP_HARDLINK_RETURNED_YES,
	/* hardlinkd couldn't be asked; that is logged */
	LMTP_HARDLINK_RETURNED_UNKNOWN
};

/* name: the field's value. Waits for hardlinkd, for seconds. */
enum lmtp_hardlink_returned
lmtp_hardlink_returned(const char *base_dir, const struct smtp_address *rcpt,
		       const char *name, struct event *event);

#endif
