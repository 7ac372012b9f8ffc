#ifndef HLD_NOTICE_TEXT_H
#define HLD_NOTICE_TEXT_H

#include "notice-line.h"

/* The whole mail of a notice. mail_from is the setting of this name. The same
   notice has always the same Message-ID. */
string_t *hld_notice_mail(const struct hld_notice *notice,
			  const char *mail_from, time_t now);

#endif
