#include "hl-misses.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* a power of two */
#define SLOTS 16384

/* All zero: an empty slot. */
struct slot {
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];
};

struct hl_misses {
	unsigned char key[crypto_shorthash_siphashx24_KEYBYTES];
	struct slot *slots;
	bool empty;
};

struct hl_misses *hl_misses_init(void)
{
	struct hl_misses *misses = calloc(1, sizeof(*misses));

	if (misses == NULL)
		return NULL;
	/* so that nobody can choose an address that is taken for another */
	randombytes_buf(misses->key, sizeof(misses->key));
	misses->empty = true;
	return misses;
}

void hl_misses_deinit(struct hl_misses **misses)
{
	if (*misses == NULL)
		return;
	free((*misses)->slots);
	free(*misses);
	*misses = NULL;
}

void hl_misses_forget(struct hl_misses *misses)
{
	if (!misses->empty)
		memset(misses->slots, 0, SLOTS * sizeof(*misses->slots));
	misses->empty = true;
}

static size_t hash(const struct hl_misses *misses, const char *key,
		   struct slot *slot_r)
{
	uint32_t number;

	crypto_shorthash_siphashx24(slot_r->hash, (const unsigned char *)key,
				    strlen(key), misses->key);
	memcpy(&number, slot_r->hash, sizeof(number));
	return number % SLOTS;
}

void hl_misses_add(struct hl_misses *misses, const char *key)
{
	struct slot slot;
	size_t i;

	if (misses->slots == NULL)
		misses->slots = calloc(SLOTS, sizeof(*misses->slots));
	if (misses->slots == NULL)
		return;
	i = hash(misses, key, &slot);
	misses->slots[i] = slot;
	misses->empty = false;
}

bool hl_misses_has(const struct hl_misses *misses, const char *key)
{
	struct slot slot;
	size_t i;

	if (misses->empty)
		return false;
	i = hash(misses, key, &slot);
	return memcmp(&misses->slots[i], &slot, sizeof(slot)) == 0;
}
