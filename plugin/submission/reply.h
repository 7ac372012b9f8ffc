#ifndef XHARDLINK_REPLY_H
#define XHARDLINK_REPLY_H

#include "hl-service.h"

#include "str.h"

/* The lines of a reply to XHARDLINK, as hardlink-submission(7) has them. */

/* Adds a line, with LF, for each field that has something to say. */
void xhardlink_reply_add(string_t *reply, const struct hl_service_line *line);

/* What the reply code of an error is. */
void xhardlink_reply_code(enum hl_error_code code, unsigned int *status_r,
			  const char **enh_code_r);

/* Text as a reply may hold it: ASCII, not too long. */
const char *xhardlink_reply_text(const char *text);

#endif
