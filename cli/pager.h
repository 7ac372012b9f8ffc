#ifndef PAGER_H
#define PAGER_H

#include <stdio.h>

/* The user's pager, between what is printed and the terminal. */

struct pager;

/* Starts the pager that the environment names ($PAGER, otherwise less) and lets
   file lead to it. NULL if there shall be none. If it is left early, this
   process ends, with exit code 0: what it was to print isn't wanted. */
struct pager *pager_open(FILE *file);
/* Says that this was all, and waits until the user has read it. */
void pager_close(struct pager **pager);

#endif
