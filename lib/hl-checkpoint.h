#ifndef HL_CHECKPOINT_H
#define HL_CHECKPOINT_H

#include "hl-keyring.h"

/* Signed heads (schema/FORMAT.md section 6) and the high-water mark
   (section 8). */

#define HL_CHECKPOINT_MAX 1024

struct hl_checkpoint {
	unsigned char origin[HL_ORIGIN_SIZE];
	uint64_t epoch, size;
	unsigned char root[HL_HASH_SIZE];
	/* of the last entry */
	int64_t time;
};

/* Writes the signed note; returns its length. buf holds HL_CHECKPOINT_MAX. */
size_t hl_checkpoint_sign(const struct hl_checkpoint *checkpoint,
			  const struct hl_signing_key *key, char *buf);

/* Parses a signed note and verifies it under a key of the keyring that may
   sign a head of this size. HL_ERROR_STORE otherwise. */
int hl_checkpoint_verify(const void *data, size_t size,
			 const struct hl_keyring *keyring,
			 struct hl_checkpoint *checkpoint_r,
			 struct hl_error *err);

/* The same for one that was kept: a key that was revoked since signed what it
   did, and it is the keeper who answers for the rest. */
int hl_checkpoint_verify_past(const void *data, size_t size,
			      const struct hl_keyring *keyring,
			      struct hl_checkpoint *checkpoint_r,
			      struct hl_error *err);

/* The high-water mark. A missing or malformed file is an HL_ERROR_STORE.
   Only origin, epoch, size and root of the checkpoint are used. */
int hl_mark_read(const char *path, struct hl_checkpoint *mark_r,
		 struct hl_error *err);
/* Replaces the file (fsync, rename), unless it already holds a mark of the
   same origin that is as high or higher; concurrent writers wait for each
   other. A new file gets the owner and group of owner_like (a path), so that
   who may read the one may read the other. */
int hl_mark_write(const char *path, const struct hl_checkpoint *head,
		  const char *owner_like, struct hl_error *err);
/* Is head not below the mark? HL_ERROR_STORE says how it is. */
int hl_mark_check(const struct hl_checkpoint *mark,
		  const struct hl_checkpoint *head, struct hl_error *err);

#endif
