#ifndef OPENSMTPD_LINE_H
#define OPENSMTPD_LINE_H

#include "edge.h"

#include <stdint.h>

/* The lines that OpenSMTPD gives a filter, see smtpd-filters(7): protocols 0.5
   (before, session and token were the other way round) up to 0.x. */

enum opensmtpd_event {
	OPENSMTPD_NOTHING,
	/* a protocol whose lines aren't understood; comes before READY, if at
	 * all
	 */
	OPENSMTPD_FOREIGN_PROTOCOL,
	/* the greeting is over: register */
	OPENSMTPD_READY,
	OPENSMTPD_CONNECT,
	OPENSMTPD_AUTHENTICATED,
	OPENSMTPD_DISCONNECT,
	OPENSMTPD_RCPT,
	/* another request: it must be answered, too */
	OPENSMTPD_OTHER
};

struct opensmtpd_line {
	enum opensmtpd_event event;
	uint64_t session, token;
	/* of CONNECT */
	struct edge_client client;
	/* of RCPT; in the line, without angle brackets */
	const char *path;
	size_t path_size;
};

/* text: a line without its LF, which may hold anything. HL_ERROR_DATA: it's
   none of the protocol's. */
int opensmtpd_line_parse(const char *text, size_t size,
			 struct opensmtpd_line *line_r, struct hl_error *err);

#endif
