#include "hl-store-row.h"
#include "hl-checkpoint.h"
#include "hl-merkle.h"

#include <string.h>

#include <sodium.h>

bool hl_store_key_is_sane(const char *key, size_t size)
{
	return size >= 1 && size <= HL_STORE_KEY_MAX &&
	       memchr(key, '\0', size) == NULL;
}

bool hl_store_record_is_sane(const struct hl_record *record)
{
	return record->seq >= 1 && record->seq <= INT64_MAX &&
	       record->statement_size >= 1 &&
	       record->statement_size <= HL_STATEMENT_MAX &&
	       (record->payload == NULL ||
		(record->payload_size >= 1 &&
		 record->payload_size <= HL_PAYLOAD_MAX));
}

bool hl_store_head_is_sane(const struct hl_head_row *head)
{
	return head->checkpoint_size >= 1 &&
	       head->checkpoint_size <= HL_CHECKPOINT_MAX &&
	       head->frontier_size >= 1 &&
	       head->frontier_size <= HL_MERKLE_FRONTIER_MAX;
}

int hl_store_parse_meta(const char *place, const char *name, const char *value,
			unsigned char origin_r[HL_ORIGIN_SIZE],
			struct hl_error *err)
{
	char hex[HL_ORIGIN_SIZE * 2 + 1];

	if (strcmp(name, "folding") == 0) {
		if (strcmp(value, HL_STORE_FOLDING) != 0)
			return hl_error_set(err, HL_ERROR_CONFIG,
					    "%s: the store folds addresses "
					    "by `%s`, this program by `%s`",
					    place, value, HL_STORE_FOLDING);
		return 0;
	}
	/* There and back: only the one right encoding is accepted. */
	if (strcmp(name, "origin") == 0 && strlen(value) == sizeof(hex) - 1 &&
	    sodium_hex2bin(origin_r, HL_ORIGIN_SIZE, value, sizeof(hex) - 1,
			   NULL, NULL, NULL) == 0 &&
	    strcmp(sodium_bin2hex(hex, sizeof(hex), origin_r, HL_ORIGIN_SIZE),
		   value) == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: damaged: table meta: unknown or malformed "
			    "row `%s`",
			    place, name);
}
