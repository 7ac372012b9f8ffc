#ifndef HLD_NOTICE_SAVE_H
#define HLD_NOTICE_SAVE_H

#include "lib.h"
#include "str.h"

#include "hl-error.h"

/* Puts a mail into a login's INBOX, by `doveadm save`. Waits for it, for
   seconds at most. dovecot_config: path of Dovecot's configuration. */
int hld_notice_save(const char *dovecot_config, const char *login,
		    const string_t *mail, unsigned int seconds,
		    struct hl_error *err);

#endif
