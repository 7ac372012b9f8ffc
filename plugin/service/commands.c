/* Which command is whose. */

#include "commands.h"
#include "identify.h"
#include "reply.h"

#include "hl-text.h"

#include "str-sanitize.h"

static void command_token(struct hld_client *client, const char *const *args)
{
	hld_identify_token(client, args);
}

static void command_peer(struct hld_client *client,
			 const char *const *args ATTR_UNUSED)
{
	hld_identify_peer(client);
}

static void command_admin(struct hld_client *client, const char *const *args)
{
	string_t *reply;
	struct hl_error err;

	if (args[0][0] == '\0' || strlen(args[0]) >= HL_ACTOR_SIZE ||
	    !hl_text_is_clean_utf8(args[0], strlen(args[0]))) {
		hl_error_set(&err, HL_ERROR_DATA, "that is no actor's name");
		hld_client_fail(client, &err);
		return;
	}
	client->actor = i_strdup(args[0]);
	reply = t_str_new(256);
	hld_reply_add(reply, "store", client->hld->config->store);
	hld_client_ok(client, str_c(reply));
}

static void command_ping(struct hld_client *client,
			 const char *const *args ATTR_UNUSED)
{
	hld_client_ok(client, "\tversion=" HL_VERSION);
}

/* What has to be true of the client before. */
enum need { NEED_NOTHING, NEED_NOBODY, NEED_OWNER, NEED_ANYBODY };

#define KIND(kind) (1U << (kind))
#define OWNERS	   KIND(HLD_CLIENT_OWNER)
#define LOOKUPS	   KIND(HLD_CLIENT_LOOKUP)
#define ADMINS	   KIND(HLD_CLIENT_ADMIN)

static const struct command {
	const char *name;
	void (*run)(struct hld_client *client, const char *const *args);
	unsigned int min_args, max_args;
	/* sockets where there is such a command */
	unsigned int kinds;
	enum need need;
} commands[] = {
	{"TOKEN", command_token, 5, 5, OWNERS, NEED_NOBODY},
	{"PEER", command_peer, 0, 0, OWNERS, NEED_NOBODY},
	{"ADMIN", command_admin, 1, 1, ADMINS, NEED_NOBODY},
	{"SET", hld_command_set, 4, 6, OWNERS | ADMINS, NEED_OWNER},
	{"CONFIRM", hld_command_confirm, 2, 2, OWNERS, NEED_OWNER},
	{"UNSET", hld_command_unset, 1, 2, OWNERS | ADMINS, NEED_OWNER},
	{"GET", hld_command_get, 1, 1, OWNERS, NEED_OWNER},
	{"HISTORY", hld_command_history, 2, 2, OWNERS, NEED_OWNER},
	{"ADDRESSES", hld_command_addresses, 0, 0, OWNERS, NEED_OWNER},
	{"TOLD", hld_command_told, 1, 1, OWNERS, NEED_OWNER},
	{"RETURNED", hld_command_returned, 2, 2, ADMINS, NEED_OWNER},
	{"LOOKUP", hld_command_lookup, 1, 1, OWNERS | LOOKUPS | ADMINS,
	 NEED_ANYBODY},
	{"PING", command_ping, 0, 0, OWNERS | LOOKUPS | ADMINS, NEED_NOTHING},
};

static const struct command *find_command(const struct hld_client *client,
					  const char *name)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i].name, name) == 0 &&
		    (commands[i].kinds & KIND(client->kind)) != 0)
			return &commands[i];
	}
	return NULL;
}

static bool is_known(const struct hld_client *client)
{
	return client->owner != NULL || client->actor != NULL;
}

static int check_need(const struct hld_client *client, enum need need,
		      struct hl_error *err)
{
	switch (need) {
	case NEED_NOTHING:
		return 0;
	case NEED_NOBODY:
		if (!is_known(client))
			return 0;
		return hl_error_set(err, HL_ERROR_USAGE,
				    "the client has said already who it is");
	case NEED_ANYBODY:
		if (client->kind != HLD_CLIENT_OWNER)
			return 0;
		__attribute__((fallthrough));
	case NEED_OWNER:
		if (is_known(client))
			return 0;
		break;
	}
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "the client hasn't said who it is");
}

int hld_command_run(struct hld_client *client, const char *const *args)
{
	const struct command *command = find_command(client, args[0]);
	unsigned int count = str_array_length(args) - 1;
	struct hl_error err;

	if (command == NULL || count < command->min_args ||
	    count > command->max_args) {
		e_warning(client->event,
			  "Not a command of this socket, or with other "
			  "arguments: %s; hanging up",
			  str_sanitize(args[0], 40));
		return -1;
	}
	if (check_need(client, command->need, &err) < 0)
		hld_client_fail(client, &err);
	else if (hld_refresh(client->hld, &err) < 0)
		hld_client_fail(client, &err);
	else
		command->run(client, args + 1);
	return 0;
}
