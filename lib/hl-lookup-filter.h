#ifndef HL_LOOKUP_FILTER_H
#define HL_LOOKUP_FILTER_H

#include "hl-checkpoint.h"
#include "hl-record.h"
#include "hl-store.h"

/* The filter as a reader of one store uses it: schema/FILTER.md. */

struct hl_lookup_filter;

/* dir must outlive it; NULL or "": there is none. NULL: out of memory. */
struct hl_lookup_filter *hl_lookup_filter_init(const char *dir);
void hl_lookup_filter_deinit(struct hl_lookup_filter **filter);

/* The store shows this head, in the state that it has noted, and was just now
   looked at in every respect. */
void hl_lookup_filter_settle(struct hl_lookup_filter *filter,
			     struct hl_store *store,
			     const struct hl_checkpoint *head);
/* It may be another store, or otherwise another state. */
void hl_lookup_filter_unsettle(struct hl_lookup_filter *filter);
/* It was looked at in every respect, and nothing has changed. */
void hl_lookup_filter_looked(struct hl_lookup_filter *filter);

/* Does the store certainly hold none of these index keys? What can only be
   told by looking at files is looked at now and then alone: FALSE when it's
   time. */
bool hl_lookup_filter_excludes(const struct hl_lookup_filter *filter,
			       struct hl_store *store,
			       const char (*keys)[HL_INDEX_KEY_SIZE],
			       size_t count);

#endif
