#ifndef OPENSMTPD_INPUT_H
#define OPENSMTPD_INPUT_H

#include "hl-error.h"

#include <stddef.h>

/* What smtpd writes, line by line. */

/* A longer line is cut: what stands behind is no address any more. */
#define OPENSMTPD_LINE_MAX 4096

struct opensmtpd_input {
	int fd, signal_fd;
	/* the beginning of a line that is too long, and room to read on */
	char buf[2 * OPENSMTPD_LINE_MAX];
	/* what was read, and how much of it was given away */
	size_t used, given;
};

enum opensmtpd_input_result {
	OPENSMTPD_INPUT_LINE,
	OPENSMTPD_INPUT_SIGNAL,
	/* no line follows; an unfinished one is none */
	OPENSMTPD_INPUT_END
};

/* The signal is blocked from now on, and comes out of
   opensmtpd_input_next(). */
int opensmtpd_input_init(struct opensmtpd_input *input, int fd, int number,
			 struct hl_error *err);
void opensmtpd_input_deinit(struct opensmtpd_input *input);

/* The next line without its LF, good until the next call. */
enum opensmtpd_input_result opensmtpd_input_next(struct opensmtpd_input *input,
						 const char **line_r,
						 size_t *size_r);

#endif
