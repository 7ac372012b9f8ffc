#ifndef PASSWORD_H
#define PASSWORD_H

#include "hl-error.h"

/* A password from where no other user sees it. Both forms end at the first
   line end; an empty one is HL_ERROR_DATA. Whoever has it overwrites it. */

#define PASSWORD_SIZE 1024

/* From the terminal, without an echo, even if standard input is another thing.
   HL_ERROR_USAGE if there is no terminal. */
int password_ask(const char *prompt, char password_r[PASSWORD_SIZE],
		 struct hl_error *err);
int password_read(int fd, char password_r[PASSWORD_SIZE], struct hl_error *err);

#endif
