/* Reading payloads, schema/FORMAT.md section 3: accepts exactly what
   hl-payload.c writes. */

#include "hl-entry.h"
#include "hl-keyring.h"
#include "hl-payload-names.h"
#include "hl-text.h"
#include "hl-time.h"

#include <string.h>

/* An address, or a whole domain, which stands there without an @. */
static int read_address(struct hl_text_reader *reader, const char *name,
			bool is_domain, struct hl_address *address_r)
{
	char text[HL_ADDRESS_SIZE];
	const char *value, *canonical = text;
	struct hl_error err;
	size_t size;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	/* A-labels are taken as they stand: what a log says must not depend on
	   this machine's version of the IDNA tables. */
	if ((is_domain
		     ? hl_address_parse_domain(value, size, HL_ADDRESS_FOREIGN,
					       address_r, &err)
		     : hl_address_parse(value, size, HL_ADDRESS_FOREIGN,
					address_r, &err)) < 0)
		return hl_text_read_error(reader, name, err.text);
	if (address_r->domain[0] == '[')
		return hl_text_read_error(reader, name, "an address literal");
	hl_address_format(address_r, text);
	if (is_domain)
		canonical = address_r->domain;
	if (strlen(canonical) != size || memcmp(canonical, value, size) != 0)
		return hl_text_read_error(reader, name,
					  "not in canonical form");
	return 0;
}

/* A field that must be empty, or else have a value of its form. */
static int read_empty(struct hl_text_reader *reader, const char *name)
{
	const char *value;
	size_t size;

	if (hl_text_read(reader, name, &value, &size) < 0)
		return -1;
	if (size != 0)
		return hl_text_read_error(reader, name, "must be empty here");
	return 0;
}

static int read_time_if(struct hl_text_reader *reader, const char *name,
			bool present, int64_t *time_r)
{
	uint64_t number = 0;

	if ((present ? hl_text_read_number(reader, name, 1, HL_TIME_MAX,
					   &number)
		     : read_empty(reader, name)) < 0)
		return -1;
	*time_r = (int64_t)number;
	return 0;
}

static int read_target(struct hl_text_reader *reader, const char *kind_name,
		       const char *new_name, const struct hl_address *old,
		       struct hl_link *link_r)
{
	struct hl_address folded;
	unsigned int kind;

	if (hl_text_read_name(reader, kind_name, kind_names, &kind) < 0)
		return -1;
	link_r->kind = (enum hl_kind)kind;
	if (link_r->kind == HL_KIND_NONE)
		return read_empty(reader, new_name);
	if (read_address(reader, new_name, hl_address_is_domain(old),
			 &link_r->target) < 0)
		return -1;
	folded = link_r->target;
	hl_address_fold(&folded);
	if (hl_address_equal(&folded, old))
		return hl_text_read_error(reader, new_name,
					  hl_address_is_domain(old)
						  ? "the same as the domain"
						  : "the same as the address");
	return 0;
}

static int read_state(struct hl_text_reader *reader,
		      const struct hl_address *old, struct hl_state *state_r)
{
	struct hl_link *current = &state_r->current;
	struct hl_next *next = &state_r->next;
	unsigned int blocked, status;
	bool has_next;

	if (hl_text_read_name(reader, "blocked", blocked_names, &blocked) < 0 ||
	    read_target(reader, "current", "current-new", old, current) < 0 ||
	    read_time_if(reader, "current-expires",
			 current->kind == HL_KIND_TEMPORARY,
			 &current->expires) < 0 ||
	    read_target(reader, "next", "next-new", old, &next->link) < 0)
		return -1;
	has_next = next->link.kind != HL_KIND_NONE;
	if (read_time_if(reader, "next-effective", has_next, &next->effective) <
		    0 ||
	    read_time_if(reader, "next-expires",
			 next->link.kind == HL_KIND_TEMPORARY,
			 &next->link.expires) < 0 ||
	    hl_text_read_name(reader, "next-status", status_names, &status) < 0)
		return -1;
	if (next->link.kind == HL_KIND_TEMPORARY &&
	    next->link.expires <= next->effective)
		return hl_text_read_error(reader, "next-expires",
					  "not after next-effective");
	if ((status != 0) != has_next)
		return hl_text_read_error(reader, "next-status",
					  "doesn't go with next");
	if (blocked == 1 && hl_address_is_domain(old))
		return hl_text_read_error(reader, "blocked",
					  "not empty for a domain");
	state_r->blocked = blocked == 1;
	next->confirmed = status == 1;
	return 0;
}

static int read_key(struct hl_text_reader *reader, struct hl_payload *payload_r)
{
	unsigned char subject[HL_KEY_ID_SIZE], key_id[HL_KEY_ID_SIZE];
	unsigned int change;

	if (hl_text_read_name(reader, "change", change_names, &change) < 0 ||
	    hl_text_read_hex(reader, "subject", subject, sizeof(subject)) < 0 ||
	    hl_text_read_hex(reader, "public", payload_r->key.public_key,
			     sizeof(payload_r->key.public_key)) < 0)
		return -1;
	payload_r->key.change = (enum hl_key_change)change;
	hl_key_id(payload_r->key.public_key, key_id);
	if (memcmp(subject, key_id, sizeof(key_id)) != 0)
		return hl_text_read_error(reader, "subject",
					  "not the id of the public key");
	return 0;
}

/* Is the next field empty? */
static bool peek_empty(const struct hl_text_reader *reader, const char *name)
{
	struct hl_text_reader ahead = *reader;
	struct hl_error err;
	const char *value;
	size_t size;

	ahead.err = &err;
	return hl_text_read(&ahead, name, &value, &size) == 0 && size == 0;
}

static int read_lost(struct hl_text_reader *reader,
		     struct hl_payload *payload_r)
{
	if (hl_text_read_number(reader, "lost-epoch", 1, INT64_MAX,
				&payload_r->lost.epoch) < 0 ||
	    hl_text_read_number(reader, "lost-first", 1, INT64_MAX,
				&payload_r->lost.first) < 0)
		return -1;
	payload_r->lost.extent_known = !peek_empty(reader, "lost-last");
	if (!payload_r->lost.extent_known)
		return read_empty(reader, "lost-last") < 0
			       ? -1
			       : read_empty(reader, "lost-root");
	if (hl_text_read_number(reader, "lost-last", payload_r->lost.first - 1,
				INT64_MAX, &payload_r->lost.last) < 0)
		return -1;
	return hl_text_read_hex(reader, "lost-root", payload_r->lost.root,
				HL_HASH_SIZE);
}

static int read_erased(struct hl_text_reader *reader,
		       struct hl_payload *payload_r)
{
	uint64_t first, last, end = 0;
	size_t pos = 0;
	int ret;

	if (hl_text_read(reader, "erased", &payload_r->erase.ranges,
			 &payload_r->erase.ranges_size) < 0)
		return -1;
	while ((ret = hl_ranges_next(payload_r->erase.ranges,
				     payload_r->erase.ranges_size, &pos, &first,
				     &last)) > 0) {
		/* neither overlapping nor adjacent */
		if (end != 0 && first <= end + 1)
			ret = -1;
		if (ret < 0)
			break;
		end = last;
	}
	if (ret < 0 || end == 0)
		return hl_text_read_error(reader, "erased",
					  "not a list of ranges");
	return 0;
}

static int read_log_fields(struct hl_text_reader *reader, enum hl_action action,
			   struct hl_payload *payload_r)
{
	uint64_t horizon;

	switch (action) {
	case HL_ACTION_SWEEP:
		if (hl_text_read_number(reader, "horizon", 1, HL_TIME_MAX,
					&horizon) < 0)
			return -1;
		payload_r->sweep.horizon = (int64_t)horizon;
		return hl_text_read_number(reader, "closed", 0, INT64_MAX,
					   &payload_r->sweep.closed);
	case HL_ACTION_ERASE:
		return read_erased(reader, payload_r);
	case HL_ACTION_KEY:
		return read_key(reader, payload_r);
	default:
		return read_lost(reader, payload_r);
	}
}

static int read_scope(struct hl_text_reader *reader, bool has_address,
		      bool is_domain)
{
	static const char *const domain_names[] = {DOMAIN_SCOPE, NULL};
	unsigned int scope;

	if (hl_text_read_name(reader, "scope",
			      is_domain ? domain_names : scope_names,
			      &scope) < 0)
		return -1;
	if ((scope == 0) != has_address)
		return hl_text_read_error(reader, "scope",
					  "doesn't go with the action");
	return 0;
}

static int read_key_address(struct hl_text_reader *reader,
			    struct hl_address *address_r)
{
	struct hl_address folded;

	if (read_address(reader, "address", false, address_r) < 0)
		return -1;
	folded = *address_r;
	hl_address_fold(&folded);
	if (!hl_address_equal(&folded, address_r))
		return hl_text_read_error(reader, "address",
					  "letters not in lower case");
	return 0;
}

/* Whose state it is: a domain's owner is always empty. */
static int read_subject(struct hl_text_reader *reader, bool is_domain,
			struct hl_payload *payload_r)
{
	if (is_domain)
		return read_address(reader, DOMAIN_SCOPE, true,
				    &payload_r->address) < 0
			       ? -1
			       : read_empty(reader, "owner");
	if (read_key_address(reader, &payload_r->address) < 0)
		return -1;
	return hl_text_read_utf8(reader, "owner", payload_r->owner,
				 sizeof(payload_r->owner));
}

/* Version 2 is for domains and nothing else. */
static bool is_of_domain(const void *data, size_t size)
{
	static const char first_line[] = PAYLOAD_DOMAIN_MAGIC "\n";

	return size >= sizeof(first_line) - 1 &&
	       memcmp(data, first_line, sizeof(first_line) - 1) == 0;
}

int hl_payload_parse(const void *data, size_t size, enum hl_action action,
		     struct hl_payload *payload_r, struct hl_error *err)
{
	bool has_address = hl_action_has_address(action);
	bool is_domain = is_of_domain(data, size);
	struct hl_text_reader reader;

	memset(payload_r, 0, sizeof(*payload_r));
	if (size > (has_address ? HL_PAYLOAD_ADDRESS_MAX : HL_PAYLOAD_MAX))
		return hl_error_set(err, HL_ERROR_STORE, "payload: too long");
	if (hl_text_read_init(&reader, "payload", data, size,
			      is_domain ? PAYLOAD_DOMAIN_MAGIC : PAYLOAD_MAGIC,
			      err) < 0 ||
	    hl_text_read_hex(&reader, "salt", payload_r->salt, HL_SALT_SIZE) <
		    0 ||
	    read_scope(&reader, has_address, is_domain) < 0)
		return -1;
	if (has_address && read_subject(&reader, is_domain, payload_r) < 0)
		return -1;
	if (hl_text_read_utf8(&reader, "actor", payload_r->actor,
			      sizeof(payload_r->actor)) < 0 ||
	    hl_text_read_utf8(&reader, "reason", payload_r->reason,
			      sizeof(payload_r->reason)) < 0)
		return -1;
	if (payload_r->actor[0] == '\0')
		return hl_text_read_error(&reader, "actor", "empty");
	if ((has_address ? read_state(&reader, &payload_r->address,
				      &payload_r->state)
			 : read_log_fields(&reader, action, payload_r)) < 0)
		return -1;
	return hl_text_read_end(&reader);
}
