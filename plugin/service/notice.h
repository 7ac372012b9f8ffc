#ifndef HLD_NOTICE_H
#define HLD_NOTICE_H

#include "daemon.h"
#include "notice-line.h"

/* hardlinkd's side of hardlink-notice. */

struct hld_notices;

struct hld_notices *hld_notices_init(struct hld *hld, const char *socket);
/* Those in progress are given up; their functions are called. */
void hld_notices_deinit(struct hld_notices **notices);

/* err: NULL once the notice lies in the mailbox. */
typedef void hld_notice_func(const struct hl_error *err, void *context);

/* Calls func once, maybe before this returns. */
void hld_notice_put(struct hld_notices *notices,
		    const struct hld_notice *notice, hld_notice_func *func,
		    void *context);

#endif
