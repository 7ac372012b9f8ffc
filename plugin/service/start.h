#ifndef HLD_START_H
#define HLD_START_H

#include "../hl-dovecot-compat.h"

#include "master-service.h"

/* What a program that Dovecot's master runs begins with: options, settings,
   log and rights. Returns the path of hardlink.conf. */
const char *hld_start(const char *name, enum master_service_flags flags,
		      int *argc, char **argv[]);

#endif
