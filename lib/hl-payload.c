/* Writing payloads, schema/FORMAT.md section 3. */

#include "hl-entry.h"
#include "hl-keyring.h"
#include "hl-payload-names.h"
#include "hl-text.h"

/* A whole domain stands there without an @. */
static void write_address(struct hl_text_writer *writer, const char *name,
			  const struct hl_address *address)
{
	char text[HL_ADDRESS_SIZE];

	if (hl_address_is_domain(address)) {
		hl_text_write(writer, name, address->domain);
		return;
	}
	hl_address_format(address, text);
	hl_text_write(writer, name, text);
}

static void write_time_if(struct hl_text_writer *writer, const char *name,
			  bool present, int64_t time)
{
	if (present)
		hl_text_write_number(writer, name, (uint64_t)time);
	else
		hl_text_write(writer, name, "");
}

static void write_target(struct hl_text_writer *writer, const char *kind_name,
			 const char *new_name, const struct hl_link *link)
{
	hl_text_write(writer, kind_name, kind_names[link->kind]);
	if (link->kind == HL_KIND_NONE)
		hl_text_write(writer, new_name, "");
	else
		write_address(writer, new_name, &link->target);
}

static void write_state(struct hl_text_writer *writer,
			const struct hl_state *state)
{
	const struct hl_link *current = &state->current;
	const struct hl_next *next = &state->next;
	bool has_next = next->link.kind != HL_KIND_NONE;

	hl_text_write(writer, "blocked", blocked_names[state->blocked]);
	write_target(writer, "current", "current-new", current);
	write_time_if(writer, "current-expires",
		      current->kind == HL_KIND_TEMPORARY, current->expires);
	write_target(writer, "next", "next-new", &next->link);
	write_time_if(writer, "next-effective", has_next, next->effective);
	write_time_if(writer, "next-expires",
		      next->link.kind == HL_KIND_TEMPORARY, next->link.expires);
	hl_text_write(writer, "next-status",
		      status_names[!has_next	     ? 0
				   : next->confirmed ? 1
						     : 2]);
}

static void write_log_fields(struct hl_text_writer *writer,
			     const struct hl_payload *payload,
			     enum hl_action action)
{
	unsigned char key_id[HL_KEY_ID_SIZE];

	switch (action) {
	case HL_ACTION_SWEEP:
		hl_text_write_number(writer, "horizon",
				     (uint64_t)payload->sweep.horizon);
		hl_text_write_number(writer, "closed", payload->sweep.closed);
		break;
	case HL_ACTION_ERASE:
		hl_text_write_bytes(writer, "erased", payload->erase.ranges,
				    payload->erase.ranges_size);
		break;
	case HL_ACTION_KEY:
		hl_key_id(payload->key.public_key, key_id);
		hl_text_write(writer, "change",
			      change_names[payload->key.change]);
		hl_text_write_hex(writer, "subject", key_id, sizeof(key_id));
		hl_text_write_hex(writer, "public", payload->key.public_key,
				  sizeof(payload->key.public_key));
		break;
	default:
		hl_text_write_number(writer, "lost-epoch", payload->lost.epoch);
		hl_text_write_number(writer, "lost-first", payload->lost.first);
		if (payload->lost.extent_known) {
			hl_text_write_number(writer, "lost-last",
					     payload->lost.last);
			hl_text_write_hex(writer, "lost-root",
					  payload->lost.root, HL_HASH_SIZE);
		} else {
			hl_text_write(writer, "lost-last", "");
			hl_text_write(writer, "lost-root", "");
		}
		break;
	}
}

size_t hl_payload_format(const struct hl_payload *payload,
			 enum hl_action action, char *buf, size_t size)
{
	bool has_address = hl_action_has_address(action);
	bool is_domain = has_address && hl_address_is_domain(&payload->address);
	const char *scope =
		is_domain ? DOMAIN_SCOPE : scope_names[has_address ? 0 : 1];
	struct hl_text_writer writer;

	hl_text_write_init(&writer, buf, size,
			   is_domain ? PAYLOAD_DOMAIN_MAGIC : PAYLOAD_MAGIC);
	hl_text_write_hex(&writer, "salt", payload->salt, HL_SALT_SIZE);
	hl_text_write(&writer, "scope", scope);
	if (has_address) {
		write_address(&writer, is_domain ? scope : "address",
			      &payload->address);
		hl_text_write(&writer, "owner", payload->owner);
	}
	hl_text_write(&writer, "actor", payload->actor);
	hl_text_write(&writer, "reason", payload->reason);
	if (has_address)
		write_state(&writer, &payload->state);
	else
		write_log_fields(&writer, payload, action);
	return hl_text_write_end(&writer);
}
