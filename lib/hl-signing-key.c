/* The one secret: schema/FORMAT.md section 7. */

#include "hl-keyring.h"
#include "hl-file.h"
#include "hl-text.h"

#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define MAGIC	  "hardlink-signing-key/1"
#define SEED_SIZE crypto_sign_SEEDBYTES
#define FILE_MAX  256

static void key_from_seed(const unsigned char seed[SEED_SIZE],
			  struct hl_signing_key *key_r)
{
	crypto_sign_seed_keypair(key_r->public_key, key_r->secret, seed);
	hl_key_id(key_r->public_key, key_r->id);
}

static int check_access(const char *path, const struct stat *st,
			struct hl_error *err)
{
	/* Root may use that of hardlinkd's user; whether it's trusted at all,
	   the keyring says. */
	if (geteuid() != 0 &&
	    hl_file_check_owner(path, "signing key", st, err) < 0)
		return -1;
	if ((st->st_mode & 077) != 0)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "signing key %s: group or others may read "
				    "it; chmod 600 it, and if it was exposed, "
				    "make a new one",
				    path);
	return 0;
}

int hl_signing_key_read(const char *path, struct hl_signing_key *key_r,
			struct hl_error *err)
{
	unsigned char seed[SEED_SIZE];
	struct hl_text_reader reader;
	char text[FILE_MAX];
	struct stat st;
	size_t size;
	int ret = -1;

	if (hl_file_read(path, "signing key", HL_ERROR_CONFIG, text,
			 sizeof(text), &size, &st, err) < 0)
		return -1;
	if (check_access(path, &st, err) == 0) {
		if (hl_text_read_init(&reader, "signing key", text, size, MAGIC,
				      err) < 0 ||
		    hl_text_read_hex(&reader, "seed", seed, SEED_SIZE) < 0 ||
		    hl_text_read_end(&reader) < 0) {
			hl_error_prefix(err, "%s", path);
			err->code = HL_ERROR_CONFIG;
		} else {
			key_from_seed(seed, key_r);
			ret = 0;
		}
	}
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(text, sizeof(text));
	return ret;
}

void hl_signing_key_make(struct hl_signing_key *key_r)
{
	unsigned char seed[SEED_SIZE];

	randombytes_buf(seed, sizeof(seed));
	key_from_seed(seed, key_r);
	sodium_memzero(seed, sizeof(seed));
}

static size_t format(const struct hl_signing_key *key, char text_r[FILE_MAX])
{
	unsigned char seed[SEED_SIZE];
	struct hl_text_writer writer;

	crypto_sign_ed25519_sk_to_seed(seed, key->secret);
	hl_text_write_init(&writer, text_r, FILE_MAX, MAGIC);
	hl_text_write_hex(&writer, "seed", seed, SEED_SIZE);
	sodium_memzero(seed, sizeof(seed));
	return hl_text_write_end(&writer);
}

int hl_signing_key_create(const char *path, struct hl_signing_key *key_r,
			  struct hl_error *err)
{
	char text[FILE_MAX];
	int ret;

	hl_signing_key_make(key_r);
	ret = hl_file_create(path, "signing key", 0600, text,
			     format(key_r, text), err);
	sodium_memzero(text, sizeof(text));
	return ret;
}

int hl_signing_key_replace(const char *path, const char *owner_like,
			   const struct hl_signing_key *key,
			   struct hl_error *err)
{
	char text[FILE_MAX];
	int ret;

	ret = hl_file_replace(path, "signing key", 0600, owner_like, text,
			      format(key, text), err);
	sodium_memzero(text, sizeof(text));
	return ret;
}

void hl_signing_key_clear(struct hl_signing_key *key)
{
	sodium_memzero(key, sizeof(*key));
}
