#ifndef COMPLETE_H
#define COMPLETE_H

#include "cli.h"

/* What a shell asks when it completes a command line: the program itself, by
   its own tables, as `PROGRAM __complete WORD ...`. The words are those behind
   the program's name; the last one, maybe empty, is what to complete.

   Each line of the answer is a candidate for the whole of that word, a tab and
   what it means; or one of
	:file		names of files too
	:dir		names of directories too
	:value NAME	a tab and a hint: the user has to write it */
#define COMPLETE_COMMAND "__complete"

/* Always 0, and never a word of error. */
int cli_complete(const struct cli_program *program, int count, char **words);

#endif
