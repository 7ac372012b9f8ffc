#ifndef HL_ADMIN_H
#define HL_ADMIN_H

#include "hl-change.h"
#include "hl-verify.h"

/* Making a store, and mending one. */

/* Makes keyring, signing key, store with its first entry (`key`), and mark, at
   the places that config names; directories too. What root makes (signing key,
   store, mark) belongs to the owner of the directory that it lies in.
   Overwrites nothing (HL_ERROR_PERMISSION names what is there) and leaves
   nothing behind when it fails. */
int hl_admin_init(const struct hl_config *config, const struct hl_actor *actor,
		  struct hl_error *err);

/* Versions of the store's schema. */
struct hl_admin_migration {
	unsigned int from, to;
};

/* Brings the store to the schema that this program makes. Looked at before and
   after: its structure, the signed head, the mark. HL_ERROR_STORE if it isn't
   in order; one that is found so before, or on which a step fails, is left as
   it was. Needs no signing key. Nothing to do is no error: from == to. */
int hl_admin_migrate(const struct hl_config *config,
		     struct hl_admin_migration *migration_r,
		     struct hl_error *err);

/* What recover declared lost. */
struct hl_admin_loss {
	uint64_t old_epoch, new_epoch;
	uint64_t first, last;
	/* false: there was no mark to tell */
	bool extent_known;
	/* where the former database is kept; "" if it was recovered in place */
	char kept[4096];
};

/* Declares the store in file `from` (NULL, or the store's own file: as it is
   now) to be the log from here on: verifies it, puts it in the place of the
   present one, and signs a `recover` entry with a higher epoch that says what
   is lost. HL_ERROR_STORE if `from` itself doesn't verify, HL_ERROR_DATA if
   nothing is to be recovered (in place, a store that isn't below its mark) or
   `from` is of another origin. */
int hl_admin_recover(const struct hl_config *config,
		     const struct hl_actor *actor, const char *from,
		     struct hl_admin_loss *loss_r, struct hl_error *err);

/* What was wrong with what can be told from the entries. */
struct hl_admin_rebuilt {
	uint64_t entries;
	struct hl_reindex index;
	/* the tree's frontier was */
	bool frontier;
};

/* Makes the index and the tree's frontier anew from the entries, in one
   transaction; writes nothing if they are right. HL_ERROR_STORE, and nothing is
   changed, if anything else than these two doesn't verify. What lies beside the
   log stays. Of callbacks, only progress is called. */
int hl_admin_rebuild(const struct hl_config *config,
		     const struct hl_verify_callbacks *callbacks,
		     struct hl_admin_rebuilt *rebuilt_r, struct hl_error *err);

#endif
