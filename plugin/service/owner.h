#ifndef HLD_OWNER_H
#define HLD_OWNER_H

#include "daemon.h"

#include "hl-owner.h"

/* Who has proved to be at the other end of a connection, and what is theirs. */

struct hld_owner {
	pool_t pool;
	enum hl_channel channel;
	const char *login;
	/* the userdb field hardlink_owner_id, or "" */
	const char *id;
	/* folded; the login address first, if the login is one */
	struct hl_address *addresses;
	unsigned int address_count;
};

/* From the userdb's fields. HL_ERROR_CONFIG if they make no sense. */
int hld_owner_create(enum hl_channel channel, const char *login,
		     const char *const *fields, struct hld_owner **owner_r,
		     struct hl_error *err);
void hld_owner_free(struct hld_owner **owner);

/* For libhardlink. Valid as long as the owner. */
void hld_owner_get(const struct hld_owner *owner, struct hl_owner *owner_r);

/* The address that a command means: text, or the first one if that is empty.
   HL_ERROR_PERMISSION if it isn't the owner's. */
int hld_owner_find(const struct hld_owner *owner, const char *text,
		   const struct hl_address **address_r, struct hl_error *err);

#endif
