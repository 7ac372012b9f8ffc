#ifndef HL_DOMAIN_H
#define HL_DOMAIN_H

#include "hl-address.h"

/* The part of an address behind its @. Only hl-address*.c use this. */

static inline char hl_ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Reads a domain, or with HL_ADDRESS_FOREIGN also an address literal, into its
   one form. With HL_ADDRESS_FOREIGN an A-label may be one that this machine's
   libidn2 doesn't know to be valid. The error doesn't name the address. */
int hl_domain_parse(const char *text, size_t size, enum hl_address_flags flags,
		    char domain_r[HL_DOMAIN_MAX + 1], struct hl_error *err);

#endif
