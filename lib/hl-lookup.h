#ifndef HL_LOOKUP_H
#define HL_LOOKUP_H

#include "hl-config.h"
#include "hl-link.h"

/* The answer to a RCPT (schema/FORMAT.md section 10). One struct hl_lookup
   lives as long as its process; it keeps store, statements, keyring, head,
   verified entries and addresses that have no entry (a quarter of a megabyte at
   most), and sees every change of them at the next lookup. */

struct hl_lookup;

enum hl_lookup_result {
	/* err says why; nothing is known of the address */
	HL_LOOKUP_ERROR = -1,
	HL_LOOKUP_NONE = 0,
	HL_LOOKUP_FOUND = 1,
	/* Found by the hard-link of its whole domain, which says nothing of
	   whether there is such a recipient: it may be answered only for one
	   that exists. */
	HL_LOOKUP_FOUND_BY_DOMAIN = 2
};

/* Does no I/O yet. config must outlive it. */
struct hl_lookup *hl_lookup_init(const struct hl_config *config);
void hl_lookup_deinit(struct hl_lookup **lookup);

/* The hard-link in force for a recipient, now, in whatever spelling of it: its
   own, or that of the address without its detail, or that of its domain. An
   error leaves the lookup usable: the next one tries everything anew. */
enum hl_lookup_result hl_lookup(struct hl_lookup *lookup,
				const struct hl_address *recipient,
				struct hl_link *link_r, struct hl_error *err);

#endif
