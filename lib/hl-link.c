#include "hl-link.h"

const char *hl_kind_name(enum hl_kind kind)
{
	switch (kind) {
	case HL_KIND_NONE:
		break;
	case HL_KIND_PERMANENT:
		return "permanent";
	case HL_KIND_TEMPORARY:
		return "temporary";
	}
	return "";
}

const struct hl_link *hl_state_in_force(const struct hl_state *state,
					int64_t now)
{
	const struct hl_next *next = &state->next;
	const struct hl_link *link = &state->current;

	if (next->link.kind != HL_KIND_NONE && next->confirmed &&
	    next->effective <= now)
		link = &next->link;
	if (link->kind == HL_KIND_NONE ||
	    (link->kind == HL_KIND_TEMPORARY && now >= link->expires))
		return NULL;
	return link;
}
