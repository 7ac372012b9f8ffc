#include "hl-told.h"
#include "hl-log-private.h"

#include <string.h>

#include <sodium.h>

/* With its NUL, as hl_code_hash() has it. */
static void make_secret(const struct hl_log *log,
			unsigned char secret_r[HL_HASH_SIZE])
{
	static const char purpose[] = "hardlink-told-v1";

	crypto_generichash(secret_r, HL_HASH_SIZE,
			   (const unsigned char *)purpose, sizeof(purpose),
			   log->key.secret, 32);
}

int hl_told_note(struct hl_log *log, const char *login,
		 const struct hl_address *old, const struct hl_link *link,
		 char id_r[HL_TOLD_ID_SIZE], struct hl_error *err)
{
	char old_text[HL_ADDRESS_SIZE], new_text[HL_ADDRESS_SIZE];
	const char *const parts[] = {login, old_text, new_text};
	unsigned char secret[HL_HASH_SIZE], hash[HL_HASH_SIZE];
	crypto_generichash_state state;
	size_t i;

	hl_address_format(old, old_text);
	hl_address_format(&link->target, new_text);
	make_secret(log, secret);
	crypto_generichash_init(&state, secret, sizeof(secret), sizeof(hash));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		crypto_generichash_update(&state,
					  (const unsigned char *)parts[i],
					  strlen(parts[i]) + 1);
	crypto_generichash_final(&state, hash, sizeof(hash));
	sodium_memzero(secret, sizeof(secret));
	sodium_memzero(&state, sizeof(state));
	sodium_bin2hex(id_r, HL_TOLD_ID_SIZE, hash, sizeof(hash));
	return hl_store_add_notice(log->store, id_r, hl_log_now(log), err);
}
