#include "identify.h"
#include "batch.h"
#include "reply.h"
#include "tokens.h"
#include "userdb.h"

#include "ipwd.h"
#include "str-sanitize.h"
#include "str.h"

struct identification {
	struct hld_client *client;
	enum hl_channel channel;
	/* of a shell user: must be the userdb's, too; else -1 */
	uid_t uid;
};

static void identification_free(struct identification *id)
{
	hld_client_unref(&id->client);
	i_free(id);
}

/* What the log of an administrator is for: who tried what. */
static void refuse(struct identification *id, enum hl_error_code code,
		   const char *log_text, const char *text)
{
	struct hl_error err;

	e_warning(id->client->event, "Refused: %s", log_text);
	hl_error_set(&err, code, "%s", text);
	hld_client_fail(id->client, &err);
	identification_free(id);
}

/* --- what an earlier owner of the login left */

struct claim {
	struct hld_change change;
	struct hld_owner *owner;
	struct hl_address address;
	struct hld *hld;
};

static int claim_apply(struct hld_change *change, struct hl_log *log,
		       struct hl_error *err)
{
	struct claim *claim = container_of(change, struct claim, change);
	struct hl_owner owner;
	int ret;

	hld_owner_get(claim->owner, &owner);
	ret = hl_owner_claim(log, &owner, &claim->address, err);
	/* -1: nothing was written */
	return ret > 0 ? 0 : -1;
}

static void claim_done(struct hld_change *change, int result,
		       const struct hl_error *err ATTR_UNUSED)
{
	struct claim *claim = container_of(change, struct claim, change);
	char text[HL_ADDRESS_SIZE];

	if (result == 0) {
		hl_address_format(&claim->address, text);
		e_info(claim->hld->event,
		       "%s: the hard-link of a former owner of login %s was "
		       "ended",
		       text, claim->owner->login);
	}
	pool_unref(&claim->owner->pool);
	i_free(claim);
}

static void claim_address(struct hld_client *client,
			  const struct hl_address *address)
{
	struct claim *claim = i_new(struct claim, 1);

	claim->change.apply = claim_apply;
	claim->change.done = claim_done;
	claim->owner = client->owner;
	pool_ref(claim->owner->pool);
	claim->address = *address;
	claim->hld = client->hld;
	hld_batch_add(client->hld->batch, &claim->change);
}

static void claim_all(struct hld_client *client)
{
	struct hld *hld = client->hld;
	struct hl_owner_view view;
	struct hl_owner owner;
	struct hl_error err;
	unsigned int i;

	hld_owner_get(client->owner, &owner);
	if (hld_open_log(hld, &err) < 0 ||
	    hl_log_snapshot_begin(hld->log, &err) < 0)
		return; /* whatever is asked next says why */
	for (i = 0; i < client->owner->address_count; i++) {
		if (hl_owner_view(hld->log, &owner,
				  &client->owner->addresses[i], &view,
				  &err) == 0 &&
		    view.of_another)
			claim_address(client, &client->owner->addresses[i]);
	}
	hl_log_snapshot_end(hld->log);
}

/* --- */

/* With what is around an address. */
#define WELCOME_MAX (HLD_LINE_MAX - 32)

static void welcome(struct hld_client *client)
{
	const struct hld_owner *owner = client->owner;
	char text[HL_ADDRESS_SIZE];
	string_t *reply = t_str_new(256);
	unsigned int i;

	hld_reply_add(reply, "user", owner->login);
	hld_reply_add(reply, "submission",
		      client->hld->config->submission == HL_SUBMISSION_FOLLOW
			      ? "follow"
			      : "reply");
	hld_reply_add(reply, "on-error",
		      client->hld->config->on_error == HL_ON_ERROR_TEMPFAIL
			      ? "tempfail"
			      : "deliver");
	for (i = 0; i < owner->address_count; i++) {
		hl_address_format(&owner->addresses[i], text);
		/* ADDRESSES says the others */
		if (str_len(reply) + strlen(text) > WELCOME_MAX)
			break;
		hld_reply_add(reply, "address", text);
	}
	hld_client_ok(client, str_c(reply));
}

static bool has_uid(const char *const *fields, uid_t uid)
{
	const char *value = hld_userdb_field(fields, "uid");
	uid_t found;

	return value != NULL && str_to_uid(value, &found) == 0 && found == uid;
}

static void userdb_callback(enum hld_userdb_result result, const char *user,
			    const char *const *fields, void *context)
{
	struct identification *id = context;
	struct hld_client *client = id->client;
	struct hl_error err;

	if (result == HLD_USERDB_FAILED) {
		refuse(id, HL_ERROR_TEMP, "the userdb lookup failed",
		       "the user database isn't there; try again");
	} else if (result == HLD_USERDB_UNKNOWN) {
		refuse(id, HL_ERROR_PERMISSION,
		       "the userdb doesn't know this user",
		       "you have no mailbox here");
	} else if (id->uid != (uid_t)-1 && !has_uid(fields, id->uid)) {
		refuse(id, HL_ERROR_PERMISSION,
		       "the userdb has another uid for the name of the peer's",
		       "you have no mailbox here");
	} else if (hld_owner_create(id->channel, user, fields, &client->owner,
				    &err) < 0) {
		refuse(id, HL_ERROR_CONFIG, err.text, err.text);
	} else {
		e_debug(client->event, "Is %s", user);
		claim_all(client);
		welcome(client);
		identification_free(id);
	}
}

static void token_callback(enum hld_token_result result, const char *user,
			   void *context)
{
	struct identification *id = context;

	switch (result) {
	case HLD_TOKEN_OK:
		hld_userdb_lookup(id->client->hld->userdb, user,
				  userdb_callback, id);
		break;
	case HLD_TOKEN_REFUSED:
		refuse(id, HL_ERROR_PERMISSION,
		       "the auth service doesn't know this token",
		       "the login isn't valid any more; log in again");
		break;
	case HLD_TOKEN_FAILED:
		refuse(id, HL_ERROR_TEMP, "the auth service can't be asked",
		       "the login can't be checked; try again");
		break;
	}
}

static struct identification *identification_new(struct hld_client *client)
{
	struct identification *id = i_new(struct identification, 1);

	id->client = client;
	id->uid = (uid_t)-1;
	hld_client_ref(client);
	return id;
}

void hld_identify_token(struct hld_client *client, const char *const *args)
{
	struct identification *id = identification_new(client);
	const struct hld_token token = {
		.service = args[0],
		.pid = args[1],
		.user = args[2],
		.session_id = args[3],
		.token = args[4],
	};
	pid_t pid;

	if (strcmp(token.service, "imap") == 0)
		id->channel = HL_CHANNEL_IMAP;
	else if (strcmp(token.service, "submission") == 0)
		id->channel = HL_CHANNEL_SUBMISSION;
	else {
		refuse(id, HL_ERROR_PERMISSION, "a token of another service",
		       "only imap and submission have tokens");
		return;
	}
	if (str_to_pid(token.pid, &pid) < 0 || client->pid == (pid_t)-1 ||
	    pid != client->pid) {
		refuse(id, HL_ERROR_PERMISSION,
		       t_strdup_printf("a token of another process (user %s, "
				       "pid %s)",
				       str_sanitize(token.user, 80),
				       str_sanitize(token.pid, 16)),
		       "the token was given to another process");
		return;
	}
	hld_token_check(client->hld->tokens, &token, token_callback, id);
}

void hld_identify_peer(struct hld_client *client)
{
	struct identification *id = identification_new(client);
	struct passwd account;
	int ret;

	if (client->uid == (uid_t)-1 || client->uid == 0) {
		refuse(id, HL_ERROR_PERMISSION,
		       "root has no mailbox; hardlinkctl is for root",
		       "root has no mailbox; use hardlinkctl");
		return;
	}
	ret = i_getpwuid(client->uid, &account);
	if (ret <= 0) {
		refuse(id, ret < 0 ? HL_ERROR_TEMP : HL_ERROR_PERMISSION,
		       "no account of the system has this uid",
		       "you have no account on this machine");
		return;
	}
	id->channel = HL_CHANNEL_CLI;
	id->uid = client->uid;
	hld_userdb_lookup(client->hld->userdb, account.pw_name, userdb_callback,
			  id);
}
