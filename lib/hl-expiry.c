#include "hl-expiry.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

/* What the history of an address says of the link that it has. */
struct past {
	struct hl_log *log;
	const struct hl_link *link;
	/* Does every entry up to here, from the newest one, have it? */
	bool same_link;
	/* since when it is there with this expiry */
	int64_t since;
	/* those entries: what they were told by */
	uint64_t seqs[64];
	size_t count;
	/* "": none was found yet */
	char login[HL_ACTOR_SIZE];
};

static bool is_link(const struct hl_link *a, const struct hl_link *b)
{
	return a->kind == b->kind && a->expires == b->expires &&
	       hl_address_equal(&a->target, &b->target);
}

/* Did an administrator only change what was there? */
static bool is_touch(const struct hl_entry *entry)
{
	return entry->statement.action == HL_ACTION_EXTEND ||
	       entry->statement.action == HL_ACTION_BLOCK;
}

static int look_back(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct past *past = context;
	const struct hl_state *state;
	struct hl_entry entry;

	if (hl_log_get_past(past->log, row->seq, &entry, err) < 0)
		return -1;
	state = &entry.payload.state;
	if (past->same_link && (is_link(&state->current, past->link) ||
				is_link(&state->next.link, past->link))) {
		past->since = entry.statement.time;
		if (past->count < sizeof(past->seqs) / sizeof(past->seqs[0]))
			past->seqs[past->count++] = row->seq;
	} else {
		past->same_link = false;
	}
	if (entry.statement.channel != HL_CHANNEL_ADMIN) {
		if (past->login[0] == '\0')
			snprintf(past->login, sizeof(past->login), "%s",
				 entry.payload.actor);
	} else if (past->login[0] == '\0' && !is_touch(&entry)) {
		hl_address_format(&entry.payload.address, past->login);
	}
	return past->same_link || past->login[0] == '\0' ? 0 : 1;
}

static int read_past(struct past *past, const struct hl_entry *entry,
		     struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];

	hl_record_index_key(entry->statement.action, &entry->payload.address,
			    key);
	past->same_link = true;
	if (hl_store_each_index(hl_log_store(past->log), key, HL_DESCENDING,
				look_back, past, err) < 0)
		return -1;
	/* if what came before was erased */
	if (past->login[0] == '\0')
		hl_address_format(&entry->payload.address, past->login);
	return 0;
}

/* The link that is in force and will run out, or ran out last. */
static const struct hl_link *ending_link(const struct hl_state *state,
					 int64_t now)
{
	const struct hl_link *const links[] = {&state->next.link,
					       &state->current};
	const struct hl_link *in_force = hl_state_in_force(state, now);
	const struct hl_link *link;
	size_t i;

	for (i = 0; i < 2; i++) {
		link = links[i];
		if (link->kind != HL_KIND_TEMPORARY ||
		    hl_state_in_force(state, link->expires - 1) != link ||
		    hl_state_in_force(state, link->expires) != NULL)
			continue;
		if (in_force == (link->expires > now ? link : NULL))
			return link;
	}
	return NULL;
}

/* The latest thing that is due: so many seconds before, 0: afterwards; -1 if
   there is none. */
static int64_t due_before(const struct hl_config *config,
			  const struct hl_link *link, int64_t since,
			  int64_t now)
{
	int64_t before, due = -1;
	size_t i;

	if (config->notice_count == 0)
		return -1;
	if (link->expires <= now)
		return link->expires + HL_EXPIRY_LATE_MAX > now ? 0 : -1;
	for (i = 0; i < config->notice_count; i++) {
		before = config->notice_before[i];
		if (link->expires - before <= now &&
		    link->expires - before > since && (due < 0 || before < due))
			due = before;
	}
	return due;
}

static void make_id(struct hl_log *log, uint64_t seq, int64_t before,
		    char id_r[HL_EXPIRY_ID_SIZE])
{
	const unsigned char *origin = hl_store_origin(hl_log_store(log));
	unsigned char hash[HL_HASH_SIZE];
	char text[128], hex[2 * HL_ORIGIN_SIZE + 1];
	int size;

	sodium_bin2hex(hex, sizeof(hex), origin, HL_ORIGIN_SIZE);
	size = snprintf(text, sizeof(text),
			"hardlink-expiry-v1\n%s\n%llu\n%lld", hex,
			(unsigned long long)seq, (long long)before);
	crypto_hash_sha256(hash, (const unsigned char *)text, (size_t)size);
	sodium_bin2hex(id_r, HL_EXPIRY_ID_SIZE, hash,
		       (HL_EXPIRY_ID_SIZE - 1) / 2);
}

/* An entry that only restates the link doesn't begin anew. */
static int was_told(struct hl_log *log, const struct past *past, int64_t before,
		    struct hl_error *err)
{
	char id[HL_EXPIRY_ID_SIZE];
	size_t i;
	int ret = 0;

	for (i = 0; i < past->count && ret == 0; i++) {
		make_id(log, past->seqs[i], before, id);
		ret = hl_store_has_notice(hl_log_store(log), id, err);
	}
	return ret;
}

static int64_t began(const struct past *past, const struct hl_state *state)
{
	return past->link == &state->next.link &&
			       state->next.effective > past->since
		       ? state->next.effective
		       : past->since;
}

int hl_expiry_due(struct hl_log *log, const struct hl_entry *entry,
		  struct hl_expiry_notice *notice_r, struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(log);
	const struct hl_state *state = &entry->payload.state;
	int64_t now = hl_log_now(log);
	struct past past = {.log = log, .link = ending_link(state, now)};
	int ret;

	/* most have nothing to be told of: no look into the past; a whole
	   domain has nobody to be told */
	if (past.link == NULL ||
	    hl_address_is_domain(&entry->payload.address) ||
	    due_before(config, past.link, 0, now) < 0)
		return 0;
	if (read_past(&past, entry, err) < 0)
		return -1;
	notice_r->before =
		due_before(config, past.link, began(&past, state), now);
	if (notice_r->before < 0)
		return 0;
	ret = was_told(log, &past, notice_r->before, err);
	if (ret != 0)
		return ret < 0 ? -1 : 0;
	notice_r->address = entry->payload.address;
	notice_r->link = *past.link;
	memcpy(notice_r->login, past.login, sizeof(past.login));
	notice_r->by_owner = entry->statement.channel != HL_CHANNEL_ADMIN;
	notice_r->seq = entry->statement.seq;
	make_id(log, notice_r->seq, notice_r->before, notice_r->id);
	return 1;
}

int hl_expiry_note(struct hl_log *log, const struct hl_expiry_notice *notice,
		   struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct hl_index_row rows[2];
	size_t count;

	hl_record_index_key(HL_ACTION_SET, &notice->address, key);
	if (hl_store_get_newest(hl_log_store(log), key, rows, &count, err) < 0)
		return -1;
	if (count == 0 || rows[0].seq != notice->seq)
		return 0;
	return hl_store_add_notice(hl_log_store(log), notice->id,
				   hl_log_now(log), err);
}
