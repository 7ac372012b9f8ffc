#ifndef HL_CHANGE_PRIVATE_H
#define HL_CHANGE_PRIVATE_H

#include "hl-change.h"

/* What changes have in common, for hl-change.c and hl-owner.c. */

/* What every change begins with: where the address stands now. */
struct hl_change {
	struct hl_log *log;
	const struct hl_actor *actor;
	/* the new entry's payload, with the state as it is now */
	struct hl_payload payload;
	/* of the newest entry; 0 if there is none */
	uint64_t seq;
	enum hl_channel channel;
	unsigned char key_id[HL_KEY_ID_SIZE];
	bool in_force;
	/* is the link in force the one in state.next? */
	bool next_in_force;
	struct hl_change_result *result;
};

/* Within a snapshot or transaction. old needn't be folded. */
int hl_change_begin(struct hl_change *change, struct hl_log *log,
		    const struct hl_actor *actor, const struct hl_address *old,
		    struct hl_change_result *result, struct hl_error *err);
/* Appends the payload; within a transaction. */
int hl_change_append(struct hl_change *change, enum hl_action action,
		     struct hl_error *err);

/* An address goes to an address, a whole domain to a whole domain:
   HL_ERROR_DATA otherwise. */
int hl_change_check_subjects(const struct hl_address *old,
			     const struct hl_address *target,
			     struct hl_error *err);
/* An expiry must be ahead, but not absurdly far. */
int hl_change_check_expiry(const struct hl_change *change, int64_t expires,
			   struct hl_error *err);
/* HL_ERROR_PERMISSION that says what is in force, and how it's ended
   ("--replace"). Returns -1. */
int hl_change_refuse_replace(const struct hl_change *change, const char *how,
			     struct hl_error *err);

#endif
