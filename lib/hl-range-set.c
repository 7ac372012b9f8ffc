#include "hl-range-set.h"

#include <stdlib.h>
#include <string.h>

size_t hl_range_set_find(const struct hl_range_set *set, uint64_t seq)
{
	size_t low = 0, high = set->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (set->ranges[middle].last < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool hl_range_set_has(const struct hl_range_set *set, uint64_t seq)
{
	size_t place = hl_range_set_find(set, seq);

	return place < set->count && set->ranges[place].first <= seq;
}

static int make_room(struct hl_range_set *set)
{
	size_t wanted = set->allocated == 0 ? 64 : set->allocated * 2;
	struct hl_range *grown;

	if (set->count < set->allocated)
		return 0;
	grown = reallocarray(set->ranges, wanted, sizeof(*grown));
	if (grown == NULL)
		return -1;
	set->ranges = grown;
	set->allocated = wanted;
	return 0;
}

int hl_range_set_add(struct hl_range_set *set, uint64_t first, uint64_t last)
{
	/* adjacent ranges join: begin at the one that ends right before */
	size_t from = hl_range_set_find(set, first - 1), to = from;

	while (to < set->count && set->ranges[to].first <= last + 1) {
		if (set->ranges[to].first < first)
			first = set->ranges[to].first;
		if (set->ranges[to].last > last)
			last = set->ranges[to].last;
		to++;
	}
	if (to == from && make_room(set) < 0)
		return -1;
	/* those from `from` up to `to` become one */
	memmove(set->ranges + from + 1, set->ranges + to,
		(set->count - to) * sizeof(*set->ranges));
	set->count = set->count - (to - from) + 1;
	set->ranges[from].first = first;
	set->ranges[from].last = last;
	return 0;
}

void hl_range_set_free(struct hl_range_set *set)
{
	free(set->ranges);
	memset(set, 0, sizeof(*set));
}
