#ifndef LINK_LINE_H
#define LINK_LINE_H

#include "links.h"

/* One line of `set --from`: a JSON object. */

/* without the line end */
#define LINK_LINE_MAX 65536

/* Small, since there may be millions. */
struct link_line {
	uint64_t number;
	struct cli_expiry expiry;
	bool replace;
	/* what it ended, for the report; NULL if nothing */
	struct hl_change_result *ended;
	/* old address, new address and reason, each with a NUL */
	char text[];
};

/* HL_ERROR_DATA says what is wrong with it. */
int link_line_parse(const char *text, size_t size, uint64_t number,
		    const char *zone, struct link_line **line_r,
		    struct hl_error *err);
void link_line_free(struct link_line **line);

/* old folded; reason NULL if the line has none. */
int link_line_get(const struct link_line *line, struct hl_address *old_r,
		  struct hl_address *new_r, const char **reason_r,
		  struct hl_error *err);

#endif
