#include "closings.h"

#include <stdlib.h>
#include <string.h>

void closings_init(struct closings *closings, struct hl_log *log,
		   const struct sweeps *sweeps)
{
	memset(closings, 0, sizeof(*closings));
	closings->log = log;
	closings->sweeps = sweeps;
	closings->next = UINT64_MAX;
}

void closings_free(struct closings *closings)
{
	free(closings->list);
	closings->list = NULL;
}

/* Forgets about half of it: what the oldest sweeps closed. */
static void forget_some(struct closings *closings)
{
	uint64_t min = UINT64_MAX, max = 0, limit;
	size_t i, kept = 0;

	for (i = 0; i < closings->count; i++) {
		if (closings->list[i].sweep_seq < min)
			min = closings->list[i].sweep_seq;
		if (closings->list[i].sweep_seq > max)
			max = closings->list[i].sweep_seq;
	}
	limit = min + (max - min) / 2;
	for (i = 0; i < closings->count; i++) {
		if (closings->list[i].sweep_seq > limit)
			closings->list[kept++] = closings->list[i];
	}
	closings->count = kept;
	if (limit > closings->forgotten)
		closings->forgotten = limit;
}

static int remember(struct closings *closings, const struct closing *closing,
		    struct hl_error *err)
{
	if (closings->list == NULL) {
		/* pages that aren't used take no memory */
		closings->list =
			reallocarray(NULL, CLOSINGS_MAX, sizeof(*closing));
		if (closings->list == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
	}
	if (closings->count == CLOSINGS_MAX)
		forget_some(closings);
	if (closing->sweep_seq > closings->forgotten)
		closings->list[closings->count++] = *closing;
	return 0;
}

/* Of an entry: the row of the index that names it. */
struct row_search {
	uint64_t seq, superseded_by;
	bool found;
};

static int find_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	struct row_search *search = context;

	(void)err;
	search->found = row->seq == search->seq;
	search->superseded_by = row->superseded_by;
	return row->seq <= search->seq ? 1 : 0;
}

static int get_superseded(struct closings *closings,
			  const struct hl_entry *entry,
			  uint64_t *superseded_by_r, struct hl_error *err)
{
	struct row_search search = {.seq = entry->statement.seq};
	char key[HL_INDEX_KEY_SIZE];

	hl_record_index_key(entry->statement.action, &entry->payload.address,
			    key);
	if (hl_store_each_index(hl_log_store(closings->log), key, HL_DESCENDING,
				find_row, &search, err) < 0)
		return -1;
	*superseded_by_r = search.superseded_by;
	if (search.found)
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "index: the row of entry %llu is missing; run "
			    "`hardlinkctl verify`",
			    (unsigned long long)search.seq);
}

/* What closed the links of an entry. It isn't verified here, but when it is
   shown: as a closing, and where it stands itself. */
static int look_at(struct closings *closings, uint64_t seq,
		   struct closing closings_r[2], size_t *count_r,
		   struct hl_error *err)
{
	struct hl_store *store = hl_log_store(closings->log);
	uint64_t superseded_by;
	struct hl_record record;
	struct hl_entry entry;
	int ret;

	*count_r = 0;
	ret = hl_store_get_entry(store, seq, &record, err);
	if (ret <= 0)
		return ret;
	if (hl_record_decode(&record, hl_store_origin(store), &entry, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)seq);
	if (entry.erased || !hl_action_has_address(entry.statement.action))
		return 0;
	if (sweeps_find_closings(closings->sweeps, closings->log, &entry,
				 closings_r, count_r, err) < 0)
		return -1;
	if (*count_r == 0)
		return 0;
	if (get_superseded(closings, &entry, &superseded_by, err) < 0)
		return -1;
	/* the newest one first */
	while (*count_r > 0 && superseded_by != 0 &&
	       closings_r[0].sweep_seq > superseded_by) {
		closings_r[0] = closings_r[1];
		(*count_r)--;
	}
	return 0;
}

/* Calls func for those that are remembered. */
static int each_remembered(struct closings *closings, uint64_t sweep_seq,
			   uint64_t *found, closing_func *func, void *context,
			   struct hl_error *err)
{
	size_t i, kept = 0;
	int ret = 0;

	for (i = 0; i < closings->count; i++) {
		if (closings->list[i].sweep_seq < sweep_seq)
			closings->list[kept++] = closings->list[i];
		if (closings->list[i].sweep_seq != sweep_seq || ret != 0)
			continue;
		(*found)++;
		ret = func(&closings->list[i], context, err);
	}
	closings->count = kept;
	return ret;
}

/* Looks at the next entry. */
static int each_next(struct closings *closings, uint64_t sweep_seq,
		     uint64_t *found, closing_func *func, void *context,
		     struct hl_error *err)
{
	struct closing found_here[2];
	size_t i, count;
	int ret;

	if (look_at(closings, closings->next--, found_here, &count, err) < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (found_here[i].sweep_seq == sweep_seq) {
			(*found)++;
			ret = func(&found_here[i], context, err);
		} else {
			ret = found_here[i].sweep_seq < sweep_seq
				      ? remember(closings, &found_here[i], err)
				      : 0;
		}
		if (ret != 0)
			return ret;
	}
	return 0;
}

int closings_each(struct closings *closings, uint64_t sweep_seq,
		  closing_func *func, void *context, struct hl_error *err)
{
	uint64_t closed, found = 0;
	int ret;

	if (sweeps_get_closed(closings->sweeps, closings->log, sweep_seq,
			      &closed, err) < 0)
		return -1;
	if (sweep_seq <= closings->forgotten) {
		closings->count = 0;
		closings->forgotten = 0;
		closings->next = UINT64_MAX;
	}
	if (closings->next >= sweep_seq)
		closings->next = sweep_seq - 1;
	ret = each_remembered(closings, sweep_seq, &found, func, context, err);
	while (ret == 0 && closings->next > 0 && found < closed)
		ret = each_next(closings, sweep_seq, &found, func, context,
				err);
	return ret;
}
