#ifndef HL_STORE_ROW_H
#define HL_STORE_ROW_H

#include "hl-store.h"

/* What a row may be, whatever keeps it: bounds that every driver checks before
   it writes and after it read. */

#define HL_STORE_KEY_MAX HL_ADDRESS_MAX
/* How the addresses in the keys are folded. */
#define HL_STORE_FOLDING "ascii-lower"

bool hl_store_key_is_sane(const char *key, size_t size);
bool hl_store_record_is_sane(const struct hl_record *record);
bool hl_store_head_is_sane(const struct hl_head_row *head);

/* A row of the table meta: the folding, which must be this program's, or the
   origin. place is for messages. */
int hl_store_parse_meta(const char *place, const char *name, const char *value,
			unsigned char origin_r[HL_ORIGIN_SIZE],
			struct hl_error *err);

#endif
