#ifndef LMTP_HARDLINK_EXISTS_H
#define LMTP_HARDLINK_EXISTS_H

#include "lib.h"

struct client;
struct smtp_server_recipient;

/* Is there such a mailbox here, by lmtp's own rules? FALSE also if the userdb
   can't say, and for a recipient that lmtp passes on to another server. */
bool lmtp_hardlink_exists(struct client *client,
			  struct smtp_server_recipient *rcpt);

#endif
