#include "hl-head.h"
#include "hl-file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hl_head {
	const char *mark_path;
	struct hl_fingerprint mark_seen;
	struct hl_checkpoint mark;
	bool mark_known, mark_ignored;

	struct hl_checkpoint checkpoint;
	unsigned char generation[HL_HASH_SIZE];
	bool good;
	/* The note that checkpoint was read from, and whose signature was
	   verified under the keyring of that generation. */
	char note[HL_CHECKPOINT_MAX];
	size_t note_size;
};

struct hl_head *hl_head_init(const char *mark_path)
{
	struct hl_head *head = calloc(1, sizeof(*head));

	if (head != NULL)
		head->mark_path = mark_path;
	return head;
}

void hl_head_deinit(struct hl_head **head)
{
	free(*head);
	*head = NULL;
}

void hl_head_forget(struct hl_head *head)
{
	head->mark_known = false;
	head->good = false;
}

bool hl_head_mark_is_stale(const struct hl_head *head)
{
	return !head->mark_ignored &&
	       (!head->mark_known ||
		hl_fingerprint_changed(&head->mark_seen, head->mark_path));
}

int hl_head_read_mark(struct hl_head *head, struct hl_error *err)
{
	struct stat st;

	if (!hl_head_mark_is_stale(head))
		return 0;
	hl_head_forget(head);
	/* stat first: if it is replaced in between, the next call reads again
	 */
	if (stat(head->mark_path, &st) < 0)
		return hl_error_set(
			err,
			errno == EACCES ? HL_ERROR_PERMISSION : HL_ERROR_STORE,
			"high-water mark %s: %s; without it a store that was "
			"put back to an older state can't be told from the "
			"right one: run `hardlinkctl verify`, then "
			"`hardlinkctl recover`",
			head->mark_path, strerror(errno));
	if (hl_mark_read(head->mark_path, &head->mark, err) < 0)
		return -1;
	hl_fingerprint_init(&head->mark_seen, &st);
	head->mark_known = true;
	return 0;
}

/* A store may seem to have changed at every lookup (hl_store_has_changed()),
   and a verification costs more than all the rest of one: the same note under
   the same keyring isn't verified again. Returns 1 for that. */
static int read_note(struct hl_head *head, struct hl_store *store,
		     const struct hl_keyring *keyring, struct hl_error *err)
{
	struct hl_head_row row;

	if (hl_store_get_head(store, &row, err) < 0)
		return -1;
	if (row.checkpoint_size == head->note_size &&
	    memcmp(row.checkpoint, head->note, head->note_size) == 0)
		return 1;
	head->note_size = 0;
	if (hl_checkpoint_verify(row.checkpoint, row.checkpoint_size, keyring,
				 &head->checkpoint, err) < 0)
		return -1;
	/* one that verifies is shorter than HL_CHECKPOINT_MAX */
	memcpy(head->note, row.checkpoint, row.checkpoint_size);
	head->note_size = row.checkpoint_size;
	return 0;
}

static int check_last_seq(const struct hl_head *head, struct hl_store *store,
			  struct hl_error *err)
{
	uint64_t last_seq;

	if (hl_store_get_last_seq(store, &last_seq, err) < 0)
		return -1;
	if (last_seq != head->checkpoint.size)
		return hl_error_set(
			err, HL_ERROR_STORE,
			"the store ends at entry %llu, its head says %llu",
			(unsigned long long)last_seq,
			(unsigned long long)head->checkpoint.size);
	return 0;
}

/* was_good: the last check of this store found nothing wrong. */
static int read_and_check(struct hl_head *head, bool was_good,
			  struct hl_store *store,
			  const struct hl_keyring *keyring,
			  struct hl_error *err)
{
	bool untouched = hl_store_is_untouched(store);
	int same_note = read_note(head, store, keyring, err);

	if (same_note < 0)
		return -1;
	if (memcmp(head->checkpoint.origin, hl_store_origin(store),
		   HL_ORIGIN_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "checkpoint: belongs to another store");
	if (!(was_good && same_note > 0 && untouched) &&
	    check_last_seq(head, store, err) < 0)
		return -1;
	return head->mark_ignored
		       ? 0
		       : hl_mark_check(&head->mark, &head->checkpoint, err);
}

int hl_head_check(struct hl_head *head, struct hl_store *store,
		  const struct hl_keyring *keyring, struct hl_error *err)
{
	const unsigned char *generation = hl_keyring_generation(keyring);
	bool same_keyring =
		memcmp(head->generation, generation, HL_HASH_SIZE) == 0;
	bool was_good = head->good;

	if (!hl_store_has_changed(store) && head->good && same_keyring)
		return 0;
	head->good = false;
	if (!same_keyring) {
		head->note_size = 0;
		memcpy(head->generation, generation, HL_HASH_SIZE);
	}
	if (read_and_check(head, was_good, store, keyring, err) < 0)
		return -1;
	head->good = true;
	return 0;
}

const struct hl_checkpoint *hl_head_get(const struct hl_head *head)
{
	return &head->checkpoint;
}

void hl_head_ignore_mark(struct hl_head *head)
{
	head->mark_ignored = true;
}
