/* TOLD: the sender of a mail is told of a move, once. */

#include "batch.h"
#include "commands.h"
#include "mail.h"
#include "recipient.h"

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
	struct hl_link link = told->link;
	char id[HL_TOLD_ID_SIZE];
	int ret;

	/* that of a whole domain, which keeps letter case and detail, is the
	   same for all of them */
	if (strcmp(link.target.local_part, told->old.local_part) == 0)
		memcpy(link.target.local_part, told->mailbox.local_part,
		       sizeof(link.target.local_part));
	ret = hl_told_note(log, told->client->owner->login, &told->mailbox,
			   &link, id, err);
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

static void told_fail(struct told *told, const struct hl_error *err)
{
	hld_client_fail(told->client, err);
	hld_client_unref(&told->client);
	i_free(told);
}

/* Where it went, the store says, not the client. */
static int take_link(struct told *told, const struct hl_link *link,
		     struct hl_error *err)
{
	const struct hl_config *config = told->client->hld->config;

	if (link->kind != HL_KIND_PERMANENT)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "this address hasn't moved for good");
	told->link = *link;
	told->mailbox = told->old;
	if (hl_address_make_key(&told->mailbox, err) < 0)
		return -1;
	hl_address_strip_detail(&told->mailbox, config->recipient_delimiter);
	return 0;
}

static void looked_up(const struct hl_link *link, const struct hl_error *err,
		      void *context)
{
	struct told *told = context;
	struct hl_error link_err;

	if (link == NULL) {
		told_fail(told, err);
	} else if (take_link(told, link, &link_err) < 0) {
		told_fail(told, &link_err);
	} else {
		told->change.apply = told_apply;
		told->change.done = told_done;
		hld_batch_add(told->client->hld->batch, &told->change);
	}
}

void hld_command_told(struct hld_client *client, const char *const *args)
{
	struct told *told = i_new(struct told, 1);
	struct hl_error err;

	told->client = client;
	hld_client_ref(client);
	if (hl_address_parse(args[0], strlen(args[0]), HL_ADDRESS_FOREIGN,
			     &told->old, &err) < 0)
		told_fail(told, &err);
	else
		hld_recipient_lookup(client->hld, &told->old, looked_up, told);
}
