#ifndef HL_PROOF_H
#define HL_PROOF_H

#include "hl-log.h"

/* A proof that the log holds an entry: schema/FORMAT.md section 12. */

#define HL_PROOF_MAX 16384

/* In a snapshot: writes the document that proves entry seq (0: the newest) of
   the address, which must be folded, in the tree of the present head. buf holds
   HL_PROOF_MAX; *seq_r says which entry it is. HL_ERROR_NOT_FOUND if the
   address has no such entry (an erased one is none), HL_ERROR_STORE if it can't
   be proven: its key was revoked, or the tree isn't the head's. Reads all of
   the log. */
int hl_proof_write(struct hl_log *log, const struct hl_address *address,
		   uint64_t seq, char *buf, size_t *size_r, uint64_t *seq_r,
		   struct hl_error *err);

#endif
