/* A key that nobody may believe any more.

   First what it said is said again by the signing key, as far as that is
   proven, and an entry says that it is revoked; then the keyring does. So at
   every moment nothing that is right fails to answer, and the log verifies;
   what was interrupted is done by doing it again. */

#include "hl-keys-private.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static int check_key(struct hl_log *log, const unsigned char id[HL_KEY_ID_SIZE],
		     struct hl_key *key_r, struct hl_error *err)
{
	if (hl_keys_find(log, id, key_r, err) < 0)
		return -1;
	if (memcmp(id, log->key.id, HL_KEY_ID_SIZE) == 0)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "this key signs; `key rotate` first, so "
				    "that another one does");
	return 0;
}

/* From here on it signs nothing that would have to be looked at again. */
static int stop_key(struct hl_log *log, const unsigned char id[HL_KEY_ID_SIZE],
		    struct hl_key *key_r, struct hl_error *err)
{
	int ret;

	if (hl_log_begin(log, err) < 0)
		return -1;
	ret = check_key(log, id, key_r, err);
	if (ret == 0 && key_r->status == HL_KEY_ACTIVE)
		ret = hl_keys_put_retired(log, key_r, err);
	hl_log_rollback(log);
	return ret;
}

static int refuse_loss(const struct hl_keys_restate *restate,
		       struct hl_error *err)
{
	return hl_error_set(
		err, HL_ERROR_PERMISSION,
		"%llu hard-link%s that only this key signed would stop "
		"answering; --trusted FILE keeps what a checkpoint that was "
		"kept elsewhere proves, --accept-loss gives them up",
		(unsigned long long)restate->lost,
		restate->lost == 1 ? "" : "s");
}

static int plan(struct hl_keys_restate *restate, const char *trusted,
		bool accept_loss, struct hl_error *err)
{
	int ret = 0;

	if (hl_log_snapshot_begin(restate->log, err) < 0)
		return -1;
	if (trusted != NULL)
		ret = hl_keys_read_trusted(restate->log, trusted,
					   &restate->proven, err);
	if (ret == 0)
		ret = hl_keys_restate_find(restate, err);
	hl_log_snapshot_end(restate->log);
	if (ret == 0 && restate->lost > 0 && trusted == NULL && !accept_loss)
		ret = refuse_loss(restate, err);
	return ret;
}

/* One transaction, unless the log says it already. */
static int log_revoked(struct hl_keys_restate *restate, struct hl_error *err)
{
	struct hl_log *log = restate->log;
	int ret;

	if (hl_log_begin(log, err) < 0)
		return -1;
	ret = hl_keys_is_logged(log, restate->key, HL_KEY_REVOKED, err);
	if (ret == 0 && (hl_keys_restate_log(restate, err) < 0 ||
			 hl_keys_log(log, restate->actor, restate->key,
				     HL_KEY_REVOKED, err) < 0))
		ret = -1;
	if (ret == 0)
		return hl_log_commit(log, err);
	hl_log_rollback(log);
	return ret < 0 ? -1 : 0;
}

static int revoke(struct hl_keys_restate *restate, struct hl_key *key,
		  struct hl_error *err)
{
	struct hl_error warning;

	if (hl_keys_restate_addresses(restate, err) < 0)
		return -1;
	err->code = HL_ERROR_NONE;
	if (log_revoked(restate, err) < 0)
		return -1;
	warning = *err;
	if (key->status != HL_KEY_STATUS_REVOKED) {
		key->status = HL_KEY_STATUS_REVOKED;
		if (hl_keys_put(restate->log, key, err) < 0)
			return -1;
	}
	*err = warning;
	return 0;
}

int hl_keys_revoke(struct hl_log *log, const struct hl_actor *actor,
		   const unsigned char id[HL_KEY_ID_SIZE], const char *trusted,
		   bool accept_loss, hl_keys_lost_func *func, void *context,
		   struct hl_keys_revoked *result_r, struct hl_error *err)
{
	struct hl_keys_restate restate = {
		.log = log,
		.actor = actor,
		.key = &result_r->key,
		.func = func,
		.context = context,
	};
	int ret;

	memset(result_r, 0, sizeof(*result_r));
	/* nothing is changed for a question that is refused */
	if (hl_log_snapshot_begin(log, err) < 0)
		return -1;
	ret = check_key(log, id, &result_r->key, err);
	hl_log_snapshot_end(log);
	if (ret == 0)
		ret = plan(&restate, trusted, accept_loss, err);
	/* now that it is wanted: again, for good */
	restate.count = 0;
	restate.lost = 0;
	if (ret == 0)
		ret = stop_key(log, id, &result_r->key, err);
	if (ret == 0)
		ret = plan(&restate, trusted, accept_loss, err);
	if (ret == 0)
		ret = revoke(&restate, &result_r->key, err);
	result_r->restated = restate.restated;
	result_r->lost = restate.lost;
	free(restate.seqs);
	return ret;
}
