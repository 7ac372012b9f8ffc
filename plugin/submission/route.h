#ifndef SUBMISSION_ROUTE_H
#define SUBMISSION_ROUTE_H

#include "session.h"

/* Hard-links held here that mail is taken along. */
#define SUBMISSION_ROUTE_MAX 4

struct submission_route {
	/* the address's own hard-link; kind NONE if it has none */
	struct hl_link first;
	/* where the last one points, if the first is there */
	struct hl_address end;
	/* there are more than SUBMISSION_ROUTE_MAX, as in every circle */
	bool endless;
};

/* With the setting `submission = reply` only the first is looked up. Returns -1
   if nobody can be asked. */
int submission_route_find(struct submission_session *session,
			  const struct hl_address *address,
			  struct submission_route *route_r);

#endif
