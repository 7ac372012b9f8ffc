#ifndef HL_OWNER_PRIVATE_H
#define HL_OWNER_PRIVATE_H

#include "hl-change-private.h"
#include "hl-owner.h"

/* hl_change_begin(), and may the owner change it? What an owner with another
   id left is out of the state then. */
int hl_owner_change_begin(struct hl_change *change, struct hl_log *log,
			  const struct hl_owner *owner,
			  const struct hl_address *old,
			  struct hl_change_result *result,
			  struct hl_error *err);

/* Drops what is to come, and keeps what is in force. */
void hl_owner_drop_next(struct hl_change *change);

#endif
