#ifndef HLD_SUBMIT_H
#define HLD_SUBMIT_H

#include "daemon.h"

#include "str.h"

/* Hands a mail over to the site's mail system, by the settings sendmail and
   submission_host. The envelope's sender is <>, so that nothing comes back. */

/* The whole of it, at most. */
#define HLD_SUBMIT_SECS 30

struct hld_submit;

/* err: NULL once the mail was taken. */
typedef void hld_submit_func(const struct hl_error *err, void *context);

/* Calls func once, maybe before this returns. to must be ASCII. */
void hld_submit_start(struct hld *hld, const struct hl_address *to,
		      const string_t *mail, hld_submit_func *func,
		      void *context);
/* Gives up all that are in progress; their functions are called. */
void hld_submit_abort_all(void);

#endif
