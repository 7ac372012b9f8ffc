#include "opensmtpd-input.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

int opensmtpd_input_init(struct opensmtpd_input *input, int fd, int number,
			 struct hl_error *err)
{
	sigset_t set;

	input->fd = fd;
	input->used = input->given = 0;
	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	/* smtpd ignores SIGHUP, and leaves that to its children. */
	signal(number, SIG_DFL);
	input->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (input->signal_fd < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "signalfd: %s",
				    strerror(errno));
	return 0;
}

void opensmtpd_input_deinit(struct opensmtpd_input *input)
{
	close(input->signal_fd);
}

/* false: not yet all of it. */
static bool take_line(struct opensmtpd_input *input, const char **line_r,
		      size_t *size_r)
{
	const char *start = input->buf + input->given;
	const char *end = memchr(start, '\n', input->used - input->given);
	size_t size;

	if (end == NULL)
		return false;
	size = (size_t)(end - start);
	input->given += size + 1;
	*line_r = start;
	*size_r = size < OPENSMTPD_LINE_MAX ? size : OPENSMTPD_LINE_MAX;
	return true;
}

/* What is left goes to the front; of a line that is too long, only its
   beginning. */
static void make_room(struct opensmtpd_input *input)
{
	input->used -= input->given;
	memmove(input->buf, input->buf + input->given, input->used);
	input->given = 0;
	if (input->used > OPENSMTPD_LINE_MAX)
		input->used = OPENSMTPD_LINE_MAX;
}

/* -1 at the end. */
static int read_some(struct opensmtpd_input *input)
{
	ssize_t ret = read(input->fd, input->buf + input->used,
			   sizeof(input->buf) - input->used);

	if (ret < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	input->used += (size_t)ret;
	return ret == 0 ? -1 : 0;
}

enum opensmtpd_input_result opensmtpd_input_next(struct opensmtpd_input *input,
						 const char **line_r,
						 size_t *size_r)
{
	struct pollfd fds[] = {{.fd = input->signal_fd, .events = POLLIN},
			       {.fd = input->fd, .events = POLLIN}};
	struct signalfd_siginfo info;

	while (!take_line(input, line_r, size_r)) {
		make_room(input);
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return OPENSMTPD_INPUT_END;
		if (read(input->signal_fd, &info, sizeof(info)) > 0)
			return OPENSMTPD_INPUT_SIGNAL;
		if (fds[1].revents != 0 && read_some(input) < 0)
			return OPENSMTPD_INPUT_END;
	}
	return OPENSMTPD_INPUT_LINE;
}
