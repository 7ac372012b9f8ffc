#include "hl-proof.h"
#include "hl-merkle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* The audit path of RFC 6962 section 2.1.1 consists of the tree hashes of
   ranges of leaves that leave out but the one leaf: at each level the half that
   it isn't in. All are computed in one pass over the log. */
struct path {
	struct range {
		/* its last leaf is the one before */
		uint64_t end;
		unsigned char hash[HL_HASH_SIZE];
	} ranges[HL_MERKLE_LEVELS];
	size_t count;
};

struct walk {
	struct path path;
	/* of the range that the next leaf is in, and the whole one's */
	struct hl_merkle part, whole;
	uint64_t leaf;
};

/* The largest power of two below size. */
static uint64_t split(uint64_t size)
{
	uint64_t half = 1;

	while (half < size - half)
		half *= 2;
	return half;
}

/* From the root down; the path is written from the leaf up. */
static void fill_path(struct path *path, uint64_t leaf, uint64_t size)
{
	uint64_t first = 0, end = size, middle;
	struct range *range;

	while (end - first > 1) {
		middle = first + split(end - first);
		range = &path->ranges[path->count++];
		if (leaf < middle) {
			range->end = end;
			end = middle;
		} else {
			range->end = middle;
			first = middle;
		}
	}
}

static struct range *range_ending(struct path *path, uint64_t end)
{
	size_t i;

	for (i = 0; i < path->count; i++) {
		if (path->ranges[i].end == end)
			return &path->ranges[i];
	}
	return NULL;
}

/* Ranges and the leaf itself follow each other without a gap. */
static int add_leaf(const struct hl_record *record, void *context,
		    struct hl_error *err)
{
	struct walk *walk = context;
	uint64_t end = walk->whole.size + 1;
	struct range *range;

	if (record->seq != end)
		return hl_error_set(err, HL_ERROR_STORE,
				    "entry %llu is missing",
				    (unsigned long long)end);
	hl_merkle_add(&walk->whole, record->statement, record->statement_size);
	hl_merkle_add(&walk->part, record->statement, record->statement_size);
	range = range_ending(&walk->path, end);
	if (range != NULL)
		hl_merkle_root(&walk->part, range->hash);
	if (range != NULL || end == walk->leaf + 1)
		hl_merkle_init(&walk->part);
	return 0;
}

static int find_path(struct hl_log *log, uint64_t seq, struct walk *walk,
		     struct hl_error *err)
{
	const struct hl_checkpoint *head = hl_log_head(log);
	unsigned char root[HL_HASH_SIZE];

	walk->leaf = seq - 1;
	fill_path(&walk->path, walk->leaf, head->size);
	hl_merkle_init(&walk->part);
	hl_merkle_init(&walk->whole);
	if (hl_store_each_entry(hl_log_store(log), 1, head->size, HL_ASCENDING,
				add_leaf, walk, err) < 0)
		return -1;
	hl_merkle_root(&walk->whole, root);
	if (walk->whole.size != head->size ||
	    memcmp(root, head->root, HL_HASH_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "the entries aren't those that the head "
				    "was signed for; run `hardlinkctl verify`");
	return 0;
}

/* The address's row with this number, or the newest one. */
static int find_row(const struct hl_index_row *row, void *context,
		    struct hl_error *err)
{
	uint64_t *seq = context;

	(void)err;
	if (*seq != 0 && *seq != row->seq)
		return 0;
	*seq = row->seq;
	return 1;
}

static int find_entry(struct hl_log *log, const struct hl_address *address,
		      uint64_t seq, uint64_t *seq_r, struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct hl_entry entry;
	int ret;

	*seq_r = seq;
	hl_record_index_key(HL_ACTION_SET, address, key);
	ret = hl_store_each_index(hl_log_store(log), key, HL_DESCENDING,
				  find_row, seq_r, err);
	if (ret < 0)
		return -1;
	if (ret == 0 && seq != 0)
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "%s has no entry %llu, or it was erased",
				    key, (unsigned long long)seq);
	if (ret == 0)
		return hl_error_set(err, HL_ERROR_NOT_FOUND, "%s has no entry",
				    key);
	if (hl_log_get_entry(log, *seq_r, &entry, err) < 0)
		return -1;
	if (!hl_address_equal(&entry.payload.address, address))
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: entry %llu is about another "
				    "address; run `hardlinkctl verify`",
				    (unsigned long long)*seq_r);
	return 0;
}

static void print_path(FILE *file, const struct path *path)
{
	char hex[2 * HL_HASH_SIZE + 1];
	size_t i;

	fputs("path=", file);
	for (i = path->count; i > 0; i--) {
		sodium_bin2hex(hex, sizeof(hex), path->ranges[i - 1].hash,
			       HL_HASH_SIZE);
		fprintf(file, "%s%s", i == path->count ? "" : ",", hex);
	}
	fputs("\n", file);
}

/* The parts one after the other, an empty line between them. */
static int print_parts(struct hl_log *log, uint64_t seq,
		       const struct path *path, FILE *file,
		       struct hl_error *err)
{
	char hex[2 * HL_SIGNATURE_SIZE + 1];
	struct hl_record record;
	struct hl_head_row head;
	int ret = hl_store_get_entry(hl_log_store(log), seq, &record, err);

	if (ret <= 0 || record.payload == NULL)
		return ret < 0 ? -1
			       : hl_error_set(err, HL_ERROR_STORE,
					      "entry %llu is missing",
					      (unsigned long long)seq);
	sodium_bin2hex(hex, sizeof(hex), record.signature, HL_SIGNATURE_SIZE);
	fprintf(file, "hardlink-proof/1\nsignature=%s\n", hex);
	print_path(file, path);
	fprintf(file, "\n%.*s\n%.*s\n", (int)record.statement_size,
		(const char *)record.statement, (int)record.payload_size,
		(const char *)record.payload);
	if (hl_store_get_head(hl_log_store(log), &head, err) < 0)
		return -1;
	fprintf(file, "%.*s", (int)head.checkpoint_size, head.checkpoint);
	return 0;
}

int hl_proof_write(struct hl_log *log, const struct hl_address *address,
		   uint64_t seq, char *buf, size_t *size_r, uint64_t *seq_r,
		   struct hl_error *err)
{
	struct walk walk;
	FILE *file;
	int ret;

	memset(&walk, 0, sizeof(walk));
	if (find_entry(log, address, seq, seq_r, err) < 0 ||
	    find_path(log, *seq_r, &walk, err) < 0)
		return -1;
	file = fmemopen(buf, HL_PROOF_MAX, "w");
	if (file == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = print_parts(log, *seq_r, &walk.path, file, err);
	*size_r = (size_t)ftell(file);
	if (fclose(file) != 0 && ret == 0)
		ret = hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	return ret;
}
