#include "reply.h"

#include "strescape.h"

void hld_reply_add(string_t *reply, const char *name, const char *value)
{
	str_append_c(reply, '\t');
	str_append(reply, name);
	str_append_c(reply, '=');
	str_append_tabescaped(reply, value);
}

static void add_prefixed(string_t *reply, const char *prefix, const char *name,
			 const char *value)
{
	hld_reply_add(reply, t_strconcat(prefix, name, NULL), value);
}

static void add_time(string_t *reply, const char *prefix, const char *name,
		     int64_t time)
{
	add_prefixed(reply, prefix, name,
		     t_strdup_printf("%lld", (long long)time));
}

void hld_reply_add_link(string_t *reply, const char *prefix,
			const struct hl_link *link)
{
	char text[HL_ADDRESS_SIZE];

	if (link->kind == HL_KIND_NONE)
		return;
	hl_address_format(&link->target, text);
	add_prefixed(reply, prefix, "kind", hl_kind_name(link->kind));
	add_prefixed(reply, prefix, "new", text);
	if (link->kind == HL_KIND_TEMPORARY)
		add_time(reply, prefix, "expires", link->expires);
}

static void add_next(string_t *reply, const char *prefix,
		     const struct hl_next *next)
{
	if (next->link.kind == HL_KIND_NONE)
		return;
	hld_reply_add_link(reply, prefix, &next->link);
	add_time(reply, prefix, "effective", next->effective);
	add_prefixed(reply, prefix, "status",
		     next->confirmed ? "confirmed" : "pending");
}

void hld_reply_add_next(string_t *reply, const struct hl_next *next)
{
	add_next(reply, "next-", next);
}

void hld_reply_add_result(string_t *reply,
			  const struct hl_change_result *result,
			  enum hl_channel channel, int64_t now)
{
	const struct hl_state *state = &result->state;
	const struct hl_link *link = hl_state_in_force(state, now);
	char text[HL_ADDRESS_SIZE];

	hl_address_format(&result->address, text);
	hld_reply_add(reply, "address", text);
	if (link != NULL)
		hld_reply_add_link(reply, "", link);
	if (link != &state->next.link)
		hld_reply_add_next(reply, &state->next);
	/* an owner's change may leave it in force; an administrator's doesn't,
	   even if what is set is the same again */
	if (link == NULL || channel == HL_CHANNEL_ADMIN ||
	    !hl_address_equal(&link->target, &result->before.target) ||
	    link->kind != result->before.kind ||
	    link->expires != result->before.expires)
		hld_reply_add_link(reply, "ended-", &result->before);
	if (channel == HL_CHANNEL_ADMIN)
		add_next(reply, "ended-next-", &result->ended_next);
	hld_reply_add(reply, "channel", hl_channel_name(channel));
	if (state->blocked)
		hld_reply_add(reply, "blocked", "yes");
}

void hld_reply_add_view(string_t *reply, const struct hl_owner_view *view)
{
	char text[HL_ADDRESS_SIZE];

	hl_address_format(&view->address, text);
	hld_reply_add(reply, "address", text);
	hld_reply_add_link(reply, "", &view->in_force);
	hld_reply_add_next(reply, &view->next);
	if (view->in_force.kind != HL_KIND_NONE ||
	    view->next.link.kind != HL_KIND_NONE)
		hld_reply_add(reply, "channel", hl_channel_name(view->channel));
	if (view->blocked)
		hld_reply_add(reply, "blocked", "yes");
}
