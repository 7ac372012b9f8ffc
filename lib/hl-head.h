#ifndef HL_HEAD_H
#define HL_HEAD_H

#include "hl-checkpoint.h"
#include "hl-store.h"

/* The store's signed head, checked (schema/FORMAT.md section 9), and kept as
   long as nothing changes: a head costs a signature's verification. */

struct hl_head;

/* mark_path must outlive it. */
struct hl_head *hl_head_init(const char *mark_path);
void hl_head_deinit(struct hl_head **head);

/* Has the mark changed since it was read, might it have, or wasn't it read yet?
   (stat only) */
bool hl_head_mark_is_stale(const struct hl_head *head);
/* To be called before the snapshot begins in which hl_head_check() is called:
   a mark that was read later could be ahead of the snapshot. */
int hl_head_read_mark(struct hl_head *head, struct hl_error *err);

/* Within a snapshot: reads and checks the head if the store, the mark or the
   keyring has changed since it was last good. */
int hl_head_check(struct hl_head *head, struct hl_store *store,
		  const struct hl_keyring *keyring, struct hl_error *err);

/* The head that was good last. */
const struct hl_checkpoint *hl_head_get(const struct hl_head *head);

/* For `recover`: from now on the mark is neither read nor checked. */
void hl_head_ignore_mark(struct hl_head *head);

/* Forget what is known; for a store that was opened anew. */
void hl_head_forget(struct hl_head *head);

#endif
