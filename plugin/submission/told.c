#include "submission-hardlink.h"

/* Tells, and forgets. */
static void told_send(struct submission_hardlink_client *hclient)
{
	char *const *addresses;
	unsigned int i, count;
	char *address;

	timeout_remove(&hclient->to_told);
	addresses = array_get(&hclient->told, &count);
	for (i = 0; i < count; i++) {
		address = addresses[i];
		submission_session_told(&hclient->session, address);
		i_free(address);
	}
	array_clear(&hclient->told);
}

struct told {
	struct submission_hardlink_client *hclient;
	/* a reference */
	struct submission_envelope *envelope;
};

static void data_completed(struct smtp_server_cmd_ctx *cmd, struct told *told)
{
	struct submission_hardlink_client *hclient = told->hclient;
	const struct submission_entry *entry;
	char *address;

	if (!smtp_server_command_replied_success(cmd->cmd))
		return;
	for (entry = told->envelope->entries; entry != NULL;
	     entry = entry->next) {
		if (entry->told == NULL || entry->status / 100 != 2)
			continue;
		address = i_strdup(entry->told);
		array_push_back(&hclient->told, &address);
	}
	/* The reply to DATA goes first. */
	if (array_count(&hclient->told) > 0 && hclient->to_told == NULL)
		hclient->to_told = timeout_add_short(0, told_send, hclient);
}

static void data_destroyed(struct smtp_server_cmd_ctx *cmd ATTR_UNUSED,
			   struct told *told)
{
	pool_t pool = told->envelope->pool;

	pool_unref(&pool);
}

void submission_told_after(struct submission_hardlink_client *hclient,
			   struct smtp_server_cmd_ctx *cmd)
{
	struct told *told;

	if (hclient->envelope == NULL)
		return;
	told = p_new(cmd->pool, struct told, 1);
	told->hclient = hclient;
	told->envelope = hclient->envelope;
	pool_ref(told->envelope->pool);
	smtp_server_command_add_hook(cmd->cmd,
				     SMTP_SERVER_COMMAND_HOOK_COMPLETED,
				     data_completed, told);
	smtp_server_command_add_hook(cmd->cmd, SMTP_SERVER_COMMAND_HOOK_DESTROY,
				     data_destroyed, told);
}

void submission_told_deinit(struct submission_hardlink_client *hclient)
{
	/* a client that went at once */
	told_send(hclient);
	array_free(&hclient->told);
}
