#include "mail.h"

struct hld_mails {
	struct hld *hld;
};

struct hld_mails *hld_mails_init(struct hld *hld)
{
	struct hld_mails *mails = i_new(struct hld_mails, 1);

	mails->hld = hld;
	return mails;
}

void hld_mails_deinit(struct hld_mails **mails)
{
	i_free(*mails);
}

void hld_mail_code(struct hld_mails *mails ATTR_UNUSED,
		   const struct hl_address *old ATTR_UNUSED,
		   const struct hl_link *link ATTR_UNUSED,
		   const char *code ATTR_UNUSED, const char *name ATTR_UNUSED,
		   hld_mail_func *func, void *context)
{
	struct hl_error err;

	hl_error_set(&err, HL_ERROR_TEMP,
		     "codes can't be mailed yet: set confirm_target = no");
	func(&err, context);
}

void hld_mail_notice(struct hld_mails *mails ATTR_UNUSED,
		     const struct hld_owner *owner ATTR_UNUSED,
		     const struct hl_change_result *result ATTR_UNUSED,
		     int64_t now ATTR_UNUSED)
{
}
