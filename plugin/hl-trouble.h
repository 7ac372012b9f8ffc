#ifndef HL_TROUBLE_H
#define HL_TROUBLE_H

#include "hl-dovecot-compat.h"

/* One thing that works or doesn't, and how that gets into the log: a line when
   it breaks, when it breaks in another way, every five minutes while it stays
   broken, and one when it works again; never more than one a second. A server
   asks it for every recipient, and a log full of one line helps nobody. */

struct hl_trouble {
	/* what the log was last told; NULL while all is well */
	char *text;
	time_t last_logged, last_seen;
};

/* It's broken. */
void hl_trouble_report(struct hl_trouble *trouble, struct event *event,
		       const char *text);
/* It works. what ("the store of hard-links") begins the line. */
void hl_trouble_over(struct hl_trouble *trouble, struct event *event,
		     const char *what);
void hl_trouble_free(struct hl_trouble *trouble);

#endif
