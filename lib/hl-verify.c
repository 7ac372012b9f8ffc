#include "hl-verify-private.h"
#include "hl-file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	verify_head(verify);
}

/* A checkpoint that isn't one proves nothing, neither way. */
static int read_kept(struct verify *verify, const char *path,
		     struct hl_error *err)
{
	char text[HL_CHECKPOINT_MAX];
	struct stat st;
	size_t size;

	if (hl_file_read(path, "checkpoint", HL_ERROR_DATA, text, sizeof(text),
			 &size, &st, err) < 0)
		return -1;
	if (hl_checkpoint_verify_past(text, size, verify->keyring,
				      &verify->kept.head, err) < 0) {
		err->code = HL_ERROR_DATA;
		return hl_error_prefix(err, "%s", path);
	}
	verify->kept.what = "the checkpoint that was kept";
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

static int verify_open(struct verify *verify, const char *checkpoint_path,
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
	if (checkpoint_path == NULL)
		return 0;
	ret = read_kept(verify, checkpoint_path, err);
	if (ret < 0)
		hl_store_snapshot_end(verify->store);
	return ret;
}

int hl_verify(const struct hl_config *config, const char *checkpoint_path,
	      const struct hl_verify_callbacks *callbacks,
	      struct hl_verify_result *result_r, struct hl_error *err)
{
	struct verify verify;
	int ret;

	memset(&verify, 0, sizeof(verify));
	memset(result_r, 0, sizeof(*result_r));
	verify.config = config;
	verify.callbacks = callbacks;
	verify.result = result_r;
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	ret = verify_open(&verify, checkpoint_path, err);
	if (ret == 0) {
		verify_in_snapshot(&verify);
		hl_store_snapshot_end(verify.store);
		result_r->entries = verify.last_seq;
		if (verify.out_of_memory)
			ret = hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	}
	hl_store_close(&verify.store);
	hl_keyring_free(&verify.keyring);
	hl_range_set_free(&verify.missing);
	hl_range_set_free(&verify.erased);
	free(verify.revoked);
	return ret;
}
