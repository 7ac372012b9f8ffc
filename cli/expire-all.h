#ifndef EXPIRE_ALL_H
#define EXPIRE_ALL_H

#include "cli.h"

/* `expire` without addresses. */

/* More than so many, and more than two thirds of what was in force before, is
   more likely a clock that is wrong than the course of things. */
#define EXPIRE_PLAUSIBLE 100

/* Closes what ran out, and says what that was; with --dry-run only says so.
   Within cli_change_begin(), with the log open, for writing unless it's a dry
   run. */
int expire_all(struct cli *cli, struct hl_log *log, struct hl_error *err);

#endif
