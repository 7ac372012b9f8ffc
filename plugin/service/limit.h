#ifndef HLD_LIMIT_H
#define HLD_LIMIT_H

#include "lib.h"

/* So many events in so many seconds for each key, in memory. */

struct hld_limit;

struct hld_limit *hld_limit_init(unsigned int count, unsigned int seconds);
void hld_limit_deinit(struct hld_limit **limit);

/* Seconds until one more is allowed; 0: now. */
unsigned int hld_limit_wait(const struct hld_limit *limit, const char *key,
			    time_t now);
/* One more. */
void hld_limit_count(struct hld_limit *limit, const char *key, time_t now);

#endif
