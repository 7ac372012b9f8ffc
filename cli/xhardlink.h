#ifndef XHARDLINK_H
#define XHARDLINK_H

#include "session.h"

/* The command XHARDLINK of hardlink-submission(7), from the client's side. No
   I/O. */

#define XHARDLINK_COMMAND_SIZE (2 * HL_ADDRESS_SIZE + 128)
/* of a reply, without the NUL */
#define XHARDLINK_REPLY_MAX 1048576

/* Without the line end. */
void xhardlink_format(const struct session_request *request,
		      char command_r[XHARDLINK_COMMAND_SIZE]);

/* Takes a whole reply apart, in place: *line_r and what func gets point into
   it. Like hl_service_ask(): what the server refuses gives -1 and the error
   that it says. func is called for each entry of a history, until it returns
   1; NULL: there is no history. */
int xhardlink_parse(char *reply, hl_service_func *func, void *context,
		    struct hl_service_line *line_r, struct hl_error *err);

#endif
