#include "sweeps.h"
#include "links.h"

#include <stdlib.h>
#include <string.h>

static int add_sweep(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct sweeps *sweeps = context;
	size_t wanted = sweeps->allocated == 0 ? 64 : sweeps->allocated * 2;
	uint64_t *seqs;

	if (sweeps->count == sweeps->allocated) {
		seqs = reallocarray(sweeps->seqs, wanted, sizeof(*seqs));
		if (seqs == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		sweeps->seqs = seqs;
		sweeps->allocated = wanted;
	}
	sweeps->seqs[sweeps->count++] = row->seq;
	return 0;
}

int sweeps_read(struct sweeps *sweeps, struct hl_log *log, struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];

	hl_record_index_key(HL_ACTION_SWEEP, NULL, key);
	return hl_store_each_index(hl_log_store(log), key, HL_ASCENDING,
				   add_sweep, sweeps, err);
}

void sweeps_free(struct sweeps *sweeps)
{
	free(sweeps->seqs);
	memset(sweeps, 0, sizeof(*sweeps));
}

/* The place of the first sweep behind entry seq. */
static size_t first_after(const struct sweeps *sweeps, uint64_t seq)
{
	size_t low = 0, high = sweeps->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (sweeps->seqs[middle] <= seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Is there a sweep between the two? */
static bool any_between(const struct sweeps *sweeps, uint64_t seq,
			uint64_t superseded_by)
{
	size_t place = first_after(sweeps, seq);

	return place < sweeps->count &&
	       (superseded_by == 0 || sweeps->seqs[place] < superseded_by);
}

/* The first sweep behind entry seq that reached expires; 0 if there is none.
   Horizons never decrease. */
static int find_sweep(const struct sweeps *sweeps, struct hl_log *log,
		      uint64_t seq, int64_t expires, uint64_t *seq_r,
		      struct hl_error *err)
{
	size_t low = first_after(sweeps, seq), high = sweeps->count, middle;
	struct hl_entry sweep;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (hl_log_get_past(log, sweeps->seqs[middle], &sweep, err) < 0)
			return -1;
		if (sweep.statement.action != HL_ACTION_SWEEP)
			return hl_error_set(
				err, HL_ERROR_STORE,
				"index: entry %llu isn't a sweep",
				(unsigned long long)sweeps->seqs[middle]);
		if (sweep.payload.sweep.horizon < expires)
			low = middle + 1;
		else
			high = middle;
	}
	*seq_r = low < sweeps->count ? sweeps->seqs[low] : 0;
	return 0;
}

static int add_closing(struct closings *closings, const struct closing *closing,
		       struct hl_error *err)
{
	size_t wanted = closings->allocated == 0 ? 64 : closings->allocated * 2;
	struct closing *list;

	if (closings->count == closings->allocated) {
		list = reallocarray(closings->list, wanted, sizeof(*list));
		if (list == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		closings->list = list;
		closings->allocated = wanted;
	}
	closings->list[closings->count++] = *closing;
	return 0;
}

int closings_add(struct closings *closings, const struct sweeps *sweeps,
		 struct hl_log *log, const struct hl_entry *entry,
		 uint64_t superseded_by, struct hl_error *err)
{
	const struct hl_state *state = &entry->payload.state;
	struct closing closing = {0, entry->statement.seq, true};
	const struct hl_link *link;
	int i;

	for (i = 0; i < 2; i++) {
		closing.is_next = i == 0;
		link = i == 0 ? &state->next.link : &state->current;
		if (!cli_link_ran_out(state, link, hl_log_now(log)))
			continue;
		if (find_sweep(sweeps, log, closing.entry_seq, link->expires,
			       &closing.sweep_seq, err) < 0)
			return -1;
		if (closing.sweep_seq != 0 &&
		    (superseded_by == 0 || closing.sweep_seq < superseded_by) &&
		    add_closing(closings, &closing, err) < 0)
			return -1;
	}
	return 0;
}

struct closings_walk {
	struct closings *closings;
	const struct sweeps *sweeps;
	struct hl_log *log;
};

static int add_row(const struct hl_index_row *row, void *context,
		   struct hl_error *err)
{
	const struct closings_walk *walk = context;
	uint64_t superseded_by = row->superseded_by;
	struct hl_entry entry;

	/* only the keys of addresses have an @ */
	if (strchr(row->key, '@') == NULL ||
	    !any_between(walk->sweeps, row->seq, superseded_by))
		return 0;
	if (hl_log_get_past(walk->log, row->seq, &entry, err) < 0)
		return -1;
	return closings_add(walk->closings, walk->sweeps, walk->log, &entry,
			    superseded_by, err);
}

static int compare(const void *_a, const void *_b)
{
	const struct closing *a = _a, *b = _b;

	if (a->sweep_seq != b->sweep_seq)
		return a->sweep_seq < b->sweep_seq ? 1 : -1;
	return a->entry_seq < b->entry_seq   ? 1
	       : a->entry_seq > b->entry_seq ? -1
					     : 0;
}

int closings_read(struct closings *closings, const struct sweeps *sweeps,
		  struct hl_log *log, struct hl_error *err)
{
	struct closings_walk walk = {closings, sweeps, log};

	if (hl_store_each_index(hl_log_store(log), NULL, HL_ASCENDING, add_row,
				&walk, err) < 0)
		return -1;
	if (closings->count > 0)
		qsort(closings->list, closings->count, sizeof(*closings->list),
		      compare);
	return 0;
}

void closings_free(struct closings *closings)
{
	free(closings->list);
	memset(closings, 0, sizeof(*closings));
}
