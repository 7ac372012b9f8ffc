#ifndef EDGE_RATE_H
#define EDGE_RATE_H

#include "edge.h"

/* How many redirects one network of clients (IPv4 /24, IPv6 /56) is given: a
   token bucket for each, in a table of fixed size. Where that is full, the
   network that was idle longest is forgotten. Any thread may ask. */

struct rate;

struct rate *rate_init(void);
void rate_deinit(struct rate **rate);

/* May this client have one more, when count are allowed in so many seconds (0:
   no limit)? Loopback and clients without an address always may. now: seconds
   of a clock that doesn't go back. */
bool rate_take(struct rate *rate, const struct edge_client *client,
	       unsigned int count, int64_t seconds, double now);

#endif
