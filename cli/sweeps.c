#include "sweeps.h"
#include "links.h"

#include <stdlib.h>
#include <string.h>

static int add_sweep(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct sweeps *sweeps = context;
	size_t wanted = sweeps->allocated == 0 ? 64 : sweeps->allocated * 2;
	struct sweep *list;

	if (sweeps->count == sweeps->allocated) {
		list = reallocarray(sweeps->list, wanted, sizeof(*list));
		if (list == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		sweeps->list = list;
		sweeps->allocated = wanted;
	}
	memset(&sweeps->list[sweeps->count], 0, sizeof(*sweeps->list));
	sweeps->list[sweeps->count++].seq = row->seq;
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
	free(sweeps->list);
	memset(sweeps, 0, sizeof(*sweeps));
}

/* The place of the first sweep behind entry seq. */
static size_t first_after(const struct sweeps *sweeps, uint64_t seq)
{
	size_t low = 0, high = sweeps->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (sweeps->list[middle].seq <= seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Reads and verifies what its entry says; once. */
static int get_known(struct sweep *sweep, struct hl_log *log,
		     struct hl_error *err)
{
	struct hl_entry entry;

	if (sweep->known)
		return 0;
	if (hl_log_get_past(log, sweep->seq, &entry, err) < 0)
		return -1;
	if (entry.statement.action != HL_ACTION_SWEEP)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: entry %llu isn't a sweep",
				    (unsigned long long)sweep->seq);
	sweep->horizon = entry.payload.sweep.horizon;
	sweep->closed = entry.payload.sweep.closed;
	sweep->known = true;
	return 0;
}

int sweeps_get_closed(const struct sweeps *sweeps, struct hl_log *log,
		      uint64_t sweep_seq, uint64_t *closed_r,
		      struct hl_error *err)
{
	size_t place = first_after(sweeps, sweep_seq - 1);

	if (place == sweeps->count || sweeps->list[place].seq != sweep_seq)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: the row of sweep %llu is missing; "
				    "run `hardlinkctl verify`",
				    (unsigned long long)sweep_seq);
	if (get_known(&sweeps->list[place], log, err) < 0)
		return -1;
	*closed_r = sweeps->list[place].closed;
	return 0;
}

/* The place of the first sweep behind entry seq that reached expires. Horizons
   never decrease. */
static int find_sweep(const struct sweeps *sweeps, struct hl_log *log,
		      uint64_t seq, int64_t expires, size_t *place_r,
		      struct hl_error *err)
{
	size_t low = first_after(sweeps, seq), high = sweeps->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (get_known(&sweeps->list[middle], log, err) < 0)
			return -1;
		if (sweeps->list[middle].horizon < expires)
			low = middle + 1;
		else
			high = middle;
	}
	*place_r = low;
	return 0;
}

/* The link that a sweep with this horizon finds in a state. */
static const struct hl_link *link_at(const struct hl_state *state,
				     int64_t horizon)
{
	return state->next.link.kind != HL_KIND_NONE &&
			       !cli_next_is_ahead(&state->next, horizon)
		       ? &state->next.link
		       : &state->current;
}

/* Did a sweep close this link of the entry, as far as the entry itself says?
   1 with its number, or 0. */
static int find_closing(const struct sweeps *sweeps, struct hl_log *log,
			const struct hl_entry *entry,
			const struct hl_link *link, uint64_t *sweep_seq_r,
			struct hl_error *err)
{
	const struct hl_state *state = &entry->payload.state;
	struct sweep *sweep;
	size_t place;

	if (!cli_link_ran_out(state, link, hl_log_now(log)))
		return 0;
	if (find_sweep(sweeps, log, entry->statement.seq, link->expires, &place,
		       err) < 0)
		return -1;
	if (place == sweeps->count)
		return 0;
	sweep = &sweeps->list[place];
	/* it ran out before the sweep before, and was stated after that */
	if (place > 0 && get_known(sweep - 1, log, err) < 0)
		return -1;
	if (place > 0 && sweep[-1].horizon >= link->expires)
		return 0;
	*sweep_seq_r = sweep->seq;
	return link_at(state, sweep->horizon) == link;
}

int sweeps_find_closings(const struct sweeps *sweeps, struct hl_log *log,
			 const struct hl_entry *entry,
			 struct closing closings_r[2], size_t *count_r,
			 struct hl_error *err)
{
	const struct hl_state *state = &entry->payload.state;
	const struct hl_link *links[] = {&state->next.link, &state->current};
	struct closing *closing;
	size_t i;
	int ret;

	*count_r = 0;
	for (i = 0; i < 2; i++) {
		closing = &closings_r[*count_r];
		closing->entry_seq = entry->statement.seq;
		closing->is_next = i == 0;
		ret = find_closing(sweeps, log, entry, links[i],
				   &closing->sweep_seq, err);
		if (ret < 0)
			return -1;
		*count_r += (size_t)ret;
	}
	return 0;
}
