#ifndef QUERY_CLIENT_H
#define QUERY_CLIENT_H

#include "query-line.h"

/* A connection to the query socket: lines in, a reply line out for each. */

struct query_client {
	int fd;
	/* of its last whole line, in milliseconds */
	int64_t since;
	size_t in_size, out_size, out_sent;
	/* nothing more comes; nothing more is read, whatever comes */
	bool eof, closing;
	char in[QUERY_LINE_MAX];
	char out[QUERY_REPLY_SIZE];
};

void query_client_init(struct query_client *client, int fd, int64_t now);

/* What poll() shall wait for. */
short query_client_events(const struct query_client *client);
/* Is there something to do without waiting? */
bool query_client_is_ready(const struct query_client *client);

/* Writes the reply to a line (size: without its LF) and returns its length; -1
   if the line can't be understood. A line of more than QUERY_LINE_MAX bytes
   has size QUERY_LINE_MAX. */
typedef ssize_t query_answer(void *context, const char *line, size_t size,
			     char reply_r[QUERY_REPLY_SIZE]);

/* Does what can be done now, for one line at most, so that clients take turns.
   Returns -1 once the client is done with. */
int query_client_serve(struct query_client *client, int64_t now,
		       query_answer *answer, void *context);

#endif
