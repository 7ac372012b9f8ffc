#ifndef EDGE_LISTEN_H
#define EDGE_LISTEN_H

#include "hl-error.h"

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

/* The places of unix sockets. A program may have been killed there, may still
   be running, or may be ending just now: only a socket at which nobody answers
   is replaced, and only one's own is removed. */

struct edge_place {
	struct sockaddr_un address;
	/* bind here; in the same directory */
	struct sockaddr_un bind_address;
	int lock;
	dev_t dev;
	ino_t ino;
};

/* Takes the place while nobody else can; HL_ERROR_TEMP if a program answers
   there, HL_ERROR_CONFIG if something else than a socket is there. */
int edge_place_take(struct edge_place *place, const char *path,
		    struct hl_error *err);
/* What was bound to bind_address gets its mode and appears at the path. */
int edge_place_publish(struct edge_place *place, mode_t mode,
		       struct hl_error *err);
/* Instead of publishing. */
void edge_place_abandon(struct edge_place *place);
/* Removes the socket, if it's still this one. */
void edge_place_remove(const struct edge_place *place);

/* All of it: returns a descriptor that listens. */
int edge_listen(struct edge_place *place, const char *path, mode_t mode,
		struct hl_error *err);

#endif
