/* Commands that change a hard-link. */

#include "commands.h"
#include "mail.h"
#include "request.h"

#include "hl-text.h"
#include "hl-time.h"

#include "hex-binary.h"
#include "randgen.h"
#include "safe-memset.h"

static int parse_link(struct hld_request *request, const char *const *args,
		      struct hl_error *err)
{
	struct hl_link *link = &request->link;
	uint64_t expires = 0;

	if (strcmp(args[0], hl_kind_name(HL_KIND_PERMANENT)) == 0)
		link->kind = HL_KIND_PERMANENT;
	else if (strcmp(args[0], hl_kind_name(HL_KIND_TEMPORARY)) == 0)
		link->kind = HL_KIND_TEMPORARY;
	else
		return hl_error_set(err, HL_ERROR_DATA,
				    "the kind is permanent or temporary");
	if (hld_request_parse_target(request, args[1], err) < 0)
		return -1;
	if (args[2][0] != '\0' &&
	    (!hl_text_parse_number(args[2], strlen(args[2]), &expires) ||
	     expires == 0 || expires > HL_TIME_MAX))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the time isn't one in seconds");
	if ((link->kind == HL_KIND_TEMPORARY) != (expires != 0))
		return hl_error_set(err, HL_ERROR_DATA,
				    "a temporary hard-link, and no other, has "
				    "an expiry");
	link->expires = (int64_t)expires;
	return 0;
}

static int parse_rest(struct hld_request *request, const char *const *args,
		      struct hl_error *err)
{
	if (args[0] == NULL)
		return 0;
	if (strcmp(args[0], "replace") == 0)
		request->replace = true;
	else if (args[0][0] != '\0')
		return hl_error_set(err, HL_ERROR_DATA,
				    "only \"replace\" may follow");
	if (args[1] == NULL)
		return 0;
	i_free(request->reason);
	request->reason = i_strdup(args[1]);
	return 0;
}

/* --- SET by an owner: is it allowed, then the mail with the code, then the
   notice, then the log. In this order nothing comes into the log of which the
   old mailbox doesn't know; what fails on the way leaves at most a code that
   is good for nothing, or a notice of what didn't come about. */

static void notice_put(const struct hl_error *err, void *context)
{
	struct hld_request *request = context;

	if (err == NULL)
		hld_request_commit(request);
	else
		hld_request_fail(&request, err);
}

static void put_notice(struct hld_request *request)
{
	struct hld *hld = request->client->hld;

	if (!hld->config->notice)
		hld_request_commit(request);
	else
		hld_mail_notice(hld->mails, request->client->owner,
				&request->result, request->now, notice_put,
				request);
}

static void code_mailed(const struct hl_error *err, void *context)
{
	struct hld_request *request = context;
	struct hl_error returned;

	if (err == NULL && hld_request_check_returned(request, &returned) < 0)
		err = &returned;
	if (err == NULL)
		put_notice(request);
	else
		hld_request_fail(&request, err);
}

static void mail_code(struct hld_request *request)
{
	unsigned char random[16];
	char code[HL_CODE_SIZE];

	hl_code_make(code);
	request->code = i_strdup(code);
	safe_memset(code, 0, sizeof(code));
	random_fill(random, sizeof(random));
	i_snprintf(request->mail, sizeof(request->mail), "%s",
		   binary_to_hex(random, sizeof(random)));
	hld_mail_code(request->client->hld->mails, request->client->owner,
		      &request->old, &request->link, request->code,
		      request->mail, code_mailed, request);
}

static int check_set(struct hld_request *request, struct hl_error *err)
{
	struct hld *hld = request->client->hld;
	struct hl_owner owner;
	int ret;

	hld_owner_get(request->client->owner, &owner);
	if (hld_open_log(hld, err) < 0 ||
	    hl_log_snapshot_begin(hld->log, err) < 0) {
		hld_close_log(hld);
		return -1;
	}
	ret = hl_owner_check_set(hld->log, &owner, &request->old,
				 &request->link, request->replace,
				 &request->result, err);
	request->now = hl_log_now(hld->log);
	hl_log_snapshot_end(hld->log);
	return ret;
}

void hld_command_set(struct hld_client *client, const char *const *args)
{
	struct hld_request *request = hld_request_new(client, HLD_SET);
	struct hl_error err;

	if (hld_request_parse_old(request, args[0], &err) < 0 ||
	    parse_link(request, args + 1, &err) < 0 ||
	    parse_rest(request, args + 4, &err) < 0 ||
	    (client->owner != NULL && check_set(request, &err) < 0))
		hld_request_fail(&request, &err);
	else if (client->owner == NULL)
		hld_request_commit(request);
	else if (client->hld->config->confirm_target)
		mail_code(request);
	else
		put_notice(request);
}

void hld_command_confirm(struct hld_client *client, const char *const *args)
{
	struct hld_request *request = hld_request_new(client, HLD_CONFIRM);
	struct hl_error err;

	request->code = i_strdup(args[1]);
	if (hld_request_parse_old(request, args[0], &err) < 0)
		hld_request_fail(&request, &err);
	else
		hld_request_commit(request);
}

void hld_command_unset(struct hld_client *client, const char *const *args)
{
	struct hld_request *request = hld_request_new(client, HLD_UNSET);
	struct hl_error err;

	if (args[1] != NULL) {
		i_free(request->reason);
		request->reason = i_strdup(args[1]);
	}
	if (hld_request_parse_old(request, args[0], &err) < 0)
		hld_request_fail(&request, &err);
	else
		hld_request_commit(request);
}

void hld_command_returned(struct hld_client *client, const char *const *args)
{
	struct hld_request *request = hld_request_new(client, HLD_RETURNED);
	struct hl_error err;

	if (hld_request_parse_old(request, args[0], &err) < 0) {
		hld_request_fail(&request, &err);
	} else if (strlen(args[1]) >= sizeof(request->mail)) {
		hl_error_set(&err, HL_ERROR_NOT_FOUND,
			     "no change waits for that mail");
		hld_request_fail(&request, &err);
	} else {
		i_snprintf(request->mail, sizeof(request->mail), "%s", args[1]);
		hld_request_commit(request);
	}
}
