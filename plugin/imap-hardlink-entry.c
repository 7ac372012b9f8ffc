/* The entries of the server below vendor/vendor.hardlink/: move, state, and
   both again below address/ADDRESS/ for those with several addresses. */

#include "imap-hardlink.h"
#include "metadata-value.h"

#include "array.h"
#include "mail-storage-private.h"

#define KEY_PREFIX \
	MAILBOX_ATTRIBUTE_PREFIX_DOVECOT_PVT_SERVER \
	IMAP_HARDLINK_PREFIX
#define ADDRESS_PREFIX "address/"

enum imap_hardlink_entry imap_hardlink_entry_parse(const char *key,
						   const char **old_r)
{
	const char *name = key + strlen(KEY_PREFIX), *end;

	*old_r = "";
	if (strncmp(name, ADDRESS_PREFIX, strlen(ADDRESS_PREFIX)) == 0) {
		name += strlen(ADDRESS_PREFIX);
		/* an address may have a slash in it */
		end = strrchr(name, '/');
		if (end == NULL || end == name)
			return IMAP_HARDLINK_UNKNOWN;
		*old_r = t_strdup_until(name, end);
		name = end + 1;
	}
	if (strcmp(name, "move") == 0)
		return IMAP_HARDLINK_MOVE;
	return strcmp(name, "state") == 0 ? IMAP_HARDLINK_STATE
					  : IMAP_HARDLINK_UNKNOWN;
}

int imap_hardlink_fail(struct mailbox *box, const struct hl_error *err)
{
	enum mail_error code = MAIL_ERROR_NOTPOSSIBLE;

	if (err->code == HL_ERROR_TEMP || err->code == HL_ERROR_CONFIG ||
	    err->code == HL_ERROR_STORE)
		code = MAIL_ERROR_UNAVAILABLE;
	/* what begins with a bracket would be taken for a response code */
	mail_storage_set_error(
		box->storage, code,
		err->text[0] != '[' ? err->text
				    : t_strconcat("Address ", err->text, NULL));
	return -1;
}

/* --- reading */

static int imap_hardlink_get(struct mailbox *box, const char *key,
			     struct mail_attribute_value *value_r)
{
	const char *old;
	enum imap_hardlink_entry entry = imap_hardlink_entry_parse(key, &old);
	const char *const words[] = {"GET", old, NULL};
	struct hl_service_state state;
	struct hl_error err;
	char *text;

	if (entry == IMAP_HARDLINK_UNKNOWN)
		return 0;
	if (imap_hardlink_ask(box->storage->user, words, &state, &err) < 0)
		return imap_hardlink_fail(box, &err);
	if (entry == IMAP_HARDLINK_STATE) {
		text = t_malloc_no0(METADATA_STATE_SIZE);
		metadata_state_format(&state, text);
	} else {
		text = t_malloc_no0(METADATA_MOVE_SIZE);
		if (!metadata_move_format(&state, text))
			return 0;
	}
	value_r->value = text;
	return 1;
}

/* --- listing */

/* If name is below prefix, or is it, adds what follows. */
static void add_key(const char *name, const char *prefix, pool_t pool,
		    ARRAY_TYPE(const_string) * keys)
{
	size_t size = strlen(prefix);
	const char *key;

	if (strncmp(name, prefix, size) != 0 ||
	    (size > 0 && name[size] != '/' && name[size] != '\0'))
		return;
	name += size;
	key = p_strdup(pool, size > 0 && *name == '/' ? name + 1 : name);
	array_push_back(keys, &key);
}

static void add_address_keys(const char *address, const char *prefix,
			     pool_t pool, ARRAY_TYPE(const_string) * keys)
{
	const char *base = t_strconcat(ADDRESS_PREFIX, address, NULL);

	add_key(t_strconcat(base, "/move", NULL), prefix, pool, keys);
	add_key(t_strconcat(base, "/state", NULL), prefix, pool, keys);
}

static int imap_hardlink_iter(struct mailbox *box, const char *prefix,
			      pool_t pool, ARRAY_TYPE(const_string) * keys)
{
	const char *const *addresses;

	/* Whoever looks through all entries gets the others without us, too. */
	if (imap_hardlink_addresses(box->storage->user, &addresses) < 0)
		return 0;
	add_key("move", prefix, pool, keys);
	add_key("state", prefix, pool, keys);
	for (; *addresses != NULL; addresses++)
		add_address_keys(*addresses, prefix, pool, keys);
	return 0;
}

/* VALIDATED: needs neither imap_metadata nor a dict. */
const struct mailbox_attribute_internal imap_hardlink_attribute = {
	.type = MAIL_ATTRIBUTE_TYPE_PRIVATE,
	.key = KEY_PREFIX,
	.rank = MAIL_ATTRIBUTE_INTERNAL_RANK_AUTHORITY,
	.flags = MAIL_ATTRIBUTE_INTERNAL_FLAG_CHILDREN |
		 MAIL_ATTRIBUTE_INTERNAL_FLAG_VALIDATED,
	.get = imap_hardlink_get,
	.set = imap_hardlink_set,
	.iter = imap_hardlink_iter,
};
