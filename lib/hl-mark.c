/* The high-water mark, schema/FORMAT.md section 8. */

#include "hl-checkpoint.h"
#include "hl-file.h"
#include "hl-text.h"

#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAGIC	 "hardlink-mark/1"
#define FILE_MAX 512

static int mark_parse(const char *text, size_t size,
		      struct hl_checkpoint *mark_r, struct hl_error *err)
{
	struct hl_text_reader reader;

	memset(mark_r, 0, sizeof(*mark_r));
	if (hl_text_read_init(&reader, "high-water mark", text, size, MAGIC,
			      err) < 0 ||
	    hl_text_read_hex(&reader, "origin", mark_r->origin,
			     HL_ORIGIN_SIZE) < 0 ||
	    hl_text_read_number(&reader, "epoch", 1, INT64_MAX,
				&mark_r->epoch) < 0 ||
	    hl_text_read_number(&reader, "size", 1, INT64_MAX, &mark_r->size) <
		    0 ||
	    hl_text_read_hex(&reader, "root", mark_r->root, HL_HASH_SIZE) < 0)
		return -1;
	return hl_text_read_end(&reader);
}

int hl_mark_read(const char *path, struct hl_checkpoint *mark_r,
		 struct hl_error *err)
{
	char text[FILE_MAX];
	struct stat st;
	size_t size;

	if (hl_file_read(path, "high-water mark", HL_ERROR_STORE, text,
			 sizeof(text), &size, &st, err) < 0)
		return -1;
	if (mark_parse(text, size, mark_r, err) < 0)
		return hl_error_prefix(err, "%s", path);
	return 0;
}

/* <0, 0, >0 as a is below, level with or above b */
static int compare(const struct hl_checkpoint *a, const struct hl_checkpoint *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return 0;
}

static bool same_origin(const struct hl_checkpoint *a,
			const struct hl_checkpoint *b)
{
	return memcmp(a->origin, b->origin, HL_ORIGIN_SIZE) == 0;
}

static int write_locked(const char *path, const struct hl_checkpoint *head,
			const char *owner_like, struct hl_error *err)
{
	struct hl_text_writer writer;
	struct hl_checkpoint mark;
	struct hl_error ignored;
	char text[FILE_MAX];

	if (hl_mark_read(path, &mark, &ignored) == 0 &&
	    same_origin(&mark, head) && compare(&mark, head) >= 0)
		return 0;
	hl_text_write_init(&writer, text, sizeof(text), MAGIC);
	hl_text_write_hex(&writer, "origin", head->origin, HL_ORIGIN_SIZE);
	hl_text_write_number(&writer, "epoch", head->epoch);
	hl_text_write_number(&writer, "size", head->size);
	hl_text_write_hex(&writer, "root", head->root, HL_HASH_SIZE);
	return hl_file_replace(path, "high-water mark", 0640, owner_like, text,
			       hl_text_write_end(&writer), err);
}

int hl_mark_write(const char *path, const struct hl_checkpoint *head,
		  const char *owner_like, struct hl_error *err)
{
	/* A lock on the directory needs no file of its own. */
	int dir_fd = hl_file_open_dir_of(path, err), ret;

	if (dir_fd < 0)
		return -1;
	while ((ret = flock(dir_fd, LOCK_EX)) < 0 && errno == EINTR)
		;
	if (ret < 0)
		hl_error_set(err, HL_ERROR_TEMP,
			     "high-water mark %s: can't lock its directory: %s",
			     path, strerror(errno));
	else
		ret = write_locked(path, head, owner_like, err);
	close(dir_fd);
	return ret;
}

int hl_mark_check(const struct hl_checkpoint *mark,
		  const struct hl_checkpoint *head, struct hl_error *err)
{
	int order = compare(head, mark);

	if (!same_origin(mark, head))
		return hl_error_set(err, HL_ERROR_STORE,
				    "the store is another one than the "
				    "high-water mark says");
	if (order == 0 && memcmp(mark->root, head->root, HL_HASH_SIZE) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "the store's entries up to %llu aren't "
				    "those that the high-water mark saw",
				    (unsigned long long)head->size);
	if (order < 0)
		return hl_error_set(
			err, HL_ERROR_STORE,
			"the store is older than it was: it ends at entry "
			"%llu of epoch %llu, the high-water mark at %llu of "
			"epoch %llu; put the right database back or run "
			"`hardlinkctl recover`",
			(unsigned long long)head->size,
			(unsigned long long)head->epoch,
			(unsigned long long)mark->size,
			(unsigned long long)mark->epoch);
	return 0;
}
