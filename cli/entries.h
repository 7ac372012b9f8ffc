#ifndef ENTRIES_H
#define ENTRIES_H

#include "cli.h"

/* The newest entry of each address and each whole domain, for what goes over
 * all hard-links. */

/* A domain as the store writes it: lower case, A-labels. */
int entries_domain_parse(const char *name, char domain_r[HL_DOMAIN_MAX + 1],
			 struct hl_error *err);

/* Within a snapshot, by address; domain "": of all domains. func returns 0 to
   go on. */
typedef int entries_func(const struct hl_entry *entry, void *context,
			 struct hl_error *err);
int entries_each(struct hl_log *log, const char *domain, entries_func *func,
		 void *context, struct hl_error *err);

#endif
