/* Changes of hard-links: noted when an entry is set, made when all entries of
   the command are. */

#include "imap-hardlink.h"
#include "metadata-value.h"

#include "ioloop.h"
#include "istream.h"
#include "str.h"
#include "mail-storage-private.h"

#define IMAP_HARDLINK_CONTEXT(obj) \
	MODULE_CONTEXT(obj, imap_hardlink_storage_module)
#define IMAP_HARDLINK_CONTEXT_REQUIRE(obj) \
	MODULE_CONTEXT_REQUIRE(obj, imap_hardlink_storage_module)

static MODULE_CONTEXT_DEFINE_INIT(imap_hardlink_storage_module,
				  &mail_storage_module_register);

/* Of a transaction that changes a hard-link. */
struct imap_hardlink_change {
	union mailbox_transaction_module_context module_ctx;

	const char *old;
	bool withdraw;
	/* unless withdraw */
	struct metadata_value value;
};

static int cannot(struct mailbox *box, const char *text)
{
	struct hl_error err;

	(void)hl_error_set(&err, HL_ERROR_DATA, "%s", text);
	return imap_hardlink_fail(box, &err);
}

/* NULL if it's too long, or no text. */
static const char *value_text(const struct mail_attribute_value *value)
{
	string_t *text;
	const unsigned char *data;
	size_t size;

	if (value->value_stream == NULL)
		return value->value;
	text = t_str_new(METADATA_VALUE_MAX);
	i_stream_seek(value->value_stream, 0);
	while (i_stream_read_more(value->value_stream, &data, &size) > 0) {
		if (size > METADATA_VALUE_MAX - str_len(text) ||
		    memchr(data, '\0', size) != NULL)
			return NULL;
		str_append_data(text, data, size);
		i_stream_skip(value->value_stream, size);
	}
	return value->value_stream->stream_errno == 0 ? str_c(text) : NULL;
}

static int parse_change(struct mailbox *box,
			const struct mail_attribute_value *value,
			struct imap_hardlink_change *change)
{
	const char *text;
	struct hl_error err;

	if (value->value == NULL && value->value_stream == NULL) {
		change->withdraw = TRUE;
		return 0;
	}
	text = value_text(value);
	if (text == NULL)
		return cannot(box, "The value is too long, or no text");
	if (metadata_value_parse(text, ioloop_time, &change->value, &err) < 0)
		return imap_hardlink_fail(box, &err);
	return 0;
}

int imap_hardlink_set(struct mailbox_transaction_context *t, const char *key,
		      const struct mail_attribute_value *value)
{
	struct imap_hardlink_change *change;
	const char *old;

	/* a box without our context is another user's */
	switch (IMAP_HARDLINK_CONTEXT(t->box) == NULL
			? IMAP_HARDLINK_UNKNOWN
			: imap_hardlink_entry_parse(key, &old)) {
	case IMAP_HARDLINK_UNKNOWN:
		return cannot(t->box, "Hard-links have no such entry");
	case IMAP_HARDLINK_STATE:
		return cannot(t->box, "The state can only be read; set the "
				      "entry \"move\"");
	case IMAP_HARDLINK_MOVE:
		break;
	}
	if (IMAP_HARDLINK_CONTEXT(t) != NULL)
		return cannot(t->box, "Change one hard-link at a time");
	change = p_new(t->box->pool, struct imap_hardlink_change, 1);
	change->old = p_strdup(t->box->pool, old);
	if (parse_change(t->box, value, change) < 0)
		return -1;
	MODULE_CONTEXT_SET(t, imap_hardlink_storage_module, change);
	return 0;
}

static int set_link(struct mail_user *user,
		    const struct imap_hardlink_change *change,
		    struct hl_service_state *state_r, struct hl_error *err)
{
	const struct hl_link *link = &change->value.link;
	char target[HL_ADDRESS_SIZE];
	const char *const words[] = {
		"SET",
		change->old,
		hl_kind_name(link->kind),
		target,
		link->kind == HL_KIND_TEMPORARY
			? t_strdup_printf("%lld", (long long)link->expires)
			: "",
		change->value.replace ? "replace" : NULL,
		NULL};

	hl_address_format(&link->target, target);
	return imap_hardlink_ask(user, words, state_r, err);
}

static int make_change(struct mail_user *user,
		       const struct imap_hardlink_change *change,
		       struct hl_error *err)
{
	const char *const unset[] = {"UNSET", change->old, NULL};
	const char *const confirm[] = {"CONFIRM", change->old,
				       change->value.code, NULL};
	struct hl_service_state state;

	if (change->withdraw) {
		/* An entry that isn't there can be removed, too. */
		return imap_hardlink_ask(user, unset, &state, err) == 0 ||
				       err->code == HL_ERROR_NOT_FOUND
			       ? 0
			       : -1;
	}
	if (change->value.action == METADATA_CONFIRM)
		return imap_hardlink_ask(user, confirm, &state, err);
	return set_link(user, change, &state, err);
}

/* The hard-link goes first: when it's refused, nothing else of the same command
   may be changed (RFC 5464 section 4.3). */
static int
imap_hardlink_commit(struct mailbox_transaction_context *t,
		     struct mail_transaction_commit_changes *changes_r)
{
	union mailbox_module_context *mbox =
		IMAP_HARDLINK_CONTEXT_REQUIRE(t->box);
	struct imap_hardlink_change *change = IMAP_HARDLINK_CONTEXT(t);
	struct mailbox *box = t->box;
	struct hl_error err;

	if (change == NULL ||
	    make_change(box->storage->user, change, &err) == 0)
		return mbox->super.transaction_commit(t, changes_r);
	mbox->super.transaction_rollback(t);
	return imap_hardlink_fail(box, &err);
}

void imap_hardlink_mailbox_allocated(struct mailbox *box)
{
	struct mailbox_vfuncs *v = box->vlast;
	union mailbox_module_context *mbox;

	/* where the entries of the server are */
	if (!box->inbox_user)
		return;
	mbox = p_new(box->pool, union mailbox_module_context, 1);
	mbox->super = *v;
	box->vlast = &mbox->super;
	v->transaction_commit = imap_hardlink_commit;
	MODULE_CONTEXT_SET_SELF(box, imap_hardlink_storage_module, mbox);
}
