#include "route.h"

int submission_route_find(struct submission_session *session,
			  const struct hl_address *address,
			  struct submission_route *route_r)
{
	struct hl_link link;
	unsigned int count;

	i_zero(route_r);
	if (submission_session_lookup(session, address, &route_r->first) < 0)
		return -1;
	if (route_r->first.kind == HL_KIND_NONE)
		return 0;
	route_r->end = route_r->first.target;
	if (session->replies)
		return 0;
	for (count = 1;; count++) {
		if (submission_session_lookup(session, &route_r->end, &link) <
		    0)
			return -1;
		if (link.kind == HL_KIND_NONE)
			return 0;
		if (count == SUBMISSION_ROUTE_MAX) {
			route_r->endless = TRUE;
			return 0;
		}
		route_r->end = link.target;
	}
}
