#ifndef HL_KEYS_PRIVATE_H
#define HL_KEYS_PRIVATE_H

#include "hl-keys.h"
#include "hl-log-private.h"

/* Of the keyring, by id; HL_ERROR_NOT_FOUND. */
int hl_keys_find(struct hl_log *log, const unsigned char id[HL_KEY_ID_SIZE],
		 struct hl_key *key_r, struct hl_error *err);

/* Writes the key's file, and reads the keyring again. */
int hl_keys_put(struct hl_log *log, const struct hl_key *key,
		struct hl_error *err);

/* Within a transaction: an active key becomes a retired one in the keyring. */
int hl_keys_put_retired(struct hl_log *log, struct hl_key *key,
			struct hl_error *err);

/* Does the log say so of this key, by an entry that counts? 1, 0 or -1. */
int hl_keys_is_logged(struct hl_log *log, const struct hl_key *key,
		      enum hl_key_change change, struct hl_error *err);
/* Appends an entry that does. */
int hl_keys_log(struct hl_log *log, const struct hl_actor *actor,
		const struct hl_key *key, enum hl_key_change change,
		struct hl_error *err);

/* --- hl-keys-trust.c: what was kept elsewhere. Reads the checkpoint, and
   within a snapshot compares the log with it; *size_r: how far it reaches. */
int hl_keys_read_trusted(struct hl_log *log, const char *path, uint64_t *size_r,
			 struct hl_error *err);

/* --- hl-keys-restate.c */
struct hl_keys_restate {
	struct hl_log *log;
	const struct hl_actor *actor;
	const struct hl_key *key;
	/* what comes behind this is lost */
	uint64_t proven;
	hl_keys_lost_func *func;
	void *context;
	uint64_t restated, lost;
	/* the open entries of addresses that the key signed */
	uint64_t *seqs;
	size_t count, size;
};

/* Within a snapshot: finds them, and counts those that would be lost. */
int hl_keys_restate_find(struct hl_keys_restate *restate, struct hl_error *err);
/* Replaces them, in transactions of its own. */
int hl_keys_restate_addresses(struct hl_keys_restate *restate,
			      struct hl_error *err);
/* Within a transaction: the newest sweep, what was erased, and which other keys
   were revoked. */
int hl_keys_restate_log(struct hl_keys_restate *restate, struct hl_error *err);

#endif
