#ifndef READER_H
#define READER_H

#include <stdbool.h>
#include <stdio.h>

/* Whoever reads what is printed, page by page: another program, or a pager on
   the terminal. What isn't read yet needn't be produced. */

struct reader;

/* may_page: if file is a terminal, a pager may be started. NULL: out of
   memory. */
struct reader *reader_init(FILE *file, bool may_page);
/* Waits for the pager, if there is one. */
void reader_deinit(struct reader **reader);

/* Is it time to write these rows, that nothing was written of? */
bool reader_wants_page(const struct reader *reader, unsigned int rows);
/* Before anything is written: starts the pager. */
void reader_begin(struct reader *reader);
/* Passes on what was written and waits until there is room for more; false if
   nobody will read it. */
bool reader_wait(struct reader *reader);
/* Is it no error if it can't be written any more? Not if nobody ever read. */
bool reader_may_leave(const struct reader *reader);

#endif
