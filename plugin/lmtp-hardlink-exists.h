#ifndef LMTP_HARDLINK_EXISTS_H
#define LMTP_HARDLINK_EXISTS_H

#include "hl-plugin-common.h"

struct client;
struct smtp_server_recipient;

/* Is there such a mailbox here, by lmtp's own rules? */
bool lmtp_hardlink_exists(struct client *client,
			  struct smtp_server_recipient *rcpt);

#endif
