#include "long-log.h"
#include "hl-erase.h"
#include "hl-keys.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>
#include <cmocka.h>

static const struct hl_actor actor = {HL_CHANNEL_ADMIN, "tester", "tampering"};

static void must(int ret, const struct hl_error *err)
{
	if (ret < 0)
		fail_msg("%s", err->text);
}

static struct hl_log *open_log(struct long_log *log)
{
	struct hl_log *result;

	must(hl_log_open(&log->fixture.config, true, &result,
			 &log->fixture.err),
	     &log->fixture.err);
	return result;
}

static const char *address(struct long_log *log, unsigned int n)
{
	assert_true(n < LONG_LOG_ADDRESSES);
	if (n >= log->count)
		log->count = n + 1;
	snprintf(log->addresses[n], sizeof(log->addresses[n]),
		 "u%u@example.org", n);
	return log->addresses[n];
}

/* first to last - 1 */
static void move(struct long_log *log, unsigned int first, unsigned int last,
		 unsigned int target, int64_t seconds)
{
	char new[64];

	for (; first < last; first++) {
		snprintf(new, sizeof(new), "u%u-%u@example.net", first, target);
		must(fixture_set(&log->fixture, address(log, first), new,
				 seconds, true),
		     &log->fixture.err);
	}
}

static void block(struct long_log *log, unsigned int n)
{
	struct hl_address old = fixture_address(address(log, n));
	struct hl_log *open = open_log(log);
	struct hl_change_result result;
	struct hl_error *err = &log->fixture.err;

	must(hl_log_begin(open, err), err);
	must(hl_change_block(open, &actor, &old, true, &result, err), err);
	must(hl_log_commit(open, err), err);
	hl_log_close(&open);
}

static void sweep(struct long_log *log)
{
	struct hl_log *open = open_log(log);
	struct hl_error *err = &log->fixture.err;
	struct hl_payload payload;

	memset(&payload, 0, sizeof(payload));
	must(hl_log_begin(open, err), err);
	must(hl_actor_apply(&actor, &payload, err), err);
	payload.sweep.horizon = hl_log_now(open);
	must(hl_log_append(open, HL_ACTION_SWEEP, actor.channel, &payload, err),
	     err);
	must(hl_log_commit(open, err), err);
	hl_log_close(&open);
}

/* The address, or NULL: what is over by now. */
static void erase(struct long_log *log, const char *text)
{
	struct hl_log *open = open_log(log);
	struct hl_error *err = &log->fixture.err;
	struct hl_erase found;
	struct hl_address old;

	must(hl_log_snapshot_begin(open, err), err);
	if (text == NULL) {
		must(hl_erase_find_before(open, time(NULL) + 1, &found, err),
		     err);
	} else {
		old = fixture_address(text);
		must(hl_erase_find_address(open, &old, &found, err), err);
	}
	hl_log_snapshot_end(open);
	assert_true(found.count > 0);
	must(hl_erase_run(open, &actor, &found, err), err);
	hl_erase_free(&found);
	hl_log_close(&open);
}

static void rotate(struct long_log *log, struct hl_signing_key *former)
{
	struct hl_log *open = open_log(log);
	struct hl_error *err = &log->fixture.err;
	struct hl_keys_rotated rotated;

	must(hl_signing_key_read(log->fixture.config.signing_key, former, err),
	     err);
	must(hl_log_begin(open, err), err);
	must(hl_keys_rotate(open, &actor, "", &rotated, err), err);
	must(hl_log_commit(open, err), err);
	hl_log_close(&open);
}

static int ignore_lost(const struct hl_address *lost, void *context,
		       struct hl_error *err)
{
	(void)lost;
	(void)context;
	(void)err;
	return 0;
}

/* With all of it proven. */
static void revoke(struct long_log *log)
{
	struct hl_error *err = &log->fixture.err;
	struct hl_keys_revoked revoked;
	struct hl_head_row head;
	struct hl_log *open;
	char path[192];
	FILE *file;

	snprintf(path, sizeof(path), "%s/kept", log->fixture.dir);
	open = open_log(log);
	must(hl_log_snapshot_begin(open, err), err);
	must(hl_store_get_head(hl_log_store(open), &head, err), err);
	file = fopen(path, "w");
	assert_non_null(file);
	fwrite(head.checkpoint, 1, head.checkpoint_size, file);
	assert_int_equal(fclose(file), 0);
	hl_log_snapshot_end(open);
	hl_log_close(&open);
	rotate(log, &log->revoked);
	open = open_log(log);
	must(hl_keys_revoke(open, &actor, log->revoked.id, path, false,
			    ignore_lost, NULL, &revoked, err),
	     err);
	assert_true(revoked.restated > 10);
	hl_log_close(&open);
}

static uint64_t size(struct long_log *log)
{
	struct hl_log *open = open_log(log);
	uint64_t result;

	must(hl_log_snapshot_begin(open, &log->fixture.err), &log->fixture.err);
	result = hl_log_head(open)->size;
	hl_log_snapshot_end(open);
	hl_log_close(&open);
	return result;
}

static void fill(struct long_log *log)
{
	unsigned int n;

	move(log, 0, 30, 1, 0);
	move(log, 0, 12, 2, 86400);
	for (n = 20; n < 24; n++)
		must(fixture_unset(&log->fixture, address(log, n)),
		     &log->fixture.err);
	for (n = 24; n < 27; n++)
		block(log, n);
	sweep(log);
	erase(log, NULL);
	move(log, 5, 15, 3, 0);
	must(fixture_unset(&log->fixture, address(log, 29)), &log->fixture.err);
	revoke(log);
	/* what the revoked key said of it, too */
	erase(log, "u29@example.org");
	move(log, 30, 40, 1, 0);
	move(log, 10, 20, 4, 86400);
	sweep(log);
	rotate(log, &log->retired);
	for (n = 40; size(log) < LONG_LOG_ENTRIES; n++)
		move(log, n % LONG_LOG_ADDRESSES, n % LONG_LOG_ADDRESSES + 1,
		     5 + n, 0);
	must(hl_signing_key_read(log->fixture.config.signing_key, &log->current,
				 &log->fixture.err),
	     &log->fixture.err);
}

void long_log_init(struct long_log *log)
{
	struct hl_lookup *lookup;
	unsigned int n;

	memset(log, 0, sizeof(*log));
	fixture_init(&log->fixture, "/dev/shm");
	fill(log);
	assert_int_equal(size(log), LONG_LOG_ENTRIES);
	if (fixture_verify(&log->fixture) != 0)
		fail_msg("%s", log->fixture.err.text);
	lookup = hl_lookup_init(&log->fixture.config);
	for (n = 0; n < log->count; n++)
		snprintf(log->answers[n], sizeof(log->answers[n]), "%s",
			 fixture_answer(lookup, log->addresses[n]));
	hl_lookup_deinit(&lookup);
	fixture_sql(&log->fixture, "PRAGMA wal_checkpoint(TRUNCATE)");
}
