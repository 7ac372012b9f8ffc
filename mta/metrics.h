#ifndef EDGE_METRICS_H
#define EDGE_METRICS_H

#include "hl-lookup.h"

#include <stdatomic.h>

/* What an edge did, counted by any thread, told as OpenMetrics text. */

/* Upper bounds of the histogram are in metrics.c. */
#define METRICS_BUCKETS 8

struct metrics {
	/* by enum hl_lookup_result, from ERROR on */
	atomic_ullong lookups[3];
	/* by enum hl_kind */
	atomic_ullong redirects[3];
	atomic_ullong rate_limited;
	/* the last one: slower than all bounds */
	atomic_ullong durations[METRICS_BUCKETS + 1];
	atomic_ullong nanoseconds;
};

void metrics_lookup(struct metrics *metrics, enum hl_lookup_result result,
		    uint64_t nanoseconds);
void metrics_redirect(struct metrics *metrics, enum hl_kind kind);
void metrics_rate_limited(struct metrics *metrics);

/* Returns the text's length, less than size; what doesn't fit is cut. */
size_t metrics_format(struct metrics *metrics, char *text_r, size_t size);

#endif
