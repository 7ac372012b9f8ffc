#include "recipient.h"
#include "userdb.h"

#include "hl-lookup.h"

struct recipient {
	struct hl_link link;
	hld_recipient_func *func;
	void *context;
};

static const struct hl_link no_link = {.kind = HL_KIND_NONE};

static void userdb_callback(enum hld_userdb_result result,
			    const char *user ATTR_UNUSED,
			    const char *const *fields ATTR_UNUSED,
			    void *context)
{
	struct recipient *recipient = context;
	const struct hl_link *link = &no_link;
	struct hl_error err;

	switch (result) {
	case HLD_USERDB_FOUND:
		link = &recipient->link;
		break;
	case HLD_USERDB_UNKNOWN:
		break;
	case HLD_USERDB_FAILED:
		hl_error_set(&err, HL_ERROR_TEMP,
			     "the user database isn't there; try again");
		link = NULL;
		break;
	}
	recipient->func(link, &err, recipient->context);
	i_free(recipient);
}

/* Asks for it as lmtp does: without the detail. */
static void ask_userdb(struct hld *hld, const struct hl_address *address,
		       struct recipient *recipient)
{
	struct hl_address base = *address;

	(void)hl_address_strip_detail(&base, hld->config->recipient_delimiter);
	hld_userdb_lookup(
		hld->userdb,
		t_strdup_printf("%s@%s", base.local_part, base.domain),
		userdb_callback, recipient);
}

void hld_recipient_lookup(struct hld *hld, const struct hl_address *address,
			  hld_recipient_func *func, void *context)
{
	struct recipient *recipient;
	struct hl_link link;
	struct hl_error err;

	switch (hl_lookup(hld->lookup, address, &link, &err)) {
	case HL_LOOKUP_ERROR:
		func(NULL, &err, context);
		break;
	case HL_LOOKUP_NONE:
		func(&no_link, NULL, context);
		break;
	case HL_LOOKUP_FOUND:
		func(&link, NULL, context);
		break;
	case HL_LOOKUP_FOUND_BY_DOMAIN:
		recipient = i_new(struct recipient, 1);
		recipient->link = link;
		recipient->func = func;
		recipient->context = context;
		ask_userdb(hld, address, recipient);
		break;
	}
}
