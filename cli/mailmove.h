#ifndef MAILMOVE_H
#define MAILMOVE_H

#include "session.h"

/* mailmove's commands. */

int move_to(struct cli *cli, struct hl_error *err);
int move_confirm(struct cli *cli, struct hl_error *err);
int move_status(struct cli *cli, struct hl_error *err);
int move_back(struct cli *cli, struct hl_error *err);
int move_history(struct cli *cli, struct hl_error *err);

/* --address, folded; *old_r NULL without it. */
int move_parse_address(const struct cli *cli, struct hl_address *storage,
		       const struct hl_address **old_r, struct hl_error *err);

/* How the address stands, as the command's output. */
int move_print_state(struct cli *cli, const struct hl_service_state *state,
		     struct hl_error *err);

#endif
