#ifndef HL_CODE_H
#define HL_CODE_H

#include "hl-keyring.h"
#include "hl-store.h"

/* Codes that are mailed to a new address, and given back by whoever reads
   there: 60 random bits, as "7K3F-9QRX-M2WD". */

#define HL_CODE_SIZE 15
/* Seconds. */
#define HL_CODE_LIFETIME 86400

void hl_code_make(char code_r[HL_CODE_SIZE]);

/* The code in its one form, from what a person typed: without blanks and
   hyphens, in either letter case. HL_ERROR_DATA if it can't be one. */
int hl_code_parse(const char *text, char code_r[HL_CODE_SIZE],
		  struct hl_error *err);

/* What the store keeps of it, keyed by the signing key: who can read or write
   the store alone can't find the code or put another in its place. */
void hl_code_hash(const struct hl_signing_key *key,
		  const unsigned char origin[HL_ORIGIN_SIZE],
		  const struct hl_address *old, uint64_t seq,
		  const char code[HL_CODE_SIZE],
		  unsigned char hash_r[HL_HASH_SIZE]);

#endif
