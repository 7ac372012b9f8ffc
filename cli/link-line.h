#ifndef LINK_LINE_H
#define LINK_LINE_H

#include "links.h"

/* A hard-link as a file says it, for set --from and import. */

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

/* What a line says, in words. */
struct link_words {
	const char *old, *new;
	size_t old_size, new_size;
	struct cli_expiry expiry;
	bool replace;
	/* NULL: that of the command line */
	const char *reason;
	size_t reason_size;
};

/* HL_ERROR_DATA says what is wrong with it. */
int link_line_make(const struct link_words *words, uint64_t number,
		   struct link_line **line_r, struct hl_error *err);
/* Reads one that is a JSON object. */
int link_line_parse(const char *text, size_t size, uint64_t number,
		    const char *zone, struct link_line **line_r,
		    struct hl_error *err);
void link_line_free(struct link_line **line);

/* old folded; reason NULL if the line has none. */
int link_line_get(const struct link_line *line, struct hl_address *old_r,
		  struct hl_address *new_r, const char **reason_r,
		  struct hl_error *err);

/* Sets it, within a transaction. With unless_held, what holds already, and
   with nothing to come, isn't set again: returns 1 then. */
int link_line_set(struct cli *cli, struct hl_log *log,
		  const struct link_line *line, bool unless_held,
		  struct hl_change_result *result_r, struct hl_error *err);

#endif
