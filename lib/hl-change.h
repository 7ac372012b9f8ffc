#ifndef HL_CHANGE_H
#define HL_CHANGE_H

#include "hl-log.h"

/* What administrators (and, through hardlinkd, owners: hl-owner.h) do to
   hard-links, those of whole domains included (hl_address_is_domain()).
   Each works inside a transaction of the log (hl_log_begin) and appends one
   entry, or fails and appends none. */

struct hl_actor {
	enum hl_channel channel;
	/* who, for the history; never empty */
	const char *name;
	/* may be "" */
	const char *reason;
};

/* Copies who and why into a payload. HL_ERROR_DATA if either is too long. */
int hl_actor_apply(const struct hl_actor *actor, struct hl_payload *payload,
		   struct hl_error *err);

/* What a change did, for the one who asked. */
struct hl_change_result {
	/* the address as it is kept: hl_address_make_key() */
	struct hl_address address;
	/* what was in force before; kind NONE if nothing */
	struct hl_link before;
	/* a change to come that this one ended; kind NONE if there was none */
	struct hl_next ended_next;
	struct hl_state state;
};

/* Sets the hard-link of old at once. Refused: one in force, unless replace
   (HL_ERROR_PERMISSION, says what it is); a target equal to old or leading
   back to it through hard-links held here (HL_ERROR_DATA); an address to a
   whole domain, or the other way round (HL_ERROR_DATA); an expiry that is
   past or more than 10 years off (HL_ERROR_DATA); an address that isn't
   writable (hl_address_make_writable()); `postmaster` (HL_ERROR_PERMISSION;
   RFC 5321 section 4.5.1). */
int hl_change_set(struct hl_log *log, const struct hl_actor *actor,
		  const struct hl_address *old, const struct hl_link *link,
		  bool replace, struct hl_change_result *result_r,
		  struct hl_error *err);
/* Ends what is in force and what is to come; HL_ERROR_NOT_FOUND if there is
   neither. */
int hl_change_unset(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_address *old,
		    struct hl_change_result *result_r, struct hl_error *err);
/* Gives a temporary hard-link that is in force a later expiry: until, or if
   that is 0, its present one plus seconds. */
int hl_change_extend(struct hl_log *log, const struct hl_actor *actor,
		     const struct hl_address *old, int64_t until,
		     int64_t seconds, struct hl_change_result *result_r,
		     struct hl_error *err);
/* Ends a temporary hard-link that is in force, now. */
int hl_change_expire(struct hl_log *log, const struct hl_actor *actor,
		     const struct hl_address *old,
		     struct hl_change_result *result_r, struct hl_error *err);

/* Bars owners from changing the address, and ends what they left to come; what
   is in force stays. Or lets them again. HL_ERROR_DATA if it's so already, and
   for a whole domain, which has no owner. */
int hl_change_block(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_address *old, bool blocked,
		    struct hl_change_result *result_r, struct hl_error *err);

#endif
