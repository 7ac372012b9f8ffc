#ifndef HL_ENTRY_H
#define HL_ENTRY_H

#include "hl-link.h"

#include <stdint.h>

/* The two halves of an entry, schema/FORMAT.md sections 3 and 4. */

#define HL_HASH_SIZE	       32
#define HL_SALT_SIZE	       16
#define HL_ORIGIN_SIZE	       16
#define HL_KEY_ID_SIZE	       16
#define HL_SIGNATURE_SIZE      64

#define HL_ACTOR_SIZE	       256
#define HL_OWNER_SIZE	       256
#define HL_REASON_SIZE	       501

#define HL_STATEMENT_MAX       512
#define HL_PAYLOAD_ADDRESS_MAX 4096
#define HL_PAYLOAD_MAX	       65536

#define HL_STATEMENT_DOMAIN    "hardlink-entry-v1"

enum hl_action {
	HL_ACTION_SET,
	HL_ACTION_CONFIRM,
	HL_ACTION_EXTEND,
	HL_ACTION_WITHDRAW,
	HL_ACTION_BLOCK,
	HL_ACTION_SWEEP,
	HL_ACTION_ERASE,
	HL_ACTION_KEY,
	HL_ACTION_RECOVER
};

enum hl_channel {
	HL_CHANNEL_ADMIN,
	HL_CHANNEL_CLI,
	HL_CHANNEL_SUBMISSION,
	HL_CHANNEL_IMAP,
	HL_CHANNEL_SIEVE
};

const char *hl_action_name(enum hl_action action);
const char *hl_channel_name(enum hl_channel channel);
/* Does an entry of this action carry the state of one address? */
bool hl_action_has_address(enum hl_action action);

struct hl_statement {
	unsigned char origin[HL_ORIGIN_SIZE];
	uint64_t epoch, seq;
	int64_t time;
	enum hl_action action;
	enum hl_channel channel;
	unsigned char key_id[HL_KEY_ID_SIZE];
	unsigned char payload_hash[HL_HASH_SIZE];
};

enum hl_key_change { HL_KEY_TRUSTED, HL_KEY_RETIRED, HL_KEY_REVOKED };

struct hl_payload {
	unsigned char salt[HL_SALT_SIZE];
	char actor[HL_ACTOR_SIZE];
	char reason[HL_REASON_SIZE];

	/* scope address, or scope domain if this is a whole domain: then
	   targets are domains as well, and owner is empty */
	struct hl_address address;
	char owner[HL_OWNER_SIZE];
	struct hl_state state;

	/* scope log, by action: */
	struct {
		int64_t horizon;
		uint64_t closed;
	} sweep;
	/* Ranges as text, not terminated. When parsed it points into the
	   payload's bytes. */
	struct {
		const char *ranges;
		size_t ranges_size;
	} erase;
	struct {
		enum hl_key_change change;
		unsigned char public_key[32];
	} key;
	struct {
		uint64_t epoch, first, last;
		unsigned char root[HL_HASH_SIZE];
		/* are last and root known? */
		bool extent_known;
	} lost;
};

/* Return the length, or 0 if the result wouldn't fit (which writers prevent
   by their limits). */
size_t hl_statement_format(const struct hl_statement *statement, char *buf,
			   size_t size);
size_t hl_payload_format(const struct hl_payload *payload,
			 enum hl_action action, char *buf, size_t size);

/* Accept exactly what the format functions write. HL_ERROR_STORE otherwise. */
int hl_statement_parse(const void *data, size_t size,
		       struct hl_statement *statement_r, struct hl_error *err);
int hl_payload_parse(const void *data, size_t size, enum hl_action action,
		     struct hl_payload *payload_r, struct hl_error *err);

/* Walks a ranges value: calls with *pos = 0 first; returns 1 and the next
   range, 0 at the end, -1 if malformed (only for text that wasn't parsed). */
int hl_ranges_next(const char *ranges, size_t size, size_t *pos,
		   uint64_t *first_r, uint64_t *last_r);
/* Writes ascending sequence numbers as a ranges value; returns its length, or 0
   if it wouldn't fit. */
size_t hl_ranges_format(const uint64_t *seqs, size_t count, char *buf,
			size_t size);

#endif
