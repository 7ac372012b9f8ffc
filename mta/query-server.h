#ifndef QUERY_SERVER_H
#define QUERY_SERVER_H

#include "edge.h"

#include <signal.h>

/* Answers the lines of many clients at once, in one thread. A client that
   stalls, doesn't read or sends garbage costs the others nothing. */

struct query_server;

/* listener becomes the server's, also when this fails (NULL: out of memory). */
struct query_server *query_server_init(struct edge *edge, int listener);
void query_server_deinit(struct query_server **server);

/* Waits, with these signals blocked, until there is something to do, and does
   it. Returns after a signal, too. */
void query_server_step(struct query_server *server, const sigset_t *blocked);

/* Takes no more clients, and gives those that are there some seconds. */
void query_server_finish(struct query_server *server);

#endif
