#ifndef HLD_CLIENT_H
#define HLD_CLIENT_H

#include "daemon.h"
#include "owner.h"

#include "connection.h"

/* A connection to one of hardlinkd's sockets: one command at a time, see
   PROTOCOL.md. */

#define HLD_LINE_MAX 8192

enum hld_client_kind { HLD_CLIENT_OWNER, HLD_CLIENT_LOOKUP, HLD_CLIENT_ADMIN };

struct hld_client {
	struct connection conn;
	/* the connection's, and outlives it */
	struct event *event;
	struct hld *hld;
	enum hld_client_kind kind;
	/* the peer, as the kernel says */
	pid_t pid;
	uid_t uid;
	unsigned int refcount;

	/* who has proved to be here; NULL: nobody yet */
	struct hld_owner *owner;
	/* of the admin socket: who acts; NULL: not said yet */
	char *actor;

	/* until it has said who it is */
	struct timeout *to_identify;
	/* a command is in progress, or being started */
	bool busy, starting;
	/* it doesn't read its replies */
	bool deaf;
	/* it has this command left to say who it is */
	bool late;
};

void hld_clients_init(void);
void hld_clients_deinit(void);

/* Takes over fd. name: of the listening socket; it says what it's for. */
void hld_client_create(struct hld *hld, int fd, const char *name);

/* Whoever goes on after a command's start keeps a reference. */
void hld_client_ref(struct hld_client *client);
void hld_client_unref(struct hld_client **client);

/* A line in front of the final one: "*" and these fields, each with its TAB in
   front. */
void hld_client_send(struct hld_client *client, const char *fields);
/* The final line, once for each command; to a client that has gone, nothing. */
void hld_client_ok(struct hld_client *client, const char *fields);
void hld_client_fail(struct hld_client *client, const struct hl_error *err);

#endif
