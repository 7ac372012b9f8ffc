/* The directory of trusted public keys, schema/FORMAT.md section 7. */

#include "hl-keyring.h"
#include "hl-file.h"
#include "hl-text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define KEY_FILE_MAX 4096

static const char *const status_names[] = {"active", "retired", "revoked",
					   NULL};

struct keyring_key {
	struct hl_key key;
	struct hl_fingerprint seen;
};

struct hl_keyring {
	char *dir;
	struct hl_fingerprint dir_seen;
	struct keyring_key *keys;
	size_t count;
	unsigned char generation[HL_HASH_SIZE];
};

void hl_key_id(const unsigned char public_key[HL_PUBLIC_KEY_SIZE],
	       unsigned char id_r[HL_KEY_ID_SIZE])
{
	unsigned char hash[HL_HASH_SIZE];

	crypto_hash_sha256(hash, public_key, HL_PUBLIC_KEY_SIZE);
	memcpy(id_r, hash, HL_KEY_ID_SIZE);
}

static int key_path(const char *dir, const unsigned char id[HL_KEY_ID_SIZE],
		    char path_r[PATH_MAX], struct hl_error *err)
{
	char hex[2 * HL_KEY_ID_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), id, HL_KEY_ID_SIZE);
	if (snprintf(path_r, PATH_MAX, "%s/%s.pub", dir, hex) >= PATH_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "keyring %s: path too long", dir);
	return 0;
}

static int key_parse(const char *text, size_t size, struct hl_key *key_r,
		     struct hl_error *err)
{
	struct hl_text_reader reader;
	unsigned int status;
	const char *last;
	size_t last_size;

	if (hl_text_read_init(&reader, "key", text, size, "hardlink-key/1",
			      err) < 0 ||
	    hl_text_read_hex(&reader, "public", key_r->public_key,
			     HL_PUBLIC_KEY_SIZE) < 0 ||
	    hl_text_read_name(&reader, "status", status_names, &status) < 0 ||
	    hl_text_read_number(&reader, "first", 1, INT64_MAX, &key_r->first) <
		    0 ||
	    hl_text_read(&reader, "last", &last, &last_size) < 0)
		return -1;
	key_r->status = (enum hl_key_status)status;
	key_r->last = UINT64_MAX;
	if ((last_size == 0) != (key_r->status == HL_KEY_ACTIVE) ||
	    (last_size != 0 &&
	     (!hl_text_parse_number(last, last_size, &key_r->last) ||
	      key_r->last < key_r->first - 1)))
		return hl_text_read_error(&reader, "last",
					  "doesn't go with status and first");
	hl_key_id(key_r->public_key, key_r->id);
	if (hl_text_read_utf8(&reader, "comment", key_r->comment,
			      sizeof(key_r->comment)) < 0)
		return -1;
	return hl_text_read_end(&reader);
}

static int key_read(const char *dir, const char *name,
		    struct keyring_key *key_r, struct hl_error *err)
{
	char path[PATH_MAX], right_path[PATH_MAX], text[KEY_FILE_MAX + 1];
	struct stat st;
	size_t size;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "keyring %s: path too long", dir);
	if (hl_file_read(path, "key", HL_ERROR_CONFIG, text, sizeof(text),
			 &size, &st, err) < 0 ||
	    hl_file_check_owner(path, "key", &st, err) < 0)
		return -1;
	if (key_parse(text, size, &key_r->key, err) < 0) {
		err->code = HL_ERROR_CONFIG;
		return hl_error_prefix(err, "%s", path);
	}
	if (key_path(dir, key_r->key.id, right_path, err) < 0)
		return -1;
	if (strcmp(path, right_path) != 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "key %s: isn't named after its key id; "
				    "its name would be %s",
				    path, right_path);
	hl_fingerprint_init(&key_r->seen, &st);
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct keyring_key *left = a, *right = b;

	return memcmp(left->key.id, right->key.id, HL_KEY_ID_SIZE);
}

/* The array grows by one, the new key at its end. */
static int keyring_add(struct hl_keyring *keyring, const char *name,
		       struct hl_error *err)
{
	struct keyring_key *keys =
		reallocarray(keyring->keys, keyring->count + 1, sizeof(*keys));

	if (keys == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	keyring->keys = keys;
	memset(&keys[keyring->count], 0, sizeof(*keys));
	if (key_read(keyring->dir, name, &keys[keyring->count], err) < 0)
		return -1;
	keyring->count++;
	return 0;
}

static int keyring_read_files(struct hl_keyring *keyring, DIR *dir,
			      struct hl_error *err)
{
	struct dirent *entry;
	size_t length;

	while (errno = 0, (entry = readdir(dir)) != NULL) {
		length = strlen(entry->d_name);
		if (entry->d_name[0] == '.' || length < 4 ||
		    strcmp(entry->d_name + length - 4, ".pub") != 0)
			continue;
		if (keyring_add(keyring, entry->d_name, err) < 0)
			return -1;
	}
	if (errno != 0)
		return hl_error_set(err, HL_ERROR_CONFIG, "keyring %s: %s",
				    keyring->dir, strerror(errno));
	if (keyring->count == 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "keyring %s: holds no key (*.pub)",
				    keyring->dir);
	return 0;
}

static void keyring_hash(struct hl_keyring *keyring)
{
	crypto_generichash_state state;
	const struct hl_key *key;
	size_t i;

	crypto_generichash_init(&state, NULL, 0, HL_HASH_SIZE);
	for (i = 0; i < keyring->count; i++) {
		key = &keyring->keys[i].key;
		crypto_generichash_update(&state, key->public_key,
					  HL_PUBLIC_KEY_SIZE);
		crypto_generichash_update(&state, (const void *)&key->status,
					  sizeof(key->status));
		crypto_generichash_update(&state, (const void *)&key->first,
					  sizeof(key->first));
		crypto_generichash_update(&state, (const void *)&key->last,
					  sizeof(key->last));
	}
	crypto_generichash_final(&state, keyring->generation, HL_HASH_SIZE);
}

int hl_keyring_read(const char *dir, struct hl_keyring **keyring_r,
		    struct hl_error *err)
{
	struct hl_keyring *keyring = calloc(1, sizeof(*keyring));
	DIR *handle = NULL;
	struct stat st;
	int ret = -1;

	*keyring_r = NULL;
	if (keyring == NULL || (keyring->dir = strdup(dir)) == NULL) {
		free(keyring);
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	}
	/* stat before reading: a change in between makes it stale */
	if (stat(dir, &st) < 0 || (handle = opendir(dir)) == NULL) {
		hl_error_set(err,
			     errno == EACCES ? HL_ERROR_PERMISSION
					     : HL_ERROR_CONFIG,
			     "keyring %s: %s", dir, strerror(errno));
	} else if (hl_file_check_owner(dir, "keyring", &st, err) == 0) {
		hl_fingerprint_init(&keyring->dir_seen, &st);
		ret = keyring_read_files(keyring, handle, err);
	}
	if (handle != NULL)
		closedir(handle);
	if (ret < 0) {
		hl_keyring_free(&keyring);
		return -1;
	}
	qsort(keyring->keys, keyring->count, sizeof(*keyring->keys),
	      compare_keys);
	keyring_hash(keyring);
	*keyring_r = keyring;
	return 0;
}

void hl_keyring_free(struct hl_keyring **keyring)
{
	if (*keyring == NULL)
		return;
	free((*keyring)->keys);
	free((*keyring)->dir);
	free(*keyring);
	*keyring = NULL;
}

bool hl_keyring_is_stale(const struct hl_keyring *keyring)
{
	char path[PATH_MAX];
	struct hl_error err;
	size_t i;

	if (hl_fingerprint_changed(&keyring->dir_seen, keyring->dir))
		return true;
	for (i = 0; i < keyring->count; i++) {
		if (key_path(keyring->dir, keyring->keys[i].key.id, path,
			     &err) < 0 ||
		    hl_fingerprint_changed(&keyring->keys[i].seen, path))
			return true;
	}
	return false;
}

const unsigned char *hl_keyring_generation(const struct hl_keyring *keyring)
{
	return keyring->generation;
}

const struct hl_key *hl_keyring_find(const struct hl_keyring *keyring,
				     const unsigned char id[HL_KEY_ID_SIZE])
{
	struct keyring_key wanted;
	const struct keyring_key *found;

	memset(&wanted, 0, sizeof(wanted));
	memcpy(wanted.key.id, id, HL_KEY_ID_SIZE);
	found = bsearch(&wanted, keyring->keys, keyring->count,
			sizeof(*keyring->keys), compare_keys);
	return found == NULL ? NULL : &found->key;
}

const struct hl_key *hl_keyring_get(const struct hl_keyring *keyring, size_t i)
{
	return i < keyring->count ? &keyring->keys[i].key : NULL;
}

static int refuse_key(const struct hl_key *key, const char *problem,
		      struct hl_error *err)
{
	char hex[2 * HL_KEY_ID_SIZE + 1];

	sodium_bin2hex(hex, sizeof(hex), key->id, HL_KEY_ID_SIZE);
	return hl_error_set(err, HL_ERROR_STORE, "key %s %s", hex, problem);
}

int hl_key_may_sign(const struct hl_key *key, uint64_t seq,
		    struct hl_error *err)
{
	if (key->status == HL_KEY_STATUS_REVOKED)
		return refuse_key(key, "was revoked", err);
	return hl_key_might_have_signed(key, seq, err);
}

int hl_key_might_have_signed(const struct hl_key *key, uint64_t seq,
			     struct hl_error *err)
{
	if (seq < key->first || seq > key->last)
		return refuse_key(key, "may not sign this sequence number",
				  err);
	return 0;
}

const char *hl_key_status_name(enum hl_key_status status)
{
	return status_names[status];
}

static size_t key_format(const struct hl_key *key, char text_r[KEY_FILE_MAX])
{
	struct hl_text_writer writer;

	hl_text_write_init(&writer, text_r, KEY_FILE_MAX, "hardlink-key/1");
	hl_text_write_hex(&writer, "public", key->public_key,
			  HL_PUBLIC_KEY_SIZE);
	hl_text_write(&writer, "status", status_names[key->status]);
	hl_text_write_number(&writer, "first", key->first);
	if (key->status == HL_KEY_ACTIVE)
		hl_text_write(&writer, "last", "");
	else
		hl_text_write_number(&writer, "last", key->last);
	hl_text_write(&writer, "comment", key->comment);
	return hl_text_write_end(&writer);
}

int hl_key_write(const char *dir, const struct hl_key *key,
		 struct hl_error *err)
{
	char path[PATH_MAX], text[KEY_FILE_MAX];
	size_t size = key_format(key, text);

	if (key_path(dir, key->id, path, err) < 0)
		return -1;
	return hl_file_create(path, "key", 0644, text, size, err);
}

int hl_key_replace(const char *dir, const struct hl_key *key,
		   struct hl_error *err)
{
	char path[PATH_MAX], text[KEY_FILE_MAX];
	size_t size = key_format(key, text);

	if (key_path(dir, key->id, path, err) < 0)
		return -1;
	return hl_file_replace(path, "key", 0644, dir, text, size, err);
}
