#ifndef HL_KEYRING_H
#define HL_KEYRING_H

#include "hl-entry.h"

/* Keys: the directory of public keys that are trusted, and the one signing key.
   schema/FORMAT.md section 7. */

#define HL_PUBLIC_KEY_SIZE 32

enum hl_key_status {
	HL_KEY_ACTIVE,
	HL_KEY_STATUS_RETIRED,
	HL_KEY_STATUS_REVOKED
};

struct hl_key {
	unsigned char id[HL_KEY_ID_SIZE];
	unsigned char public_key[HL_PUBLIC_KEY_SIZE];
	enum hl_key_status status;
	/* sequence numbers that it may sign; last is UINT64_MAX if active */
	uint64_t first, last;
	char comment[256];
};

struct hl_keyring;

void hl_key_id(const unsigned char public_key[HL_PUBLIC_KEY_SIZE],
	       unsigned char id_r[HL_KEY_ID_SIZE]);

/* Reads the directory. A malformed or unreadable key file, a directory that is
   missing, or a directory or file that others than root and its owner may write
   to, is an HL_ERROR_CONFIG (or _PERMISSION) and no keyring. A keyring without
   any key is an error as well. */
int hl_keyring_read(const char *dir, struct hl_keyring **keyring_r,
		    struct hl_error *err);
void hl_keyring_free(struct hl_keyring **keyring);

/* Has anything in the directory changed since it was read? (stat only) */
bool hl_keyring_is_stale(const struct hl_keyring *keyring);

/* A hash of all that the keyring says; part of the key under which verified
   entries are cached, so that no change of a key survives in a cache. */
const unsigned char *hl_keyring_generation(const struct hl_keyring *keyring);

/* NULL if there is none of this id. Iterate with hl_keyring_get(0…). */
const struct hl_key *hl_keyring_find(const struct hl_keyring *keyring,
				     const unsigned char id[HL_KEY_ID_SIZE]);
const struct hl_key *hl_keyring_get(const struct hl_keyring *keyring, size_t i);

/* May this key sign the entry with this sequence number? If not, err says
   why. */
int hl_key_may_sign(const struct hl_key *key, uint64_t seq,
		    struct hl_error *err);

/* Writes <dir>/<key id>.pub, which must not exist yet, mode 0644. */
int hl_key_write(const char *dir, const struct hl_key *key,
		 struct hl_error *err);

/* The same for an entry that is only to be shown or restated: a revoked key
   signed what it did. */
int hl_key_might_have_signed(const struct hl_key *key, uint64_t seq,
			     struct hl_error *err);
/* Puts <dir>/<key id>.pub there, in the place of the one that may be there. */
int hl_key_replace(const char *dir, const struct hl_key *key,
		   struct hl_error *err);
const char *hl_key_status_name(enum hl_key_status status);

struct hl_signing_key {
	unsigned char public_key[HL_PUBLIC_KEY_SIZE];
	unsigned char secret[64];
	unsigned char id[HL_KEY_ID_SIZE];
};

/* Reads the signing key. The file must be a regular one, owned by root or the
   effective user (by anybody, for root), with no rights for group and others:
   HL_ERROR_CONFIG otherwise, and when it's missing or malformed. */
int hl_signing_key_read(const char *path, struct hl_signing_key *key_r,
			struct hl_error *err);
/* A new random key, written to path (mode 0600), which must not exist yet. */
int hl_signing_key_create(const char *path, struct hl_signing_key *key_r,
			  struct hl_error *err);
/* Puts one in the place of another, whose owner and mode stay; or, if there is
   none, mode 0600 and owned like that file. */
int hl_signing_key_replace(const char *path, const char *owner_like,
			   const struct hl_signing_key *key,
			   struct hl_error *err);
/* A new random one, nowhere written. */
void hl_signing_key_make(struct hl_signing_key *key_r);
/* Wipes it. */
void hl_signing_key_clear(struct hl_signing_key *key);

#endif
