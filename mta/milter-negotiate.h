#ifndef MILTER_NEGOTIATE_H
#define MILTER_NEGOTIATE_H

/* bool in its declarations */
#include <stdbool.h>

#include <libmilter/mfapi.h>

/* libmilter's callback: of the MTA this milter wants MAIL and RCPT, and with
   them only the macros that it looks at. A milter with it has SMFIF_SETSYMLIST
   in its flags. Of its own, so that the bench's do-nothing milter is spoken to
   in the same way. */
sfsistat milter_negotiate(SMFICTX *ctx, unsigned long actions,
			  unsigned long steps, unsigned long f2,
			  unsigned long f3, unsigned long *actions_r,
			  unsigned long *steps_r, unsigned long *f2_r,
			  unsigned long *f3_r);

#endif
