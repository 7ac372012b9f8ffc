#ifndef HLD_RECIPIENT_H
#define HLD_RECIPIENT_H

#include "daemon.h"

#include "hl-link.h"

/* The hard-link of a recipient, for who can't know which recipients exist: that
   of a whole domain counts only if the userdb knows the recipient. */

/* link: kind NONE if there is none; NULL if nobody knows, err says why. */
typedef void hld_recipient_func(const struct hl_link *link,
				const struct hl_error *err, void *context);

/* func is called once, maybe before this returns. */
void hld_recipient_lookup(struct hld *hld, const struct hl_address *address,
			  hld_recipient_func *func, void *context);

#endif
