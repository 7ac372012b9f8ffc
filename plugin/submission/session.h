#ifndef SUBMISSION_SESSION_H
#define SUBMISSION_SESSION_H

#include "hl-plugin-service.h"
#include "hl-trouble.h"

#include "ioloop.h"

/* What one login asks hardlinkd, and what hardlinkd said about the site. */
struct submission_session {
	struct mail_user *user;
	/* kept for lookups; or NULL */
	struct hl_service *service;
	/* when hardlinkd couldn't be asked last */
	time_t failed;
	struct hl_trouble trouble;
	/* the setting `submission`: reply */
	bool replies;
	/* the setting `on_error`: deliver */
	bool delivers;
};

void submission_session_deinit(struct submission_session *session);

/* Opens a connection of its own, for an owner's command: one that was kept may
   have ended, and a change can't be sent twice. Close it after reading line_r.
   An error that isn't the owner's is logged, and told without details. */
int submission_session_command(struct submission_session *session,
			       const char *const *words, hl_service_func *func,
			       void *context, struct hl_service **service_r,
			       struct hl_service_line *line_r,
			       struct hl_error *err);
/* The address's hard-link; kind NONE if it has none. What goes wrong is
   logged. */
int submission_session_lookup(struct submission_session *session,
			      const struct hl_address *address,
			      struct hl_link *link_r);
/* The user wrote to somebody who has moved for good: hardlinkd tells, once. A
   failure is nobody's concern. */
void submission_session_told(struct submission_session *session,
			     const char *address);

#endif
