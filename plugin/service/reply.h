#ifndef HLD_REPLY_H
#define HLD_REPLY_H

#include "daemon.h"

#include "hl-owner.h"

#include "str.h"

/* Fields of replies, each with a TAB in front, see PROTOCOL.md. */

void hld_reply_add(string_t *reply, const char *name, const char *value);
/* Nothing for a link of kind NONE. */
void hld_reply_add_link(string_t *reply, const char *prefix,
			const struct hl_link *link);
void hld_reply_add_next(string_t *reply, const struct hl_next *next);
/* What a change came to, at now. */
void hld_reply_add_result(string_t *reply,
			  const struct hl_change_result *result,
			  enum hl_channel channel, int64_t now);
void hld_reply_add_view(string_t *reply, const struct hl_owner_view *view);

#endif
