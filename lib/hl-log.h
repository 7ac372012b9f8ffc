#ifndef HL_LOG_H
#define HL_LOG_H

#include "hl-checkpoint.h"
#include "hl-config.h"
#include "hl-record.h"

/* Reading and writing the log with all its rules: what is read has been
   verified, what is written is signed. */

struct hl_log;

/* Opens store and keyring for reading, for writing also the signing key, which
   must be one that the keyring trusts. */
int hl_log_open(const struct hl_config *config, bool write,
		struct hl_log **log_r, struct hl_error *err);
void hl_log_close(struct hl_log **log);

const struct hl_config *hl_log_config(const struct hl_log *log);
struct hl_store *hl_log_store(struct hl_log *log);
const struct hl_keyring *hl_log_keyring(const struct hl_log *log);

/* --- Reading: one state of the log between begin and end. begin verifies the
   head (signature, size, mark). */
int hl_log_snapshot_begin(struct hl_log *log, struct hl_error *err);
void hl_log_snapshot_end(struct hl_log *log);

/* In a snapshot or transaction: */
const struct hl_checkpoint *hl_log_head(const struct hl_log *log);
/* The later of the wall clock and the head's time. */
int64_t hl_log_now(const struct hl_log *log);

/* Verifies a record: schema/FORMAT.md section 9, 1 to 3. */
int hl_log_decode(struct hl_log *log, const struct hl_record *record,
		  struct hl_entry *entry_r, struct hl_error *err);
/* The entry with this sequence number, verified; HL_ERROR_STORE if there is
   none or its payload is missing (for entries that the index calls open). */
int hl_log_get_entry(struct hl_log *log, uint64_t seq, struct hl_entry *entry_r,
		     struct hl_error *err);
/* The same two for entries that are only shown or restated: those of a key that
   was revoked are taken for what they are, entry_r->disowned. */
int hl_log_decode_past(struct hl_log *log, const struct hl_record *record,
		       struct hl_entry *entry_r, struct hl_error *err);
int hl_log_get_past(struct hl_log *log, uint64_t seq, struct hl_entry *entry_r,
		    struct hl_error *err);
/* The newest entry of an address: 1, or 0 if it has none. The address must be
   folded; its detail isn't stripped. */
int hl_log_get_newest(struct hl_log *log, const struct hl_address *address,
		      struct hl_entry *entry_r, struct hl_error *err);
/* The horizon of the newest sweep, or 0 if there was none. */
int hl_log_get_swept(struct hl_log *log, int64_t *horizon_r,
		     struct hl_error *err);

/* --- Writing. begin takes the write lock, reads keyring and signing key again
   if they have changed, verifies the head, checks the clock and the key. Times
   of entries never decrease; a clock more than 5 minutes behind the last entry,
   or more than 366 days after it, is an HL_ERROR_TEMP. */
int hl_log_begin(struct hl_log *log, struct hl_error *err);
/* Adds an entry, signed. payload->salt is filled here. */
int hl_log_append(struct hl_log *log, enum hl_action action,
		  enum hl_channel channel, struct hl_payload *payload,
		  struct hl_error *err);
/* Signs the head, commits, raises the mark. If only the mark can't be
   written, the commit stands, 0 is returned and err->code isn't
   HL_ERROR_NONE: a warning for the user. */
int hl_log_commit(struct hl_log *log, struct hl_error *err);
/* The two halves of it, for a writer of many: the mark may lag, and raising it
   takes as long as a commit. raise_mark does nothing if it isn't due. Closing
   the log doesn't raise it. */
int hl_log_commit_unmarked(struct hl_log *log, struct hl_error *err);
int hl_log_raise_mark(struct hl_log *log, struct hl_error *err);
void hl_log_rollback(struct hl_log *log);

/* Makes the filter anew in which lookups see that an address never moved, for
   a log opened for writing, while others read and write; *keys_r is the number
   of its keys. HL_ERROR_CONFIG if the configuration wants none. */
int hl_log_build_filter(struct hl_log *log, uint64_t *keys_r,
			struct hl_error *err);
/* After a transaction or a snapshot: is there none for this log, or one that
   has become too small? */
bool hl_log_wants_filter(struct hl_log *log);

/* Accept the clock as it is in the next hl_log_begin() (an administrator has
   looked at it); only for a jump forward. */
void hl_log_accept_clock(struct hl_log *log);

#endif
