/* Declaring a loss: an older state of the store becomes the log. */

#include "hl-admin.h"
#include "hl-log-private.h"
#include "hl-verify.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

struct recover {
	const struct hl_config *config;
	struct hl_error *err;
	/* whose owner the mark has */
	char like[PATH_MAX];
	/* of the state that becomes the log */
	struct hl_checkpoint head;
	/* the highest that is known to have been */
	struct hl_checkpoint highest;
	bool highest_known;
	/* the first problem of a source that doesn't verify */
	char problem[HL_ERROR_TEXT_SIZE];
};

static bool is_same_file(const char *a, const char *b)
{
	struct stat a_st, b_st;

	return stat(a, &a_st) == 0 && stat(b, &b_st) == 0 &&
	       a_st.st_dev == b_st.st_dev && a_st.st_ino == b_st.st_ino;
}

static void keep_first_problem(uint64_t seq, const char *text, void *context)
{
	struct recover *recover = context;

	if (recover->problem[0] != '\0')
		return;
	if (seq == 0)
		snprintf(recover->problem, sizeof(recover->problem), "%s",
			 text);
	else
		snprintf(recover->problem, sizeof(recover->problem),
			 "entry %llu: %s", (unsigned long long)seq, text);
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

/* What becomes the log must be whole in itself. */
static int verify_source(struct recover *recover, char *location)
{
	struct hl_verify_callbacks callbacks = {keep_first_problem, ignore_note,
						NULL, recover};
	struct hl_config config = *recover->config;
	struct hl_verify_result result;

	config.store = location;
	config.mark = NULL;
	if (hl_verify(&config, NULL, &callbacks, &result, recover->err) < 0)
		return -1;
	if (result.problems != 0)
		return hl_error_set(recover->err, HL_ERROR_STORE,
				    "%s doesn't verify (%llu problems), so it "
				    "can't become the log: %s",
				    location,
				    (unsigned long long)result.problems,
				    recover->problem);
	recover->head = result.head;
	return 0;
}

static bool is_higher(const struct hl_checkpoint *a,
		      const struct hl_checkpoint *b)
{
	return a->epoch != b->epoch ? a->epoch > b->epoch : a->size > b->size;
}

static int find_mark(struct recover *recover, bool in_place)
{
	struct hl_error ignored;

	recover->highest_known = hl_mark_read(recover->config->mark,
					      &recover->highest, &ignored) == 0;
	if (!recover->highest_known)
		return 0;
	if (memcmp(recover->highest.origin, recover->head.origin,
		   HL_ORIGIN_SIZE) != 0)
		return hl_error_set(recover->err, HL_ERROR_DATA,
				    "it belongs to another store (another "
				    "origin) than the one to be recovered");
	if (in_place &&
	    hl_mark_check(&recover->highest, &recover->head, &ignored) == 0)
		return hl_error_set(recover->err, HL_ERROR_DATA,
				    "the store isn't older than its high-water "
				    "mark: there is nothing to recover");
	return 0;
}

/* The mark may lag: the present store, as far as it can be read, knows
   better. */
static void ask_present_store(struct recover *recover, struct hl_store *present)
{
	struct hl_checkpoint head;
	struct hl_keyring *keyring;
	struct hl_head_row row;
	struct hl_error ignored;

	if (hl_keyring_read(recover->config->keyring, &keyring, &ignored) < 0)
		return;
	if (hl_store_get_head(present, &row, &ignored) == 0 &&
	    hl_checkpoint_verify(row.checkpoint, row.checkpoint_size, keyring,
				 &head, &ignored) == 0 &&
	    memcmp(head.origin, recover->head.origin, HL_ORIGIN_SIZE) == 0 &&
	    (!recover->highest_known || is_higher(&head, &recover->highest))) {
		recover->highest = head;
		recover->highest_known = true;
	}
	hl_keyring_free(&keyring);
}

/* With the write lock of the present store: what is lost is known now, and from
   here on nothing is added to it. The mark is raised to it first, so that the
   older store isn't taken for the right one if this is interrupted. */
static int before_replace(struct hl_store *present, void *context,
			  struct hl_error *err)
{
	struct recover *recover = context;

	if (present != NULL)
		ask_present_store(recover, present);
	return recover->highest_known
		       ? hl_mark_write(recover->config->mark, &recover->highest,
				       recover->like, err)
		       : 0;
}

static void describe_loss(const struct recover *recover,
			  struct hl_payload *payload)
{
	const struct hl_checkpoint *head = &recover->head,
				   *highest = &recover->highest;
	bool below = recover->highest_known && is_higher(highest, head);

	payload->lost.epoch = below ? highest->epoch : head->epoch;
	payload->lost.first = head->size + 1;
	payload->lost.extent_known = recover->highest_known;
	payload->lost.last = below && highest->size > head->size ? highest->size
								 : head->size;
	memcpy(payload->lost.root, below ? highest->root : head->root,
	       HL_HASH_SIZE);
}

/* Another recover, or a change of the file that was copied, in between. */
static int check_head(const struct recover *recover, const struct hl_log *log)
{
	const struct hl_checkpoint *head = hl_log_head(log);

	if (head->epoch == recover->head.epoch &&
	    head->size == recover->head.size &&
	    memcmp(head->root, recover->head.root, HL_HASH_SIZE) == 0)
		return 0;
	return hl_error_set(recover->err, HL_ERROR_TEMP,
			    "the store changed while it was being recovered; "
			    "try again");
}

/* An older state may end before the signing key's first entry: it goes on from
   there with the key that signs now. */
static int reach_back(struct recover *recover, struct hl_log *log)
{
	const struct hl_key *known = hl_keyring_find(log->keyring, log->key.id);
	struct hl_key key;

	if (known == NULL || known->first <= recover->head.size + 1)
		return 0;
	key = *known;
	key.first = recover->head.size + 1;
	return hl_key_replace(recover->config->keyring, &key, recover->err);
}

/* Signs the loss, in a new epoch. */
static int sign_loss(struct recover *recover, const struct hl_actor *actor,
		     struct hl_admin_loss *loss_r)
{
	struct hl_error *err = recover->err;
	struct hl_payload payload;
	struct hl_log *log;
	int ret = -1;

	memset(&payload, 0, sizeof(payload));
	describe_loss(recover, &payload);
	loss_r->old_epoch = payload.lost.epoch;
	loss_r->new_epoch = payload.lost.epoch + 1;
	loss_r->first = payload.lost.first;
	loss_r->last = payload.lost.last;
	loss_r->extent_known = payload.lost.extent_known;
	if (hl_actor_apply(actor, &payload, err) < 0 ||
	    hl_log_open(recover->config, true, &log, err) < 0)
		return -1;
	hl_head_ignore_mark(log->head);
	if (reach_back(recover, log) == 0 && hl_log_begin(log, err) == 0) {
		if (check_head(recover, log) < 0 ||
		    hl_log_append_epoch(log, loss_r->new_epoch,
					HL_ACTION_RECOVER, actor->channel,
					&payload, err) < 0)
			hl_log_rollback(log);
		else
			ret = hl_log_commit(log, err);
	}
	hl_log_close(&log);
	return ret;
}

int hl_admin_recover(const struct hl_config *config,
		     const struct hl_actor *actor, const char *from,
		     struct hl_admin_loss *loss_r, struct hl_error *err)
{
	char location[PATH_MAX + 16] = "", *source = config->store;
	struct recover recover;
	bool in_place;

	memset(&recover, 0, sizeof(recover));
	memset(loss_r, 0, sizeof(*loss_r));
	recover.config = config;
	recover.err = err;
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	if (hl_store_find_owner(config->store, config->mark, recover.like,
				err) < 0)
		return -1;
	in_place = from == NULL || (hl_store_is_file(config->store) &&
				    is_same_file(from, recover.like));
	if (!in_place) {
		snprintf(location, sizeof(location), "sqlite:%s", from);
		source = location;
	}
	if (verify_source(&recover, source) < 0 ||
	    find_mark(&recover, in_place) < 0)
		return -1;
	if (!in_place &&
	    hl_store_replace(config->store, from, before_replace, &recover,
			     loss_r->kept, sizeof(loss_r->kept), err) < 0)
		return -1;
	return sign_loss(&recover, actor, loss_r);
}
