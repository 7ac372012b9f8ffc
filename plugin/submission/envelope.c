#include "submission-hardlink.h"

static void command_destroyed(struct smtp_server_cmd_ctx *cmd ATTR_UNUSED,
			      struct submission_entry *entry)
{
	pool_t pool = entry->envelope->pool;

	pool_unref(&pool);
}

static struct submission_envelope *
envelope_get(struct submission_hardlink_client *hclient)
{
	pool_t pool;

	if (hclient->envelope == NULL) {
		pool = pool_alloconly_create("submission envelope", 1024);
		hclient->envelope = p_new(pool, struct submission_envelope, 1);
		hclient->envelope->pool = pool;
	}
	return hclient->envelope;
}

/* Byte for byte, but for the domain: a recipient too many is a nuisance, one
   too few is a lost mail. */
static const struct submission_entry *
find_same(const struct submission_envelope *envelope, const char *end)
{
	const struct submission_entry *entry, *first = NULL;

	for (entry = envelope->entries; entry != NULL; entry = entry->next) {
		if (entry->same == NULL && strcmp(entry->end, end) == 0)
			first = entry;
	}
	return first;
}

struct submission_entry *
submission_envelope_add(struct submission_hardlink_client *hclient,
			struct smtp_server_cmd_ctx *cmd,
			const struct hl_address *end)
{
	struct submission_envelope *envelope = envelope_get(hclient);
	struct submission_entry *entry;
	char text[HL_ADDRESS_SIZE];

	hl_address_format(end, text);
	entry = p_new(envelope->pool, struct submission_entry, 1);
	entry->envelope = envelope;
	entry->end = p_strdup(envelope->pool, text);
	entry->same = find_same(envelope, text);
	entry->next = envelope->entries;
	envelope->entries = entry;

	pool_ref(envelope->pool);
	smtp_server_command_add_hook(cmd->cmd, SMTP_SERVER_COMMAND_HOOK_DESTROY,
				     command_destroyed, entry);
	return entry;
}

void submission_envelope_end(struct submission_hardlink_client *hclient)
{
	pool_t pool;

	if (hclient->envelope == NULL)
		return;
	pool = hclient->envelope->pool;
	hclient->envelope = NULL;
	pool_unref(&pool);
}
