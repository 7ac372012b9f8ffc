/* Other programs, run with a deadline. */

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* for who isn't root, or root by su */
#define MORE_PATH     "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"

#define LINE_MAX_SIZE 65536

/* One of the program's pipes, line by line. */
struct stream {
	int fd;
	char line[LINE_MAX_SIZE];
	size_t size;
};

struct program {
	pid_t pid;
	struct timespec deadline;
	struct stream out, errors;
	char last_error[512];
	doctor_line_func *func;
	void *context;
	bool stopped;
};

bool doctor_find(const char *name, char *path_r, size_t path_r_size)
{
	const char *path = getenv("PATH");
	char *dirs = NULL, *rest, *dir;
	bool found = false;

	if (asprintf(&dirs, "%s%s" MORE_PATH, path == NULL ? "" : path,
		     path == NULL ? "" : ":") < 0)
		return false;
	rest = dirs;
	while (!found && (dir = strsep(&rest, ":")) != NULL) {
		if (*dir != '/' || snprintf(path_r, path_r_size, "%s/%s", dir,
					    name) >= (int)path_r_size)
			continue;
		found = access(path_r, X_OK) == 0;
	}
	free(dirs);
	return found;
}

static int milliseconds_left(const struct program *program)
{
	struct timespec now;
	int64_t left;

	clock_gettime(CLOCK_MONOTONIC, &now);
	left = (int64_t)(program->deadline.tv_sec - now.tv_sec) * 1000 +
	       (program->deadline.tv_nsec - now.tv_nsec) / 1000000;
	return left < 0 ? 0 : (int)left;
}

static _Noreturn void be_program(const char *const *argv, int out, int errors)
{
	int null = open("/dev/null", O_RDWR);

	/* so that all it starts can be ended with it */
	setpgid(0, 0);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(errors, STDERR_FILENO) < 0)
		_exit(126);
	signal(SIGPIPE, SIG_DFL);
	setenv("LC_ALL", "C", 1);
	/* const in spirit */
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int start(struct program *program, const char *const *argv,
		 struct hl_error *err)
{
	int out[2], errors[2];

	if (pipe2(out, O_CLOEXEC) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "pipe: %s",
				    strerror(errno));
	if (pipe2(errors, O_CLOEXEC) < 0) {
		close(out[0]);
		close(out[1]);
		return hl_error_set(err, HL_ERROR_TEMP, "pipe: %s",
				    strerror(errno));
	}
	program->pid = fork();
	if (program->pid == 0)
		be_program(argv, out[1], errors[1]);
	close(out[1]);
	close(errors[1]);
	program->out.fd = out[0];
	program->errors.fd = errors[0];
	if (program->pid > 0)
		return 0;
	close(out[0]);
	close(errors[0]);
	return hl_error_set(err, HL_ERROR_TEMP, "no process for %s", argv[0]);
}

static void take_line(struct program *program, struct stream *stream)
{
	if (stream == &program->errors)
		snprintf(program->last_error, sizeof(program->last_error),
			 "%.*s", (int)sizeof(program->last_error) - 1,
			 stream->line);
	else if (!program->stopped && program->func != NULL)
		program->stopped =
			program->func(stream->line, program->context) != 0;
}

/* What is longer than a line may be is cut. */
static void take(struct program *program, struct stream *stream,
		 const char *data, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\n') {
			stream->line[stream->size] = '\0';
			take_line(program, stream);
			stream->size = 0;
		} else if (stream->size < LINE_MAX_SIZE - 1) {
			stream->line[stream->size++] = data[i];
		}
	}
}

static void read_stream(struct program *program, struct stream *stream)
{
	char data[8192];
	ssize_t size = read(stream->fd, data, sizeof(data));

	if (size > 0) {
		take(program, stream, data, (size_t)size);
	} else if (size == 0 || errno != EINTR) {
		if (stream->size > 0)
			take(program, stream, "\n", 1);
		close(stream->fd);
		stream->fd = -1;
	}
}

/* Until both pipes are at their end, or it is to be stopped: 0; or the time is
   over: -1. */
static int read_all(struct program *program)
{
	struct pollfd fds[2];

	while (!program->stopped &&
	       (program->out.fd >= 0 || program->errors.fd >= 0)) {
		int left = milliseconds_left(program);

		/* poll() passes over those that are closed */
		fds[0] = (struct pollfd){program->out.fd, POLLIN, 0};
		fds[1] = (struct pollfd){program->errors.fd, POLLIN, 0};
		if (left == 0 || (poll(fds, 2, left) < 0 && errno != EINTR))
			return -1;
		if (fds[0].revents != 0)
			read_stream(program, &program->out);
		if (fds[1].revents != 0)
			read_stream(program, &program->errors);
	}
	return 0;
}

/* Returns the status, or -1 if it had to be killed. */
static int wait_for_end(struct program *program, bool kill_it)
{
	const struct timespec pause = {0, 5000000};
	int status = -1;

	while (!kill_it && waitpid(program->pid, &status, WNOHANG) == 0) {
		if (milliseconds_left(program) == 0)
			kill_it = true;
		else
			nanosleep(&pause, NULL);
	}
	if (!kill_it)
		return status;
	kill(-program->pid, SIGKILL);
	kill(program->pid, SIGKILL);
	waitpid(program->pid, &status, 0);
	return -1;
}

static int finish(struct program *program, const char *path, bool late,
		  struct hl_error *err)
{
	int status = wait_for_end(program, late || program->stopped);

	if (program->out.fd >= 0)
		close(program->out.fd);
	if (program->errors.fd >= 0)
		close(program->errors.fd);
	if (program->stopped || status == 0)
		return 0;
	if (status < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s didn't end within %d seconds", path,
				    DOCTOR_PROGRAM_PATIENCE);
	if (program->last_error[0] != '\0')
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: %s", path,
				    program->last_error);
	return hl_error_set(err, HL_ERROR_CONFIG, "%s failed", path);
}

int doctor_run(const char *const *argv, doctor_line_func *func, void *context,
	       struct hl_error *err)
{
	struct program *program = calloc(1, sizeof(*program));
	int ret;

	if (program == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	program->func = func;
	program->context = context;
	program->out.fd = program->errors.fd = -1;
	clock_gettime(CLOCK_MONOTONIC, &program->deadline);
	program->deadline.tv_sec += DOCTOR_PROGRAM_PATIENCE;
	ret = start(program, argv, err);
	if (ret == 0)
		ret = finish(program, argv[0], read_all(program) < 0, err);
	free(program);
	return ret;
}
