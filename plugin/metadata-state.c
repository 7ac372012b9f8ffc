/* What clients read. */

#include "metadata-value.h"

#include "hl-time.h"

#include <stdio.h>
#include <string.h>

bool metadata_move_format(const struct hl_service_state *state,
			  char text_r[METADATA_MOVE_SIZE])
{
	const struct hl_link *link = state->next.link.kind != HL_KIND_NONE
					     ? &state->next.link
					     : &state->in_force;
	char target[HL_ADDRESS_SIZE], expires[HL_TIME_SIZE];

	if (link->kind == HL_KIND_NONE)
		return false;
	hl_address_format(&link->target, target);
	if (link->kind == HL_KIND_TEMPORARY) {
		hl_time_format(link->expires, expires);
		snprintf(text_r, METADATA_MOVE_SIZE, "%s %s %s",
			 hl_kind_name(link->kind), expires, target);
	} else {
		snprintf(text_r, METADATA_MOVE_SIZE, "%s %s",
			 hl_kind_name(link->kind), target);
	}
	return true;
}

/* How that stands which the entry "move" shows. */
static const char *status_of(const struct hl_service_state *state)
{
	if (state->next.link.kind != HL_KIND_NONE)
		return state->next.confirmed ? "confirmed" : "pending";
	return state->in_force.kind != HL_KIND_NONE ? "in-force" : "none";
}

static void add(char text[METADATA_STATE_SIZE], const char *prefix,
		const char *name, const char *value)
{
	size_t used = strlen(text);

	snprintf(text + used, METADATA_STATE_SIZE - used, "%s%s%s=%s",
		 used > 0 ? "\n" : "", prefix, name, value);
}

static void add_time(char text[METADATA_STATE_SIZE], const char *prefix,
		     const char *name, int64_t time)
{
	char value[HL_TIME_SIZE];

	hl_time_format(time, value);
	add(text, prefix, name, value);
}

static void add_address(char text[METADATA_STATE_SIZE], const char *prefix,
			const char *name, const struct hl_address *address)
{
	char value[HL_ADDRESS_SIZE];

	hl_address_format(address, value);
	add(text, prefix, name, value);
}

static void add_link(char text[METADATA_STATE_SIZE], const char *prefix,
		     const struct hl_link *link)
{
	if (link->kind == HL_KIND_NONE)
		return;
	add(text, prefix, "kind", hl_kind_name(link->kind));
	add_address(text, prefix, "new", &link->target);
	if (link->kind == HL_KIND_TEMPORARY)
		add_time(text, prefix, "expires", link->expires);
}

void metadata_state_format(const struct hl_service_state *state,
			   char text_r[METADATA_STATE_SIZE])
{
	text_r[0] = '\0';
	add(text_r, "", "status", status_of(state));
	add_address(text_r, "", "address", &state->address);
	add_link(text_r, "", &state->in_force);
	add_link(text_r, "next-", &state->next.link);
	if (state->next.link.kind != HL_KIND_NONE)
		add_time(text_r, "next-", "effective", state->next.effective);
	if (state->channel[0] != '\0')
		add(text_r, "", "channel", state->channel);
	if (state->blocked)
		add(text_r, "", "blocked", "yes");
}
