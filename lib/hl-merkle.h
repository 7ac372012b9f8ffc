#ifndef HL_MERKLE_H
#define HL_MERKLE_H

#include "hl-entry.h"

/* The Merkle tree of RFC 6962 section 2.1 over the statements, kept as its
   frontier: the roots of the perfect subtrees that a tree of this size is made
   of, largest first. Adding a leaf and computing the root are O(log n). */

#define HL_MERKLE_LEVELS       63
#define HL_MERKLE_FRONTIER_MAX (HL_MERKLE_LEVELS * HL_HASH_SIZE)

struct hl_merkle {
	uint64_t size;
	/* as many as size has bits set */
	unsigned char nodes[HL_MERKLE_LEVELS][HL_HASH_SIZE];
};

void hl_merkle_init(struct hl_merkle *tree);
void hl_merkle_add(struct hl_merkle *tree, const void *leaf, size_t size);
/* RFC 6962: the root of an empty tree is the hash of an empty string. */
void hl_merkle_root(const struct hl_merkle *tree,
		    unsigned char root_r[HL_HASH_SIZE]);

/* The frontier as bytes: the nodes in order; the size is kept elsewhere. */
size_t hl_merkle_export(const struct hl_merkle *tree, unsigned char *buf,
			size_t size);
/* -1 if the length doesn't fit the tree size. */
int hl_merkle_import(struct hl_merkle *tree, uint64_t tree_size,
		     const void *data, size_t size);

#endif
