/* TOLD: the sender of a mail is told of a move, once. */

#include "batch.h"
#include "commands.h"
#include "mail.h"
#include "reply.h"

#include "hl-told.h"

struct told {
	struct hld_change change;
	struct hld_client *client;
	/* as the client wrote it, and as the mailbox is called */
	struct hl_address old, mailbox;
	struct hl_link link;
	bool before;
};

static int told_apply(struct hld_change *change, struct hl_log *log,
		      struct hl_error *err)
{
	struct told *told = container_of(change, struct told, change);
	char id[HL_TOLD_ID_SIZE];
	int ret;

	ret = hl_told_note(log, told->client->owner->login, &told->mailbox,
			   &told->link, id, err);
	told->before = ret == 0;
	/* -1: nothing was written */
	return ret > 0 ? 0 : -1;
}

static void told_done(struct hld_change *change, int result,
		      const struct hl_error *err)
{
	struct told *told = container_of(change, struct told, change);
	struct hld_client *client = told->client;

	if (result == 0) {
		/* noted first: it's better told never than twice */
		hld_mail_told(client->hld->mails, client->owner, &told->old,
			      &told->link);
		hld_client_ok(client, "\tfirst=yes");
	} else if (told->before) {
		hld_client_ok(client, "\tfirst=no");
	} else {
		hld_client_fail(client, err);
	}
	hld_client_unref(&told->client);
	i_free(told);
}

/* Where it went, the store says, not the client. */
static int look_up(struct told *told, const char *text, struct hl_error *err)
{
	struct hld *hld = told->client->hld;

	if (hl_address_parse(text, strlen(text), HL_ADDRESS_FOREIGN, &told->old,
			     err) < 0)
		return -1;
	switch (hl_lookup(hld->lookup, &told->old, &told->link, err)) {
	case HL_LOOKUP_ERROR:
		return -1;
	case HL_LOOKUP_FOUND:
		break;
	case HL_LOOKUP_NONE:
		told->link.kind = HL_KIND_NONE;
		break;
	}
	if (told->link.kind != HL_KIND_PERMANENT)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "this address hasn't moved for good");
	told->mailbox = told->old;
	if (hl_address_make_key(&told->mailbox, err) < 0)
		return -1;
	hl_address_strip_detail(&told->mailbox,
				hld->config->recipient_delimiter);
	return 0;
}

void hld_command_told(struct hld_client *client, const char *const *args)
{
	struct told *told = i_new(struct told, 1);
	struct hl_error err;

	told->client = client;
	if (look_up(told, args[0], &err) < 0) {
		hld_client_fail(client, &err);
		i_free(told);
		return;
	}
	hld_client_ref(client);
	told->change.apply = told_apply;
	told->change.done = told_done;
	hld_batch_add(client->hld->batch, &told->change);
}
