#ifndef NOTICE_CLIENT_H
#define NOTICE_CLIENT_H

#include "hl-config.h"
#include "hl-expiry.h"

/* hardlink-notice, which puts notices into mailboxes; see
   plugin/service/PROTOCOL.md. It listens beside admin_socket. */

/* Is there a socket? */
bool notice_client_is_there(const struct hl_config *config);

/* One notice, one connection; fd is that. HL_ERROR_TEMP if nobody listens. */
int notice_client_connect(const struct hl_config *config, int *fd_r,
			  struct hl_error *err);
/* Sends it, waits until it lies in the mailbox, and closes fd. HL_ERROR_DATA if
   it was refused, HL_ERROR_TEMP if the connection broke. */
int notice_client_put(int fd, const struct hl_expiry_notice *notice,
		      struct hl_error *err);

#endif
