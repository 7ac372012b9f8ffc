#ifndef HL_OWNER_H
#define HL_OWNER_H

#include "hl-change.h"
#include "hl-code.h"

/* What the owner of a mailbox may do to its hard-link. Who that is, and which
   addresses are the owner's, the caller has proved. The settings
   confirm_target, hold, max_temporary and protected_localparts count here.

   An administrator's hard-link or block is none of the owner's business:
   HL_ERROR_PERMISSION. What stands there from an owner with another id (the
   mailbox's login was given to someone else) isn't this one's: it doesn't
   show, and the first change ends it. */

struct hl_owner {
	/* the channel, the login, and a reason that may be "" */
	struct hl_actor actor;
	/* tells owners apart that had the same login one after the other; ""
	   where a site has no such thing */
	const char *id;
};

/* Would hl_owner_set() succeed? result_r says what it would come to. Within a
   snapshot or transaction; writes nothing. */
int hl_owner_check_set(struct hl_log *log, const struct hl_owner *owner,
		       const struct hl_address *old, const struct hl_link *link,
		       bool replace, struct hl_change_result *result_r,
		       struct hl_error *err);
/* Sets the hard-link: pending if consent is to be given (confirm_target), or
   confirmed with a time to come (hold), or at once. Refused as hl_change_set()
   does it, and: over one that is in force, or that another channel left to
   come, without replace (HL_ERROR_PERMISSION); protected local parts
   (HL_ERROR_PERMISSION); too long a temporary one (HL_ERROR_DATA).
   code: what was mailed to the new address, if confirm_target; else NULL.
   mail: the name of that mail. */
int hl_owner_set(struct hl_log *log, const struct hl_owner *owner,
		 const struct hl_address *old, const struct hl_link *link,
		 bool replace, const char *code, const char *mail,
		 struct hl_change_result *result_r, struct hl_error *err);
/* Gives a code back. Returns 1, with HL_ERROR_PERMISSION, for a wrong one: the
   transaction has to be committed all the same, since wrong ones are counted,
   and the fifth ends the pending change. */
int hl_owner_confirm(struct hl_log *log, const struct hl_owner *owner,
		     const struct hl_address *old, const char *code,
		     struct hl_change_result *result_r, struct hl_error *err);
/* Ends what is in force, and what is to come; HL_ERROR_NOT_FOUND if there is
   neither. */
int hl_owner_unset(struct hl_log *log, const struct hl_owner *owner,
		   const struct hl_address *old,
		   struct hl_change_result *result_r, struct hl_error *err);
/* The mail with the code came to the old address itself: the new one forwards
   there, and the two would be a loop. Ends the pending change that the mail was
   for; HL_ERROR_NOT_FOUND if there is none. */
int hl_owner_refuse_returned(struct hl_log *log, const struct hl_address *old,
			     const char *mail,
			     struct hl_change_result *result_r,
			     struct hl_error *err);
/* Ends what an owner with another id left: 1; or 0 if there was nothing of
   that kind. */
int hl_owner_claim(struct hl_log *log, const struct hl_owner *owner,
		   const struct hl_address *old, struct hl_error *err);

/* How an address stands, for its owner. */
struct hl_owner_view {
	struct hl_address address;
	/* kind NONE: nothing is in force */
	struct hl_link in_force;
	/* kind NONE: nothing is to come. One that is pending and whose code has
	   run out doesn't come any more. */
	struct hl_next next;
	/* of the newest entry, if either is there */
	enum hl_channel channel;
	/* owners are barred from changing it */
	bool blocked;
	/* An owner with another id left something here: it doesn't show, and
	   hl_owner_claim() ends it. */
	bool of_another;
};

/* Within a snapshot or transaction. */
int hl_owner_view(struct hl_log *log, const struct hl_owner *owner,
		  const struct hl_address *old, struct hl_owner_view *view_r,
		  struct hl_error *err);

/* May this owner see that entry of the address's history? */
bool hl_owner_may_see(const struct hl_owner *owner,
		      const struct hl_entry *entry);

#endif
