/* The new address's consent to a move that an owner asked for. */

#include "hl-cycle.h"
#include "hl-log-private.h"
#include "hl-owner-private.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

static int refuse_none(const struct hl_change *change, struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];

	hl_address_format(&change->result->address, text);
	return hl_error_set(err, HL_ERROR_NOT_FOUND,
			    "%s has no change that waits for a code", text);
}

/* The consent that the pending change waits for. */
static int get_consent(const struct hl_change *change, const char *key,
		       struct hl_consent *consent_r, struct hl_error *err)
{
	const struct hl_next *next = &change->payload.state.next;
	int ret;

	if (next->link.kind == HL_KIND_NONE || next->confirmed)
		return refuse_none(change, err);
	ret = hl_store_get_consent(hl_log_store(change->log), key, consent_r,
				   err);
	if (ret < 0)
		return -1;
	if (ret == 0 || consent_r->seq != change->seq)
		return refuse_none(change, err);
	return 0;
}

/* Ends the pending change. */
static int end_pending(struct hl_change *change, const char *key,
		       struct hl_error *err)
{
	hl_owner_drop_next(change);
	if (hl_change_append(change, HL_ACTION_WITHDRAW, err) < 0)
		return -1;
	return hl_store_delete_consent(hl_log_store(change->log), key, err);
}

static int count_wrong(struct hl_change *change, const char *key,
		       struct hl_consent *consent, struct hl_error *err)
{
	const struct hl_actor *asked = change->actor;
	struct hl_actor actor = *asked;
	unsigned int left;
	int ret;

	consent->wrong++;
	left = HL_CONSENT_WRONG_MAX - consent->wrong;
	if (left == 0) {
		actor.reason = "too many wrong codes";
		change->actor = &actor;
		ret = end_pending(change, key, err);
		change->actor = asked;
		if (ret < 0)
			return -1;
		hl_error_set(err, HL_ERROR_PERMISSION,
			     "that isn't the code; it was the last try, and "
			     "nothing will change: begin anew");
		return 1;
	}
	if (hl_store_put_consent(hl_log_store(change->log), key, consent, err) <
	    0)
		return -1;
	hl_error_set(err, HL_ERROR_PERMISSION,
		     "that isn't the code; %u %s left", left,
		     left == 1 ? "try is" : "tries are");
	return 1;
}

/* Puts the pending change into force, or on its way there. */
static int confirm(struct hl_change *change, const char *key,
		   struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(change->log);
	struct hl_state *state = &change->payload.state;
	struct hl_next *next = &state->next;
	int64_t hold = next->link.kind == HL_KIND_PERMANENT
			       ? config->hold_permanent
			       : config->hold_temporary;
	char text[HL_TIME_SIZE];

	next->confirmed = true;
	next->effective = hl_log_now(change->log) + hold;
	if (next->link.kind == HL_KIND_TEMPORARY &&
	    next->link.expires <= next->effective) {
		hl_time_format(next->link.expires, text);
		return hl_error_set(err, HL_ERROR_DATA,
				    "it would end (%s) before it takes effect; "
				    "begin anew",
				    text);
	}
	/* others may have moved meanwhile */
	if (hl_cycle_check(change->log, &change->result->address,
			   &next->link.target, err) < 0)
		return -1;
	if (hold == 0) {
		state->current = next->link;
		memset(next, 0, sizeof(*next));
	}
	if (hl_change_append(change, HL_ACTION_CONFIRM, err) < 0)
		return -1;
	return hl_store_delete_consent(hl_log_store(change->log), key, err);
}

int hl_owner_confirm(struct hl_log *log, const struct hl_owner *owner,
		     const struct hl_address *old, const char *_code,
		     struct hl_change_result *result_r, struct hl_error *err)
{
	unsigned char hash[HL_HASH_SIZE];
	char code[HL_CODE_SIZE], key[HL_ADDRESS_SIZE];
	struct hl_consent consent;
	struct hl_change change;

	if (hl_code_parse(_code, code, err) < 0 ||
	    hl_owner_change_begin(&change, log, owner, old, result_r, err) < 0)
		return -1;
	hl_address_format(&result_r->address, key);
	if (get_consent(&change, key, &consent, err) < 0)
		return -1;
	if (consent.expires <= hl_log_now(log))
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "the code has run out; begin anew");
	/* no code would be right any more */
	if (memcmp(change.key_id, log->key.id, HL_KEY_ID_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "the code isn't valid any more, as the "
				    "server's key was changed; begin anew");
	hl_code_hash(&log->key, hl_store_origin(log->store), &result_r->address,
		     consent.seq, code, hash);
	if (sodium_memcmp(hash, consent.hash, sizeof(hash)) != 0)
		return count_wrong(&change, key, &consent, err);
	/* what it ended isn't what was pending: that is what it made */
	memset(&result_r->ended_next, 0, sizeof(result_r->ended_next));
	return confirm(&change, key, err);
}

int hl_owner_refuse_returned(struct hl_log *log, const struct hl_address *old,
			     const char *mail,
			     struct hl_change_result *result_r,
			     struct hl_error *err)
{
	struct hl_actor actor = {
		.name = "hardlinkd",
		.reason = "the mail with the code came back to the old address",
	};
	struct hl_consent consent;
	struct hl_change change;
	char key[HL_ADDRESS_SIZE];

	if (hl_change_begin(&change, log, &actor, old, result_r, err) < 0)
		return -1;
	hl_address_format(&result_r->address, key);
	if (get_consent(&change, key, &consent, err) < 0)
		return -1;
	if (strcmp(consent.mail, mail) != 0)
		return refuse_none(&change, err);
	actor.channel = change.channel;
	return end_pending(&change, key, err);
}
