#ifndef HL_RECORD_H
#define HL_RECORD_H

#include "hl-keyring.h"
#include "hl-store.h"

/* From stored bytes to an entry that may be believed. */

struct hl_entry {
	struct hl_statement statement;
	/* unset if erased */
	struct hl_payload payload;
	bool erased;
	/* signed by a key that was revoked since: only from the functions that
	   say so. It may be shown, never answered from. */
	bool disowned;
};

/* Remembers, within a bound, which records were verified under which keyring,
   by a hash of all their bytes: never by their sequence number, which says
   nothing of what stands there now. */
struct hl_verified;

struct hl_verified *hl_verified_init(void);
void hl_verified_deinit(struct hl_verified **verified);

/* Takes a record apart: all of schema/FORMAT.md section 9, 1 to 3, but for
   signature and hash. Nothing that it says may be believed. The error doesn't
   name the entry. */
int hl_record_decode(const struct hl_record *record,
		     const unsigned char origin[HL_ORIGIN_SIZE],
		     struct hl_entry *entry_r, struct hl_error *err);

/* Checks a record by schema/FORMAT.md section 9, 1 to 3, and takes it apart.
   HL_ERROR_STORE if it can't be believed; the text doesn't name the entry. A
   record without a payload is an entry that was erased: the caller decides
   whether it may be. payload.erase.ranges points into the record. verified may
   be NULL. */
int hl_record_verify(const struct hl_record *record,
		     const unsigned char origin[HL_ORIGIN_SIZE],
		     const struct hl_keyring *keyring,
		     struct hl_verified *verified, struct hl_entry *entry_r,
		     struct hl_error *err);

/* The same, but takes the word of a key that was revoked for what it signed:
   entry_r->disowned. */
int hl_record_verify_past(const struct hl_record *record,
			  const unsigned char origin[HL_ORIGIN_SIZE],
			  const struct hl_keyring *keyring,
			  struct hl_entry *entry_r, struct hl_error *err);

/* The same in two steps: all but the signature, and that one, which may wait;
 *key_r is whose it must be. */
int hl_record_check_past(const struct hl_record *record,
			 const unsigned char origin[HL_ORIGIN_SIZE],
			 const struct hl_keyring *keyring,
			 struct hl_entry *entry_r, const struct hl_key **key_r,
			 struct hl_error *err);
#define HL_RECORD_WRONG_SIGNATURE "its signature is wrong"
bool hl_record_is_signed_by(const struct hl_record *record,
			    const struct hl_key *key);

/* The entry with this sequence number, which must be there, with its
   payload. */
int hl_record_get(struct hl_store *store, uint64_t seq,
		  const struct hl_keyring *keyring,
		  struct hl_verified *verified, struct hl_entry *entry_r,
		  struct hl_error *err);

/* The one entry that speaks for an address (action: any that has one), or the
   newest of a log-scope action (address NULL): 1, verified; 0 if there is none.
   An index that contradicts itself or the entry is an HL_ERROR_STORE. */
int hl_record_get_newest(struct hl_store *store, enum hl_action action,
			 const struct hl_address *address,
			 const struct hl_keyring *keyring,
			 struct hl_verified *verified, struct hl_entry *entry_r,
			 struct hl_error *err);

/* Signs a statement: the signature over the domain prefix and its bytes. */
void hl_record_sign(const void *statement, size_t size,
		    const struct hl_signing_key *key,
		    unsigned char signature_r[HL_SIGNATURE_SIZE]);

/* The record's index key: its address, `@` and its domain, or `!` and the
   action. */
#define HL_INDEX_KEY_SIZE (HL_ADDRESS_SIZE + 16)
void hl_record_index_key(enum hl_action action,
			 const struct hl_address *address,
			 char key_r[HL_INDEX_KEY_SIZE]);

#endif
