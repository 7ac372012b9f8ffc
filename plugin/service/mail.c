#include "mail.h"
#include "letter.h"
#include "limit.h"
#include "notice.h"
#include "submit.h"

#include "hl-code.h"
#include "hl-time.h"

#include "ioloop.h"

/* Nobody's mailbox is to be filled with codes. */
#define LOGIN_CODES   5
#define LOGIN_SECS    3600
#define ADDRESS_CODES 5
#define ADDRESS_SECS  86400

struct hld_mails {
	struct hld *hld;
	struct hld_limit *logins, *addresses;
	struct hld_notices *notices;
};

struct hld_mails *hld_mails_init(struct hld *hld)
{
	struct hld_mails *mails = i_new(struct hld_mails, 1);

	mails->hld = hld;
	mails->logins = hld_limit_init(LOGIN_CODES, LOGIN_SECS);
	mails->addresses = hld_limit_init(ADDRESS_CODES, ADDRESS_SECS);
	mails->notices = hld_notices_init(hld, HLD_NOTICE_SOCKET);
	return mails;
}

void hld_mails_deinit(struct hld_mails **_mails)
{
	struct hld_mails *mails = *_mails;

	*_mails = NULL;
	hld_submit_abort_all();
	hld_notices_deinit(&mails->notices);
	hld_limit_deinit(&mails->logins);
	hld_limit_deinit(&mails->addresses);
	i_free(mails);
}

/* --- the code */

static int refuse_limit(unsigned int wait, const char *what,
			struct hl_error *err)
{
	char time[HL_TIME_SIZE];

	hl_time_format(ioloop_time + wait, time);
	return hl_error_set(err, HL_ERROR_TEMP,
			    "too many codes were mailed %s; try again after %s",
			    what, time);
}

/* All of a mailbox's details share its limit. */
static int count_code(struct hld_mails *mails, const char *login,
		      const struct hl_address *target, struct hl_error *err)
{
	struct hl_address mailbox = *target;
	char key[HL_ADDRESS_SIZE];
	unsigned int wait;

	if (hl_address_make_key(&mailbox, err) < 0)
		return -1;
	hl_address_strip_detail(&mailbox,
				mails->hld->config->recipient_delimiter);
	hl_address_format(&mailbox, key);
	wait = hld_limit_wait(mails->logins, login, ioloop_time);
	if (wait > 0)
		return refuse_limit(wait, "for you", err);
	wait = hld_limit_wait(mails->addresses, key, ioloop_time);
	if (wait > 0)
		return refuse_limit(wait, "to the new address", err);
	hld_limit_count(mails->logins, login, ioloop_time);
	hld_limit_count(mails->addresses, key, ioloop_time);
	return 0;
}

static const char *code_body(const char *old, const struct hl_link *link,
			     const char *code)
{
	char until[HL_TIME_SIZE];

	hl_time_format(ioloop_time + HL_CODE_LIFETIME, until);
	return t_strdup_printf(
		"The owner of the mailbox\n\n"
		"    %s\n\n"
		"asked that it moves to this address, %s: mail to the old "
		"address is\nrefused then, and whoever sends it is told this "
		"one.\n\n"
		"If that was you, show that you read mail here by giving this "
		"code back, at\nthe old mailbox:\n\n"
		"    %s\n\n"
		"in any of these ways:\n\n"
		"    mailmove confirm %s\n"
		"    XHARDLINK CONFIRM %s      in a submission session\n"
		"    SETMETADATA \"\" (/private/vendor/vendor.hardlink/move "
		"\"confirm %s\")\n"
		"                              in IMAP\n\n"
		"The code is good until %s, and for this move alone.\n\n"
		"If you don't know what this is about, do nothing, and give "
		"the code to\nnobody: then nothing changes.\n",
		old, hld_letter_period(link->kind, link->expires), code, code,
		code, code, until);
}

static int check_target(const struct hl_address *target, struct hl_error *err)
{
	/* lib-smtp can't ask for SMTPUTF8 */
	if (hl_address_is_ascii(target))
		return 0;
	return hl_error_set(err, HL_ERROR_DATA,
			    "no code can be mailed from here to an address "
			    "with other characters than ASCII in front of the "
			    "@; ask the administrator");
}

void hld_mail_code(struct hld_mails *mails, const struct hld_owner *owner,
		   const struct hl_address *old, const struct hl_link *link,
		   const char *code, const char *name, hld_mail_func *func,
		   void *context)
{
	struct hld_letter letter = {
		.to = &link->target,
		.subject = "The code for moving a mailbox to this address",
		.consent = name,
	};
	char text[HL_ADDRESS_SIZE];
	struct hl_error err;

	if (check_target(&link->target, &err) < 0 ||
	    count_code(mails, owner->login, &link->target, &err) < 0) {
		func(&err, context);
		return;
	}
	hl_address_format(old, text);
	hld_letter_from(mails->hld->config->mail_from, old, &letter.from);
	letter.id = t_strconcat("hardlink.", name, NULL);
	letter.body = code_body(text, link, code);
	hld_submit_start(mails->hld, &link->target,
			 hld_letter_write(&letter, ioloop_time), func, context);
}

/* --- notices */

void hld_mail_notice(struct hld_mails *mails, const struct hld_owner *owner,
		     const struct hl_change_result *result, int64_t now,
		     hld_mail_func *func, void *context)
{
	const struct hl_next *next = &result->state.next;
	struct hld_notice notice = {
		.kind = HLD_NOTICE_ASKED,
		.login = owner->login,
		.old = result->address,
		.channel = owner->channel,
		.link = result->state.current,
		.asked = now,
		.effective = now,
	};

	if (next->link.kind != HL_KIND_NONE) {
		notice.link = next->link;
		notice.effective = next->effective;
		notice.pending = !next->confirmed;
	}
	hld_notice_put(mails->notices, &notice, func, context);
}

static void told(const struct hl_error *err ATTR_UNUSED,
		 void *context ATTR_UNUSED)
{
	/* an error was logged */
}

void hld_mail_told(struct hld_mails *mails, const struct hld_owner *owner,
		   const struct hl_address *old, const struct hl_link *link)
{
	const struct hld_notice notice = {
		.kind = HLD_NOTICE_TOLD,
		.login = owner->login,
		.old = *old,
		.target = link->target,
	};

	hld_notice_put(mails->notices, &notice, told, NULL);
}
