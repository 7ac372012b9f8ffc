#ifndef HL_ERASE_H
#define HL_ERASE_H

#include "hl-change.h"

/* Erasing what entries said: schema/FORMAT.md section 9. What holds, what is to
   come and a block can't be erased, nor can what would be needed to tell. */

/* What is to be erased. */
struct hl_erase {
	/* ascending */
	uint64_t *seqs;
	size_t count, size;
	/* addresses of which no entry is left */
	uint64_t addresses;
	/* Entries of scope log that name the address: they are never erased. */
	uint64_t fixed_count, fixed_first;
};

void hl_erase_free(struct hl_erase *erase);

/* Within a snapshot: finds what was superseded, or had ended, by then. The
   newest entry of an address only where that is so of all of them. */
int hl_erase_find_before(struct hl_log *log, int64_t before,
			 struct hl_erase *erase_r, struct hl_error *err);
/* Within a snapshot: finds all that names the address, as old or new one or in
   owner, actor or reason. HL_ERROR_PERMISSION, which says what to end first, if
   something of it holds or is to come. */
int hl_erase_find_address(struct hl_log *log, const struct hl_address *address,
			  struct hl_erase *erase_r, struct hl_error *err);

/* Erases it, in transactions of some thousand entries, each with its signed
   `erase`; what was erased since it was found is left alone. HL_ERROR_NONE or a
   warning about the mark in err, as hl_log_commit(). */
int hl_erase_run(struct hl_log *log, const struct hl_actor *actor,
		 const struct hl_erase *erase, struct hl_error *err);

/* Does the text name the address? As a whole word, whatever the case of its
   letters. */
bool hl_erase_is_named(const char *text, const struct hl_address *address);

#endif
