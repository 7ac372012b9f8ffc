/* hardlink-notice: runs doveadm. */

#include "notice-save.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What doveadm reads from, and a pipe that is at its end once doveadm is: its
   standard output, on which it says nothing. */
struct pipes {
	int in[2], out[2];
};

static int open_pipes(struct pipes *pipes)
{
	if (pipe2(pipes->in, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(pipes->out, O_CLOEXEC) == 0)
		return 0;
	i_close_fd(&pipes->in[0]);
	i_close_fd(&pipes->in[1]);
	return -1;
}

/* Returns an errno. No shell, no environment, no descriptor of ours. */
static int spawn_doveadm(const char *dovecot_config, const char *login,
			 const struct pipes *pipes, pid_t *pid_r)
{
	char *const argv[] = {t_strdup_noconst(HL_DOVEADM),
			      t_strdup_noconst("-c"),
			      t_strdup_noconst(dovecot_config),
			      t_strdup_noconst("save"),
			      t_strdup_noconst("-u"),
			      t_strdup_noconst(login),
			      NULL};
	char *const environment[] = {NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t signals;
	int ret;

	sigemptyset(&signals);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &signals);
	sigaddset(&signals, SIGPIPE);
	posix_spawnattr_setsigdefault(&attr, &signals);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
						POSIX_SPAWN_SETSIGDEF);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipes->in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes->out[1],
					 STDOUT_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	ret = posix_spawn(pid_r, HL_DOVEADM, &actions, &attr, argv,
			  environment);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	return ret;
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the other end is closed; false: it isn't yet after so many seconds. */
static bool wait_for_end(int fd, unsigned int seconds)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	const int64_t end = now_ms() + (int64_t)seconds * 1000;
	char ignored[256];
	int64_t left;

	for (;;) {
		left = end - now_ms();
		if (left <= 0)
			return false;
		if (poll(&pollfd, 1, (int)left) > 0 &&
		    read(fd, ignored, sizeof(ignored)) <= 0)
			return true;
	}
}

static int check_status(pid_t pid, struct hl_error *err)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "doveadm's end wasn't seen: %s",
					    strerror(errno));
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		return hl_error_set(err, HL_ERROR_TEMP,
				    "doveadm save ended with status %d",
				    WEXITSTATUS(status));
	return hl_error_set(err, HL_ERROR_TEMP,
			    "doveadm save was ended by signal %d",
			    WTERMSIG(status));
}

int hld_notice_save(const char *dovecot_config, const char *login,
		    const string_t *mail, unsigned int seconds,
		    struct hl_error *err)
{
	struct pipes pipes;
	bool ended;
	pid_t pid;
	int ret;

	if (open_pipes(&pipes) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "no pipe: %s",
				    strerror(errno));
	ret = spawn_doveadm(dovecot_config, login, &pipes, &pid);
	i_close_fd(&pipes.in[0]);
	i_close_fd(&pipes.out[1]);
	/* All of it has room in the pipe. A doveadm that ended before leaves
	   its status. */
	if (ret == 0)
		(void)!write(pipes.in[1], str_data(mail), str_len(mail));
	i_close_fd(&pipes.in[1]);
	ended = ret == 0 && wait_for_end(pipes.out[0], seconds);
	i_close_fd(&pipes.out[0]);
	if (ret != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "can't run %s: %s",
				    HL_DOVEADM, strerror(ret));
	if (!ended)
		(void)kill(pid, SIGKILL);
	ret = check_status(pid, err);
	return ended ? ret
		     : hl_error_set(err, HL_ERROR_TEMP,
				    "doveadm save didn't end within %u seconds",
				    seconds);
}
