/* Opening the log, and reading it. */

#include "hl-log-private.h"
#include "hl-lookup-service.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

/* A keyring may change between being read and what is verified by it, as often
   as keys are rotated; more often than this, something else is wrong. */
#define TRIES 5

static int check_signing_key(struct hl_log *log, struct hl_error *err)
{
	const struct hl_key *key = hl_keyring_find(log->keyring, log->key.id);

	if (key != NULL && key->status == HL_KEY_ACTIVE)
		return 0;
	return hl_error_set(err, HL_ERROR_CONFIG,
			    "signing key %s: %s in the keyring %s",
			    log->config->signing_key,
			    key == NULL ? "isn't" : "isn't active any more",
			    log->config->keyring);
}

int hl_log_refresh_keyring(struct hl_log *log, struct hl_error *err)
{
	struct hl_keyring *keyring;

	if (log->keyring != NULL && !hl_keyring_is_stale(log->keyring))
		return 0;
	if (hl_keyring_read(log->config->keyring, &keyring, err) < 0)
		return -1;
	hl_keyring_free(&log->keyring);
	log->keyring = keyring;
	return 0;
}

static bool signing_key_is_stale(const struct hl_log *log)
{
	return hl_fingerprint_changed(&log->key_seen, log->config->signing_key);
}

static int read_signing_key(struct hl_log *log, struct hl_error *err)
{
	struct hl_signing_key key;
	struct stat st;
	bool seen = stat(log->config->signing_key, &st) == 0;

	if (hl_signing_key_read(log->config->signing_key, &key, err) < 0)
		return -1;
	log->key = key;
	hl_signing_key_clear(&key);
	/* it's there now, but wasn't: read it again at once */
	if (!seen)
		memset(&st, 0, sizeof(st));
	hl_fingerprint_init(&log->key_seen, &st);
	return 0;
}

int hl_log_refresh_keys(struct hl_log *log, struct hl_error *err)
{
	if (signing_key_is_stale(log) && read_signing_key(log, err) < 0)
		return -1;
	return hl_log_refresh_keyring(log, err);
}

/* Two things that a rotation changes, one after the other. */
static int read_keys(struct hl_log *log, struct hl_error *err)
{
	unsigned int n;

	for (n = 0; n < TRIES; n++) {
		if (hl_log_refresh_keys(log, err) < 0)
			return -1;
		if (check_signing_key(log, err) == 0)
			return 0;
		if (!signing_key_is_stale(log) &&
		    !hl_keyring_is_stale(log->keyring))
			break;
	}
	return -1;
}

static int log_open(struct hl_log *log, bool write, struct hl_error *err)
{
	const struct hl_config *config = log->config;

	/* which says why that can't be */
	if (hl_lookup_service_path(config->store) != NULL)
		return hl_store_open(config->store, HL_STORE_READ, NULL,
				     &log->store, err);
	log->verified = hl_verified_init();
	log->head = hl_head_init(config->mark);
	if (log->verified == NULL || log->head == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (hl_log_refresh_keyring(log, err) < 0 ||
	    (write && read_keys(log, err) < 0))
		return -1;
	return hl_store_open(config->store,
			     write ? HL_STORE_WRITE : HL_STORE_READ, NULL,
			     &log->store, err);
}

int hl_log_open(const struct hl_config *config, bool write,
		struct hl_log **log_r, struct hl_error *err)
{
	struct hl_log *log;

	*log_r = NULL;
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	log = calloc(1, sizeof(*log));
	if (log == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	log->config = config;
	if (log_open(log, write, err) < 0) {
		hl_log_close(&log);
		return -1;
	}
	*log_r = log;
	return 0;
}

void hl_log_close(struct hl_log **_log)
{
	struct hl_log *log = *_log;

	*_log = NULL;
	if (log == NULL)
		return;
	hl_store_close(&log->store);
	hl_filter_close(&log->filter);
	hl_head_deinit(&log->head);
	hl_keyring_free(&log->keyring);
	hl_verified_deinit(&log->verified);
	hl_signing_key_clear(&log->key);
	free(log);
}

const struct hl_config *hl_log_config(const struct hl_log *log)
{
	return log->config;
}

struct hl_store *hl_log_store(struct hl_log *log)
{
	return log->store;
}

const struct hl_keyring *hl_log_keyring(const struct hl_log *log)
{
	return log->keyring;
}

const struct hl_checkpoint *hl_log_head(const struct hl_log *log)
{
	return hl_head_get(log->head);
}

int64_t hl_log_now(const struct hl_log *log)
{
	return log->now;
}

static int snapshot_try(struct hl_log *log, struct hl_error *err)
{
	if (hl_log_refresh_keyring(log, err) < 0 ||
	    hl_head_read_mark(log->head, err) < 0 ||
	    hl_store_snapshot_begin(log->store, err) < 0)
		return -1;
	if (hl_head_check(log->head, log->store, log->keyring, err) < 0) {
		hl_store_snapshot_end(log->store);
		return -1;
	}
	return 0;
}

int hl_log_snapshot_begin(struct hl_log *log, struct hl_error *err)
{
	int64_t wall = time(NULL);
	unsigned int n;

	for (n = 0; snapshot_try(log, err) < 0; n++) {
		/* a head that a key signed which wasn't trusted yet? */
		if (n == TRIES || !hl_keyring_is_stale(log->keyring))
			return -1;
	}
	log->now =
		wall > hl_log_head(log)->time ? wall : hl_log_head(log)->time;
	return 0;
}

void hl_log_snapshot_end(struct hl_log *log)
{
	hl_store_snapshot_end(log->store);
}

int hl_log_decode(struct hl_log *log, const struct hl_record *record,
		  struct hl_entry *entry_r, struct hl_error *err)
{
	if (hl_record_verify(record, hl_store_origin(log->store), log->keyring,
			     log->verified, entry_r, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)record->seq);
	return 0;
}

int hl_log_get_entry(struct hl_log *log, uint64_t seq, struct hl_entry *entry_r,
		     struct hl_error *err)
{
	return hl_record_get(log->store, seq, log->keyring, log->verified,
			     entry_r, err);
}

int hl_log_decode_past(struct hl_log *log, const struct hl_record *record,
		       struct hl_entry *entry_r, struct hl_error *err)
{
	if (hl_record_verify_past(record, hl_store_origin(log->store),
				  log->keyring, entry_r, err) < 0)
		return hl_error_prefix(err, "entry %llu",
				       (unsigned long long)record->seq);
	return 0;
}

int hl_log_get_past(struct hl_log *log, uint64_t seq, struct hl_entry *entry_r,
		    struct hl_error *err)
{
	struct hl_record record;
	int ret = hl_store_get_entry(log->store, seq, &record, err);

	if (ret < 0)
		return -1;
	if (ret == 0 || record.payload == NULL)
		return hl_error_set(err, HL_ERROR_STORE,
				    "entry %llu%s is missing",
				    (unsigned long long)seq,
				    ret == 0 ? "" : ": its payload");
	return hl_log_decode_past(log, &record, entry_r, err);
}

int hl_log_get_newest(struct hl_log *log, const struct hl_address *address,
		      struct hl_entry *entry_r, struct hl_error *err)
{
	return hl_record_get_newest(log->store, HL_ACTION_SET, address,
				    log->keyring, log->verified, entry_r, err);
}

int hl_log_get_swept(struct hl_log *log, int64_t *horizon_r,
		     struct hl_error *err)
{
	struct hl_entry entry;
	int ret;

	*horizon_r = 0;
	ret = hl_record_get_newest(log->store, HL_ACTION_SWEEP, NULL,
				   log->keyring, log->verified, &entry, err);
	if (ret > 0)
		*horizon_r = entry.payload.sweep.horizon;
	return ret < 0 ? -1 : 0;
}
