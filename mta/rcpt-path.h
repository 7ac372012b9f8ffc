#ifndef EDGE_RCPT_PATH_H
#define EDGE_RCPT_PATH_H

#include "hl-address.h"

/* The address in a RCPT's forward-path (RFC 5321 section 4.1.2), with angle
   brackets or without; a source route is ignored (appendix C). -1 if there is
   none with a domain. */
int rcpt_path_parse(const char *path, size_t size,
		    struct hl_address *address_r);

#endif
