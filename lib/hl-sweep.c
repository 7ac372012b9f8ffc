#include "hl-sweep.h"

#include "hl-walk.h"

#include <string.h>

/* The link of this state that ran out by the horizon and isn't closed, or
   NULL. */
static const struct hl_link *expired_link(const struct hl_sweep *sweep,
					  const struct hl_state *state)
{
	const struct hl_link *link = &state->current;

	if (state->next.link.kind != HL_KIND_NONE && state->next.confirmed &&
	    state->next.effective <= sweep->horizon)
		link = &state->next.link;
	return link->kind == HL_KIND_TEMPORARY &&
			       link->expires <= sweep->horizon &&
			       link->expires > sweep->swept
		       ? link
		       : NULL;
}

static int add_entry(struct hl_sweep *sweep, const struct hl_entry *entry,
		     struct hl_error *err)
{
	if (expired_link(sweep, &entry->payload.state) == NULL)
		return 0;
	sweep->closed++;
	return sweep->found(entry->statement.seq, sweep->context, err);
}

static int count_entry(const struct hl_entry *entry, void *context,
		       struct hl_error *err)
{
	struct hl_sweep *sweep = context;
	const struct hl_link *link =
		hl_state_in_force(&entry->payload.state, sweep->horizon);

	if (link != NULL && link->kind == HL_KIND_TEMPORARY)
		sweep->in_force++;
	return add_entry(sweep, entry, err);
}

int hl_sweep_count(struct hl_log *log, int64_t grace,
		   hl_sweep_found_func *found, void *context,
		   struct hl_sweep *sweep_r, struct hl_error *err)
{
	struct hl_walk walk;
	int ret;

	memset(sweep_r, 0, sizeof(*sweep_r));
	sweep_r->found = found;
	sweep_r->context = context;
	if (hl_log_snapshot_begin(log, err) < 0)
		return -1;
	sweep_r->size = hl_log_head(log)->size;
	sweep_r->horizon = hl_log_now(log) - grace;
	ret = hl_log_get_swept(log, &sweep_r->swept, err);
	hl_log_snapshot_end(log);
	/* horizons never decrease */
	if (ret < 0 || sweep_r->horizon <= sweep_r->swept)
		return ret;
	hl_walk_init(&walk, log, sweep_r->size);
	while ((ret = hl_walk_some(&walk, count_entry, sweep_r, err)) > 0)
		;
	return ret;
}

struct catching_up {
	struct hl_log *log;
	struct hl_sweep *sweep;
};

/* An entry that came meanwhile takes the place of the one before it. */
static int take_place(const struct catching_up *catching,
		      const struct hl_entry *entry, struct hl_error *err)
{
	struct hl_sweep *sweep = catching->sweep;
	struct hl_index_row row = {NULL, 0, 0};
	struct hl_entry before;
	int ret;

	ret = hl_walk_row_before(catching->log, entry, entry->statement.seq,
				 &row, err);
	if (ret < 0 || (ret > 0 && hl_log_get_past(catching->log, row.seq,
						   &before, err) < 0))
		return -1;
	if (ret > 0 && expired_link(sweep, &before.payload.state) != NULL)
		sweep->closed--;
	return add_entry(sweep, entry, err);
}

static int catch_up_entry(const struct hl_record *record, void *context,
			  struct hl_error *err)
{
	const struct catching_up *catching = context;
	struct hl_entry entry;

	/* erased already, by an entry that follows */
	if (record->payload == NULL)
		return 1;
	if (hl_log_decode_past(catching->log, record, &entry, err) < 0)
		return -1;
	switch (entry.statement.action) {
	case HL_ACTION_KEY:
		return 0;
	case HL_ACTION_SWEEP:
	case HL_ACTION_ERASE:
	case HL_ACTION_RECOVER:
		return 1;
	default:
		return take_place(catching, &entry, err);
	}
}

int hl_sweep_catch_up(struct hl_log *log, struct hl_sweep *sweep,
		      struct hl_error *err)
{
	struct catching_up catching = {log, sweep};
	uint64_t size = hl_log_head(log)->size;
	int ret;

	if (size < sweep->size)
		return 1;
	ret = hl_store_each_entry(hl_log_store(log), sweep->size + 1, size,
				  HL_ASCENDING, catch_up_entry, &catching, err);
	if (ret == 0)
		sweep->size = size;
	return ret;
}

int hl_sweep_append(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_sweep *sweep, struct hl_error *err)
{
	struct hl_payload payload;

	if (sweep->closed == 0)
		return 0;
	memset(&payload, 0, sizeof(payload));
	if (hl_actor_apply(actor, &payload, err) < 0)
		return -1;
	payload.sweep.horizon = sweep->horizon;
	payload.sweep.closed = sweep->closed;
	return hl_log_append(log, HL_ACTION_SWEEP, actor->channel, &payload,
			     err);
}

int hl_sweep_get(struct hl_log *log, const struct hl_sweep *sweep, uint64_t seq,
		 struct hl_address *address_r, struct hl_link *link_r,
		 struct hl_error *err)
{
	const struct hl_link *link;
	struct hl_index_row row = {NULL, 0, 0};
	struct hl_entry entry;
	bool erased;
	int ret;

	if (hl_walk_is_erased(log, seq, &erased, err) < 0)
		return -1;
	if (erased)
		return 0;
	if (hl_log_get_past(log, seq, &entry, err) < 0)
		return -1;
	ret = hl_walk_row_before(log, &entry, seq + 1, &row, err);
	if (ret <= 0)
		return ret;
	link = expired_link(sweep, &entry.payload.state);
	if (link == NULL || row.seq != seq ||
	    (row.superseded_by != 0 && row.superseded_by <= sweep->size))
		return 0;
	*address_r = entry.payload.address;
	*link_r = *link;
	return 1;
}
