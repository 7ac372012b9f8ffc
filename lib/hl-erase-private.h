#ifndef HL_ERASE_PRIVATE_H
#define HL_ERASE_PRIVATE_H

#include "hl-erase.h"

/* Does the payload of an entry name the address, which is folded? */
bool hl_erase_payload_names(const struct hl_payload *payload,
			    enum hl_action action,
			    const struct hl_address *address);

#endif
