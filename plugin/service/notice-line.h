#ifndef HLD_NOTICE_LINE_H
#define HLD_NOTICE_LINE_H

#include "lib.h"
#include "str.h"

#include "hl-entry.h"
#include "hl-link.h"

/* What hardlinkd and hardlinkctl ask of hardlink-notice: one line, fields
   separated by TAB and escaped as in PROTOCOL.md. The reply is "OK" or "FAIL"
   and a text. Which mail comes of it, hardlink-notice decides: nothing that is
   typed here is more of a mail than a name, an address or a number. */

#define HLD_NOTICE_SOCKET   "hardlink-notice"
#define HLD_NOTICE_LINE_MAX 4096
/* Until hardlink-notice gives up. With the mail of the code, less than the
   patience of clients (lib/hl-service.h). */
#define HLD_NOTICE_SECS 15

enum hld_notice_kind {
	/* to an owner: it was asked that your mailbox moves */
	HLD_NOTICE_ASKED,
	/* to anybody: a mailbox that you wrote to has moved for good */
	HLD_NOTICE_TOLD,
	/* to an owner: your mailbox's temporary move is about to end, or has.
	   From hardlinkctl, which has noted it. */
	HLD_NOTICE_EXPIRY
};

struct hld_notice {
	enum hld_notice_kind kind;
	/* whose mailbox it goes to */
	const char *login;
	struct hl_address old;
	/* of HLD_NOTICE_ASKED. link has no target. */
	enum hl_channel channel;
	struct hl_link link;
	int64_t asked, effective;
	/* it waits for the new address's consent, too */
	bool pending;
	/* of HLD_NOTICE_TOLD */
	struct hl_address target;
	/* of HLD_NOTICE_EXPIRY, besides link.expires: so many seconds before it
	   ends, or 0; may the owner change it; names this notice */
	int64_t before;
	bool by_owner;
	const char *id;
};

/* Appends the line, with its LF. */
void hld_notice_write(string_t *line, const struct hld_notice *notice);
/* notice_r points into args. HL_ERROR_DATA says what isn't right. */
int hld_notice_read(const char *const *args, struct hld_notice *notice_r,
		    struct hl_error *err);

#endif
