#include "hl-merkle.h"

#include <string.h>

#include <sodium.h>

static void hash_leaf(const void *leaf, size_t size,
		      unsigned char hash_r[HL_HASH_SIZE])
{
	static const unsigned char prefix = 0x00;
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &prefix, 1);
	crypto_hash_sha256_update(&state, leaf, size);
	crypto_hash_sha256_final(&state, hash_r);
}

/* result may be one of the children */
static void hash_node(const unsigned char left[HL_HASH_SIZE],
		      const unsigned char right[HL_HASH_SIZE],
		      unsigned char hash_r[HL_HASH_SIZE])
{
	unsigned char buf[1 + 2 * HL_HASH_SIZE];

	buf[0] = 0x01;
	memcpy(buf + 1, left, HL_HASH_SIZE);
	memcpy(buf + 1 + HL_HASH_SIZE, right, HL_HASH_SIZE);
	crypto_hash_sha256(hash_r, buf, sizeof(buf));
}

static unsigned int node_count(uint64_t size)
{
	return (unsigned int)__builtin_popcountll(size);
}

void hl_merkle_init(struct hl_merkle *tree)
{
	memset(tree, 0, sizeof(*tree));
}

void hl_merkle_add(struct hl_merkle *tree, const void *leaf, size_t size)
{
	unsigned int count = node_count(tree->size);
	unsigned char hash[HL_HASH_SIZE];
	uint64_t rest;

	hash_leaf(leaf, size, hash);
	/* each bit that the addition carries over joins two equal subtrees */
	for (rest = tree->size; (rest & 1) != 0; rest >>= 1)
		hash_node(tree->nodes[--count], hash, hash);
	memcpy(tree->nodes[count], hash, HL_HASH_SIZE);
	tree->size++;
}

void hl_merkle_root(const struct hl_merkle *tree,
		    unsigned char root_r[HL_HASH_SIZE])
{
	unsigned int count = node_count(tree->size);

	if (count == 0) {
		crypto_hash_sha256(root_r, NULL, 0);
		return;
	}
	memcpy(root_r, tree->nodes[--count], HL_HASH_SIZE);
	while (count > 0)
		hash_node(tree->nodes[--count], root_r, root_r);
}

size_t hl_merkle_export(const struct hl_merkle *tree, unsigned char *buf,
			size_t size)
{
	size_t used = node_count(tree->size) * HL_HASH_SIZE;

	if (used > size)
		return 0;
	memcpy(buf, tree->nodes, used);
	return used;
}

int hl_merkle_import(struct hl_merkle *tree, uint64_t tree_size,
		     const void *data, size_t size)
{
	hl_merkle_init(tree);
	if (tree_size > INT64_MAX ||
	    size != node_count(tree_size) * HL_HASH_SIZE)
		return -1;
	tree->size = tree_size;
	if (size > 0)
		memcpy(tree->nodes, data, size);
	return 0;
}
