/* Which payloads are missing, and which may be: schema/FORMAT.md section 9. */

#include "hl-verify-private.h"

void verify_ranges_add(struct verify *verify, struct hl_range_set *ranges,
		       uint64_t first, uint64_t last)
{
	if (hl_range_set_add(ranges, first, last) < 0)
		verify->out_of_memory = true;
}

/* Calls report for each part of a that isn't in b. */
static void each_difference(struct verify *verify, const struct hl_range_set *a,
			    const struct hl_range_set *b, const char *problem)
{
	uint64_t seq, end;
	size_t i, j;

	for (i = 0; i < a->count; i++) {
		for (seq = a->ranges[i].first; seq <= a->ranges[i].last;
		     seq = end + 1) {
			j = hl_range_set_find(b, seq);
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
