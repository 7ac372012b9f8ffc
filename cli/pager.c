#include "pager.h"

#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ahead of what the pager has read, which is what its screen shows. */
#define AHEAD_BYTES 4096

/* What can't be started reads nothing, so that cat can take its place. */
#define SCRIPT \
	"eval \"$1\"; status=$?; " \
	"case $status in 126|127) exec /bin/cat;; esac; exit $status"
#define DEFAULT_PAGER "command -v less >/dev/null || exec /bin/cat; exec less"

struct pager {
	FILE *file;
	/* where file leads to otherwise */
	int saved_fd;
	pid_t pid;
	struct sigaction child, interrupt, quit;
};

/* of the one pager that there is */
static volatile sig_atomic_t pager_pid;

/* The user left it. Nothing is written by a command that pages. */
static void child_ended(int signo)
{
	int saved_errno = errno;

	(void)signo;
	if (waitpid((pid_t)pager_pid, NULL, WNOHANG) == (pid_t)pager_pid)
		_exit(0);
	errno = saved_errno;
}

/* Someone who may run this program as another user shall not get that user's
   shell by it. */
static bool is_foreign(void)
{
	return getenv("SUDO_UID") != NULL || getuid() != geteuid() ||
	       getgid() != getegid();
}

/* NULL: none is wanted. */
static const char *choose(void)
{
	const char *term = getenv("TERM"), *name = getenv("PAGER");

	if (term == NULL || strcmp(term, "dumb") == 0)
		return NULL;
	if (name == NULL || is_foreign())
		return DEFAULT_PAGER;
	return *name == '\0' || strcmp(name, "cat") == 0 ? NULL : name;
}

static void run(const char *command, int fd)
{
	sigset_t none;

	if (is_foreign())
		setenv("LESSSECURE", "1", 1);
	/* quit if it fits on the screen, let colours be, leave it there */
	setenv("LESS", "FRX", 0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fd, STDIN_FILENO) < 0)
		_exit(127);
	execl("/bin/sh", "sh", "-c", SCRIPT, "sh", command, (char *)NULL);
	_exit(127);
}

/* The interrupt key is for the pager, which stays. */
static void handle_signals(struct pager *pager)
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, &pager->interrupt);
	sigaction(SIGQUIT, &action, &pager->quit);
	action.sa_handler = child_ended;
	action.sa_flags = SA_RESTART;
	sigaction(SIGCHLD, &action, &pager->child);
}

static void restore_signals(const struct pager *pager)
{
	sigaction(SIGCHLD, &pager->child, NULL);
	sigaction(SIGINT, &pager->interrupt, NULL);
	sigaction(SIGQUIT, &pager->quit, NULL);
}

static int start(struct pager *pager, const char *command, int fds[2])
{
	pager->saved_fd = fcntl(fileno(pager->file), F_DUPFD_CLOEXEC, 3);
	if (pager->saved_fd < 0)
		return -1;
	pager->pid = fork();
	if (pager->pid == 0)
		run(command, fds[0]);
	if (pager->pid < 0 || dup2(fds[1], fileno(pager->file)) < 0) {
		close(pager->saved_fd);
		return -1;
	}
	return 0;
}

struct pager *pager_open(FILE *file)
{
	const char *command = choose();
	struct pager *pager;
	int fds[2], ret;

	if (command == NULL || fflush(file) != 0 || pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	/* as little as it takes is fine, but isn't needed */
	(void)fcntl(fds[1], F_SETPIPE_SZ, AHEAD_BYTES);
	pager = calloc(1, sizeof(*pager));
	ret = -1;
	if (pager != NULL) {
		pager->file = file;
		ret = start(pager, command, fds);
	}
	close(fds[0]);
	close(fds[1]);
	if (ret < 0) {
		free(pager);
		return NULL;
	}
	pager_pid = pager->pid;
	handle_signals(pager);
	return pager;
}

void pager_close(struct pager **_pager)
{
	struct pager *pager = *_pager;
	int fd = fileno(pager->file);

	*_pager = NULL;
	/* from here on it's no news that it ends */
	sigaction(SIGCHLD, &pager->child, NULL);
	(void)fflush(pager->file);
	(void)dup2(pager->saved_fd, fd);
	close(pager->saved_fd);
	while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
		;
	restore_signals(pager);
	free(pager);
}
