#include "hl-verify-private.h"
#include "hl-file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define TRIES 5

void verify_problem(struct verify *verify, uint64_t seq, const char *fmt, ...)
{
	char text[HL_ERROR_TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	verify->result->problems++;
	verify->callbacks->problem(seq, text, verify->callbacks->context);
}

void verify_note(struct verify *verify, uint64_t seq, const char *fmt, ...)
{
	char text[HL_ERROR_TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	verify->callbacks->note(seq, text, verify->callbacks->context);
}

static void structure_problem(const char *problem, void *context)
{
	verify_problem(context, 0, "database: %s", problem);
}

static void verify_in_snapshot(struct verify *verify)
{
	struct hl_error err;

	if (hl_store_check(verify->store, structure_problem, verify, &err) < 0)
		verify_problem(verify, 0, "%s", err.text);
	verify_entries(verify);
	verify_compare_erased(verify);
	verify_compare_revoked(verify);
	verify_index(verify);
	verify_head(verify, true);
}

/* A checkpoint that isn't one proves nothing, neither way. may_be_past: whoever
   kept it answers for a key that was revoked since. */
static int read_kept(struct verify *verify, const char *path, bool may_be_past,
		     struct hl_checkpoint *head_r, struct hl_error *err)
{
	char text[HL_CHECKPOINT_MAX];
	struct stat st;
	size_t size;

	if (hl_file_read(path, "checkpoint", HL_ERROR_DATA, text, sizeof(text),
			 &size, &st, err) < 0)
		return -1;
	if ((may_be_past ? hl_checkpoint_verify_past(
				   text, size, verify->keyring, head_r, err)
			 : hl_checkpoint_verify(text, size, verify->keyring,
						head_r, err)) < 0) {
		err->code = HL_ERROR_DATA;
		return hl_error_prefix(err, "%s", path);
	}
	return 0;
}

/* If the entry that it ends with is of its epoch, the tree of what comes up to
   there will be compared. */
static void trust(struct verify *verify)
{
	const struct hl_checkpoint *head = &verify->resume.head;
	struct hl_record record;
	struct hl_entry entry;
	struct hl_error ignored;

	if (memcmp(head->origin, hl_store_origin(verify->store),
		   HL_ORIGIN_SIZE) != 0 ||
	    hl_store_get_entry(verify->store, head->size, &record, &ignored) <=
		    0 ||
	    hl_record_decode(&record, hl_store_origin(verify->store), &entry,
			     &ignored) < 0 ||
	    entry.statement.epoch != head->epoch)
		return;
	verify->trusted = head->size;
	verify_note(verify, 0,
		    "the signatures of the entries up to %llu aren't verified "
		    "again",
		    (unsigned long long)head->size);
}

static int read_checkpoints(struct verify *verify,
			    const struct hl_verify_options *options,
			    struct hl_error *err)
{
	if (options->checkpoint != NULL) {
		if (read_kept(verify, options->checkpoint, true,
			      &verify->kept.head, err) < 0)
			return -1;
		verify->kept.what = "the checkpoint that was kept";
	}
	if (options->resume != NULL) {
		if (read_kept(verify, options->resume, false,
			      &verify->resume.head, err) < 0)
			return -1;
		verify->resume.what = "the checkpoint to resume from";
		trust(verify);
	}
	return 0;
}

/* The keyring, and a state of the store from a moment at which it was so: keys
   may be rotated, and revoked, meanwhile. */
static int begin_snapshot(struct verify *verify, struct hl_error *err)
{
	unsigned int n;

	for (n = 0; n < TRIES; n++) {
		hl_keyring_free(&verify->keyring);
		if (hl_keyring_read(verify->config->keyring, &verify->keyring,
				    err) < 0 ||
		    hl_store_snapshot_begin(verify->store, err) < 0)
			return -1;
		/* one that is just made may seem to change all the time */
		if (n == TRIES - 1 || !hl_keyring_is_stale(verify->keyring))
			break;
		hl_store_snapshot_end(verify->store);
	}
	return 0;
}

static int verify_open(struct verify *verify,
		       const struct hl_verify_options *options,
		       struct hl_error *err)
{
	struct hl_error mark_err;
	int ret;

	if (hl_store_open(verify->config->store, HL_STORE_READ, NULL,
			  &verify->store, err) < 0)
		return -1;
	/* before the snapshot, as it must not be ahead of it */
	if (verify->config->mark != NULL) {
		if (hl_mark_read(verify->config->mark, &verify->mark.head,
				 &mark_err) < 0)
			verify_problem(verify, 0, "%s", mark_err.text);
		else
			verify->mark.what = "the high-water mark";
	}
	if (begin_snapshot(verify, err) < 0)
		return -1;
	ret = read_checkpoints(verify, options, err);
	if (ret < 0)
		hl_store_snapshot_end(verify->store);
	return ret;
}

void verify_free(struct verify *verify)
{
	hl_store_close(&verify->store);
	hl_keyring_free(&verify->keyring);
	hl_range_set_free(&verify->missing);
	hl_range_set_free(&verify->erased);
	free(verify->revoked);
}

unsigned int verify_count_jobs(unsigned int wanted)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (wanted == 0)
		wanted = cores < 1 ? 1 : (unsigned int)cores;
	return wanted > VERIFY_JOBS_MAX ? VERIFY_JOBS_MAX : wanted;
}

int hl_verify_with(const struct hl_config *config,
		   const struct hl_verify_options *options,
		   const struct hl_verify_callbacks *callbacks,
		   struct hl_verify_result *result_r, struct hl_error *err)
{
	static const struct hl_verify_options none;
	struct verify verify;
	int ret;

	if (options == NULL)
		options = &none;
	memset(&verify, 0, sizeof(verify));
	memset(result_r, 0, sizeof(*result_r));
	verify.config = config;
	verify.callbacks = callbacks;
	verify.result = result_r;
	verify.jobs = verify_count_jobs(options->jobs);
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	ret = verify_open(&verify, options, err);
	if (ret == 0) {
		verify_in_snapshot(&verify);
		hl_store_snapshot_end(verify.store);
		result_r->entries = verify.last_seq;
		if (verify.out_of_memory)
			ret = hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	}
	verify_free(&verify);
	return ret;
}

int hl_verify(const struct hl_config *config, const char *checkpoint_path,
	      const struct hl_verify_callbacks *callbacks,
	      struct hl_verify_result *result_r, struct hl_error *err)
{
	const struct hl_verify_options options = {.checkpoint =
							  checkpoint_path};

	return hl_verify_with(config, &options, callbacks, result_r, err);
}
