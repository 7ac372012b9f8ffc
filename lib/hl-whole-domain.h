#ifndef HL_WHOLE_DOMAIN_H
#define HL_WHOLE_DOMAIN_H

#include "hl-address.h"
#include "hl-config.h"

/* What the hard-link of a whole domain says of one of its recipients. */

/* Where one to this domain leads the recipient: to the same local part there,
   letter case and detail kept. FALSE if nowhere: its local part is one of
   protected_localparts, or postmaster, or the new address couldn't be
   written. */
bool hl_whole_domain_lead(const struct hl_config *config,
			  const struct hl_address *recipient,
			  const struct hl_address *domain,
			  struct hl_address *target_r);

#endif
