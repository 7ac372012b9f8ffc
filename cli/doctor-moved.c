/* doctor: what the newest entries say, for checks that need an example. */

#include "doctor.h"

#include "hl-record.h"

/* So many are looked at, whatever the size of the log. */
#define NEWEST 5000

struct search {
	struct doctor *doctor;
	struct hl_address address;
	struct hl_link link;
	bool temporary;
};

/* 1 if the entry is its address's newest and has what is looked for. Nothing is
   believed yet. */
static int look(const struct hl_record *record, void *context,
		struct hl_error *err)
{
	struct search *search = context;
	struct hl_log *log = search->doctor->log;
	const struct hl_link *link;
	struct hl_error bad;
	struct hl_entry entry;
	uint64_t seq = record->seq;
	int ret;

	if (hl_record_decode(record, hl_store_origin(hl_log_store(log)), &entry,
			     &bad) < 0 ||
	    entry.erased || !hl_action_has_address(entry.statement.action))
		return 0;
	link = hl_state_in_force(&entry.payload.state, hl_log_now(log));
	if (link == NULL ||
	    (search->temporary ? link->kind != HL_KIND_TEMPORARY
			       : !hl_address_is_ascii(&link->target)) ||
	    !hl_address_is_ascii(&entry.payload.address))
		return 0;
	search->address = entry.payload.address;
	ret = hl_log_get_newest(log, &search->address, &entry, err);
	if (ret <= 0)
		return ret;
	link = hl_state_in_force(&entry.payload.state, hl_log_now(log));
	if (link == NULL || entry.statement.seq != seq)
		return 0;
	search->link = *link;
	return 1;
}

static int find(struct search *search, struct hl_error *err)
{
	struct hl_log *log = search->doctor->log;
	uint64_t size = hl_log_head(log)->size;

	return hl_store_each_entry(hl_log_store(log),
				   size > NEWEST ? size - NEWEST + 1 : 1, size,
				   HL_DESCENDING, look, search, err);
}

int doctor_find_moved(struct doctor *doctor, struct hl_address *address_r,
		      struct hl_link *link_r, struct hl_error *err)
{
	struct search search = {.doctor = doctor};
	int ret = find(&search, err);

	*address_r = search.address;
	*link_r = search.link;
	return ret;
}

int doctor_has_temporary(struct doctor *doctor, struct hl_error *err)
{
	struct search search = {.doctor = doctor, .temporary = true};

	return find(&search, err);
}
