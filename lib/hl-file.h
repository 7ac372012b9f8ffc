#ifndef HL_FILE_H
#define HL_FILE_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* Small files that must be read whole and never be seen half-written: keys,
   the mark. `what` names the file's kind in errors ("signing key"). */

/* Reads a regular file of less than size bytes. A file that is missing, too
   large or not a regular one is an error of the given code; one that may not
   be read, HL_ERROR_PERMISSION. */
int hl_file_read(const char *path, const char *what, enum hl_error_code code,
		 char *buf, size_t size, size_t *size_r, struct stat *st_r,
		 struct hl_error *err);

/* Is it (a file or directory) safe from everybody but root and us: owned by
   one of the two, and not writable for group and others? HL_ERROR_CONFIG says
   what to do. */
int hl_file_check_owner(const char *path, const char *what,
			const struct stat *st, struct hl_error *err);

/* Makes a new file, in one step, on disk when this returns; HL_ERROR_PERMISSION
   if there is one already. */
int hl_file_create(const char *path, const char *what, mode_t mode,
		   const void *data, size_t size, struct hl_error *err);

/* Puts a file in the place of another, in one step, on disk when this returns;
   keeps owner, group and mode of the one that was there. If there was none:
   this mode, owner and group of owner_like. */
int hl_file_replace(const char *path, const char *what, mode_t mode,
		    const char *owner_like, const void *data, size_t size,
		    struct hl_error *err);

/* What tells, without reading it, that a file was changed or replaced. */
struct hl_fingerprint {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
	/* It was changed so shortly before that another change could leave the
	   same times. */
	bool racy;
};

void hl_fingerprint_init(struct hl_fingerprint *seen, const struct stat *st);
/* The same without the doubt about a change that was too quick to be seen; for
   a file that it costs much to read again. */
bool hl_fingerprint_differs(const struct hl_fingerprint *seen,
			    const char *path);
/* Of a file that was looked at already: is it as it was? */
bool hl_fingerprint_fits(const struct hl_fingerprint *seen,
			 const struct stat *st);
/* Has it changed since, might it have, or can't it be looked at? */
bool hl_fingerprint_changed(const struct hl_fingerprint *seen,
			    const char *path);

/* Opens the directory that holds path. Returns the descriptor or -1. */
int hl_file_open_dir_of(const char *path, struct hl_error *err);

#endif
