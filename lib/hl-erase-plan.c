/* What may be erased, and what must not: a pass over the index. */

#include "hl-erase-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct seqs {
	uint64_t *list;
	size_t count, size;
};

struct plan {
	struct hl_log *log;
	struct hl_erase *erase;
	/* what was over by then, or if it isn't NULL, what names it */
	int64_t before;
	const struct hl_address *address;

	/* the row before: its key, and what superseded it */
	char key[HL_INDEX_KEY_SIZE];
	uint64_t superseded_by;
	/* older rows of the key that were not chosen */
	struct seqs rest;
	/* what can't be erased but should: the first, and how many */
	uint64_t refused;
	char refusal[HL_ERROR_TEXT_SIZE];
};

void hl_erase_free(struct hl_erase *erase)
{
	free(erase->seqs);
	memset(erase, 0, sizeof(*erase));
}

static int add(uint64_t **list, size_t *count, size_t *size, uint64_t seq,
	       struct hl_error *err)
{
	size_t wanted = *size == 0 ? 64 : 2 * *size;
	uint64_t *grown;

	if (*count == *size) {
		grown = reallocarray(*list, wanted, sizeof(*grown));
		if (grown == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		*list = grown;
		*size = wanted;
	}
	(*list)[(*count)++] = seq;
	return 0;
}

static int choose(struct plan *plan, uint64_t seq, struct hl_error *err)
{
	struct hl_erase *erase = plan->erase;

	return add(&erase->seqs, &erase->count, &erase->size, seq, err);
}

static int get_record(struct plan *plan, uint64_t seq,
		      struct hl_record *record_r, struct hl_error *err)
{
	int ret =
		hl_store_get_entry(hl_log_store(plan->log), seq, record_r, err);

	if (ret == 0 || (ret > 0 && record_r->payload == NULL))
		ret = hl_error_set(err, HL_ERROR_STORE,
				   "index: %s: entry %llu isn't there; run "
				   "`hardlinkctl verify`",
				   plan->key, (unsigned long long)seq);
	return ret < 0 ? -1 : 0;
}

/* The entry that a row is of. Its signature isn't looked at: an entry that
   isn't what it should be is none the worse for being erased. */
static int get_entry(struct plan *plan, uint64_t seq, struct hl_entry *entry_r,
		     struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct hl_record record;

	if (get_record(plan, seq, &record, err) < 0)
		return -1;
	if (hl_record_decode(&record, hl_store_origin(hl_log_store(plan->log)),
			     entry_r, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)seq);
	hl_record_index_key(entry_r->statement.action,
			    &entry_r->payload.address, key);
	if (strcmp(key, plan->key) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: %s: entry %llu is about another "
				    "address; run `hardlinkctl verify`",
				    plan->key, (unsigned long long)seq);
	return 0;
}

static bool names(const struct plan *plan, const struct hl_entry *entry)
{
	return hl_erase_payload_names(&entry->payload, entry->statement.action,
				      plan->address);
}

/* --- is it over? */

/* A change that nobody confirmed, and that nobody can confirm any more. */
static int is_lapsed(struct plan *plan, const struct hl_entry *entry,
		     int64_t *end, struct hl_error *err)
{
	struct hl_consent consent;
	int ret = hl_store_get_consent(hl_log_store(plan->log), plan->key,
				       &consent, err);

	if (ret <= 0 || consent.seq != entry->statement.seq ||
	    consent.expires > hl_log_now(plan->log))
		return ret < 0 ? -1 : 0;
	if (consent.expires > *end)
		*end = consent.expires;
	return 1;
}

/* Whether this link has run out; then raises end to that time. */
static bool ran_out(const struct hl_link *link, int64_t now, int64_t *end)
{
	if (link->kind == HL_KIND_NONE)
		return true;
	if (link->kind == HL_KIND_PERMANENT || link->expires > now)
		return false;
	if (link->expires > *end)
		*end = link->expires;
	return true;
}

/* Does nothing of the state hold, and will nothing of it? 1, and since when; 0,
   -1. */
static int is_over(struct plan *plan, const struct hl_entry *entry,
		   int64_t *end_r, struct hl_error *err)
{
	const struct hl_state *state = &entry->payload.state;
	const struct hl_next *next = &state->next;
	int64_t now = hl_log_now(plan->log);

	*end_r = entry->statement.time;
	if (state->blocked)
		return 0;
	if (next->link.kind == HL_KIND_NONE)
		return ran_out(&state->current, now, end_r);
	if (!next->confirmed)
		return ran_out(&state->current, now, end_r)
			       ? is_lapsed(plan, entry, end_r, err)
			       : 0;
	/* once it is in force, the current one is over */
	return next->effective <= now && ran_out(&next->link, now, end_r);
}

/* --- rows */

static int choose_rest(struct plan *plan, struct hl_error *err)
{
	size_t i;

	for (i = 0; i < plan->rest.count; i++) {
		if (choose(plan, plan->rest.list[i], err) < 0)
			return -1;
	}
	plan->rest.count = 0;
	return 0;
}

/* Is there something that `unset` ends? Otherwise it is the block alone. */
static bool is_linked(const struct hl_state *state, int64_t now)
{
	const struct hl_next *next = &state->next;

	return hl_state_in_force(state, now) != NULL ||
	       (next->link.kind != HL_KIND_NONE &&
		!(next->confirmed && next->effective <= now));
}

static void refuse(struct plan *plan, const struct hl_entry *entry)
{
	bool linked = is_linked(&entry->payload.state, hl_log_now(plan->log));
	char address[HL_ADDRESS_SIZE];

	if (plan->refused++ > 0)
		return;
	hl_address_format(plan->address, address);
	snprintf(plan->refusal, sizeof(plan->refusal),
		 "%s can't be forgotten while entry %llu, which names it, says "
		 "what holds; `hardlinkctl %s %s` first",
		 address, (unsigned long long)entry->statement.seq,
		 linked ? "unset" : "unblock", plan->key);
}

static int plan_open(struct plan *plan, uint64_t seq, struct hl_error *err)
{
	struct hl_entry entry;
	int64_t end;
	int ret;

	if (get_entry(plan, seq, &entry, err) < 0)
		return -1;
	if (plan->address != NULL ? !names(plan, &entry)
				  : entry.statement.time > plan->before)
		return 0;
	/* its word decides: is it what it should be? */
	if (hl_log_get_entry(plan->log, seq, &entry, err) < 0)
		return -1;
	ret = is_over(plan, &entry, &end, err);
	if (ret < 0)
		return -1;
	if (ret == 0 && plan->address != NULL)
		refuse(plan, &entry);
	if (ret == 0 || (plan->address == NULL && end > plan->before))
		return 0;
	plan->erase->addresses++;
	return choose_rest(plan, err) < 0 ? -1 : choose(plan, seq, err);
}

static int is_wanted(struct plan *plan, const struct hl_index_row *row,
		     struct hl_error *err)
{
	struct hl_statement statement;
	struct hl_record record;
	struct hl_entry entry;

	if (plan->address != NULL)
		return get_entry(plan, row->seq, &entry, err) < 0
			       ? -1
			       : names(plan, &entry);
	/* what superseded it says since when it is over */
	if (get_record(plan, row->superseded_by, &record, err) < 0 ||
	    hl_statement_parse(record.statement, record.statement_size,
			       &statement, err) < 0)
		return -1;
	return statement.time <= plan->before;
}

static int plan_superseded(struct plan *plan, const struct hl_index_row *row,
			   struct hl_error *err)
{
	int ret = is_wanted(plan, row, err);

	if (ret < 0)
		return -1;
	return ret > 0 ? choose(plan, row->seq, err)
		       : add(&plan->rest.list, &plan->rest.count,
			     &plan->rest.size, row->seq, err);
}

/* Entries that concern no single address stay, whatever they say. */
static int plan_log_entry(struct plan *plan, uint64_t seq, struct hl_error *err)
{
	struct hl_entry entry;

	if (plan->address == NULL)
		return 0;
	if (get_entry(plan, seq, &entry, err) < 0)
		return -1;
	if (names(plan, &entry) && plan->erase->fixed_count++ == 0)
		plan->erase->fixed_first = seq;
	return 0;
}

/* An index that is tampered with must not lead to an erasure that is in
   order. */
static int check_row(const struct plan *plan, bool same_key, uint64_t seq,
		     struct hl_error *err)
{
	if (plan->key[0] == '\0' || plan->superseded_by == (same_key ? seq : 0))
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "index: %s: the rows don't follow each other; run "
			    "`hardlinkctl verify`",
			    plan->key);
}

static int plan_row(const struct hl_index_row *_row, void *context,
		    struct hl_error *err)
{
	struct plan *plan = context;
	struct hl_index_row row = *_row;
	bool same_key = strcmp(row.key, plan->key) == 0;

	if (check_row(plan, same_key, row.seq, err) < 0)
		return -1;
	if (!same_key) {
		snprintf(plan->key, sizeof(plan->key), "%s", row.key);
		plan->rest.count = 0;
	}
	plan->superseded_by = row.superseded_by;
	/* only the keys of addresses have an @ */
	if (strchr(plan->key, '@') == NULL)
		return plan_log_entry(plan, row.seq, err);
	return row.superseded_by != 0 ? plan_superseded(plan, &row, err)
				      : plan_open(plan, row.seq, err);
}

static int compare(const void *_a, const void *_b)
{
	const uint64_t *a = _a, *b = _b;

	return *a < *b ? -1 : *a > *b;
}

static int find(struct plan *plan, struct hl_erase *erase, struct hl_error *err)
{
	int ret;

	memset(erase, 0, sizeof(*erase));
	plan->erase = erase;
	ret = hl_store_each_index(hl_log_store(plan->log), NULL, HL_ASCENDING,
				  plan_row, plan, err);
	if (ret == 0)
		ret = check_row(plan, false, 0, err);
	if (ret == 0 && plan->refused == 1)
		ret = hl_error_set(err, HL_ERROR_PERMISSION, "%s",
				   plan->refusal);
	else if (ret == 0 && plan->refused > 1)
		ret = hl_error_set(err, HL_ERROR_PERMISSION,
				   "%s (and %llu more)", plan->refusal,
				   (unsigned long long)plan->refused - 1);
	free(plan->rest.list);
	if (ret < 0)
		hl_erase_free(erase);
	else if (erase->count > 0)
		qsort(erase->seqs, erase->count, sizeof(*erase->seqs), compare);
	return ret;
}

int hl_erase_find_before(struct hl_log *log, int64_t before,
			 struct hl_erase *erase_r, struct hl_error *err)
{
	struct plan plan = {.log = log, .before = before};

	return find(&plan, erase_r, err);
}

int hl_erase_find_address(struct hl_log *log, const struct hl_address *address,
			  struct hl_erase *erase_r, struct hl_error *err)
{
	struct plan plan = {.log = log, .address = address};

	return find(&plan, erase_r, err);
}
