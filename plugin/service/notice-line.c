#include "notice-line.h"

#include "hl-expiry.h"
#include "hl-text.h"
#include "hl-time.h"

#include "strescape.h"

/* "ASKED login old channel kind expires asked effective pending",
   "TOLD login old new" and "EXPIRY login old expires before who id" */
#define ASKED_ARGS  9
#define TOLD_ARGS   4
#define EXPIRY_ARGS 7
/* who */
#define BY_OWNER "owner"
#define BY_ADMIN "admin"

static void add(string_t *line, const char *field)
{
	str_append_c(line, '\t');
	str_append_tabescaped(line, field);
}

static void add_address(string_t *line, const struct hl_address *address)
{
	char text[HL_ADDRESS_SIZE];

	hl_address_format(address, text);
	add(line, text);
}

static void add_number(string_t *line, int64_t number)
{
	str_printfa(line, "\t%lld", (long long)number);
}

void hld_notice_write(string_t *line, const struct hld_notice *notice)
{
	switch (notice->kind) {
	case HLD_NOTICE_ASKED:
		str_append(line, "ASKED");
		add(line, notice->login);
		add_address(line, &notice->old);
		add(line, hl_channel_name(notice->channel));
		add(line, hl_kind_name(notice->link.kind));
		add_number(line, notice->link.expires);
		add_number(line, notice->asked);
		add_number(line, notice->effective);
		add(line, notice->pending ? "pending" : "");
		break;
	case HLD_NOTICE_TOLD:
		str_append(line, "TOLD");
		add(line, notice->login);
		add_address(line, &notice->old);
		add_address(line, &notice->target);
		break;
	case HLD_NOTICE_EXPIRY:
		str_append(line, "EXPIRY");
		add(line, notice->login);
		add_address(line, &notice->old);
		add_number(line, notice->link.expires);
		add_number(line, notice->before);
		add(line, notice->by_owner ? BY_OWNER : BY_ADMIN);
		add(line, notice->id);
		break;
	}
	str_append_c(line, '\n');
}

/* doveadm takes `*` and `?` in a user's name for many users. */
static int read_login(const char *text, const char **login_r,
		      struct hl_error *err)
{
	if (text[0] == '\0' || strlen(text) >= HL_ACTOR_SIZE ||
	    !hl_text_is_clean_utf8(text, strlen(text)) ||
	    strpbrk(text, "*?") != NULL)
		return hl_error_set(err, HL_ERROR_DATA,
				    "that is no login whose mailbox could be "
				    "written to");
	*login_r = text;
	return 0;
}

static int read_address(const char *text, struct hl_address *address_r,
			struct hl_error *err)
{
	return hl_address_parse(text, strlen(text), HL_ADDRESS_FOREIGN,
				address_r, err);
}

static int read_time(const char *text, int64_t *time_r, struct hl_error *err)
{
	uint64_t time;

	if (!hl_text_parse_number(text, strlen(text), &time) ||
	    time > HL_TIME_MAX)
		return hl_error_set(err, HL_ERROR_DATA, "that is no time");
	*time_r = (int64_t)time;
	return 0;
}

static int read_channel(const char *text, enum hl_channel *channel_r,
			struct hl_error *err)
{
	static const enum hl_channel channels[] = {
		HL_CHANNEL_CLI, HL_CHANNEL_SUBMISSION, HL_CHANNEL_IMAP,
		HL_CHANNEL_SIEVE};
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(channels); i++) {
		if (strcmp(text, hl_channel_name(channels[i])) == 0) {
			*channel_r = channels[i];
			return 0;
		}
	}
	return hl_error_set(err, HL_ERROR_DATA, "that is no owner's channel");
}

static int read_kind(const char *text, enum hl_kind *kind_r,
		     struct hl_error *err)
{
	if (strcmp(text, hl_kind_name(HL_KIND_PERMANENT)) == 0)
		*kind_r = HL_KIND_PERMANENT;
	else if (strcmp(text, hl_kind_name(HL_KIND_TEMPORARY)) == 0)
		*kind_r = HL_KIND_TEMPORARY;
	else
		return hl_error_set(err, HL_ERROR_DATA, "that is no kind");
	return 0;
}

static int read_asked(const char *const *args, struct hld_notice *notice,
		      struct hl_error *err)
{
	notice->kind = HLD_NOTICE_ASKED;
	notice->pending = strcmp(args[8], "pending") == 0;
	if (!notice->pending && args[8][0] != '\0')
		return hl_error_set(err, HL_ERROR_DATA,
				    "\"pending\" or nothing is last");
	if (read_channel(args[3], &notice->channel, err) < 0 ||
	    read_kind(args[4], &notice->link.kind, err) < 0 ||
	    read_time(args[5], &notice->link.expires, err) < 0 ||
	    read_time(args[6], &notice->asked, err) < 0)
		return -1;
	return read_time(args[7], &notice->effective, err);
}

/* hardlinkctl's, in lib/hl-expiry.h */
static bool is_id(const char *text)
{
	size_t size = strspn(text, "0123456789abcdef");

	return size == HL_EXPIRY_ID_SIZE - 1 && text[size] == '\0';
}

static int read_expiry(const char *const *args, struct hld_notice *notice,
		       struct hl_error *err)
{
	notice->kind = HLD_NOTICE_EXPIRY;
	notice->link.kind = HL_KIND_TEMPORARY;
	notice->by_owner = strcmp(args[5], BY_OWNER) == 0;
	notice->id = args[6];
	if (!notice->by_owner && strcmp(args[5], BY_ADMIN) != 0)
		return hl_error_set(err, HL_ERROR_DATA,
				    "that is nobody who moves a mailbox");
	if (!is_id(args[6]))
		return hl_error_set(err, HL_ERROR_DATA,
				    "that is no notice's name");
	if (read_time(args[3], &notice->link.expires, err) < 0)
		return -1;
	return read_time(args[4], &notice->before, err);
}

int hld_notice_read(const char *const *args, struct hld_notice *notice_r,
		    struct hl_error *err)
{
	unsigned int count = str_array_length(args);
	bool asked = count == ASKED_ARGS && strcmp(args[0], "ASKED") == 0;
	bool told = count == TOLD_ARGS && strcmp(args[0], "TOLD") == 0;
	bool expiry = count == EXPIRY_ARGS && strcmp(args[0], "EXPIRY") == 0;

	i_zero(notice_r);
	if (!asked && !told && !expiry)
		return hl_error_set(err, HL_ERROR_DATA,
				    "a line of another version: install "
				    "hardlinkd, hardlink-notice and "
				    "hardlinkctl together");
	if (read_login(args[1], &notice_r->login, err) < 0 ||
	    read_address(args[2], &notice_r->old, err) < 0)
		return -1;
	if (asked)
		return read_asked(args, notice_r, err);
	if (expiry)
		return read_expiry(args, notice_r, err);
	notice_r->kind = HLD_NOTICE_TOLD;
	return read_address(args[3], &notice_r->target, err);
}
