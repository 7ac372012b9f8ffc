#ifndef CLOCK_H
#define CLOCK_H

#include "cli.h"

/* May what is done by the clock be done by this one? What ends because the
   clock says so can't be taken back.

   A clock that the kernel calls synchronised may. One that isn't (many
   containers' and virtual machines' never is) has to be borne out by the log:
   if nothing was written for more than CLOCK_SILENCE_MAX, it may be anything.
   HL_ERROR_TEMP then, or with --force 0. Outside of a snapshot. */
#define CLOCK_SILENCE_MAX (7 * 86400)
int cli_check_clock(struct cli *cli, struct hl_log *log, struct hl_error *err);

#endif
