/* What a checkpoint that was kept elsewhere proves of the log. */

#include "hl-keys-private.h"
#include "hl-file.h"

#include <string.h>

static int hash_entry(const struct hl_record *record, void *context,
		      struct hl_error *err)
{
	(void)err;
	hl_merkle_add(context, record->statement, record->statement_size);
	return 0;
}

static int bad(const char *path, const char *problem, struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_DATA, "%s: %s", path, problem);
}

static int read_checkpoint(struct hl_log *log, const char *path,
			   struct hl_checkpoint *head_r, struct hl_error *err)
{
	char text[HL_CHECKPOINT_MAX];
	struct stat st;
	size_t size;

	if (hl_file_read(path, "checkpoint", HL_ERROR_DATA, text, sizeof(text),
			 &size, &st, err) < 0)
		return -1;
	if (hl_checkpoint_verify_past(text, size, log->keyring, head_r, err) <
	    0) {
		err->code = HL_ERROR_DATA;
		return hl_error_prefix(err, "%s", path);
	}
	return 0;
}

int hl_keys_read_trusted(struct hl_log *log, const char *path, uint64_t *size_r,
			 struct hl_error *err)
{
	const struct hl_checkpoint *now = hl_log_head(log);
	unsigned char root[HL_HASH_SIZE];
	struct hl_checkpoint kept;
	struct hl_merkle tree;

	if (read_checkpoint(log, path, &kept, err) < 0)
		return -1;
	if (memcmp(kept.origin, now->origin, HL_ORIGIN_SIZE) != 0)
		return bad(path, "is of another store", err);
	if (kept.size > now->size)
		return bad(path,
			   "reaches further than the log; what it proves was "
			   "lost",
			   err);
	hl_merkle_init(&tree);
	if (hl_store_each_entry(log->store, 1, kept.size, HL_ASCENDING,
				hash_entry, &tree, err) < 0)
		return -1;
	hl_merkle_root(&tree, root);
	if (tree.size != kept.size ||
	    memcmp(root, kept.root, sizeof(root)) != 0)
		return bad(path,
			   "the log's entries aren't those that it was signed "
			   "for; it proves nothing of them",
			   err);
	*size_r = kept.size;
	return 0;
}
