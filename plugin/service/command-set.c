/* Commands that change a hard-link. */

#include "batch.h"
#include "commands.h"
#include "mail.h"
#include "reply.h"

#include "hl-text.h"
#include "hl-time.h"

#include "hex-binary.h"
#include "randgen.h"
#include "safe-memset.h"

enum operation { OPERATION_SET, OPERATION_CONFIRM, OPERATION_UNSET };

struct request {
	struct hld_change change;
	struct hld_client *client;
	enum operation operation;
	struct hl_address old;
	/* of SET */
	struct hl_link link;
	bool replace;
	/* of SET by an administrator, and of UNSET; never NULL */
	char *reason;
	/* of SET, with consent, and of CONFIRM; else NULL */
	char *code;
	char mail[HL_CONSENT_MAIL_SIZE];

	struct hl_change_result result;
	int64_t now;
};

static struct request *request_new(struct hld_client *client,
				   enum operation operation)
{
	struct request *request = i_new(struct request, 1);

	request->client = client;
	request->operation = operation;
	request->reason = i_strdup("");
	hld_client_ref(client);
	return request;
}

static void request_free(struct request **_request)
{
	struct request *request = *_request;

	*_request = NULL;
	hld_client_unref(&request->client);
	i_free(request->reason);
	if (request->code != NULL)
		safe_memset(request->code, 0, strlen(request->code));
	i_free(request->code);
	i_free(request);
}

static void request_fail(struct request **request, const struct hl_error *err)
{
	hld_client_fail((*request)->client, err);
	request_free(request);
}

static enum hl_channel channel_of(const struct hld_client *client)
{
	return client->owner != NULL ? client->owner->channel
				     : HL_CHANNEL_ADMIN;
}

static int apply_as_admin(struct request *request, struct hl_log *log,
			  struct hl_error *err)
{
	const struct hl_actor actor = {
		.channel = HL_CHANNEL_ADMIN,
		.name = request->client->actor,
		.reason = request->reason,
	};

	if (request->operation == OPERATION_UNSET)
		return hl_change_unset(log, &actor, &request->old,
				       &request->result, err);
	return hl_change_set(log, &actor, &request->old, &request->link,
			     request->replace, &request->result, err);
}

static int apply_as_owner(struct request *request, struct hl_log *log,
			  struct hl_error *err)
{
	struct hl_owner owner;

	hld_owner_get(request->client->owner, &owner);
	owner.actor.reason = request->reason;
	switch (request->operation) {
	case OPERATION_SET:
		return hl_owner_set(log, &owner, &request->old, &request->link,
				    request->replace, request->code,
				    request->mail, &request->result, err);
	case OPERATION_CONFIRM:
		return hl_owner_confirm(log, &owner, &request->old,
					request->code, &request->result, err);
	case OPERATION_UNSET:
		break;
	}
	return hl_owner_unset(log, &owner, &request->old, &request->result,
			      err);
}

static int request_apply(struct hld_change *change, struct hl_log *log,
			 struct hl_error *err)
{
	struct request *request = container_of(change, struct request, change);

	request->now = hl_log_now(log);
	return request->client->owner == NULL
		       ? apply_as_admin(request, log, err)
		       : apply_as_owner(request, log, err);
}

static const char *operation_name(enum operation operation)
{
	switch (operation) {
	case OPERATION_SET:
		return "set";
	case OPERATION_CONFIRM:
		return "confirm";
	case OPERATION_UNSET:
		break;
	}
	return "unset";
}

static void log_outcome(const struct request *request,
			const struct hl_error *err)
{
	const struct hld_client *client = request->client;
	char old[HL_ADDRESS_SIZE];

	hl_address_format(&request->old, old);
	if (err != NULL)
		e_info(client->event, "%s %s by %s refused: %s",
		       operation_name(request->operation), old,
		       client->owner != NULL ? client->owner->login
					     : client->actor,
		       err->text);
	else
		e_info(client->event, "%s %s by %s",
		       operation_name(request->operation), old,
		       client->owner != NULL ? client->owner->login
					     : client->actor);
}

static void request_done(struct hld_change *change, int result,
			 const struct hl_error *err)
{
	struct request *request = container_of(change, struct request, change);
	struct hld_client *client = request->client;
	string_t *reply;

	log_outcome(request, result < 0 ? err : NULL);
	if (result < 0) {
		request_fail(&request, err);
		return;
	}
	if (client->owner != NULL && request->operation == OPERATION_SET)
		hld_mail_notice(client->hld->mails, client->owner,
				&request->result, request->now);
	reply = t_str_new(256);
	hld_reply_add_result(reply, &request->result, channel_of(client),
			     request->now);
	hld_client_ok(client, str_c(reply));
	request_free(&request);
}

static void request_commit(struct request *request)
{
	request->change.apply = request_apply;
	request->change.done = request_done;
	hld_batch_add(request->client->hld->batch, &request->change);
}

/* Whose address it is. */
static int parse_old(struct request *request, const char *text,
		     struct hl_error *err)
{
	const struct hl_address *address;

	if (request->client->owner == NULL)
		return hl_address_parse(text, strlen(text), 0, &request->old,
					err);
	if (hld_owner_find(request->client->owner, text, &address, err) < 0) {
		/* somebody tries what isn't theirs */
		if (err->code == HL_ERROR_PERMISSION)
			e_warning(request->client->event, "Refused: %s",
				  err->text);
		return -1;
	}
	request->old = *address;
	return 0;
}

static int parse_link(struct request *request, const char *const *args,
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
	if (hl_address_parse(args[1], strlen(args[1]), 0, &link->target, err) <
	    0)
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

static int parse_rest(struct request *request, const char *const *args,
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

/* --- SET by an owner: is it allowed, then the mail, then the log */

static void code_mailed(const struct hl_error *err, void *context)
{
	struct request *request = context;

	if (err == NULL) {
		request_commit(request);
		return;
	}
	log_outcome(request, err);
	request_fail(&request, err);
}

static void mail_code(struct request *request)
{
	unsigned char random[16];
	char code[HL_CODE_SIZE];

	hl_code_make(code);
	request->code = i_strdup(code);
	random_fill(random, sizeof(random));
	i_snprintf(request->mail, sizeof(request->mail), "%s",
		   binary_to_hex(random, sizeof(random)));
	hld_mail_code(request->client->hld->mails, &request->old,
		      &request->link, request->code, request->mail, code_mailed,
		      request);
}

static int check_set(struct request *request, struct hl_error *err)
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
	hl_log_snapshot_end(hld->log);
	return ret;
}

void hld_command_set(struct hld_client *client, const char *const *args)
{
	struct request *request = request_new(client, OPERATION_SET);
	struct hl_error err;

	if (parse_old(request, args[0], &err) < 0 ||
	    parse_link(request, args + 1, &err) < 0 ||
	    parse_rest(request, args + 4, &err) < 0) {
		request_fail(&request, &err);
	} else if (client->owner == NULL ||
		   !client->hld->config->confirm_target) {
		request_commit(request);
	} else if (check_set(request, &err) < 0) {
		log_outcome(request, &err);
		request_fail(&request, &err);
	} else {
		mail_code(request);
	}
}

void hld_command_confirm(struct hld_client *client, const char *const *args)
{
	struct request *request = request_new(client, OPERATION_CONFIRM);
	struct hl_error err;

	request->code = i_strdup(args[1]);
	if (parse_old(request, args[0], &err) < 0)
		request_fail(&request, &err);
	else
		request_commit(request);
}

void hld_command_unset(struct hld_client *client, const char *const *args)
{
	struct request *request = request_new(client, OPERATION_UNSET);
	struct hl_error err;

	if (args[1] != NULL) {
		i_free(request->reason);
		request->reason = i_strdup(args[1]);
	}
	if (parse_old(request, args[0], &err) < 0)
		request_fail(&request, &err);
	else
		request_commit(request);
}
