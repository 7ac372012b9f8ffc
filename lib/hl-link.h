#ifndef HL_LINK_H
#define HL_LINK_H

#include "hl-address.h"

#include <stdint.h>

/* A hard-link: "mail for this address goes to target". */

enum hl_kind {
	HL_KIND_NONE = 0,
	/* 557: until withdrawn */
	HL_KIND_PERMANENT,
	/* 558: until expires */
	HL_KIND_TEMPORARY
};

struct hl_link {
	enum hl_kind kind;
	/* a whole domain in the state of a whole domain */
	struct hl_address target;
	/* seconds since the epoch; 0 unless kind is temporary */
	int64_t expires;
};

struct hl_next {
	struct hl_link link;
	/* from when on it replaces the current link */
	int64_t effective;
	bool confirmed;
};

/* The complete state of one address, as every entry restates it. */
struct hl_state {
	struct hl_link current;
	/* link.kind is HL_KIND_NONE if there is no change to come */
	struct hl_next next;
	/* owners may not change this address */
	bool blocked;
};

/* "permanent", "temporary", "" */
const char *hl_kind_name(enum hl_kind kind);

/* The link in force at now, or NULL: next once it is confirmed and its time
   has come, else current, each only until its expiry (schema/FORMAT.md
   section 10). */
const struct hl_link *hl_state_in_force(const struct hl_state *state,
					int64_t now);

#endif
