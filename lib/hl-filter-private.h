#ifndef HL_FILTER_PRIVATE_H
#define HL_FILTER_PRIVATE_H

#include "hl-filter.h"

#include <limits.h>
#include <stdatomic.h>

#include <sodium.h>

/* The file, and how it is mapped: schema/FILTER.md. */

#define HL_FILTER_MAGIC	      "hardlink-filt/1"
#define HL_FILTER_MAGIC_SIZE  16
#define HL_FILTER_BOOT_SIZE   48
#define HL_FILTER_HEADER_SIZE 4096
#define HL_FILTER_BLOCK_BITS  512
#define HL_FILTER_BLOCK_WORDS (HL_FILTER_BLOCK_BITS / 64)
#define HL_FILTER_KEY_BITS    16

struct hl_filter_header {
	char magic[HL_FILTER_MAGIC_SIZE];
	/* of the machine's run, as Linux tells it */
	char boot[HL_FILTER_BOOT_SIZE];
	unsigned char hash_key[crypto_shorthash_siphashx24_KEYBYTES];
	/* a power of two */
	uint64_t blocks;
	/* The first bits of the roots of two logs, the keys of both of which
	   are in it. */
	_Atomic uint64_t roots[2];
	_Atomic uint64_t retired;
};

_Static_assert(sizeof(struct hl_filter_header) <= HL_FILTER_HEADER_SIZE,
	       "the filter's header is too long");
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2,
	       "processes can't share 64-bit atomics here");

struct hl_filter {
	struct hl_filter_header *header;
	_Atomic uint64_t *words;
	/* checked against the file's size; the header's isn't read again */
	uint64_t blocks;
	size_t map_size;
	dev_t dev;
	ino_t ino;
	/* of one that isn't published yet: the lock on new_path */
	int fd;
	char path[PATH_MAX], new_path[PATH_MAX];
};

/* It covers this log and no other. */
void hl_filter_set_root(struct hl_filter *filter,
			const unsigned char root[HL_HASH_SIZE]);

#endif
