#ifndef XHARDLINK_H
#define XHARDLINK_H

/* The arguments of the SMTP command XHARDLINK, as hardlink-submission(7) has
   them. No Dovecot in here. */

#include "hl-link.h"

enum xhardlink_verb {
	XHARDLINK_SET,
	XHARDLINK_GET,
	XHARDLINK_UNSET,
	XHARDLINK_HISTORY,
	XHARDLINK_CONFIRM
};

#define XHARDLINK_CODE_SIZE 41

struct xhardlink {
	enum xhardlink_verb verb;
	/* ADDRESS=: which of the owner's addresses */
	bool has_old;
	struct hl_address old;
	/* of SET; FOR= counts from now */
	struct hl_link link;
	bool replace;
	/* of CONFIRM, as it was typed */
	char code[XHARDLINK_CODE_SIZE];
};

/* HL_ERROR_USAGE: what isn't of the form; HL_ERROR_DATA: an address, a time or
   a duration that isn't one. */
int xhardlink_parse(const char *args, int64_t now, struct xhardlink *command_r,
		    struct hl_error *err);

#endif
