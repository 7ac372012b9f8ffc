#include "hl-cycle.h"

#include <string.h>

/* Every address that is reached; more than this is no chain that a sender
   would follow to its end. */
#define REACHED_MAX 64

struct walk {
	struct hl_log *log;
	const struct hl_address *old;
	struct hl_address reached[REACHED_MAX];
	size_t count;
	struct hl_error *err;
};

static int walk_add(struct walk *walk, const struct hl_address *target)
{
	char old[HL_ADDRESS_SIZE];
	struct hl_address address = *target;
	struct hl_error key_err;
	size_t i;

	/* what can't be looked up leads nowhere */
	if (hl_address_make_key(&address, &key_err) < 0)
		return 0;
	for (i = 0; i < walk->count; i++) {
		if (hl_address_equal(&walk->reached[i], &address))
			return 0;
	}
	if (walk->count == REACHED_MAX) {
		hl_address_format(walk->old, old);
		return hl_error_set(walk->err, HL_ERROR_DATA,
				    "the target of %s has a chain of more "
				    "than %d hard-links behind it",
				    old, REACHED_MAX);
	}
	walk->reached[walk->count++] = address;
	return 0;
}

static bool is_over(const struct hl_link *link, int64_t now)
{
	return link->kind == HL_KIND_NONE ||
	       (link->kind == HL_KIND_TEMPORARY && link->expires <= now);
}

/* Adds where this very address leads, now or later. 1 if anywhere. */
static int walk_follow(struct walk *walk, const struct hl_address *address)
{
	int64_t now = hl_log_now(walk->log);
	const struct hl_state *state;
	struct hl_entry entry;
	int ret;

	ret = hl_log_get_newest(walk->log, address, &entry, walk->err);
	if (ret <= 0)
		return ret;
	state = &entry.payload.state;
	ret = 0;
	if (!is_over(&state->current, now)) {
		if (walk_add(walk, &state->current.target) < 0)
			return -1;
		ret = 1;
	}
	if (!is_over(&state->next.link, now)) {
		if (walk_add(walk, &state->next.link.target) < 0)
			return -1;
		ret = 1;
	}
	return ret;
}

static int cycle_error(struct walk *walk, const struct hl_address *target,
		       const struct hl_address *last)
{
	char old[HL_ADDRESS_SIZE], new[HL_ADDRESS_SIZE], via[HL_ADDRESS_SIZE];

	hl_address_format(walk->old, old);
	hl_address_format(target, new);
	hl_address_format(last, via);
	if (walk->count == 1)
		return hl_error_set(walk->err, HL_ERROR_DATA,
				    "%s can't be hard-linked to itself (%s)",
				    old, new);
	return hl_error_set(walk->err, HL_ERROR_DATA,
			    "%s can't be hard-linked to %s: that leads back "
			    "to it as %s",
			    old, new, via);
}

/* The same order as a lookup: the exact address, else the one without its
   detail. */
static int walk_one(struct walk *walk, const struct hl_address *target,
		    const struct hl_address *address)
{
	const char *delimiters = hl_log_config(walk->log)->recipient_delimiter;
	struct hl_address base = *address;
	int ret;

	if (hl_address_equal(address, walk->old))
		return cycle_error(walk, target, address);
	ret = walk_follow(walk, address);
	if (ret != 0 || !hl_address_strip_detail(&base, delimiters))
		return ret < 0 ? -1 : 0;
	if (hl_address_equal(&base, walk->old))
		return cycle_error(walk, target, address);
	return walk_follow(walk, &base) < 0 ? -1 : 0;
}

int hl_cycle_check(struct hl_log *log, const struct hl_address *old,
		   const struct hl_address *target, struct hl_error *err)
{
	struct walk walk;
	struct hl_address address;
	size_t i;

	walk.log = log;
	walk.old = old;
	walk.count = 0;
	walk.err = err;
	if (walk_add(&walk, target) < 0)
		return -1;
	for (i = 0; i < walk.count; i++) {
		address = walk.reached[i];
		if (walk_one(&walk, target, &address) < 0)
			return -1;
	}
	return 0;
}
