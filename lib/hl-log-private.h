#ifndef HL_LOG_PRIVATE_H
#define HL_LOG_PRIVATE_H

#include "hl-file.h"
#include "hl-filter.h"
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
	struct hl_fingerprint key_seen;
	struct hl_merkle tree;
	/* the head that the next commit signs; its root is computed then */
	struct hl_checkpoint next;
	bool clock_accepted;
	/* the last head that was, and is the mark below it? */
	struct hl_checkpoint committed;
	bool mark_due;
	/* in front of the store, if there is a good one */
	struct hl_filter *filter;
};

/* --- hl-log-filter.c: what a writer owes the filter (schema/FILTER.md). */

/* With the write lock, the head known: finds the one that covers the head,
   makes a new one for a small log, or does without. */
void hl_log_filter_begin(struct hl_log *log);
/* Of the entry that is being added. */
void hl_log_filter_add(struct hl_log *log, const char *key);
/* Before the commit, the new root known. */
void hl_log_filter_expect(struct hl_log *log);
void hl_log_retire_filter(struct hl_log *log);

/* Reads the keyring again if it may have changed. */
int hl_log_refresh_keyring(struct hl_log *log, struct hl_error *err);
/* Reads the keyring and the signing key again if either may have changed. */
int hl_log_refresh_keys(struct hl_log *log, struct hl_error *err);

/* hl_log_append() in an epoch of its own: for `recover`, and for the first
   entry. */
int hl_log_append_epoch(struct hl_log *log, uint64_t epoch,
			enum hl_action action, enum hl_channel channel,
			struct hl_payload *payload, struct hl_error *err);

#endif
