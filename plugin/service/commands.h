#ifndef HLD_COMMANDS_H
#define HLD_COMMANDS_H

#include "client.h"

/* Runs a command of a client. Returns 0 if it is answered or will be, -1 if the
   line isn't of the protocol: the connection ends. */
int hld_command_run(struct hld_client *client, const char *const *args);

/* In command-set.c: SET, CONFIRM, UNSET, RETURNED. args don't hold the command.
 */
void hld_command_set(struct hld_client *client, const char *const *args);
void hld_command_confirm(struct hld_client *client, const char *const *args);
void hld_command_unset(struct hld_client *client, const char *const *args);
void hld_command_returned(struct hld_client *client, const char *const *args);
/* In command-told.c. */
void hld_command_told(struct hld_client *client, const char *const *args);
/* In command-show.c: GET, HISTORY, ADDRESSES, LOOKUP. */
void hld_command_get(struct hld_client *client, const char *const *args);
void hld_command_history(struct hld_client *client, const char *const *args);
void hld_command_addresses(struct hld_client *client, const char *const *args);
void hld_command_lookup(struct hld_client *client, const char *const *args);

#endif
