#ifndef LINKS_H
#define LINKS_H

#include "cli.h"

#include "hl-time.h"

/* Hard-links as users say them and as they are shown. */

/* "permanent", "temporary"; HL_ERROR_USAGE otherwise. */
int cli_kind_parse(const char *name, enum hl_kind *kind_r,
		   struct hl_error *err);

/* Until when, as asked for: one of permanent, until (RFC 3339 or a date) and
   duration (`for`). */
struct cli_expiry {
	enum hl_kind kind;
	/* either a time, or seconds from now */
	int64_t until, seconds;
};

/* until and duration may be NULL; HL_ERROR_USAGE unless there is exactly one
   of the three. */
int cli_expiry_parse(bool permanent, const char *until, const char *duration,
		     const char *zone, struct cli_expiry *expiry_r,
		     struct hl_error *err);
void cli_expiry_apply(const struct cli_expiry *expiry, int64_t now,
		      struct hl_link *link);

/* Was link, one of the state's two, in force until it ran out by now? */
bool cli_link_ran_out(const struct hl_state *state, const struct hl_link *link,
		      int64_t now);
/* Is there a change to come, at now? */
bool cli_next_is_ahead(const struct hl_next *next, int64_t now);

/* As cells; empty ones for no link (NULL or of kind NONE). */
struct cli_link_cells {
	char kind[16];
	char target[HL_ADDRESS_SIZE];
	char expires[HL_TIME_SIZE];
};
void cli_link_cells(const struct hl_link *link, struct cli_link_cells *cells_r);

/* "" for 0 */
void cli_time_cell(int64_t time, char text_r[HL_TIME_SIZE]);

/* "temporary, to new@example.org, until 2027-01-31T00:00:00Z" */
#define CLI_LINK_WORDS_SIZE (HL_ADDRESS_SIZE + HL_TIME_SIZE + 64)
void cli_link_words(const struct hl_link *link,
		    char words_r[CLI_LINK_WORDS_SIZE]);

/* What commands that change hard-links print: a row for each, as table a line.
   word says what became of the link that was in force before: "ended". */
void cli_change_begin(struct cli *cli, enum output_flags flags);
int cli_change_print(struct cli *cli, const struct hl_change_result *result,
		     const char *word, struct hl_error *err);

#endif
