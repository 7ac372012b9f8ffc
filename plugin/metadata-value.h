#ifndef METADATA_VALUE_H
#define METADATA_VALUE_H

#include "hl-service.h"

/* What stands in the METADATA entries of imap_hardlink; hardlink-imap(7)
   describes it. No Dovecot in here. */

/* No value that could be right is longer. */
#define METADATA_VALUE_MAX 512
/* As typed; hardlinkd knows what a code is. */
#define METADATA_CODE_SIZE 64

enum metadata_action { METADATA_SET, METADATA_CONFIRM };

struct metadata_value {
	enum metadata_action action;
	/* of SET */
	struct hl_link link;
	bool replace;
	/* of CONFIRM */
	char code[METADATA_CODE_SIZE];
};

/* Reads what a client wants the entry "move" to be. now: what a duration
   counts from. HL_ERROR_DATA says what was wrong. */
int metadata_value_parse(const char *text, int64_t now,
			 struct metadata_value *value_r, struct hl_error *err);

#define METADATA_MOVE_SIZE (HL_ADDRESS_SIZE + 64)

/* Writes what the entry "move" reads as: what is to come, or else what is in
   force, as metadata_value_parse() takes it. Returns false if there is
   neither. */
bool metadata_move_format(const struct hl_service_state *state,
			  char text_r[METADATA_MOVE_SIZE]);

#define METADATA_STATE_SIZE (3 * HL_ADDRESS_SIZE + 512)

/* Writes what the entry "state" reads as: lines of name=value. */
void metadata_state_format(const struct hl_service_state *state,
			   char text_r[METADATA_STATE_SIZE]);

#endif
