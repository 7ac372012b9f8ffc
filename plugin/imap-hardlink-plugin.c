/* imap_hardlink: owners set, read and withdraw their hard-links through IMAP
   METADATA (RFC 5464). */

#include "imap-hardlink.h"

#include "imap-common.h"
#include "str.h"
#include "mail-storage-private.h"

extern const char *imap_hardlink_plugin_version;
extern const char *imap_hardlink_plugin_dependencies[];
extern const char imap_hardlink_plugin_binary_dependency[];
void imap_hardlink_plugin_init(struct module *module);
void imap_hardlink_plugin_deinit(void);

static imap_client_created_func_t *next_client_created;

static struct mail_storage_hooks imap_hardlink_hooks = {
	.mailbox_allocated = imap_hardlink_mailbox_allocated,
};

/* Without imap_metadata there are ours and no others. */
static void imap_hardlink_client_created(struct client **client)
{
	string_t *capability = (*client)->capability_string;

	if (capability != NULL && strstr(str_c(capability), "METADATA") == NULL)
		client_add_capability(*client, "METADATA-SERVER");
	if (next_client_created != NULL)
		next_client_created(client);
}

HL_EXPORT const char *imap_hardlink_plugin_version = DOVECOT_ABI_VERSION;
HL_EXPORT const char *imap_hardlink_plugin_dependencies[] = {NULL};
HL_EXPORT const char imap_hardlink_plugin_binary_dependency[] = "imap";

HL_EXPORT void imap_hardlink_plugin_init(struct module *module)
{
	mailbox_attribute_register_internal(&imap_hardlink_attribute);
	mail_storage_hooks_add(module, &imap_hardlink_hooks);
	next_client_created =
		imap_client_created_hook_set(imap_hardlink_client_created);
}

HL_EXPORT void imap_hardlink_plugin_deinit(void)
{
	(void)imap_client_created_hook_set(next_client_created);
	mail_storage_hooks_remove(&imap_hardlink_hooks);
	mailbox_attribute_unregister_internal(&imap_hardlink_attribute);
}
