/* The filter's contents: hashes, bits, and what its header says. */

#include "hl-filter-private.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bits of a block are set by one key: an FP rate of about 0.1 % at 16 bits a
   key. Each takes 9 of the 64 bits that the hash has besides the block's. */
#define BITS	 7
#define BIT_MASK (HL_FILTER_BLOCK_BITS - 1)
#define BIT_SIZE 9

struct place {
	_Atomic uint64_t *block;
	uint64_t bits;
};

static struct place find_place(const struct hl_filter *filter, const char *key)
{
	unsigned char hash[crypto_shorthash_siphashx24_BYTES];
	struct place place;
	uint64_t block;

	crypto_shorthash_siphashx24(hash, (const unsigned char *)key,
				    strlen(key), filter->header->hash_key);
	memcpy(&block, hash, sizeof(block));
	memcpy(&place.bits, hash + sizeof(block), sizeof(place.bits));
	place.block = filter->words +
		      (block & (filter->blocks - 1)) * HL_FILTER_BLOCK_WORDS;
	return place;
}

bool hl_filter_may_hold(const struct hl_filter *filter, const char *key)
{
	struct place place = find_place(filter, key);
	unsigned int n, bit;
	uint64_t word;

	for (n = 0; n < BITS; n++, place.bits >>= BIT_SIZE) {
		bit = place.bits & BIT_MASK;
		word = atomic_load_explicit(&place.block[bit / 64],
					    memory_order_relaxed);
		if ((word >> (bit % 64) & 1) == 0)
			return false;
	}
	return true;
}

void hl_filter_add(struct hl_filter *filter, const char *key)
{
	struct place place = find_place(filter, key);
	unsigned int n, bit;

	for (n = 0; n < BITS; n++, place.bits >>= BIT_SIZE) {
		bit = place.bits & BIT_MASK;
		atomic_fetch_or_explicit(&place.block[bit / 64],
					 UINT64_C(1) << (bit % 64),
					 memory_order_relaxed);
	}
	/* before all that follows, the commit first of all */
	atomic_thread_fence(memory_order_seq_cst);
}

void hl_filter_retire(struct hl_filter *filter)
{
	atomic_store(&filter->header->retired, 1);
}

uint64_t hl_filter_capacity(const struct hl_filter *filter)
{
	return filter->blocks * (HL_FILTER_BLOCK_BITS / HL_FILTER_KEY_BITS);
}

/* A root is a hash: nobody finds two logs that have these bits of it in
   common. */
static uint64_t tag_of(const unsigned char root[HL_HASH_SIZE])
{
	uint64_t tag;

	memcpy(&tag, root, sizeof(tag));
	return tag;
}

bool hl_filter_covers(const struct hl_filter *filter,
		      const unsigned char root[HL_HASH_SIZE])
{
	const struct hl_filter_header *header = filter->header;
	uint64_t tag = tag_of(root);

	return atomic_load_explicit(&header->retired, memory_order_acquire) ==
		       0 &&
	       (atomic_load_explicit(&header->roots[0], memory_order_acquire) ==
			tag ||
		atomic_load_explicit(&header->roots[1], memory_order_acquire) ==
			tag);
}

void hl_filter_expect(struct hl_filter *filter,
		      const unsigned char present[HL_HASH_SIZE],
		      const unsigned char next[HL_HASH_SIZE])
{
	struct hl_filter_header *header = filter->header;
	size_t place;

	if (!hl_filter_covers(filter, present))
		return;
	/* the other one than the present's: the commit may yet fail */
	place = atomic_load(&header->roots[0]) == tag_of(present) ? 1 : 0;
	atomic_store(&header->roots[place], tag_of(next));
}

void hl_filter_set_root(struct hl_filter *filter,
			const unsigned char root[HL_HASH_SIZE])
{
	atomic_store(&filter->header->roots[0], tag_of(root));
	atomic_store(&filter->header->roots[1], tag_of(root));
}
