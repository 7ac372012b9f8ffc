#include "hl-cycle.h"
#include "hl-whole-domain.h"

#include <string.h>

/* Every address that is reached; more than this is no chain that a sender
   would follow to its end. */
#define REACHED_MAX 64

struct walk {
	struct hl_log *log;
	const struct hl_address *old;
	/* the hard-link of a whole domain that is to be set; NULL: none */
	const struct hl_address *domain, *domain_target;
	struct hl_address reached[REACHED_MAX];
	size_t count;
	struct hl_error *err;
};

/* Where the hard-links of one address, or of one whole domain, lead. */
struct leads {
	struct hl_address targets[2];
	size_t count;
	/* it won't end by itself */
	bool for_good;
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

/* Where this very address or whole domain leads, now or later. */
static int find_leads(const struct walk *walk, const struct hl_address *subject,
		      struct leads *leads_r)
{
	int64_t now = hl_log_now(walk->log);
	const struct hl_link *in_force;
	const struct hl_state *state;
	struct hl_entry entry;
	int ret;

	memset(leads_r, 0, sizeof(*leads_r));
	if (walk->domain != NULL && hl_address_equal(subject, walk->domain)) {
		leads_r->targets[leads_r->count++] = *walk->domain_target;
		return 0;
	}
	ret = hl_log_get_newest(walk->log, subject, &entry, walk->err);
	if (ret <= 0)
		return ret;
	state = &entry.payload.state;
	if (!is_over(&state->current, now))
		leads_r->targets[leads_r->count++] = state->current.target;
	if (!is_over(&state->next.link, now))
		leads_r->targets[leads_r->count++] = state->next.link.target;
	in_force = hl_state_in_force(state, now);
	leads_r->for_good = in_force != NULL &&
			    in_force->kind == HL_KIND_PERMANENT &&
			    (in_force == &state->next.link ||
			     state->next.link.kind == HL_KIND_NONE);
	return 0;
}

static int walk_follow(struct walk *walk, const struct leads *leads)
{
	size_t i;

	for (i = 0; i < leads->count; i++) {
		if (walk_add(walk, &leads->targets[i]) < 0)
			return -1;
	}
	return 0;
}

/* Where the whole domain of an address leads it. */
static int walk_domain(struct walk *walk, const struct hl_address *address)
{
	struct hl_address domain = *address, target;
	struct leads leads;
	size_t i;

	hl_address_make_domain(&domain);
	if (find_leads(walk, &domain, &leads) < 0)
		return -1;
	for (i = 0; i < leads.count; i++) {
		if (hl_whole_domain_lead(hl_log_config(walk->log), address,
					 &leads.targets[i], &target) &&
		    walk_add(walk, &target) < 0)
			return -1;
	}
	return 0;
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
   detail, else the whole domain; that one also if what hides it may end. */
static int walk_one(struct walk *walk, const struct hl_address *target,
		    const struct hl_address *address)
{
	const char *delimiters = hl_log_config(walk->log)->recipient_delimiter;
	struct hl_address base = *address;
	struct leads leads;

	if (hl_address_equal(address, walk->old))
		return cycle_error(walk, target, address);
	if (find_leads(walk, address, &leads) < 0 ||
	    walk_follow(walk, &leads) < 0)
		return -1;
	if (leads.count == 0 && hl_address_strip_detail(&base, delimiters)) {
		if (hl_address_equal(&base, walk->old))
			return cycle_error(walk, target, address);
		if (find_leads(walk, &base, &leads) < 0 ||
		    walk_follow(walk, &leads) < 0)
			return -1;
	}
	if (leads.for_good || hl_address_is_domain(address))
		return 0;
	return walk_domain(walk, address);
}

static int walk_from(struct walk *walk, const struct hl_address *target)
{
	struct hl_address address;
	size_t i;

	walk->count = 0;
	if (walk_add(walk, target) < 0)
		return -1;
	for (i = 0; i < walk->count; i++) {
		address = walk->reached[i];
		if (walk_one(walk, target, &address) < 0)
			return -1;
	}
	return 0;
}

/* --- A whole domain: no way back may lead through single addresses of the
   domains that it leads to. That is where every such way leaves them, so that
   these addresses are all that have to be looked at. */

struct domain_check {
	/* the domains */
	const struct walk *domains;
	const struct hl_address *target;
};

static bool is_reached(const struct walk *domains,
		       const struct hl_address *address)
{
	size_t i;

	for (i = 0; i < domains->count; i++) {
		if (strcmp(domains->reached[i].domain, address->domain) == 0)
			return true;
	}
	return false;
}

/* Does it lead this local part of the old domain back to where it began? */
static int check_local_part(const struct domain_check *check,
			    const struct hl_address *address,
			    struct hl_error *err)
{
	const struct hl_address *domain = check->domains->old;
	struct hl_log *log = check->domains->log;
	struct hl_address old = *address, target;
	struct walk walk = {
		.log = log,
		.old = &old,
		.domain = domain,
		.domain_target = check->target,
		.err = err,
	};
	char text[HL_ADDRESS_SIZE];
	struct leads leads;

	/* what can't be written has no hard-link */
	if (hl_address_move_to_domain(&old, domain->domain, err) < 0 ||
	    !hl_whole_domain_lead(hl_log_config(log), &old, check->target,
				  &target))
		return 0;
	if (find_leads(&walk, &old, &leads) < 0)
		return -1;
	if (leads.for_good || walk_from(&walk, &target) == 0)
		return 0;
	hl_address_format(domain, text);
	return hl_error_prefix(err, "%s", text);
}

static int check_row(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	const struct domain_check *check = context;
	struct hl_address address;

	if (hl_address_parse_subject(row->key, strlen(row->key), &address,
				     err) < 0) {
		err->code = HL_ERROR_STORE;
		return hl_error_prefix(err, "index");
	}
	if (hl_address_is_domain(&address) ||
	    !is_reached(check->domains, &address))
		return 0;
	return check_local_part(check, &address, err);
}

int hl_cycle_check(struct hl_log *log, const struct hl_address *old,
		   const struct hl_address *target, struct hl_error *err)
{
	struct walk walk = {.log = log, .old = old, .err = err};
	struct domain_check check = {&walk, target};

	if (walk_from(&walk, target) < 0)
		return -1;
	if (!hl_address_is_domain(old))
		return 0;
	return hl_store_each_open(hl_log_store(log), check_row, &check, err);
}
