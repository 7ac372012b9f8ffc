#include "hl-change-private.h"
#include "hl-cycle.h"
#include "hl-text.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

/* Ten years: more is a slip of the finger, or permanent. */
#define EXPIRY_MAX (INT64_C(3653) * 86400)

int hl_change_begin(struct hl_change *change, struct hl_log *log,
		    const struct hl_actor *actor, const struct hl_address *old,
		    struct hl_change_result *result, struct hl_error *err)
{
	struct hl_payload *payload = &change->payload;
	const struct hl_link *link;
	struct hl_entry entry;
	int ret;

	memset(change, 0, sizeof(*change));
	memset(result, 0, sizeof(*result));
	change->log = log;
	change->actor = actor;
	change->result = result;
	result->address = *old;
	if (hl_address_make_key(&result->address, err) < 0)
		return -1;
	ret = hl_log_get_newest(log, &result->address, &entry, err);
	if (ret < 0)
		return -1;
	payload->address = result->address;
	if (ret == 0)
		return 0;
	snprintf(payload->owner, sizeof(payload->owner), "%s",
		 entry.payload.owner);
	payload->state = entry.payload.state;
	change->seq = entry.statement.seq;
	change->channel = entry.statement.channel;
	memcpy(change->key_id, entry.statement.key_id, HL_KEY_ID_SIZE);
	link = hl_state_in_force(&payload->state, hl_log_now(log));
	if (link != NULL) {
		change->in_force = true;
		change->next_in_force = link == &payload->state.next.link;
		result->before = *link;
	}
	if (payload->state.next.link.kind != HL_KIND_NONE &&
	    !(payload->state.next.confirmed &&
	      payload->state.next.effective <= hl_log_now(log)))
		result->ended_next = payload->state.next;
	return 0;
}

int hl_actor_apply(const struct hl_actor *actor, struct hl_payload *payload,
		   struct hl_error *err)
{
	if (snprintf(payload->actor, sizeof(payload->actor), "%s",
		     actor->name) >= (int)sizeof(payload->actor))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the actor's name is longer than %zu "
				    "bytes",
				    sizeof(payload->actor) - 1);
	if (snprintf(payload->reason, sizeof(payload->reason), "%s",
		     actor->reason) >= (int)sizeof(payload->reason))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the reason is longer than %zu bytes",
				    sizeof(payload->reason) - 1);
	if (!hl_text_is_clean_utf8(actor->reason, strlen(actor->reason)))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the reason isn't UTF-8 without control "
				    "characters");
	return 0;
}

int hl_change_append(struct hl_change *change, enum hl_action action,
		     struct hl_error *err)
{
	struct hl_payload *payload = &change->payload;

	if (hl_actor_apply(change->actor, payload, err) < 0)
		return -1;
	change->result->state = payload->state;
	return hl_log_append(change->log, action, change->actor->channel,
			     payload, err);
}

static const char *address_text(const struct hl_address *address,
				char text_r[HL_ADDRESS_SIZE])
{
	hl_address_format(address, text_r);
	return text_r;
}

/* An expiry must be ahead, but not absurdly far. */
int hl_change_check_expiry(const struct hl_change *change, int64_t expires,
			   struct hl_error *err)
{
	int64_t now = hl_log_now(change->log);
	char text[HL_TIME_SIZE];

	hl_time_format(expires, text);
	if (expires <= now)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the expiry %s isn't in the future", text);
	if (expires > now + EXPIRY_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the expiry %s is more than 10 years off; "
				    "use --permanent for good",
				    text);
	return 0;
}

int hl_change_refuse_replace(const struct hl_change *change, const char *how,
			     struct hl_error *err)
{
	const struct hl_link *before = &change->result->before;
	char old[HL_ADDRESS_SIZE], new[HL_ADDRESS_SIZE];
	char until[HL_TIME_SIZE + 8] = "";

	if (before->kind == HL_KIND_TEMPORARY) {
		memcpy(until, ", until ", 8);
		hl_time_format(before->expires, until + 8);
	}
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "%s is hard-linked already (%s, to %s%s); "
			    "%s ends that",
			    address_text(&change->result->address, old),
			    hl_kind_name(before->kind),
			    address_text(&before->target, new), until, how);
}

int hl_change_check_subjects(const struct hl_address *old,
			     const struct hl_address *target,
			     struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE], target_text[HL_ADDRESS_SIZE];

	if (hl_address_is_domain(old) == hl_address_is_domain(target))
		return 0;
	return hl_error_set(err, HL_ERROR_DATA,
			    "%s can't be hard-linked to %s: a whole domain "
			    "goes to another one, and an address to an "
			    "address",
			    address_text(old, text),
			    address_text(target, target_text));
}

int hl_change_set(struct hl_log *log, const struct hl_actor *actor,
		  const struct hl_address *_old, const struct hl_link *_link,
		  bool replace, struct hl_change_result *result_r,
		  struct hl_error *err)
{
	struct hl_address old = *_old;
	struct hl_link link = *_link;
	struct hl_state *state;
	struct hl_change change;

	if (hl_address_make_writable(&old, err) < 0 ||
	    hl_address_make_writable(&link.target, err) < 0 ||
	    hl_change_check_subjects(&old, &link.target, err) < 0 ||
	    hl_change_begin(&change, log, actor, &old, result_r, err) < 0)
		return -1;
	if (hl_address_is_protected(&result_r->address,
				    hl_log_config(log)->recipient_delimiter,
				    "postmaster"))
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "postmaster can't be hard-linked: RFC 5321 "
				    "section 4.5.1 wants it to accept mail");
	if (link.kind == HL_KIND_TEMPORARY &&
	    hl_change_check_expiry(&change, link.expires, err) < 0)
		return -1;
	if (change.in_force && !replace)
		return hl_change_refuse_replace(&change, "--replace", err);
	if (hl_cycle_check(log, &result_r->address, &link.target, err) < 0)
		return -1;
	/* it's the administrator's from now on, whoever owns the mailbox */
	change.payload.owner[0] = '\0';
	state = &change.payload.state;
	state->current = link;
	memset(&state->next, 0, sizeof(state->next));
	return hl_change_append(&change, HL_ACTION_SET, err);
}

int hl_change_unset(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_address *old,
		    struct hl_change_result *result_r, struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];
	struct hl_state *state;
	struct hl_change change;

	if (hl_change_begin(&change, log, actor, old, result_r, err) < 0)
		return -1;
	if (!change.in_force && result_r->ended_next.link.kind == HL_KIND_NONE)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "%s has no hard-link",
				    address_text(&result_r->address, text));
	state = &change.payload.state;
	memset(&state->current, 0, sizeof(state->current));
	memset(&state->next, 0, sizeof(state->next));
	return hl_change_append(&change, HL_ACTION_WITHDRAW, err);
}

/* For what only a temporary hard-link in force can have done to it. */
static int need_temporary(const struct hl_change *change, const char *advice,
			  struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];

	address_text(&change->result->address, text);
	if (!change->in_force)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "%s has no hard-link in force", text);
	if (change->result->before.kind != HL_KIND_TEMPORARY)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the hard-link of %s is permanent; %s",
				    text, advice);
	return 0;
}

int hl_change_extend(struct hl_log *log, const struct hl_actor *actor,
		     const struct hl_address *old, int64_t until,
		     int64_t seconds, struct hl_change_result *result_r,
		     struct hl_error *err)
{
	char text[HL_TIME_SIZE];
	struct hl_state *state;
	struct hl_change change;
	int64_t expires;

	if (hl_change_begin(&change, log, actor, old, result_r, err) < 0 ||
	    need_temporary(&change, "it has no expiry", err) < 0)
		return -1;
	/* no overflow, whatever is asked for */
	if (seconds > EXPIRY_MAX)
		seconds = EXPIRY_MAX + 1;
	expires = until != 0 ? until : result_r->before.expires + seconds;
	if (expires <= result_r->before.expires) {
		hl_time_format(result_r->before.expires, text);
		return hl_error_set(err, HL_ERROR_DATA,
				    "it runs until %s already; extend needs a "
				    "later time",
				    text);
	}
	if (hl_change_check_expiry(&change, expires, err) < 0)
		return -1;
	state = &change.payload.state;
	state->current = result_r->before;
	state->current.expires = expires;
	if (change.next_in_force)
		memset(&state->next, 0, sizeof(state->next));
	/* what is to come stays */
	memset(&result_r->ended_next, 0, sizeof(result_r->ended_next));
	return hl_change_append(&change, HL_ACTION_EXTEND, err);
}

int hl_change_expire(struct hl_log *log, const struct hl_actor *actor,
		     const struct hl_address *old,
		     struct hl_change_result *result_r, struct hl_error *err)
{
	struct hl_change change;

	if (hl_change_begin(&change, log, actor, old, result_r, err) < 0 ||
	    need_temporary(&change, "use unset", err) < 0)
		return -1;
	return hl_change_unset(log, actor, old, result_r, err);
}

int hl_change_block(struct hl_log *log, const struct hl_actor *actor,
		    const struct hl_address *old, bool blocked,
		    struct hl_change_result *result_r, struct hl_error *err)
{
	char text[HL_ADDRESS_SIZE];
	struct hl_state *state;
	struct hl_change change;

	if (hl_address_is_domain(old))
		return hl_error_set(err, HL_ERROR_DATA,
				    "%s is a whole domain; only the owner of "
				    "an address can be barred from changing it",
				    address_text(old, text));
	if (hl_change_begin(&change, log, actor, old, result_r, err) < 0)
		return -1;
	state = &change.payload.state;
	if (state->blocked == blocked)
		return hl_error_set(err, HL_ERROR_DATA, "%s %s",
				    address_text(&result_r->address, text),
				    blocked ? "is blocked already"
					    : "isn't blocked");
	state->blocked = blocked;
	if (!blocked)
		memset(&result_r->ended_next, 0, sizeof(result_r->ended_next));
	else if (!change.next_in_force)
		memset(&state->next, 0, sizeof(state->next));
	return hl_change_append(&change, HL_ACTION_BLOCK, err);
}
