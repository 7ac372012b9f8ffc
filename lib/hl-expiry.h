#ifndef HL_EXPIRY_H
#define HL_EXPIRY_H

#include "hl-log.h"

/* Telling the owner of a mailbox that its temporary hard-link is about to run
   out, or has: which of that is due, by the setting notice_before. */

/* Whoever wasn't told so long after it ended isn't told any more: a site that
   begins with this has old ones. */
#define HL_EXPIRY_LATE_MAX (14 * 86400)

/* Hexadecimal. It follows from the store, the entry and what is told, and says
   nothing of them. */
#define HL_EXPIRY_ID_SIZE 33

struct hl_expiry_notice {
	struct hl_address address;
	struct hl_link link;
	/* so many seconds before it ends; 0: it has ended */
	int64_t before;
	/* Whose mailbox: the login that asked for the hard-link, or else the
	   address itself. */
	char login[HL_ACTOR_SIZE];
	/* may the owner change it? Otherwise it's an administrator's. */
	bool by_owner;
	/* the newest entry of the address */
	uint64_t seq;
	char id[HL_EXPIRY_ID_SIZE];
};

/* Is there something to be told of this address, whose newest entry this is,
   that wasn't yet? 1, or 0. Of several things that are due it's the latest one;
   what was due when the hard-link began, or was extended, isn't told. In a
   snapshot. */
int hl_expiry_due(struct hl_log *log, const struct hl_entry *entry,
		  struct hl_expiry_notice *notice_r, struct hl_error *err);

/* Notes that it is told, in a transaction, before it is. 1; or 0 if it was
   noted before, or the address has changed meanwhile. */
int hl_expiry_note(struct hl_log *log, const struct hl_expiry_notice *notice,
		   struct hl_error *err);

#endif
