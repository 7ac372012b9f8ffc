#ifndef HL_ADDRESS_H
#define HL_ADDRESS_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>

/* Mailbox addresses (RFC 5321 section 4.1.2), in the one form that the whole
   project uses: local part with its quoting removed, domain lower-cased and
   its labels as A-labels. See schema/FORMAT.md section 2. */

#define HL_LOCAL_PART_MAX 64
#define HL_DOMAIN_MAX	  253
/* RFC 5321 section 4.5.3.1.3: 256 octets with the angle brackets. */
#define HL_ADDRESS_MAX	254
#define HL_ADDRESS_SIZE (HL_ADDRESS_MAX + 1)

struct hl_address {
	/* Decoded: no quotes, no backslashes. Never holds a NUL or another
	   control byte. Empty for a whole domain, which only those functions
	   give or take that say so. */
	char local_part[HL_LOCAL_PART_MAX + 1];
	/* A-labels in lower case; "[…]" for an address literal. */
	char domain[HL_DOMAIN_MAX + 1];
};

enum hl_address_flags {
	/* Accept what only others may use as a target: an address literal as
	   domain (RFC 5321 section 4.1.3, syntax checked) and a source route
	   in front (section 4.1.2, ignored as appendix C asks). */
	HL_ADDRESS_FOREIGN = 1 << 0
};

/* Parses a mailbox without angle brackets, all of it: `user@example.org`,
   `"john doe"@example.org`, `x@bücher.example` (IDNA2008 through libidn2),
   `josé@example.org` (RFC 6531 section 3.3; the local part stays as it is).
   HL_ERROR_DATA says which rule was broken. */
int hl_address_parse(const char *text, size_t size, enum hl_address_flags flags,
		     struct hl_address *address_r, struct hl_error *err);

/* The same, or a whole domain, written with the @ alone in front of it:
   `@example.org`. What can be hard-linked is one or the other. */
int hl_address_parse_subject(const char *text, size_t size,
			     struct hl_address *address_r,
			     struct hl_error *err);
/* A whole domain, without the @. */
int hl_address_parse_domain(const char *text, size_t size,
			    enum hl_address_flags flags,
			    struct hl_address *address_r, struct hl_error *err);
bool hl_address_is_domain(const struct hl_address *address);
/* The whole domain of an address. */
void hl_address_make_domain(struct hl_address *address);
/* Puts a domain in the place of the address's own. HL_ERROR_DATA if the two are
   too long together. */
int hl_address_move_to_domain(struct hl_address *address, const char *domain,
			      struct hl_error *err);

/* A mailbox from a local part that is already decoded (as Dovecot and Sieve
   hand it over) and a domain. */
int hl_address_from_parts(const char *local_part, size_t local_part_size,
			  const char *domain, size_t domain_size,
			  enum hl_address_flags flags,
			  struct hl_address *address_r, struct hl_error *err);

/* Can it be sent to a peer that didn't ask for SMTPUTF8? */
bool hl_address_is_ascii(const struct hl_address *address);

/* Writes the canonical text (quoted only where RFC 5321 demands it) and
   returns its length; hl_address_parse_subject() gives the same address
   back. */
size_t hl_address_format(const struct hl_address *address,
			 char text_r[HL_ADDRESS_SIZE]);

/* Folds the local part (ASCII letters to lower case). */
void hl_address_fold(struct hl_address *address);

/* Makes of any spelling of a mailbox the one by which hard-links are kept and
   looked up: the local part folded, before and after that in Unicode's
   normalisation form C. HL_ERROR_DATA if it is too long in that form. */
int hl_address_make_key(struct hl_address *address, struct hl_error *err);

/* Makes of an address what may be written into the log: the local part in
   normalisation form C. HL_ERROR_DATA if that is too long, or holds what people
   can't see or that is no character (hl-unicode.h): nobody shall be sent to an
   address that isn't what it looks like. */
int hl_address_make_writable(struct hl_address *address, struct hl_error *err);

/* Byte for byte; fold both first to compare as a lookup does. */
bool hl_address_equal(const struct hl_address *a, const struct hl_address *b);

/* Cuts the local part at the first byte that is one of delimiters, if
   something stands before it (Postfix's recipient_delimiter). Returns whether
   anything was cut. */
bool hl_address_strip_detail(struct hl_address *address,
			     const char *delimiters);

/* Is the local part, without its detail and folded, one of the names in
   protected (separated by blanks)? */
bool hl_address_is_protected(const struct hl_address *address,
			     const char *delimiters, const char *protected);

#endif
