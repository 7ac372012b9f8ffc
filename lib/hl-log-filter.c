/* What a writer owes the filter that lookups ask first: schema/FILTER.md. */

#include "hl-log-private.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The entries of a log that a writer makes a filter for on its way: this takes
   some milliseconds. Others have to ask for it. */
#define SMALL_MAX 5000

static bool find_path(struct hl_log *log, char path_r[PATH_MAX], uid_t *owner_r)
{
	const char *dir = log->config->filter_dir;
	struct hl_error ignored;
	struct stat st;

	if (dir == NULL || *dir == '\0' || !hl_store_stat(log->store, &st))
		return false;
	*owner_r = st.st_uid;
	return hl_filter_path(dir, hl_store_origin(log->store), path_r,
			      PATH_MAX, &ignored) == 0;
}

/* --- making one */

/* From the entries, not from the index: what the root stands for. Signatures
   are nothing to it: an entry too much does no harm. */
struct filling {
	struct hl_filter *filter;
	const unsigned char *origin;
	struct hl_merkle tree;
	uint64_t keys;
};

static int add_record(const struct hl_record *record, void *context,
		      struct hl_error *err)
{
	struct filling *filling = context;
	char key[HL_INDEX_KEY_SIZE];
	struct hl_entry entry;

	if (hl_record_decode(record, filling->origin, &entry, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)record->seq);
	hl_merkle_add(&filling->tree, record->statement,
		      record->statement_size);
	/* what was erased has no row in the index */
	if (entry.erased)
		return 0;
	hl_record_index_key(entry.statement.action, &entry.payload.address,
			    key);
	hl_filter_add(filling->filter, key);
	filling->keys++;
	return 0;
}

/* All that the head says and isn't in it yet; and that must be what the head
   was signed for. */
static int fill(struct hl_log *log, struct filling *filling,
		struct hl_error *err)
{
	const struct hl_checkpoint *head = hl_log_head(log);
	unsigned char root[HL_HASH_SIZE];

	if (filling->tree.size < head->size &&
	    hl_store_each_entry(log->store, filling->tree.size + 1, head->size,
				HL_ASCENDING, add_record, filling, err) < 0)
		return -1;
	hl_merkle_root(&filling->tree, root);
	if (memcmp(root, head->root, HL_HASH_SIZE) == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "the entries aren't those that the head was signed "
			    "for; run `hardlinkctl verify`");
}

static int create(struct hl_log *log, struct filling *filling,
		  struct hl_error *err)
{
	char path[PATH_MAX], db[PATH_MAX];
	uid_t owner;

	memset(filling, 0, sizeof(*filling));
	hl_merkle_init(&filling->tree);
	filling->origin = hl_store_origin(log->store);
	if (!hl_store_is_file(log->config->store))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: only a store in a file has a filter",
				    log->config->store);
	if (!find_path(log, path, &owner))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "the configuration wants no filter "
				    "(`filter_dir`)");
	if (hl_store_path(log->config->store, db, sizeof(db), err) < 0)
		return -1;
	/* room for as many again */
	return hl_filter_create(path, 2 * hl_log_head(log)->size, db,
				&filling->filter, err);
}

/* With the write lock. */
static int publish(struct hl_log *log, struct filling *filling,
		   struct hl_error *err)
{
	if (fill(log, filling, err) < 0)
		return -1;
	hl_log_retire_filter(log);
	if (hl_filter_publish(filling->filter, hl_log_head(log)->root, err) < 0)
		return -1;
	log->filter = filling->filter;
	filling->filter = NULL;
	return 0;
}

int hl_log_build_filter(struct hl_log *log, uint64_t *keys_r,
			struct hl_error *err)
{
	struct filling filling;
	int ret;

	if (hl_log_snapshot_begin(log, err) < 0)
		return -1;
	ret = create(log, &filling, err);
	if (ret == 0)
		ret = fill(log, &filling, err);
	hl_log_snapshot_end(log);
	if (ret == 0 && hl_log_begin(log, err) == 0) {
		ret = publish(log, &filling, err);
		hl_log_rollback(log);
	} else {
		ret = -1;
	}
	*keys_r = filling.keys;
	hl_filter_close(&filling.filter);
	return ret;
}

/* --- in a transaction */

static void open_filter(struct hl_log *log)
{
	char path[PATH_MAX];
	uid_t owner;

	if (!find_path(log, path, &owner)) {
		hl_log_retire_filter(log);
		return;
	}
	if (log->filter != NULL && !hl_filter_is_at(log->filter, path))
		hl_log_retire_filter(log);
	if (log->filter == NULL)
		log->filter = hl_filter_open(path, owner, true);
	if (log->filter != NULL &&
	    !hl_filter_covers(log->filter, hl_log_head(log)->root))
		hl_log_retire_filter(log);
}

/* One that has become too full says no to fewer and fewer. */
static bool is_full(const struct hl_log *log, uint64_t size)
{
	return size > hl_filter_capacity(log->filter);
}

void hl_log_filter_begin(struct hl_log *log)
{
	struct filling filling;
	struct hl_error ignored;
	uint64_t size = hl_log_head(log)->size;

	open_filter(log);
	if ((log->filter != NULL && !is_full(log, size)) || size > SMALL_MAX)
		return;
	/* nobody else commits meanwhile */
	if (create(log, &filling, &ignored) == 0)
		(void)publish(log, &filling, &ignored);
	hl_filter_close(&filling.filter);
}

/* Of a log that wrote nothing, the one that lies there. */
static bool lacks_filter(struct hl_log *log)
{
	struct hl_filter *filter;
	char path[PATH_MAX];
	uid_t owner;
	bool lacks;

	if (!find_path(log, path, &owner))
		return false;
	filter = hl_filter_open(path, owner, false);
	lacks = filter == NULL ||
		!hl_filter_covers(filter, hl_log_head(log)->root);
	hl_filter_close(&filter);
	return lacks;
}

bool hl_log_wants_filter(struct hl_log *log)
{
	return log->filter == NULL ? lacks_filter(log)
				   : is_full(log, log->committed.size);
}

void hl_log_filter_add(struct hl_log *log, const char *key)
{
	if (log->filter != NULL)
		hl_filter_add(log->filter, key);
}

void hl_log_filter_expect(struct hl_log *log)
{
	if (log->filter != NULL)
		hl_filter_expect(log->filter, hl_log_head(log)->root,
				 log->next.root);
}

void hl_log_retire_filter(struct hl_log *log)
{
	if (log->filter == NULL)
		return;
	hl_filter_retire(log->filter);
	hl_filter_close(&log->filter);
}
