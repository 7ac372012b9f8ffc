/* Which payloads are missing, and which may be: schema/FORMAT.md section 9. */

#include "hl-verify-private.h"

#include <stdlib.h>
#include <string.h>

/* The place of the first range that ends at or after seq. */
static size_t ranges_find(const struct verify_ranges *ranges, uint64_t seq)
{
	size_t low = 0, high = ranges->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (ranges->ranges[middle].last < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void verify_ranges_add(struct verify *verify, struct verify_ranges *ranges,
		       uint64_t first, uint64_t last)
{
	/* adjacent ranges join: begin at the one that ends right before */
	size_t from = ranges_find(ranges, first - 1), to = from;
	struct verify_range *grown;

	while (to < ranges->count && ranges->ranges[to].first <= last + 1) {
		if (ranges->ranges[to].first < first)
			first = ranges->ranges[to].first;
		if (ranges->ranges[to].last > last)
			last = ranges->ranges[to].last;
		to++;
	}
	if (to == from) {
		grown = reallocarray(ranges->ranges, ranges->count + 1,
				     sizeof(*grown));
		if (grown == NULL) {
			verify->out_of_memory = true;
			return;
		}
		ranges->ranges = grown;
	}
	/* those from `from` up to `to` become one */
	memmove(ranges->ranges + from + 1, ranges->ranges + to,
		(ranges->count - to) * sizeof(*grown));
	ranges->count = ranges->count - (to - from) + 1;
	ranges->ranges[from].first = first;
	ranges->ranges[from].last = last;
}

/* Calls report for each part of a that isn't in b. */
static void each_difference(struct verify *verify,
			    const struct verify_ranges *a,
			    const struct verify_ranges *b, const char *problem)
{
	uint64_t seq, end;
	size_t i, j;

	for (i = 0; i < a->count; i++) {
		for (seq = a->ranges[i].first; seq <= a->ranges[i].last;
		     seq = end + 1) {
			j = ranges_find(b, seq);
			if (j < b->count && b->ranges[j].first <= seq) {
				end = b->ranges[j].last;
				continue;
			}
			end = a->ranges[i].last;
			if (j < b->count && b->ranges[j].first <= end)
				end = b->ranges[j].first - 1;
			if (seq == end)
				verify_problem(verify, seq, "%s", problem);
			else
				verify_problem(verify, seq,
					       "%s (and so on up to entry "
					       "%llu)",
					       problem,
					       (unsigned long long)end);
		}
	}
}

void verify_compare_erased(struct verify *verify)
{
	each_difference(verify, &verify->missing, &verify->erased,
			"its payload is missing, and no entry says that it "
			"was erased");
	each_difference(verify, &verify->erased, &verify->missing,
			"its payload is there, but an entry says that it was "
			"erased");
}
