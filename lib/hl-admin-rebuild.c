/* The index and the tree's frontier, made anew from the entries. */

#include "hl-admin.h"
#include "hl-verify-private.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

struct rebuild {
	struct verify verify;
	const struct hl_verify_callbacks *callbacks;
	/* the first problem of what isn't made anew */
	char problem[HL_ERROR_TEXT_SIZE];
	/* of the entry that was asked for last */
	char key[HL_INDEX_KEY_SIZE];
};

static void keep_first_problem(uint64_t seq, const char *text, void *context)
{
	struct rebuild *rebuild = context;

	if (rebuild->problem[0] != '\0')
		return;
	if (seq == 0)
		snprintf(rebuild->problem, sizeof(rebuild->problem), "%s",
			 text);
	else
		snprintf(rebuild->problem, sizeof(rebuild->problem),
			 "entry %llu: %s", (unsigned long long)seq, text);
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

static void pass_progress(uint64_t done, uint64_t total, void *context)
{
	const struct rebuild *rebuild = context;

	rebuild->callbacks->progress(done, total, rebuild->callbacks->context);
}

/* In the transaction, so that nothing is added between the two. */
static int verify_rest(struct rebuild *rebuild, struct hl_error *err)
{
	struct verify *verify = &rebuild->verify;
	struct hl_error mark_err;

	if (hl_keyring_read(verify->config->keyring, &verify->keyring, err) < 0)
		return -1;
	if (hl_mark_read(verify->config->mark, &verify->mark.head, &mark_err) <
	    0)
		verify_problem(verify, 0, "%s", mark_err.text);
	else
		verify->mark.what = "the high-water mark";
	verify_entries(verify);
	verify_compare_erased(verify);
	verify_compare_revoked(verify);
	verify_head(verify, false);
	if (verify->out_of_memory)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (verify->result->problems == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "more is wrong than the index, so it can't be made "
			    "anew (%llu problems): %s",
			    (unsigned long long)verify->result->problems,
			    rebuild->problem);
}

static int key_of(const struct hl_record *record, const char **key_r,
		  void *context, struct hl_error *err)
{
	struct rebuild *rebuild = context;
	struct hl_entry entry;

	if (hl_record_decode(record, hl_store_origin(rebuild->verify.store),
			     &entry, err) < 0)
		return -1;
	hl_record_index_key(entry.statement.action, &entry.payload.address,
			    rebuild->key);
	*key_r = rebuild->key;
	return 0;
}

/* The frontier of the tree that was verified. */
static int put_frontier(struct verify *verify, bool *changed_r,
			struct hl_error *err)
{
	unsigned char frontier[HL_MERKLE_FRONTIER_MAX];
	char checkpoint[HL_CHECKPOINT_MAX];
	struct hl_head_row row;
	size_t size =
		hl_merkle_export(&verify->tree, frontier, sizeof(frontier));

	if (hl_store_get_head(verify->store, &row, err) < 0)
		return -1;
	*changed_r = row.frontier_size != size ||
		     memcmp(row.frontier, frontier, size) != 0;
	if (!*changed_r)
		return 0;
	memcpy(checkpoint, row.checkpoint, row.checkpoint_size);
	row.checkpoint = checkpoint;
	row.frontier = frontier;
	row.frontier_size = size;
	return hl_store_put_head(verify->store, &row, err);
}

static void structure_problem(const char *problem, void *context)
{
	struct rebuild *rebuild = context;

	verify_problem(&rebuild->verify, 0, "database: %s", problem);
}

/* Nor may the database itself be damaged, once the index is another one. */
static int check_structure(struct rebuild *rebuild, struct hl_error *err)
{
	if (hl_store_check(rebuild->verify.store, structure_problem, rebuild,
			   err) < 0)
		return -1;
	if (rebuild->verify.result->problems == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "the database is damaged beyond its index; take a "
			    "backup (`hardlinkctl recover`): %s",
			    rebuild->problem);
}

static int rebuild_locked(struct rebuild *rebuild,
			  struct hl_admin_rebuilt *rebuilt_r,
			  struct hl_error *err)
{
	struct verify *verify = &rebuild->verify;

	if (verify_rest(rebuild, err) < 0 ||
	    hl_store_reindex(verify->store, key_of, rebuild, &rebuilt_r->index,
			     err) < 0 ||
	    put_frontier(verify, &rebuilt_r->frontier, err) < 0 ||
	    check_structure(rebuild, err) < 0)
		return -1;
	rebuilt_r->entries = verify->last_seq;
	return 0;
}

static bool is_changed(const struct hl_admin_rebuilt *rebuilt)
{
	const struct hl_reindex *index = &rebuilt->index;

	return index->missing != 0 || index->extra != 0 || index->wrong != 0 ||
	       index->unreadable || rebuilt->frontier;
}

int hl_admin_rebuild(const struct hl_config *config,
		     const struct hl_verify_callbacks *callbacks,
		     struct hl_admin_rebuilt *rebuilt_r, struct hl_error *err)
{
	struct rebuild rebuild = {.callbacks = callbacks};
	const struct hl_verify_callbacks own = {
		keep_first_problem, ignore_note,
		callbacks->progress == NULL ? NULL : pass_progress, &rebuild};
	struct hl_verify_result result;
	int ret;

	memset(rebuilt_r, 0, sizeof(*rebuilt_r));
	memset(&result, 0, sizeof(result));
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	rebuild.verify.config = config;
	rebuild.verify.callbacks = &own;
	rebuild.verify.result = &result;
	rebuild.verify.jobs = verify_count_jobs(0);
	if (hl_store_open(config->store, HL_STORE_WRITE, NULL,
			  &rebuild.verify.store, err) < 0)
		return -1;
	ret = hl_store_write_begin(rebuild.verify.store, err);
	if (ret == 0) {
		ret = rebuild_locked(&rebuild, rebuilt_r, err);
		if (ret < 0 || !is_changed(rebuilt_r))
			hl_store_write_rollback(rebuild.verify.store);
		else
			ret = hl_store_write_commit(rebuild.verify.store, err);
	}
	verify_free(&rebuild.verify);
	return ret;
}
