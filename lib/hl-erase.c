#include "hl-erase-private.h"

#include <string.h>

/* A transaction holds up other writers for some tenths of a second. Their
   numbers always fit into one entry, also with the reason that a revocation
   says them again with. */
#define BATCH	    2000
#define NUMBER_SIZE 20

_Static_assert(BATCH *NUMBER_SIZE < HL_PAYLOAD_MAX - 4096,
	       "more than an entry holds");

/* Erases it if it's still there: 1 or 0. */
static int erase_one(struct hl_log *log, uint64_t seq, struct hl_error *err)
{
	struct hl_store *store = hl_log_store(log);
	char key[HL_INDEX_KEY_SIZE];
	struct hl_record record;
	struct hl_entry entry;
	int ret;

	ret = hl_store_get_entry(store, seq, &record, err);
	if (ret == 0)
		ret = hl_error_set(err, HL_ERROR_STORE, "entry %llu is missing",
				   (unsigned long long)seq);
	if (ret < 0)
		return -1;
	if (record.payload == NULL)
		return 0;
	if (hl_record_decode(&record, hl_store_origin(store), &entry, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)seq);
	hl_record_index_key(entry.statement.action, &entry.payload.address,
			    key);
	return hl_store_erase(store, key, seq, err) < 0 ? -1 : 1;
}

static int append(struct hl_log *log, const struct hl_actor *actor,
		  const uint64_t *seqs, size_t count, struct hl_error *err)
{
	char ranges[BATCH * NUMBER_SIZE];
	struct hl_payload payload;

	memset(&payload, 0, sizeof(payload));
	if (hl_actor_apply(actor, &payload, err) < 0)
		return -1;
	payload.erase.ranges = ranges;
	payload.erase.ranges_size =
		hl_ranges_format(seqs, count, ranges, sizeof(ranges));
	return hl_log_append(log, HL_ACTION_ERASE, actor->channel, &payload,
			     err);
}

/* In a transaction. 1 if there is something to be committed. */
static int erase_seqs(struct hl_log *log, const struct hl_actor *actor,
		      const uint64_t *seqs, size_t count, struct hl_error *err)
{
	uint64_t erased[BATCH];
	size_t i, erased_count = 0;
	int ret;

	for (i = 0; i < count; i++) {
		ret = erase_one(log, seqs[i], err);
		if (ret < 0)
			return -1;
		if (ret > 0)
			erased[erased_count++] = seqs[i];
	}
	if (erased_count == 0)
		return 0;
	return append(log, actor, erased, erased_count, err) < 0 ? -1 : 1;
}

static int erase_batch(struct hl_log *log, const struct hl_actor *actor,
		       const uint64_t *seqs, size_t count, struct hl_error *err)
{
	int ret;

	if (hl_log_begin(log, err) < 0)
		return -1;
	ret = erase_seqs(log, actor, seqs, count, err);
	if (ret > 0)
		return hl_log_commit(log, err);
	hl_log_rollback(log);
	return ret;
}

int hl_erase_run(struct hl_log *log, const struct hl_actor *actor,
		 const struct hl_erase *erase, struct hl_error *err)
{
	size_t i, count;

	err->code = HL_ERROR_NONE;
	/* ascending: the newest of an address isn't before its older ones */
	for (i = 0; i < erase->count; i += count) {
		count = erase->count - i > BATCH ? BATCH : erase->count - i;
		if (erase_batch(log, actor, erase->seqs + i, count, err) == 0)
			continue;
		return i == 0 ? -1
			      : hl_error_prefix(err,
						"erased are %zu of %zu "
						"entries; repeat the command",
						i, erase->count);
	}
	return 0;
}
