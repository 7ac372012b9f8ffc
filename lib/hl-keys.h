#ifndef HL_KEYS_H
#define HL_KEYS_H

#include "hl-change.h"
#include "hl-keyring.h"

/* What administrators do to keys. The keyring's files decide; the log's `key`
   entries tell of it afterwards. Each step leaves a keyring, a signing key and
   a log with which readers and writers go on, so that whatever is interrupted
   there is finished by doing the same again. */

/* The key that was generated and waits to be rotated to: beside the signing
   key, which isn't trusted by anybody until then. path_r: PATH_MAX. */
int hl_keys_next_path(const struct hl_config *config, char *path_r,
		      struct hl_error *err);
/* Makes it; HL_ERROR_PERMISSION if there is one already. */
int hl_keys_generate(const struct hl_config *config,
		     struct hl_signing_key *key_r, struct hl_error *err);

/* Within a transaction of the log, which the caller commits (also if nothing
   is to be reported): the new key, the one that was generated or else one made
   here, signs from the next entry on, this transaction's own first; every
   other active key is retired with the last entry that it signed. What an
   earlier rotation left undone is done instead. comment: of the new key. */
struct hl_keys_rotated {
	struct hl_key key;
	/* the one that signed before; status ACTIVE if there was none left */
	struct hl_key former;
	bool resumed;
};
int hl_keys_rotate(struct hl_log *log, const struct hl_actor *actor,
		   const char *comment, struct hl_keys_rotated *result_r,
		   struct hl_error *err);

/* Within a transaction: a key that isn't the signing one is retired with the
   last entry that it signed. Again, it does what is missing of that.
   Returns 1 if there is nothing to be committed. HL_ERROR_NOT_FOUND,
   HL_ERROR_PERMISSION (the signing key), HL_ERROR_DATA (a revoked key). */
int hl_keys_retire(struct hl_log *log, const struct hl_actor *actor,
		   const unsigned char id[HL_KEY_ID_SIZE], struct hl_key *key_r,
		   struct hl_error *err);

/* Outside of a transaction: nothing that the key signed counts any more. What
   it says of an address, if it's the newest entry there, is first replaced by
   an entry of the signing key: by the same again, if the checkpoint in the file
   `trusted` proves that it was said by then; otherwise by none, if accept_loss
   or a checkpoint is given. HL_ERROR_PERMISSION for the signing key, or if
   hard-links would be lost and neither is given; HL_ERROR_DATA if the
   checkpoint isn't one of this log. */
struct hl_keys_revoked {
	struct hl_key key;
	/* addresses, of which `lost` had a hard-link in force or to come */
	uint64_t restated, lost;
};
/* Called for each hard-link that is lost, before the commit that does it. */
typedef int hl_keys_lost_func(const struct hl_address *address, void *context,
			      struct hl_error *err);
int hl_keys_revoke(struct hl_log *log, const struct hl_actor *actor,
		   const unsigned char id[HL_KEY_ID_SIZE], const char *trusted,
		   bool accept_loss, hl_keys_lost_func *func, void *context,
		   struct hl_keys_revoked *result_r, struct hl_error *err);

#endif
