#include "owner.h"
#include "userdb.h"

#include "hl-text.h"

#include "array.h"

/* More is a mistake in the userdb. */
#define ADDRESSES_MAX 100

static bool has_address(const struct hld_owner *owner,
			const struct hl_address *address)
{
	unsigned int i;

	for (i = 0; i < owner->address_count; i++) {
		if (hl_address_equal(&owner->addresses[i], address))
			return true;
	}
	return false;
}

static int add_address(struct hld_owner *owner, const char *text, size_t size,
		       struct hl_error *err)
{
	struct hl_address address;

	if (hl_address_parse(text, size, 0, &address, err) < 0 ||
	    hl_address_make_key(&address, err) < 0)
		return -1;
	if (has_address(owner, &address))
		return 0;
	if (owner->address_count == ADDRESSES_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "more than %d addresses", ADDRESSES_MAX);
	owner->addresses[owner->address_count++] = address;
	return 0;
}

/* The length of the first item of a list: up to a comma or blank that isn't
   within quotes. */
static size_t item_size(const char *list)
{
	bool quoted = false;
	size_t i;

	for (i = 0; list[i] != '\0'; i++) {
		if (list[i] == '"')
			quoted = !quoted;
		else if (quoted && list[i] == '\\' && list[i + 1] != '\0')
			i++;
		else if (!quoted && (list[i] == ',' || list[i] == ' '))
			break;
	}
	return i;
}

static int add_list(struct hld_owner *owner, const char *list,
		    struct hl_error *err)
{
	size_t size;

	while (*list != '\0') {
		size = item_size(list);
		if (size > 0 && add_address(owner, list, size, err) < 0) {
			err->code = HL_ERROR_CONFIG;
			return hl_error_prefix(
				err, "userdb field hardlink_addresses of %s",
				owner->login);
		}
		list += size;
		if (*list != '\0')
			list++;
	}
	return 0;
}

static int fill(struct hld_owner *owner, const char *const *fields,
		struct hl_error *err)
{
	const char *list = hld_userdb_field(fields, "hardlink_addresses");
	const char *id = hld_userdb_field(fields, "hardlink_owner_id");
	struct hl_error ignored;

	if (id != NULL && (strlen(id) >= HL_OWNER_SIZE ||
			   !hl_text_is_clean_utf8(id, strlen(id))))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "userdb field hardlink_owner_id of %s: it "
				    "must be UTF-8 of at most %d bytes without "
				    "control characters",
				    owner->login, HL_OWNER_SIZE - 1);
	owner->id = p_strdup(owner->pool, id == NULL ? "" : id);
	/* a login needn't be an address */
	(void)add_address(owner, owner->login, strlen(owner->login), &ignored);
	return list == NULL ? 0 : add_list(owner, list, err);
}

int hld_owner_create(enum hl_channel channel, const char *login,
		     const char *const *fields, struct hld_owner **owner_r,
		     struct hl_error *err)
{
	pool_t pool = pool_alloconly_create("hardlink owner", 1024);
	struct hld_owner *owner = p_new(pool, struct hld_owner, 1);

	owner->pool = pool;
	owner->channel = channel;
	owner->login = p_strdup(pool, login);
	owner->addresses = p_new(pool, struct hl_address, ADDRESSES_MAX);
	*owner_r = owner;
	if (strlen(login) >= HL_ACTOR_SIZE ||
	    !hl_text_is_clean_utf8(login, strlen(login)) || login[0] == '\0') {
		hl_error_set(err, HL_ERROR_CONFIG,
			     "the login is too long, or isn't UTF-8");
	} else if (fill(owner, fields, err) == 0) {
		return 0;
	}
	hld_owner_free(owner_r);
	return -1;
}

void hld_owner_free(struct hld_owner **_owner)
{
	struct hld_owner *owner = *_owner;

	*_owner = NULL;
	if (owner != NULL)
		pool_unref(&owner->pool);
}

void hld_owner_get(const struct hld_owner *owner, struct hl_owner *owner_r)
{
	i_zero(owner_r);
	owner_r->actor.channel = owner->channel;
	owner_r->actor.name = owner->login;
	owner_r->actor.reason = "";
	owner_r->id = owner->id;
}

int hld_owner_find(const struct hld_owner *owner, const char *text,
		   const struct hl_address **address_r, struct hl_error *err)
{
	struct hl_address address;
	unsigned int i;

	if (owner->address_count == 0)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "the login %s has no address that could be "
				    "moved; the userdb field "
				    "hardlink_addresses can name some",
				    owner->login);
	if (text[0] == '\0') {
		*address_r = &owner->addresses[0];
		return 0;
	}
	if (hl_address_parse(text, strlen(text), 0, &address, err) < 0 ||
	    hl_address_make_key(&address, err) < 0)
		return -1;
	for (i = 0; i < owner->address_count; i++) {
		if (hl_address_equal(&owner->addresses[i], &address)) {
			*address_r = &owner->addresses[i];
			return 0;
		}
	}
	return hl_error_set(err, HL_ERROR_PERMISSION,
			    "%s isn't an address of %s", text, owner->login);
}
