#include "hl-lookup.h"
#include "hl-head.h"
#include "hl-lookup-filter.h"
#include "hl-lookup-service.h"
#include "hl-misses.h"
#include "hl-record.h"
#include "hl-whole-domain.h"

#include <stdlib.h>
#include <time.h>

#include <sodium.h>

#define TRIES 5

struct hl_lookup {
	const struct hl_config *config;
	struct hl_store *store;
	struct hl_keyring *keyring;
	struct hl_head *head;
	struct hl_verified *verified;
	/* instead of all these: who looks it up */
	struct hl_lookup_service *service;
	/* The head was good in the state of the store that is noted, by this
	   keyring and mark; misses are keys that had no row then. */
	bool settled;
	struct hl_misses *misses;
	struct hl_lookup_filter *filter;
};

struct hl_lookup *hl_lookup_init(const struct hl_config *config)
{
	struct hl_lookup *lookup = calloc(1, sizeof(*lookup));
	const char *socket = hl_lookup_service_path(config->store);

	if (lookup == NULL)
		return NULL;
	lookup->config = config;
	if (socket != NULL) {
		lookup->service = hl_lookup_service_init(socket);
		if (lookup->service == NULL)
			hl_lookup_deinit(&lookup);
		return lookup;
	}
	lookup->head = hl_head_init(config->mark);
	lookup->verified = hl_verified_init();
	if (sodium_init() >= 0)
		lookup->misses = hl_misses_init();
	lookup->filter = hl_lookup_filter_init(config->filter_dir);
	if (lookup->head == NULL || lookup->verified == NULL ||
	    lookup->misses == NULL || lookup->filter == NULL)
		hl_lookup_deinit(&lookup);
	return lookup;
}

void hl_lookup_deinit(struct hl_lookup **_lookup)
{
	struct hl_lookup *lookup = *_lookup;

	*_lookup = NULL;
	if (lookup == NULL)
		return;
	hl_lookup_service_deinit(&lookup->service);
	hl_store_close(&lookup->store);
	hl_keyring_free(&lookup->keyring);
	hl_head_deinit(&lookup->head);
	hl_verified_deinit(&lookup->verified);
	hl_misses_deinit(&lookup->misses);
	hl_lookup_filter_deinit(&lookup->filter);
	free(lookup);
}

static void unsettle(struct hl_lookup *lookup)
{
	lookup->settled = false;
	hl_misses_forget(lookup->misses);
	hl_lookup_filter_unsettle(lookup->filter);
}

/* A keyring that can't be read any more is an error, not a reason to go on with
   the old one: it may have been changed to revoke a key. */
static int refresh_keyring(struct hl_lookup *lookup, struct hl_error *err)
{
	if (lookup->keyring != NULL && hl_keyring_is_stale(lookup->keyring))
		hl_keyring_free(&lookup->keyring);
	if (lookup->keyring != NULL)
		return 0;
	unsettle(lookup);
	return hl_keyring_read(lookup->config->keyring, &lookup->keyring, err);
}

/* Brings store and mark up to date, and notes the store's state. */
static int refresh_store(struct hl_lookup *lookup, struct hl_error *err)
{
	if (lookup->settled && hl_store_is_as_noted(lookup->store))
		return 0;
	unsettle(lookup);
	if (lookup->store != NULL && hl_store_is_replaced(lookup->store))
		hl_store_close(&lookup->store);
	if (lookup->store == NULL) {
		hl_head_forget(lookup->head);
		if (hl_store_open(lookup->config->store, HL_STORE_READ, NULL,
				  &lookup->store, err) < 0)
			return -1;
	}
	hl_store_note_state(lookup->store);
	return hl_head_read_mark(lookup->head, err);
}

/* What may speak for a recipient: the address itself, the one without its
   detail, the whole domain; in this order. */
#define SUBJECTS_MAX 3
struct question {
	/* as it was asked */
	const struct hl_address *recipient;
	struct hl_address subjects[SUBJECTS_MAX];
	/* of the index */
	char keys[SUBJECTS_MAX][HL_INDEX_KEY_SIZE];
	size_t count;
};

/* FALSE if it has no hard-link whatever the store says. */
static bool question_init(struct question *question,
			  const struct hl_address *recipient,
			  const char *delimiters)
{
	struct hl_address *subjects = question->subjects;
	struct hl_error ignored;
	size_t i;

	question->recipient = recipient;
	subjects[0] = *recipient;
	if (hl_address_make_key(&subjects[0], &ignored) < 0)
		return false;
	subjects[1] = subjects[0];
	question->count = 1 + hl_address_strip_detail(&subjects[1], delimiters);
	/* RFC 5321 section 4.5.1: it must accept mail */
	if (hl_address_is_protected(&subjects[question->count - 1], "",
				    "postmaster"))
		return false;
	subjects[question->count] = subjects[0];
	hl_address_make_domain(&subjects[question->count++]);
	for (i = 0; i < question->count; i++)
		hl_record_index_key(HL_ACTION_SET, &subjects[i],
				    question->keys[i]);
	return true;
}

static bool has_no_row(struct hl_lookup *lookup, const char *key)
{
	struct hl_index_row rows[2];
	struct hl_error ignored;
	size_t count;

	return hl_store_get_newest(lookup->store, key, rows, &count,
				   &ignored) == 0;
}

/* Most addresses never moved, and most of the time nothing changes: no snapshot
   is needed to see both. The state is looked at after all that was read, which
   so was read in that state. An address whose row gives no hard-link now isn't
   one of these: time alone may change that. */
static bool is_surely_none(struct hl_lookup *lookup,
			   const struct question *question)
{
	bool known[SUBJECTS_MAX];
	size_t i;

	for (i = 0; i < question->count; i++) {
		known[i] = hl_misses_has(lookup->misses, question->keys[i]);
		if (!known[i] && !has_no_row(lookup, question->keys[i]))
			return false;
	}
	if (!hl_store_is_as_noted(lookup->store))
		return false;
	for (i = 0; i < question->count; i++) {
		if (!known[i])
			hl_misses_add(lookup->misses, question->keys[i]);
	}
	hl_lookup_filter_looked(lookup->filter);
	return true;
}

/* The link that this very address, or whole domain, has in force. */
static enum hl_lookup_result lookup_subject(struct hl_lookup *lookup,
					    const struct question *question,
					    const struct hl_address *subject,
					    int64_t now, struct hl_link *link_r,
					    struct hl_error *err)
{
	const struct hl_link *link;
	struct hl_address target;
	struct hl_entry entry;
	int ret;

	ret = hl_record_get_newest(lookup->store, HL_ACTION_SET, subject,
				   lookup->keyring, lookup->verified, &entry,
				   err);
	if (ret <= 0)
		return ret < 0 ? HL_LOOKUP_ERROR : HL_LOOKUP_NONE;
	link = hl_state_in_force(&entry.payload.state, now);
	if (link == NULL)
		return HL_LOOKUP_NONE;
	if (!hl_address_is_domain(subject)) {
		*link_r = *link;
		return HL_LOOKUP_FOUND;
	}
	if (!hl_whole_domain_lead(lookup->config, question->recipient,
				  &link->target, &target))
		return HL_LOOKUP_NONE;
	*link_r = *link;
	link_r->target = target;
	return HL_LOOKUP_FOUND_BY_DOMAIN;
}

static enum hl_lookup_result lookup_in_snapshot(struct hl_lookup *lookup,
						const struct question *question,
						struct hl_link *link_r,
						struct hl_error *err)
{
	enum hl_lookup_result result = HL_LOOKUP_NONE;
	int64_t now = time(NULL);
	size_t i;

	if (hl_head_check(lookup->head, lookup->store, lookup->keyring, err) <
	    0)
		return HL_LOOKUP_ERROR;
	/* A clock set back doesn't revive what the log saw end. */
	if (now < hl_head_get(lookup->head)->time)
		now = hl_head_get(lookup->head)->time;
	for (i = 0; i < question->count && result == HL_LOOKUP_NONE; i++)
		result =
			lookup_subject(lookup, question, &question->subjects[i],
				       now, link_r, err);
	return result;
}

static enum hl_lookup_result lookup_try(struct hl_lookup *lookup,
					const struct question *question,
					struct hl_link *link_r,
					struct hl_error *err)
{
	enum hl_lookup_result result;

	if (hl_lookup_filter_excludes(lookup->filter, lookup->store,
				      question->keys, question->count))
		return HL_LOOKUP_NONE;
	if (refresh_keyring(lookup, err) < 0)
		return HL_LOOKUP_ERROR;
	if (hl_head_mark_is_stale(lookup->head))
		unsettle(lookup);
	if (lookup->settled && is_surely_none(lookup, question))
		return HL_LOOKUP_NONE;
	if (refresh_store(lookup, err) < 0 ||
	    hl_store_snapshot_begin(lookup->store, err) < 0)
		return HL_LOOKUP_ERROR;
	result = lookup_in_snapshot(lookup, question, link_r, err);
	hl_store_snapshot_end(lookup->store);
	/* If it began later than the state that is noted, the store will never
	   be as noted again. */
	lookup->settled = result != HL_LOOKUP_ERROR;
	if (lookup->settled)
		hl_lookup_filter_settle(lookup->filter, lookup->store,
					hl_head_get(lookup->head));
	return result;
}

/* What was found in a file that somebody wrote over meanwhile may be a mixture
   of old and new pages. What could not be verified may be signed by a key that
   is trusted since. */
static bool wants_another_look(const struct hl_lookup *lookup,
			       enum hl_lookup_result result)
{
	if (result == HL_LOOKUP_ERROR)
		return lookup->keyring != NULL &&
		       hl_keyring_is_stale(lookup->keyring);
	return result != HL_LOOKUP_NONE && hl_store_is_replaced(lookup->store);
}

enum hl_lookup_result hl_lookup(struct hl_lookup *lookup,
				const struct hl_address *recipient,
				struct hl_link *link_r, struct hl_error *err)
{
	enum hl_lookup_result result = HL_LOOKUP_ERROR;
	struct question question;
	unsigned int n;

	if (!question_init(&question, recipient,
			   lookup->config->recipient_delimiter))
		return HL_LOOKUP_NONE;
	if (lookup->service != NULL)
		return hl_lookup_service(lookup->service, recipient, link_r,
					 err);
	for (n = 0; n < TRIES; n++) {
		result = lookup_try(lookup, &question, link_r, err);
		if (!wants_another_look(lookup, result))
			break;
	}
	if (n == TRIES && result != HL_LOOKUP_ERROR) {
		hl_error_set(err, HL_ERROR_TEMP,
			     "the store changes faster than it can be read; "
			     "try again");
		result = HL_LOOKUP_ERROR;
	}
	if (result == HL_LOOKUP_ERROR) {
		/* whatever was wrong, the next lookup begins anew */
		unsettle(lookup);
		hl_store_close(&lookup->store);
		hl_keyring_free(&lookup->keyring);
	}
	return result;
}
