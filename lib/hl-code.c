#include "hl-code.h"

#include <ctype.h>
#include <string.h>

#include <sodium.h>

/* 32 of them, none that is taken for another. */
static const char alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

#define GROUP 4

void hl_code_make(char code_r[HL_CODE_SIZE])
{
	unsigned char random[HL_CODE_SIZE];
	size_t i;

	randombytes_buf(random, sizeof(random));
	for (i = 0; i < HL_CODE_SIZE - 1; i++)
		code_r[i] =
			i % (GROUP + 1) == GROUP
				? '-'
				: alphabet[random[i] % (sizeof(alphabet) - 1)];
	code_r[i] = '\0';
	sodium_memzero(random, sizeof(random));
}

int hl_code_parse(const char *text, char code_r[HL_CODE_SIZE],
		  struct hl_error *err)
{
	size_t used = 0;
	char c;

	for (; *text != '\0'; text++) {
		if (*text == '-' || *text == ' ')
			continue;
		c = (char)toupper((unsigned char)*text);
		if (strchr(alphabet, c) == NULL || used == HL_CODE_SIZE - 1)
			break;
		if (used % (GROUP + 1) == GROUP)
			code_r[used++] = '-';
		code_r[used++] = c;
	}
	if (*text != '\0' || used != HL_CODE_SIZE - 1)
		return hl_error_set(err, HL_ERROR_DATA,
				    "that is no confirmation code; it looks "
				    "like 7K3F-9QRX-M2WD");
	code_r[used] = '\0';
	return 0;
}

void hl_code_hash(const struct hl_signing_key *key,
		  const unsigned char origin[HL_ORIGIN_SIZE],
		  const struct hl_address *old, uint64_t seq,
		  const char code[HL_CODE_SIZE],
		  unsigned char hash_r[HL_HASH_SIZE])
{
	/* With its NUL, so that no signed statement can be this. */
	static const char purpose[] = "hardlink-code-v1";
	char address[HL_ADDRESS_SIZE];
	unsigned char secret[HL_HASH_SIZE];
	crypto_generichash_state state;

	hl_address_format(old, address);
	crypto_generichash(secret, sizeof(secret),
			   (const unsigned char *)purpose, sizeof(purpose),
			   key->secret, 32);
	crypto_generichash_init(&state, secret, sizeof(secret), HL_HASH_SIZE);
	crypto_generichash_update(&state, origin, HL_ORIGIN_SIZE);
	crypto_generichash_update(&state, (const unsigned char *)address,
				  strlen(address) + 1);
	crypto_generichash_update(&state, (const unsigned char *)&seq,
				  sizeof(seq));
	crypto_generichash_update(&state, (const unsigned char *)code,
				  HL_CODE_SIZE);
	crypto_generichash_final(&state, hash_r, HL_HASH_SIZE);
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(&state, sizeof(state));
}
