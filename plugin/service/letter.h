#ifndef HLD_LETTER_H
#define HLD_LETTER_H

#include "lib.h"
#include "str.h"

#include "hl-link.h"

/* Mails that these programs write: plain text, marked as RFC 3834 asks, so that
   no machine answers them. */

struct hld_letter {
	struct hl_address from;
	/* NULL: nobody is named */
	const struct hl_address *to;
	/* ASCII */
	const char *subject;
	/* what the Message-ID begins with: letters, digits, dots */
	const char *id;
	/* value of Hardlink-Consent, made of the same, or NULL */
	const char *consent;
	const char *body;
};

/* Whom mails about old come from: mail_from is the setting of this name. */
void hld_letter_from(const char *mail_from, const struct hl_address *old,
		     struct hl_address *from_r);

/* The whole mail, with LF at the ends of lines. */
string_t *hld_letter_write(const struct hld_letter *letter, time_t now);

/* "for good", or "until …", for a body. */
const char *hld_letter_period(enum hl_kind kind, int64_t expires);

#endif
