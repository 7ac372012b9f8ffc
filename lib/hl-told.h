#ifndef HL_TOLD_H
#define HL_TOLD_H

#include "hl-link.h"
#include "hl-log.h"

/* Who was told that a mailbox they write to has moved for good. */

#define HL_TOLD_ID_SIZE (2 * HL_HASH_SIZE + 1)

/* Notes that this login is told of this hard-link, within a transaction: 1, or
   0 if it was noted before. id_r names the mail that tells it. Whoever reads
   the store learns neither login nor addresses: it's a hash that the signing
   key goes into. */
int hl_told_note(struct hl_log *log, const char *login,
		 const struct hl_address *old, const struct hl_link *link,
		 char id_r[HL_TOLD_ID_SIZE], struct hl_error *err);

#endif
