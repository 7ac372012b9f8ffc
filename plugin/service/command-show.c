/* Commands that change nothing. */

#include "commands.h"
#include "recipient.h"
#include "reply.h"

#include "hl-text.h"
#include "hl-time.h"

#define HISTORY_MAX 1000

/* Begins a snapshot of the log. */
static int begin(struct hld *hld, struct hl_error *err)
{
	if (hld_open_log(hld, err) == 0 &&
	    hl_log_snapshot_begin(hld->log, err) == 0)
		return 0;
	hld_close_log(hld);
	return -1;
}

static int get_view(struct hld_client *client, const char *old, string_t *reply,
		    struct hl_error *err)
{
	const struct hl_address *address;
	struct hl_owner_view view;
	struct hl_owner owner;
	int ret;

	if (hld_owner_find(client->owner, old, &address, err) < 0 ||
	    begin(client->hld, err) < 0)
		return -1;
	hld_owner_get(client->owner, &owner);
	ret = hl_owner_view(client->hld->log, &owner, address, &view, err);
	hl_log_snapshot_end(client->hld->log);
	if (ret == 0)
		hld_reply_add_view(reply, &view);
	return ret;
}

/* Who looks at what isn't theirs is worth a line. */
static void fail(struct hld_client *client, const struct hl_error *err)
{
	if (err->code == HL_ERROR_PERMISSION)
		e_warning(client->event, "Refused: %s", err->text);
	hld_client_fail(client, err);
}

void hld_command_get(struct hld_client *client, const char *const *args)
{
	string_t *reply = t_str_new(256);
	struct hl_error err;

	if (get_view(client, args[0], reply, &err) < 0)
		fail(client, &err);
	else
		hld_client_ok(client, str_c(reply));
}

struct history {
	struct hld_client *client;
	struct hl_owner owner;
	uint64_t left;
};

static void send_entry(struct hld_client *client, const struct hl_entry *entry)
{
	const struct hl_statement *statement = &entry->statement;
	string_t *line = t_str_new(256);

	hld_reply_add(line, "seq", dec2str(statement->seq));
	hld_reply_add(line, "time",
		      t_strdup_printf("%lld", (long long)statement->time));
	hld_reply_add(line, "action", hl_action_name(statement->action));
	hld_reply_add(line, "channel", hl_channel_name(statement->channel));
	hld_reply_add(line, "actor", entry->payload.actor);
	hld_reply_add(line, "reason", entry->payload.reason);
	hld_reply_add_link(line, "", &entry->payload.state.current);
	hld_reply_add_next(line, &entry->payload.state.next);
	hld_client_send(client, str_c(line));
}

static int history_row(const struct hl_index_row *row, void *context,
		       struct hl_error *err)
{
	struct history *history = context;
	struct hl_entry entry;

	if (history->left == 0)
		return 1;
	if (hl_log_get_past(history->client->hld->log, row->seq, &entry, err) <
	    0)
		return -1;
	if (!hl_owner_may_see(&history->owner, &entry))
		return 0;
	history->left--;
	T_BEGIN
	{
		send_entry(history->client, &entry);
	}
	T_END;
	return 0;
}

static int send_history(struct hld_client *client, const char *const *args,
			struct hl_error *err)
{
	const struct hl_address *address;
	struct history history = {.client = client};
	struct hld *hld = client->hld;
	char key[HL_ADDRESS_SIZE];
	int ret;

	if (hld_owner_find(client->owner, args[0], &address, err) < 0)
		return -1;
	if (!hl_text_parse_number(args[1], strlen(args[1]), &history.left) ||
	    history.left < 1 || history.left > HISTORY_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the limit is a number from 1 to %d",
				    HISTORY_MAX);
	if (begin(hld, err) < 0)
		return -1;
	hld_owner_get(client->owner, &history.owner);
	hl_address_format(address, key);
	ret = hl_store_each_index(hl_log_store(hld->log), key, HL_DESCENDING,
				  history_row, &history, err);
	hl_log_snapshot_end(hld->log);
	return ret < 0 ? -1 : 0;
}

void hld_command_history(struct hld_client *client, const char *const *args)
{
	struct hl_error err;

	if (send_history(client, args, &err) < 0)
		fail(client, &err);
	else
		hld_client_ok(client, "");
}

void hld_command_addresses(struct hld_client *client,
			   const char *const *args ATTR_UNUSED)
{
	const struct hld_owner *owner = client->owner;
	char text[HL_ADDRESS_SIZE];
	string_t *line = t_str_new(256);
	unsigned int i;

	for (i = 0; i < owner->address_count; i++) {
		hl_address_format(&owner->addresses[i], text);
		str_truncate(line, 0);
		hld_reply_add(line, "address", text);
		hld_client_send(client, str_c(line));
	}
	hld_client_ok(client, "");
}

static void lookup_done(struct hld_client *client, const struct hl_link *link,
			bool by_domain)
{
	string_t *reply = t_str_new(256);

	hld_reply_add_link(reply, "", link);
	if (by_domain)
		hld_reply_add(reply, "by", "domain");
	hld_client_ok(client, str_c(reply));
}

/* For who answers recipients, and knows which there are. */
static void lookup_any(struct hld_client *client,
		       const struct hl_address *address)
{
	struct hl_link link;
	struct hl_error err;

	switch (hl_lookup(client->hld->lookup, address, &link, &err)) {
	case HL_LOOKUP_ERROR:
		hld_client_fail(client, &err);
		break;
	case HL_LOOKUP_NONE:
		hld_client_ok(client, "");
		break;
	case HL_LOOKUP_FOUND:
		lookup_done(client, &link, false);
		break;
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		lookup_done(client, &link, true);
		break;
	}
}

static void lookup_existing_done(const struct hl_link *link,
				 const struct hl_error *err, void *context)
{
	struct hld_client *client = context;

	if (link == NULL)
		hld_client_fail(client, err);
	else
		lookup_done(client, link, false);
	hld_client_unref(&client);
}

void hld_command_lookup(struct hld_client *client, const char *const *args)
{
	struct hl_address address;
	struct hl_error err;

	if (hl_address_parse(args[0], strlen(args[0]), HL_ADDRESS_FOREIGN,
			     &address, &err) < 0) {
		hld_client_fail(client, &err);
	} else if (client->kind != HLD_CLIENT_OWNER) {
		lookup_any(client, &address);
	} else {
		hld_client_ref(client);
		hld_recipient_lookup(client->hld, &address,
				     lookup_existing_done, client);
	}
}
