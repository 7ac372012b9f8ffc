#ifndef SESSION_H
#define SESSION_H

#include "cli.h"

#include "hl-service.h"

/* Where mailmove asks for what owners may do: hardlinkd's socket on this
   machine, or a submission server. Both say the same. */

enum session_verb {
	SESSION_SET,
	SESSION_CONFIRM,
	SESSION_UNSET,
	SESSION_GET,
	SESSION_HISTORY
};

#define SESSION_HISTORY_MAX 1000

struct session_request {
	enum session_verb verb;
	/* NULL: the first of the owner's addresses */
	const struct hl_address *old;
	/* of SET */
	const struct hl_link *link;
	bool replace;
	/* of CONFIRM, in its one form */
	const char *code;
	/* of HISTORY */
	uint64_t limit;
};

struct session {
	/* As hl_service_ask(); times are in seconds whoever says them. func is
	   called for each entry of a history, until it returns 1. */
	int (*ask)(struct session *session,
		   const struct session_request *request, hl_service_func *func,
		   void *context, struct hl_service_line *line_r,
		   struct hl_error *err);
	void (*close)(struct session *session);
};

/* To where the options, the environment and the configuration say. */
int session_open(struct cli *cli, struct session **session_r,
		 struct hl_error *err);
void session_close(struct session **session);

/* The reply to anything but HISTORY. */
int session_ask(struct session *session, const struct session_request *request,
		struct hl_service_state *state_r, struct hl_error *err);

/* --- one file each */

int session_open_local(const char *socket, struct session **session_r,
		       struct hl_error *err);
/* Takes --server, --cacert, --password-fd and --netrc. */
int session_open_smtp(struct cli *cli, struct session **session_r,
		      struct hl_error *err);

#endif
