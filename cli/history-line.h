#ifndef HISTORY_LINE_H
#define HISTORY_LINE_H

#include "links.h"

/* One line of a history, wherever it comes from. */

#define HISTORY_DETAIL_SIZE (CLI_LINK_WORDS_SIZE + 128)

struct history_line {
	uint64_t seq;
	int64_t time;
	/* none is NULL */
	const char *action, *channel, *actor, *reason;
	/* NULL if it is about no address */
	const struct hl_address *address;
	/* what held after it; NULL or of kind NONE: nothing */
	const struct hl_link *link;
	char detail[HISTORY_DETAIL_SIZE];
};

void history_line_begin(struct output *out);
int history_line_print(struct output *out, const struct history_line *line,
		       struct hl_error *err);
/* The detail that tells of a change to come. */
void history_line_next(const struct hl_next *next,
		       char detail_r[HISTORY_DETAIL_SIZE]);

#endif
