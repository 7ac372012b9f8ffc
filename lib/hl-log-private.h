#ifndef HL_LOG_PRIVATE_H
#define HL_LOG_PRIVATE_H

#include "hl-head.h"
#include "hl-log.h"
#include "hl-merkle.h"

struct hl_log {
	const struct hl_config *config;
	struct hl_store *store;
	struct hl_keyring *keyring;
	struct hl_verified *verified;
	struct hl_head *head;
	/* of this snapshot or transaction */
	int64_t now;

	/* for writing */
	struct hl_signing_key key;
	struct hl_merkle tree;
	/* the head that the next commit signs; its root is computed then */
	struct hl_checkpoint next;
	bool clock_accepted;
	/* the last head that was, and is the mark below it? */
	struct hl_checkpoint committed;
	bool mark_due;
};

/* hl_log_append() in an epoch of its own: for `recover`, and for the first
   entry. */
int hl_log_append_epoch(struct hl_log *log, uint64_t epoch,
			enum hl_action action, enum hl_channel channel,
			struct hl_payload *payload, struct hl_error *err);

#endif
