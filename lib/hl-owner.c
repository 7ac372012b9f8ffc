#include "hl-cycle.h"
#include "hl-log-private.h"
#include "hl-owner-private.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

static bool is_other_owner(const struct hl_payload *payload, const char *id)
{
	return payload->owner[0] != '\0' && strcmp(payload->owner, id) != 0;
}

static bool is_next_alive(const struct hl_change_result *result)
{
	return result->ended_next.link.kind != HL_KIND_NONE;
}

static void forget_state(struct hl_change *change)
{
	struct hl_state *state = &change->payload.state;

	memset(&state->current, 0, sizeof(state->current));
	memset(&state->next, 0, sizeof(state->next));
	memset(&change->result->before, 0, sizeof(change->result->before));
	memset(&change->result->ended_next, 0,
	       sizeof(change->result->ended_next));
	change->in_force = change->next_in_force = false;
}

static int check_authority(const struct hl_change *change, struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(change->log);
	const struct hl_address *address = &change->result->address;
	char text[HL_ADDRESS_SIZE];

	hl_address_format(address, text);
	if (hl_address_is_protected(address, config->recipient_delimiter,
				    config->protected_localparts))
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: an address with this local part "
				    "can't be moved by its owner",
				    text);
	if (change->payload.state.blocked)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: an administrator has blocked changes; "
				    "ask there",
				    text);
	if (change->channel == HL_CHANNEL_ADMIN &&
	    (change->in_force || is_next_alive(change->result)))
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: its hard-link was set by an "
				    "administrator; ask there",
				    text);
	return 0;
}

int hl_owner_change_begin(struct hl_change *change, struct hl_log *log,
			  const struct hl_owner *owner,
			  const struct hl_address *old,
			  struct hl_change_result *result, struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];

	hl_address_format(old, text);
	if (hl_address_is_domain(old))
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: a whole domain can't be moved by an "
				    "owner",
				    text);
	if (hl_change_begin(change, log, &owner->actor, old, result, err) < 0)
		return -1;
	if (is_other_owner(&change->payload, owner->id))
		forget_state(change);
	if (check_authority(change, err) < 0)
		return -1;
	if (snprintf(change->payload.owner, sizeof(change->payload.owner), "%s",
		     owner->id) >= (int)sizeof(change->payload.owner))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the owner id is longer than %zu bytes",
				    sizeof(change->payload.owner) - 1);
	return 0;
}

void hl_owner_drop_next(struct hl_change *change)
{
	struct hl_state *state = &change->payload.state;

	if (change->next_in_force)
		state->current = state->next.link;
	memset(&state->next, 0, sizeof(state->next));
}

static int check_replace(const struct hl_change *change, bool replace,
			 struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];

	if (replace)
		return 0;
	if (change->in_force)
		return hl_change_refuse_replace(change, "asking with `replace`",
						err);
	if (is_next_alive(change->result) &&
	    change->channel != change->actor->channel) {
		hl_address_format(&change->result->address, text);
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s has a change to come that was asked "
				    "for in another way (%s); asking with "
				    "`replace` ends that",
				    text, hl_channel_name(change->channel));
	}
	return 0;
}

static int check_times(const struct hl_change *change,
		       const struct hl_link *link, int64_t hold,
		       struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(change->log);
	int64_t now = hl_log_now(change->log);

	if (link->kind != HL_KIND_TEMPORARY)
		return 0;
	if (hl_change_check_expiry(change, link->expires, err) < 0)
		return -1;
	if (link->expires > now + config->max_temporary)
		return hl_error_set(err, HL_ERROR_DATA,
				    "it would end more than %lld days from "
				    "now, which is the longest here",
				    (long long)(config->max_temporary / 86400));
	if (hold > 0 && link->expires <= now + hold)
		return hl_error_set(err, HL_ERROR_DATA,
				    "it would end before it begins: it takes "
				    "effect %lld hours after it is confirmed",
				    (long long)((hold + 3599) / 3600));
	return 0;
}

static int64_t hold_of(const struct hl_config *config, enum hl_kind kind)
{
	return kind == HL_KIND_PERMANENT ? config->hold_permanent
					 : config->hold_temporary;
}

/* The new state, in the change's payload. */
static int prepare_state(struct hl_change *change, const struct hl_link *link,
			 bool replace, struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(change->log);
	struct hl_state *state = &change->payload.state;
	int64_t hold = hold_of(config, link->kind);

	if (check_replace(change, replace, err) < 0 ||
	    check_times(change, link, hold, err) < 0 ||
	    hl_cycle_check(change->log, &change->result->address, &link->target,
			   err) < 0)
		return -1;
	hl_owner_drop_next(change);
	/* what has run out isn't restated */
	if (!change->in_force)
		memset(&state->current, 0, sizeof(state->current));
	if (!config->confirm_target && hold == 0) {
		state->current = *link;
		return 0;
	}
	state->next.link = *link;
	state->next.effective = hl_log_now(change->log) + hold;
	state->next.confirmed = !config->confirm_target;
	return 0;
}

/* All of a set but writing it. */
static int prepare_set(struct hl_change *change, struct hl_log *log,
		       const struct hl_owner *owner,
		       const struct hl_address *_old,
		       const struct hl_link *_link, bool replace,
		       struct hl_change_result *result, struct hl_error *err)
{
	struct hl_address old = *_old;
	struct hl_link link = *_link;

	if (hl_address_make_writable(&old, err) < 0 ||
	    hl_address_make_writable(&link.target, err) < 0 ||
	    hl_change_check_subjects(&old, &link.target, err) < 0 ||
	    hl_owner_change_begin(change, log, owner, &old, result, err) < 0)
		return -1;
	return prepare_state(change, &link, replace, err);
}

int hl_owner_check_set(struct hl_log *log, const struct hl_owner *owner,
		       const struct hl_address *old, const struct hl_link *link,
		       bool replace, struct hl_change_result *result_r,
		       struct hl_error *err)
{
	struct hl_change change;

	if (prepare_set(&change, log, owner, old, link, replace, result_r,
			err) < 0 ||
	    hl_actor_apply(&owner->actor, &change.payload, err) < 0)
		return -1;
	result_r->state = change.payload.state;
	return 0;
}

/* What the code is for is the entry that was just appended. */
static int ask_consent(struct hl_change *change, const char *code,
		       const char *mail, struct hl_error *err)
{
	struct hl_log *log = change->log;
	struct hl_consent consent = {
		.seq = log->next.size,
		.expires = hl_log_now(log) + HL_CODE_LIFETIME,
	};
	char key[HL_ADDRESS_SIZE];

	snprintf(consent.mail, sizeof(consent.mail), "%s", mail);
	hl_code_hash(&log->key, hl_store_origin(log->store),
		     &change->result->address, consent.seq, code, consent.hash);
	hl_address_format(&change->result->address, key);
	return hl_store_put_consent(log->store, key, &consent, err);
}

int hl_owner_set(struct hl_log *log, const struct hl_owner *owner,
		 const struct hl_address *old, const struct hl_link *link,
		 bool replace, const char *code, const char *mail,
		 struct hl_change_result *result_r, struct hl_error *err)
{
	struct hl_change change;

	if (prepare_set(&change, log, owner, old, link, replace, result_r,
			err) < 0)
		return -1;
	if (hl_log_config(log)->confirm_target && code == NULL)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "the configuration has changed meanwhile: "
				    "the new address must consent; try again");
	if (hl_change_append(&change, HL_ACTION_SET, err) < 0)
		return -1;
	if (!hl_log_config(log)->confirm_target)
		return 0;
	return ask_consent(&change, code, mail, err);
}

int hl_owner_unset(struct hl_log *log, const struct hl_owner *owner,
		   const struct hl_address *old,
		   struct hl_change_result *result_r, struct hl_error *err)
{
	struct hl_change change;
	char text[HL_ADDRESS_SIZE];
	bool nothing;

	if (hl_owner_change_begin(&change, log, owner, old, result_r, err) < 0)
		return -1;
	hl_address_format(&result_r->address, text);
	nothing = !change.in_force && !is_next_alive(result_r);
	if (nothing)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "%s has no hard-link", text);
	memset(&change.payload.state.current, 0,
	       sizeof(change.payload.state.current));
	memset(&change.payload.state.next, 0,
	       sizeof(change.payload.state.next));
	if (hl_change_append(&change, HL_ACTION_WITHDRAW, err) < 0)
		return -1;
	return hl_store_delete_consent(hl_log_store(log), text, err);
}

int hl_owner_claim(struct hl_log *log, const struct hl_owner *owner,
		   const struct hl_address *old, struct hl_error *err)
{
	struct hl_change_result result;
	struct hl_actor actor = owner->actor;
	struct hl_change change;
	char key[HL_ADDRESS_SIZE];

	actor.reason = "the login has another owner now";
	if (hl_change_begin(&change, log, &actor, old, &result, err) < 0)
		return -1;
	if (!is_other_owner(&change.payload, owner->id) ||
	    (!change.in_force && !is_next_alive(&result)))
		return 0;
	forget_state(&change);
	change.payload.owner[0] = '\0';
	hl_address_format(&result.address, key);
	if (hl_change_append(&change, HL_ACTION_WITHDRAW, err) < 0 ||
	    hl_store_delete_consent(hl_log_store(log), key, err) < 0)
		return -1;
	return 1;
}

int hl_owner_view(struct hl_log *log, const struct hl_owner *owner,
		  const struct hl_address *old, struct hl_owner_view *view_r,
		  struct hl_error *err)
{
	struct hl_change_result result;
	struct hl_consent consent;
	struct hl_change change;
	char key[HL_ADDRESS_SIZE];
	int ret;

	memset(view_r, 0, sizeof(*view_r));
	if (hl_change_begin(&change, log, &owner->actor, old, &result, err) < 0)
		return -1;
	view_r->address = result.address;
	view_r->blocked = change.payload.state.blocked;
	if (is_other_owner(&change.payload, owner->id)) {
		view_r->of_another = change.in_force || is_next_alive(&result);
		return 0;
	}
	view_r->in_force = result.before;
	view_r->next = result.ended_next;
	view_r->channel = change.channel;
	if (view_r->next.link.kind == HL_KIND_NONE || view_r->next.confirmed)
		return 0;
	hl_address_format(&result.address, key);
	ret = hl_store_get_consent(hl_log_store(log), key, &consent, err);
	if (ret == 0 || (ret > 0 && (consent.seq != change.seq ||
				     consent.expires <= hl_log_now(log))))
		memset(&view_r->next, 0, sizeof(view_r->next));
	return ret < 0 ? -1 : 0;
}

bool hl_owner_may_see(const struct hl_owner *owner,
		      const struct hl_entry *entry)
{
	return !entry->erased && !is_other_owner(&entry->payload, owner->id);
}
