#ifndef HL_RANGE_SET_H
#define HL_RANGE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A set of sequence numbers (from 1) as ranges: sorted, and neither overlapping
   nor adjacent. Begins as zeros. */
struct hl_range_set {
	struct hl_range {
		uint64_t first, last;
	} * ranges;
	size_t count, allocated;
};

/* -1: out of memory. */
int hl_range_set_add(struct hl_range_set *set, uint64_t first, uint64_t last);
/* The place of the first range that ends at or after seq; count if there is
   none. */
size_t hl_range_set_find(const struct hl_range_set *set, uint64_t seq);
bool hl_range_set_has(const struct hl_range_set *set, uint64_t seq);
void hl_range_set_free(struct hl_range_set *set);

#endif
