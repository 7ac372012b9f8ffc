#ifndef LONG_LOG_H
#define LONG_LOG_H

#include "log-fixture.h"

/* A log of 200 entries with everything in it: addresses that moved once, again
   and back, blocks, sweeps, erasures, a key that was revoked with all that was
   said again, and one that is retired. What LOCAL@example.org ever led to is
   LOCAL-N@example.net. */

#define LONG_LOG_ENTRIES   200
#define LONG_LOG_ADDRESSES 60

struct long_log {
	struct log_fixture fixture;
	struct hl_signing_key revoked, retired, current;
	/* the addresses, and what a lookup says when all is well */
	char addresses[LONG_LOG_ADDRESSES][32];
	char answers[LONG_LOG_ADDRESSES][128];
	unsigned int count;
};

void long_log_init(struct long_log *log);

#endif
