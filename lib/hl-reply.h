#ifndef HL_REPLY_H
#define HL_REPLY_H

#include "hl-link.h"

/* The replies of draft-sam-smtp-redirects sections 3.1 and 3.2. */

struct hl_reply {
	/* 557 or 558, or 550 */
	unsigned int status;
	/* "5.2.7" or "5.2.8" (X.2.7 and X.2.8 aren't registered with IANA) */
	const char *enhanced_code;
	/* "mailbox has moved to <new>"; without the codes */
	char text[HL_ADDRESS_SIZE + 64];
};

#define HL_REPLY_LINE_SIZE (HL_ADDRESS_SIZE + 80)

/* The reply to a RCPT whose hard-link is link; link->kind isn't NONE. To a peer
   that didn't ask for SMTPUTF8 (RFC 6531) an address that isn't ASCII can't be
   told: it gets "550 5.1.6 mailbox has moved", or for a temporary one 5.2.0. */
void hl_reply_format(const struct hl_link *link, bool smtputf8,
		     struct hl_reply *reply_r);

/* A reply as one line, "557 5.2.7 mailbox has moved to <new>", without CRLF.
   Returns its length. */
size_t hl_reply_write_line(const struct hl_reply *reply,
			   char line_r[HL_REPLY_LINE_SIZE]);

/* Both, for a peer with SMTPUTF8. */
size_t hl_reply_format_line(const struct hl_link *link,
			    char line_r[HL_REPLY_LINE_SIZE]);

/* Reads a 557 or 558 reply that another server gave to our RCPT. text is the
   whole reply, one or more lines ("557-…", "557 …"), CRLF or LF between them,
   the last line end optional; rcpt (may be NULL) is the address that we sent
   in RCPT.

   The new address may be one that only a peer with SMTPUTF8 can be sent to
   (hl_address_is_ascii()).

   Accepted: the status's own enhanced code or none, rcpt itself in angle
   brackets at the start of a line's text, the draft's literal "(X.2.7)" at the
   end, and exactly one other address in angle brackets, any valid forward-path
   (also with an address literal, or behind a source route). Refused, with
   HL_ERROR_DATA: every other status (551 is not 557), an enhanced code that
   contradicts the status (its class or detail), lines that disagree about the
   status, no address, two different addresses, an address without angle
   brackets, rcpt as the new address, control bytes, more than 4096 bytes.

   link_r->kind becomes permanent for 557, temporary for 558 (expires 0: the
   reply doesn't say). */
int hl_reply_parse(const char *text, size_t size, const struct hl_address *rcpt,
		   struct hl_link *link_r, struct hl_error *err);

#endif
