/* hardlink-notice: what notices say. */

#include "notice-text.h"
#include "letter.h"

#include "hl-time.h"

#include "hex-binary.h"
#include "sha2.h"

static const char *channel_text(enum hl_channel channel)
{
	switch (channel) {
	case HL_CHANNEL_CLI:
		return "with the program mailmove";
	case HL_CHANNEL_SUBMISSION:
		return "by a mail program that had logged in to send mail "
		       "(XHARDLINK)";
	case HL_CHANNEL_IMAP:
		return "by a mail program that had logged in to read mail "
		       "(IMAP METADATA)";
	case HL_CHANNEL_SIEVE:
		return "by a filter script (Sieve)";
	case HL_CHANNEL_ADMIN:
		break;
	}
	return "by an administrator";
}

static const char *when_text(const struct hld_notice *notice)
{
	char time[HL_TIME_SIZE];

	hl_time_format(notice->effective, time);
	if (notice->pending && notice->effective > notice->asked)
		return t_strdup_printf(
			"It takes effect some time after the new address has "
			"agreed to it, and not\nbefore %s.",
			time);
	if (notice->pending)
		return "It takes effect as soon as the new address has agreed "
		       "to it.";
	if (notice->effective > notice->asked)
		return t_strdup_printf("It takes effect at %s.", time);
	return "It takes effect at once.";
}

static const char *asked_body(const struct hld_notice *notice, const char *from)
{
	char old[HL_ADDRESS_SIZE], asked[HL_TIME_SIZE];

	hl_address_format(&notice->old, old);
	hl_time_format(notice->asked, asked);
	return t_strdup_printf(
		"It was asked that your mailbox moves, %s:\n\n"
		"    %s\n\n"
		"Mail to this address is refused then, and whoever sends it is "
		"told a new\naddress. Mail that you have already stays here.\n"
		"\n"
		"This was asked at %s,\n%s.\n"
		"%s\n\n"
		"If it wasn't you, stop it, in any of these ways, and change "
		"your password:\n\n"
		"    mailmove back\n"
		"    XHARDLINK UNSET      in a submission session\n"
		"    SETMETADATA \"\" (/private/vendor/vendor.hardlink/move "
		"NIL)      in IMAP\n\n"
		"or ask the administrator: <%s>.\n\n"
		"`mailmove status` says where senders would be told to write; "
		"on purpose, this\nnotice doesn't.\n",
		hld_letter_period(notice->link.kind, notice->link.expires), old,
		asked, channel_text(notice->channel), when_text(notice), from);
}

static const char *told_body(const struct hld_notice *notice)
{
	char old[HL_ADDRESS_SIZE], target[HL_ADDRESS_SIZE];

	hl_address_format(&notice->old, old);
	hl_address_format(&notice->target, target);
	return t_strdup_printf(
		"The mailbox that you wrote to has moved for good:\n\n"
		"    old address: %s\n"
		"    new address: %s\n\n"
		"Please write to the new one from now on, and change your "
		"address book.\nYou are told this once.\n",
		old, target);
}

static const char *expiry_subject(const struct hld_notice *notice)
{
	return notice->before == 0
		       ? "Your mailbox's temporary move has ended"
		       : "Your mailbox's temporary move is about to end";
}

/* What whom it is told can do. */
static const char *expiry_advice(const struct hld_notice *notice,
				 const char *from)
{
	if (!notice->by_owner)
		return t_strdup_printf(
			"An administrator made this move. If it should %s, "
			"ask there: <%s>.\n",
			notice->before == 0 ? "begin again"
					    : "go on for longer, or end now",
			from);
	if (notice->before == 0)
		return "To have it begin again, say until when and where to:\n"
		       "\n"
		       "    mailmove to NEW-ADDRESS --until DATE\n";
	return "To have it go on for longer, say until when and where to; to "
	       "end it now, nothing\nbut that:\n\n"
	       "    mailmove to NEW-ADDRESS --until DATE --replace\n"
	       "    mailmove back\n\n"
	       "`mailmove status` says where senders are told to write; on "
	       "purpose, this notice\ndoesn't.\n";
}

static const char *expiry_body(const struct hld_notice *notice,
			       const char *from)
{
	char old[HL_ADDRESS_SIZE], expires[HL_TIME_SIZE];
	const char *when;

	hl_address_format(&notice->old, old);
	hl_time_format(notice->link.expires, expires);
	when = notice->before == 0
		       ? t_strdup_printf(
				 "It ended at %s. Mail to this address "
				 "is taken again and lies here;\n"
				 "senders aren't told any more to write "
				 "elsewhere.",
				 expires)
		       : t_strdup_printf("It ends by itself at %s. From then "
					 "on mail to this address\n"
					 "is taken again and lies here, and "
					 "senders aren't told any more to write"
					 "\nelsewhere.",
					 expires);
	return t_strdup_printf(
		"Your mailbox has moved for some time:\n\n    %s\n\n%s\n\n%s",
		old, when, expiry_advice(notice, from));
}

/* A name of this notice alone, that shows nothing of it. */
static const char *make_id(const struct hld_notice *notice)
{
	unsigned char hash[SHA256_RESULTLEN];
	string_t *line = t_str_new(512);

	if (notice->kind == HLD_NOTICE_EXPIRY)
		return t_strdup_printf("hardlink.%s", notice->id);

	hld_notice_write(line, notice);
	sha256_get_digest(str_data(line), str_len(line), hash);
	return t_strdup_printf("hardlink.%s",
			       binary_to_hex(hash, sizeof(hash) / 2));
}

string_t *hld_notice_mail(const struct hld_notice *notice,
			  const char *mail_from, time_t now)
{
	struct hld_letter letter = {.id = make_id(notice)};
	char from[HL_ADDRESS_SIZE];
	struct hl_address login;
	struct hl_error ignored;

	hld_letter_from(mail_from, &notice->old, &letter.from);
	hl_address_format(&letter.from, from);
	switch (notice->kind) {
	case HLD_NOTICE_ASKED:
		letter.to = &notice->old;
		letter.subject = "It was asked that your mailbox moves";
		letter.body = asked_body(notice, from);
		break;
	case HLD_NOTICE_TOLD:
		/* a login needn't be an address */
		if (hl_address_parse(notice->login, strlen(notice->login), 0,
				     &login, &ignored) == 0)
			letter.to = &login;
		letter.subject = "A mailbox that you wrote to has moved";
		letter.body = told_body(notice);
		break;
	case HLD_NOTICE_EXPIRY:
		letter.to = &notice->old;
		letter.subject = expiry_subject(notice);
		letter.body = expiry_body(notice, from);
		break;
	}
	return hld_letter_write(&letter, now);
}
