/* A new signing key, while everything goes on.

   All of it happens under the store's write lock, and in an order in which what
   stands in the store can be verified at every moment, and what is written next
   too:

   1. the new key becomes a trusted one, from the next entry on;
   2. it becomes the signing key: whoever writes after us finds it, as writers
      look for it once they have the lock;
   3. the former key is retired, with the last entry that it signed: the head
      in the store is that entry's;
   4. entries that say all this are appended, and signed by the new key, as is
      the head.

   Whatever is interrupted after 1 finds the generated key still there, and
   begins again; after 2, the signing key is one that no `key` entry speaks of,
   and 3 and 4 are what is left to do. */

#include "hl-keys-private.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

int hl_keys_next_path(const struct hl_config *config, char *path_r,
		      struct hl_error *err)
{
	if (snprintf(path_r, PATH_MAX, "%s.next", config->signing_key) >=
	    PATH_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "signing key %s: path too long",
				    config->signing_key);
	return 0;
}

int hl_keys_generate(const struct hl_config *config,
		     struct hl_signing_key *key_r, struct hl_error *err)
{
	char path[PATH_MAX];

	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	if (hl_keys_next_path(config, path, err) < 0)
		return -1;
	if (access(path, F_OK) == 0)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: a key was generated already; `key "
				    "rotate` puts it to use",
				    path);
	hl_signing_key_make(key_r);
	return hl_signing_key_replace(path, config->signing_key, key_r, err);
}

/* The one that was generated, if it isn't the signing key that it became when
   a rotation was interrupted; or a new one. */
static int get_next(struct hl_log *log, const char *path,
		    struct hl_signing_key *next_r, struct hl_error *err)
{
	if (access(path, F_OK) == 0) {
		if (hl_signing_key_read(path, next_r, err) < 0)
			return -1;
		if (memcmp(next_r->id, log->key.id, HL_KEY_ID_SIZE) != 0)
			return 0;
		unlink(path);
	}
	return hl_keys_generate(log->config, next_r, err);
}

static int trust_next(struct hl_log *log, const struct hl_signing_key *next,
		      const char *path, const char *comment,
		      struct hl_error *err)
{
	const struct hl_key *known = hl_keyring_find(log->keyring, next->id);
	struct hl_key key;

	/* an active one: from a rotation that was interrupted */
	if (known != NULL && known->status != HL_KEY_ACTIVE)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: this key is %s in the keyring; remove "
				    "the file, and another key is generated",
				    path, hl_key_status_name(known->status));
	memset(&key, 0, sizeof(key));
	memcpy(key.id, next->id, HL_KEY_ID_SIZE);
	memcpy(key.public_key, next->public_key, HL_PUBLIC_KEY_SIZE);
	key.status = HL_KEY_ACTIVE;
	key.first = log->next.size + 1;
	if (snprintf(key.comment, sizeof(key.comment), "%s", comment) >=
	    (int)sizeof(key.comment))
		return hl_error_set(err, HL_ERROR_DATA,
				    "the comment is longer than %zu bytes",
				    sizeof(key.comment) - 1);
	return hl_keys_put(log, &key, err);
}

static int put_to_use(struct hl_log *log, const struct hl_signing_key *next,
		      const char *path, struct hl_error *err)
{
	if (hl_signing_key_replace(log->config->signing_key,
				   log->config->signing_key, next, err) < 0)
		return -1;
	log->key = *next;
	if (unlink(path) < 0 && errno != ENOENT)
		return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", path,
				    strerror(errno));
	return 0;
}

static int begin_rotation(struct hl_log *log, const char *comment,
			  struct hl_error *err)
{
	struct hl_signing_key next;
	char path[PATH_MAX];
	int ret = -1;

	if (hl_keys_next_path(log->config, path, err) < 0)
		return -1;
	if (get_next(log, path, &next, err) == 0 &&
	    trust_next(log, &next, path, comment, err) == 0)
		ret = put_to_use(log, &next, path, err);
	hl_signing_key_clear(&next);
	return ret;
}

/* The keyring's keys are few; each change of it makes another one. */
static int retire_others(struct hl_log *log, struct hl_key *former_r,
			 struct hl_error *err)
{
	const struct hl_key *key;
	size_t i;

	for (i = 0; (key = hl_keyring_get(log->keyring, i)) != NULL; i++) {
		if (key->status != HL_KEY_ACTIVE ||
		    memcmp(key->id, log->key.id, HL_KEY_ID_SIZE) == 0)
			continue;
		*former_r = *key;
		if (hl_keys_put_retired(log, former_r, err) < 0)
			return -1;
	}
	return 0;
}

/* Entries for what the keyring says already. */
static int log_others(struct hl_log *log, const struct hl_actor *actor,
		      struct hl_key *former_r, struct hl_error *err)
{
	const struct hl_key *key;
	size_t i;
	int ret;

	for (i = 0; (key = hl_keyring_get(log->keyring, i)) != NULL; i++) {
		if (key->status != HL_KEY_STATUS_RETIRED)
			continue;
		ret = hl_keys_is_logged(log, key, HL_KEY_RETIRED, err);
		if (ret < 0)
			return -1;
		if (ret > 0)
			continue;
		if (hl_keys_log(log, actor, key, HL_KEY_RETIRED, err) < 0)
			return -1;
		*former_r = *key;
	}
	return 0;
}

int hl_keys_rotate(struct hl_log *log, const struct hl_actor *actor,
		   const char *comment, struct hl_keys_rotated *result_r,
		   struct hl_error *err)
{
	int ret;

	memset(result_r, 0, sizeof(*result_r));
	if (hl_keys_find(log, log->key.id, &result_r->key, err) < 0)
		return -1;
	ret = hl_keys_is_logged(log, &result_r->key, HL_KEY_TRUSTED, err);
	if (ret < 0)
		return -1;
	result_r->resumed = ret == 0;
	if (!result_r->resumed && begin_rotation(log, comment, err) < 0)
		return -1;
	if (hl_keys_find(log, log->key.id, &result_r->key, err) < 0 ||
	    retire_others(log, &result_r->former, err) < 0 ||
	    hl_keys_log(log, actor, &result_r->key, HL_KEY_TRUSTED, err) < 0)
		return -1;
	return log_others(log, actor, &result_r->former, err);
}
