#ifndef HL_CYCLE_H
#define HL_CYCLE_H

#include "hl-log.h"

/* Would a hard-link from old (as it is kept) to target lead back to old through
   the hard-links held here, those to come included? 0 if not; HL_ERROR_DATA if
   it would, or if the chain is longer than can be followed. For a whole domain
   also: would it lead any of its addresses back to itself? That goes through
   all rows that are open. */
int hl_cycle_check(struct hl_log *log, const struct hl_address *old,
		   const struct hl_address *target, struct hl_error *err);

#endif
