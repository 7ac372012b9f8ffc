#ifndef HL_TROUBLE_H
#define HL_TROUBLE_H

#include <stdbool.h>
#include <time.h>

/* One thing that works or doesn't, and when that is worth a line in a log: when
   it breaks, when it breaks in another way, every five minutes while it stays
   broken, and when it works again; never more than one a second. A server asks
   for every recipient, and a log full of one line helps nobody. */

#define HL_TROUBLE_TEXT_SIZE 2048

/* All zero while nothing was ever wrong. */
struct hl_trouble {
	/* the last line; "" while all is well */
	char text[HL_TROUBLE_TEXT_SIZE];
	time_t last_line, last_seen;
};

/* It's broken: is the line text due? */
bool hl_trouble_is_due(struct hl_trouble *trouble, const char *text,
		       time_t now);
/* It works: is that news? */
bool hl_trouble_is_over(struct hl_trouble *trouble, time_t now);

#endif
