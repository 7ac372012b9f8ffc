#include "request.h"
#include "reply.h"

#include "llist.h"
#include "safe-memset.h"

static struct hld_request *requests;

struct hld_request *hld_request_new(struct hld_client *client,
				    enum hld_operation operation)
{
	struct hld_request *request = i_new(struct hld_request, 1);

	request->client = client;
	request->operation = operation;
	request->reason = i_strdup("");
	hld_client_ref(client);
	DLLIST_PREPEND(&requests, request);
	return request;
}

static void request_free(struct hld_request **_request)
{
	struct hld_request *request = *_request;

	*_request = NULL;
	DLLIST_REMOVE(&requests, request);
	hld_client_unref(&request->client);
	i_free(request->reason);
	if (request->code != NULL)
		safe_memset(request->code, 0, strlen(request->code));
	i_free(request->code);
	i_free(request);
}

static const char *operation_name(enum hld_operation operation)
{
	switch (operation) {
	case HLD_SET:
		return "set";
	case HLD_CONFIRM:
		return "confirm";
	case HLD_RETURNED:
		return "returned code of";
	case HLD_UNSET:
		break;
	}
	return "unset";
}

static void log_outcome(const struct hld_request *request,
			const struct hl_error *err)
{
	const struct hld_client *client = request->client;
	char old[HL_ADDRESS_SIZE];

	/* a code that came where it belongs */
	if (request->operation == HLD_RETURNED && err != NULL &&
	    err->code == HL_ERROR_NOT_FOUND)
		return;
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

void hld_request_fail(struct hld_request **request, const struct hl_error *err)
{
	/* else it is about no address */
	if ((*request)->old.domain[0] != '\0')
		log_outcome(*request, err);
	hld_client_fail((*request)->client, err);
	request_free(request);
}

static enum hl_channel channel_of(const struct hld_client *client)
{
	return client->owner != NULL ? client->owner->channel
				     : HL_CHANNEL_ADMIN;
}

int hld_request_check_returned(const struct hld_request *request,
			       struct hl_error *err)
{
	if (!request->returned)
		return 0;
	return hl_error_set(err, HL_ERROR_DATA,
			    "the new address sends its mail back to the old "
			    "one: mail would go round in circles");
}

/* Was that mail sent for a SET that isn't written yet? Then it won't be. */
static bool mark_returned(const struct hl_address *old, const char *mail)
{
	struct hld_request *request;

	for (request = requests; request != NULL; request = request->next) {
		if (request->operation == HLD_SET && request->mail[0] != '\0' &&
		    strcmp(request->mail, mail) == 0 &&
		    hl_address_equal(&request->old, old)) {
			request->returned = true;
			return true;
		}
	}
	return false;
}

/* The mail may have come with a detail in its address. */
static int apply_returned(struct hld_request *request, struct hl_log *log,
			  struct hl_error *err)
{
	const struct hl_config *config = hl_log_config(log);

	if (hl_address_make_key(&request->old, err) < 0)
		return -1;
	for (;;) {
		/* in this order: what is written by now is undone there */
		if (hl_owner_refuse_returned(log, &request->old, request->mail,
					     &request->result, err) == 0 ||
		    mark_returned(&request->old, request->mail))
			return 0;
		if (err->code != HL_ERROR_NOT_FOUND ||
		    !hl_address_strip_detail(&request->old,
					     config->recipient_delimiter))
			return -1;
	}
}

static int apply_as_admin(struct hld_request *request, struct hl_log *log,
			  struct hl_error *err)
{
	const struct hl_actor actor = {
		.channel = HL_CHANNEL_ADMIN,
		.name = request->client->actor,
		.reason = request->reason,
	};

	if (request->operation == HLD_RETURNED)
		return apply_returned(request, log, err);
	if (request->operation == HLD_UNSET)
		return hl_change_unset(log, &actor, &request->old,
				       &request->result, err);
	return hl_change_set(log, &actor, &request->old, &request->link,
			     request->replace, &request->result, err);
}

static int apply_as_owner(struct hld_request *request, struct hl_log *log,
			  struct hl_error *err)
{
	struct hl_owner owner;

	hld_owner_get(request->client->owner, &owner);
	owner.actor.reason = request->reason;
	switch (request->operation) {
	case HLD_SET:
		if (hld_request_check_returned(request, err) < 0)
			return -1;
		return hl_owner_set(log, &owner, &request->old, &request->link,
				    request->replace, request->code,
				    request->mail, &request->result, err);
	case HLD_CONFIRM:
		return hl_owner_confirm(log, &owner, &request->old,
					request->code, &request->result, err);
	case HLD_UNSET:
	case HLD_RETURNED:
		break;
	}
	return hl_owner_unset(log, &owner, &request->old, &request->result,
			      err);
}

static int request_apply(struct hld_change *change, struct hl_log *log,
			 struct hl_error *err)
{
	struct hld_request *request =
		container_of(change, struct hld_request, change);

	request->now = hl_log_now(log);
	return request->client->owner == NULL
		       ? apply_as_admin(request, log, err)
		       : apply_as_owner(request, log, err);
}

static void request_done(struct hld_change *change, int result,
			 const struct hl_error *err)
{
	struct hld_request *request =
		container_of(change, struct hld_request, change);
	struct hld_client *client = request->client;
	string_t *reply;

	if (result < 0) {
		hld_request_fail(&request, err);
		return;
	}
	log_outcome(request, NULL);
	reply = t_str_new(256);
	if (request->operation != HLD_RETURNED)
		hld_reply_add_result(reply, &request->result,
				     channel_of(client), request->now);
	hld_client_ok(client, str_c(reply));
	request_free(&request);
}

void hld_request_commit(struct hld_request *request)
{
	request->change.apply = request_apply;
	request->change.done = request_done;
	hld_batch_add(request->client->hld->batch, &request->change);
}

int hld_request_parse_target(struct hld_request *request, const char *text,
			     struct hl_error *err)
{
	struct hl_address *target = &request->link.target;

	return request->client->owner == NULL
		       ? hl_address_parse_subject(text, strlen(text), target,
						  err)
		       : hl_address_parse(text, strlen(text), 0, target, err);
}

int hld_request_parse_old(struct hld_request *request, const char *text,
			  struct hl_error *err)
{
	const struct hl_address *address;

	if (request->client->owner == NULL)
		return hl_address_parse_subject(text, strlen(text),
						&request->old, err);
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
