#include "hl-reply.h"

#include <stdio.h>

void hl_reply_format(const struct hl_link *link, bool smtputf8,
		     struct hl_reply *reply_r)
{
	bool temporary = link->kind == HL_KIND_TEMPORARY;
	char target[HL_ADDRESS_SIZE];

	if (!smtputf8 && !hl_address_is_ascii(&link->target)) {
		reply_r->status = 550;
		reply_r->enhanced_code = temporary ? "5.2.0" : "5.1.6";
		snprintf(reply_r->text, sizeof(reply_r->text),
			 "mailbox has moved");
		return;
	}
	hl_address_format(&link->target, target);
	reply_r->status = temporary ? 558 : 557;
	reply_r->enhanced_code = temporary ? "5.2.8" : "5.2.7";
	snprintf(reply_r->text, sizeof(reply_r->text),
		 "mailbox has %smoved to <%s>", temporary ? "temporarily " : "",
		 target);
}

size_t hl_reply_write_line(const struct hl_reply *reply,
			   char line_r[HL_REPLY_LINE_SIZE])
{
	return (size_t)snprintf(line_r, HL_REPLY_LINE_SIZE, "%u %s %s",
				reply->status, reply->enhanced_code,
				reply->text);
}

size_t hl_reply_format_line(const struct hl_link *link,
			    char line_r[HL_REPLY_LINE_SIZE])
{
	struct hl_reply reply;

	hl_reply_format(link, true, &reply);
	return hl_reply_write_line(&reply, line_r);
}
