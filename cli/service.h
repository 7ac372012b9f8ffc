#ifndef SERVICE_H
#define SERVICE_H

#include "cli.h"

/* hardlinkd, in the place of the store. It commits one administrator's change
   together with what others ask for at that moment. */

/* Sends SET or UNSET (words as in plugin/service/PROTOCOL.md) and prints what
   cli_change_print() would, within cli_change_begin(). Returns 1 if it is done;
   0 if no hardlinkd for this store listens at admin_socket, or --accept-clock
   is given, which hardlinkd doesn't know. The configuration has been read. */
int cli_service_change(struct cli *cli, const char *const *words,
		       struct hl_error *err);

#endif
