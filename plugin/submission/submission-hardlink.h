#ifndef SUBMISSION_HARDLINK_H
#define SUBMISSION_HARDLINK_H

#include "session.h"

#include "module-context.h"
#include "submission-common.h"
#include "submission-recipient.h"

/* What submission_hardlink knows of a client. */
struct submission_hardlink_client {
	union submission_module_context module_ctx;
	struct client *client;
	struct submission_session session;

	/* MAIL asked for SMTPUTF8 */
	bool smtputf8;
	/* the recipients since the last MAIL; NULL if there are none */
	struct submission_envelope *envelope;
	/* to tell the user that these have moved */
	ARRAY(char *) told;
	struct timeout *to_told;
};

/* --- recipients.c: RCPT */

int submission_hardlink_cmd_rcpt(struct submission_hardlink_client *hclient,
				 struct smtp_server_cmd_ctx *cmd,
				 struct submission_recipient *srcpt);

/* --- envelope.c: what is known of a mail's recipients */

struct submission_envelope {
	/* every command that has an entry holds a reference */
	pool_t pool;
	struct submission_entry *entries;
};

struct submission_entry {
	struct submission_entry *next;
	struct submission_envelope *envelope;
	/* where it goes: as hl_address_format() writes it, and for Dovecot */
	const char *end;
	struct smtp_address *path;
	/* of one that is followed: what RCPT is replied; else NULL */
	const char *reply;
	/* who was meant, if that one moved for good; else NULL */
	const char *told;
	/* the recipient before that goes there, too; else NULL */
	const struct submission_entry *same;
	/* the reply to RCPT, once there is one; else 0 */
	unsigned int status;
};

/* Adds one, for this RCPT. */
struct submission_entry *
submission_envelope_add(struct submission_hardlink_client *hclient,
			struct smtp_server_cmd_ctx *cmd,
			const struct hl_address *end);
/* What comes from now on is another mail. */
void submission_envelope_end(struct submission_hardlink_client *hclient);

/* --- told.c: the user is told who has moved, once the relay took the mail */

void submission_told_after(struct submission_hardlink_client *hclient,
			   struct smtp_server_cmd_ctx *cmd);
void submission_told_deinit(struct submission_hardlink_client *hclient);

/* --- command.c: XHARDLINK */

void submission_hardlink_command(struct submission_session *session,
				 struct smtp_server_cmd_ctx *cmd,
				 const char *params);

#endif
