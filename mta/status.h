#ifndef EDGE_STATUS_H
#define EDGE_STATUS_H

#include "edge.h"

/* A socket that tells whoever connects what the edge did so far, and hangs
   up. It has a thread of its own. */
struct status;

int status_start(const char *path, struct edge *edge, struct status **status_r,
		 struct hl_error *err);
/* Removes the socket, too. */
void status_stop(struct status **status);

#endif
