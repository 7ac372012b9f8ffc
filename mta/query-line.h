#ifndef QUERY_LINE_H
#define QUERY_LINE_H

#include "edge.h"

/* The lines of the query socket; their grammar stands in hardlink-query(8). */

/* With the LF. */
#define QUERY_LINE_MAX	 1024
#define QUERY_REPLY_SIZE (HL_REPLY_LINE_SIZE + 1)

struct query {
	struct edge_client client;
	bool smtputf8;
	/* in the line, with its angle brackets */
	const char *path;
	size_t path_size;
};

/* line is without the LF. HL_ERROR_DATA doesn't quote it. */
int query_parse(const char *line, size_t size, struct query *query_r,
		struct hl_error *err);

/* A whole reply line with LF, terminated. Returns its length. */
size_t query_format_accept(char reply_r[QUERY_REPLY_SIZE]);
size_t query_format_reply(const struct hl_reply *reply,
			  char reply_r[QUERY_REPLY_SIZE]);
/* To what can't be parsed: the recipient is deferred. */
size_t query_format_bad(char reply_r[QUERY_REPLY_SIZE]);

#endif
