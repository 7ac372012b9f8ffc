#ifndef HLD_IDENTIFY_H
#define HLD_IDENTIFY_H

#include "client.h"

/* Commands by which a client proves who it is. Each ends with a reply. */

/* args: service, pid, user, session id, token */
void hld_identify_token(struct hld_client *client, const char *const *args);
/* by the peer's uid */
void hld_identify_peer(struct hld_client *client);

#endif
