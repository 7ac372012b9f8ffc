#ifndef HLD_REQUEST_H
#define HLD_REQUEST_H

#include "batch.h"
#include "client.h"

/* A client's command that changes a hard-link, until it is answered. */

enum hld_operation {
	HLD_SET,
	HLD_CONFIRM,
	HLD_UNSET,
	/* by lmtp_hardlink */
	HLD_RETURNED
};

struct hld_request {
	/* of all there are */
	struct hld_request *prev, *next;
	struct hld_change change;
	struct hld_client *client;
	enum hld_operation operation;
	struct hl_address old;
	/* of SET */
	struct hl_link link;
	bool replace;
	/* of SET by an administrator, and of UNSET; never NULL */
	char *reason;
	/* of SET, with consent, and of CONFIRM; else NULL */
	char *code;
	/* of SET, with consent, and of RETURNED */
	char mail[HL_CONSENT_MAIL_SIZE];
	/* of SET: that mail came back to the old address already */
	bool returned;

	struct hl_change_result result;
	int64_t now;
};

struct hld_request *hld_request_new(struct hld_client *client,
				    enum hld_operation operation);
/* Reads whose address it is. HL_ERROR_PERMISSION, which is logged, if it isn't
   the owner's. */
int hld_request_parse_old(struct hld_request *request, const char *text,
			  struct hl_error *err);
/* Reads the new address. Of an administrator's request both may be a whole
   domain. */
int hld_request_parse_target(struct hld_request *request, const char *text,
			     struct hl_error *err);

/* HL_ERROR_DATA if the mail with the code came back before all was written. */
int hld_request_check_returned(const struct hld_request *request,
			       struct hl_error *err);

/* Both answer the client, now or later, and free the request. */
void hld_request_fail(struct hld_request **request, const struct hl_error *err);
void hld_request_commit(struct hld_request *request);

#endif
