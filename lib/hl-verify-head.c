/* The signed head against the entries, and against the mark. */

#include "hl-verify-private.h"

#include <string.h>

static void check_frontier(struct verify *verify, const struct hl_head_row *row)
{
	unsigned char frontier[HL_MERKLE_FRONTIER_MAX];
	size_t size =
		hl_merkle_export(&verify->tree, frontier, sizeof(frontier));

	if (row->frontier_size != size ||
	    memcmp(row->frontier, frontier, size) != 0)
		verify_problem(verify, 0,
			       "head: the tree's frontier isn't that of the "
			       "entries");
}

static void check_entries(struct verify *verify,
			  const struct hl_checkpoint *head)
{
	unsigned char root[HL_HASH_SIZE];

	if (memcmp(head->origin, hl_store_origin(verify->store),
		   HL_ORIGIN_SIZE) != 0)
		verify_problem(verify, 0, "head: belongs to another store");
	if (head->size != verify->last_seq)
		verify_problem(verify, 0,
			       "head: says %llu entries, the log ends at %llu",
			       (unsigned long long)head->size,
			       (unsigned long long)verify->last_seq);
	if (head->epoch != verify->epoch || head->time != verify->time)
		verify_problem(verify, 0,
			       "head: its epoch or time isn't that of the last "
			       "entry");
	hl_merkle_root(&verify->tree, root);
	if (memcmp(head->root, root, HL_HASH_SIZE) != 0)
		verify_problem(verify, 0,
			       "head: the entries aren't those that were "
			       "signed (another root)");
}

/* Is the log a continuation of the one that the kept checkpoint is of? */
static void check_kept(struct verify *verify, const struct verify_known *kept,
		       const struct hl_checkpoint *head)
{
	unsigned long long size = kept->head.size, epoch = kept->head.epoch;

	if (kept->what == NULL || kept->compared)
		return;
	if (kept->declared_lost)
		verify_note(verify, 0,
			    "%s lies in what was declared lost: entry %llu of "
			    "epoch %llu",
			    kept->what, size, epoch);
	else if (kept->head.epoch < head->epoch)
		verify_problem(verify, 0,
			       "%s is of entry %llu of epoch %llu, which the "
			       "log neither has nor declares lost",
			       kept->what, size, epoch);
	else
		verify_problem(verify, 0,
			       "the log doesn't reach as far as %s: entry "
			       "%llu of epoch %llu",
			       kept->what, size, epoch);
}

static void check_checkpoint(struct verify *verify,
			     const struct verify_known *kept,
			     const struct hl_checkpoint *head)
{
	if (kept->what != NULL &&
	    memcmp(kept->head.origin, head->origin, HL_ORIGIN_SIZE) != 0)
		verify_problem(verify, 0, "%s belongs to another store",
			       kept->what);
	else
		check_kept(verify, kept, head);
}

void verify_head(struct verify *verify, bool with_frontier)
{
	struct hl_checkpoint *head = &verify->result->head;
	struct hl_head_row row;
	struct hl_error err;

	if (hl_store_get_head(verify->store, &row, &err) < 0) {
		verify_problem(verify, 0, "head: %s", err.text);
		return;
	}
	if (with_frontier)
		check_frontier(verify, &row);
	if (hl_checkpoint_verify(row.checkpoint, row.checkpoint_size,
				 verify->keyring, head, &err) < 0) {
		verify_problem(verify, 0, "%s", err.text);
		return;
	}
	check_entries(verify, head);
	if (verify->mark.what != NULL &&
	    hl_mark_check(&verify->mark.head, head, &err) < 0)
		verify_problem(verify, 0, "%s", err.text);
	check_checkpoint(verify, &verify->kept, head);
	check_checkpoint(verify, &verify->resume, head);
}
