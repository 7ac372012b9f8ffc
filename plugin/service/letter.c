#include "letter.h"

#include "hl-time.h"

#include "hostpid.h"
#include "message-date.h"

void hld_letter_from(const char *mail_from, const struct hl_address *old,
		     struct hl_address *from_r)
{
	struct hl_error ignored;

	/* the configuration was checked when it was read */
	if (mail_from[0] != '\0' &&
	    hl_address_parse(mail_from, strlen(mail_from), 0, from_r,
			     &ignored) == 0)
		return;
	*from_r = *old;
	i_snprintf(from_r->local_part, sizeof(from_r->local_part),
		   "postmaster");
}

string_t *hld_letter_write(const struct hld_letter *letter, time_t now)
{
	char from[HL_ADDRESS_SIZE], to[HL_ADDRESS_SIZE];
	string_t *mail = t_str_new(2048);

	hl_address_format(&letter->from, from);
	str_printfa(mail, "Date: %s\n", message_date_create(now));
	str_printfa(mail, "From: <%s>\n", from);
	if (letter->to != NULL) {
		hl_address_format(letter->to, to);
		str_printfa(mail, "To: <%s>\n", to);
	} else {
		str_append(mail, "To: undisclosed-recipients:;\n");
	}
	str_printfa(mail, "Subject: %s\n", letter->subject);
	str_printfa(mail, "Message-ID: <%s@%s>\n", letter->id, my_hostname);
	str_append(mail, "Auto-Submitted: auto-generated\n");
	if (letter->consent != NULL)
		str_printfa(mail, "Hardlink-Consent: %s\n", letter->consent);
	str_append(mail, "MIME-Version: 1.0\n"
			 "Content-Type: text/plain; charset=utf-8\n"
			 "Content-Transfer-Encoding: 8bit\n\n");
	str_append(mail, letter->body);
	return mail;
}

const char *hld_letter_period(enum hl_kind kind, int64_t expires)
{
	char time[HL_TIME_SIZE];

	if (kind != HL_KIND_TEMPORARY)
		return "for good";
	hl_time_format(expires, time);
	return t_strdup_printf("until %s", time);
}
