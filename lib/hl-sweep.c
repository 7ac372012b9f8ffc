/* Closing what ran out: schema/FORMAT.md section 3, action sweep. */

#include "hl-change.h"

#include <string.h>

struct expired_walk {
	struct hl_log *log;
	/* those up to here were closed before */
	int64_t horizon;
	hl_expired_func *func;
	void *context;
};

/* The link of this state that ran out, or NULL. */
static const struct hl_link *state_expired(const struct hl_state *state,
					   int64_t now)
{
	const struct hl_link *link = &state->current;

	if (state->next.link.kind != HL_KIND_NONE && state->next.confirmed &&
	    state->next.effective <= now)
		link = &state->next.link;
	return link->kind == HL_KIND_TEMPORARY && link->expires <= now ? link
								       : NULL;
}

static int each_open(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct expired_walk *walk = context;
	const struct hl_link *link;
	struct hl_entry entry;

	if (hl_log_get_entry(walk->log, row->seq, &entry, err) < 0)
		return -1;
	link = state_expired(&entry.payload.state, hl_log_now(walk->log));
	if (link == NULL || link->expires <= walk->horizon)
		return 0;
	return walk->func(&entry.payload.address, link, walk->context, err);
}

int hl_change_each_expired(struct hl_log *log, hl_expired_func *func,
			   void *context, struct hl_error *err)
{
	struct expired_walk walk = {log, 0, func, context};

	if (hl_log_get_swept(log, &walk.horizon, err) < 0)
		return -1;
	return hl_store_each_open(hl_log_store(log), each_open, &walk, err);
}

static int count_expired(const struct hl_address *address,
			 const struct hl_link *link, void *context,
			 struct hl_error *err)
{
	uint64_t *count = context;

	(void)address;
	(void)link;
	(void)err;
	(*count)++;
	return 0;
}

int hl_change_sweep(struct hl_log *log, const struct hl_actor *actor,
		    uint64_t *closed_r, struct hl_error *err)
{
	struct hl_payload payload;

	*closed_r = 0;
	if (hl_change_each_expired(log, count_expired, closed_r, err) < 0)
		return -1;
	if (*closed_r == 0)
		return 0;
	memset(&payload, 0, sizeof(payload));
	if (hl_actor_apply(actor, &payload, err) < 0)
		return -1;
	payload.sweep.horizon = hl_log_now(log);
	payload.sweep.closed = *closed_r;
	return hl_log_append(log, HL_ACTION_SWEEP, actor->channel, &payload,
			     err);
}
