#include "password.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

/* A signal that came while the echo was off. */
static volatile sig_atomic_t caught;

static void catch_signal(int number)
{
	caught = number;
}

static int end_line(char password[PASSWORD_SIZE], size_t used,
		    struct hl_error *err)
{
	if (used == PASSWORD_SIZE)
		hl_error_set(err, HL_ERROR_DATA, "the password is too long");
	else if (memchr(password, '\0', used) != NULL)
		hl_error_set(err, HL_ERROR_DATA,
			     "the password has a NUL in it");
	else if (used == 0)
		hl_error_set(err, HL_ERROR_DATA, "there is no password");
	else {
		password[used] = '\0';
		return 0;
	}
	sodium_memzero(password, PASSWORD_SIZE);
	return -1;
}

/* Byte by byte: what follows the line may be for somebody else. */
int password_read(int fd, char password_r[PASSWORD_SIZE], struct hl_error *err)
{
	size_t used = 0;
	ssize_t size;

	while (used < PASSWORD_SIZE) {
		size = read(fd, password_r + used, 1);
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			sodium_memzero(password_r, PASSWORD_SIZE);
			return hl_error_set(err, HL_ERROR_DATA,
					    "reading the password: %s",
					    strerror(errno));
		}
		if (size == 0 || password_r[used] == '\n')
			break;
		used++;
	}
	if (used > 0 && used < PASSWORD_SIZE && password_r[used - 1] == '\r')
		used--;
	return end_line(password_r, used, err);
}

/* A terminal that doesn't take it shows nothing: the user sees that. */
static void show(int fd, const char *text)
{
	ssize_t ignored = write(fd, text, strlen(text));

	(void)ignored;
}

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define SIGNALS_COUNT (sizeof(signals) / sizeof(*signals))

/* The echo is gone when the prompt comes, and comes back whatever signal ends
   us. Signals get through in ppoll() alone, so that none is missed; then the
   line is there as a whole. */
static int ask_without_echo(int fd, const char *prompt,
			    const sigset_t *usual_mask,
			    char password_r[PASSWORD_SIZE],
			    struct hl_error *err)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	struct termios usual, silent;
	int ret;

	if (tcgetattr(fd, &usual) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "the terminal: %s",
				    strerror(errno));
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &silent);
	show(fd, prompt);
	do {
		ret = ppoll(&pollfd, 1, NULL, usual_mask);
	} while (ret < 0 && errno == EINTR && caught == 0);
	if (ret < 0)
		hl_error_set(err, HL_ERROR_TEMP, "interrupted");
	else
		ret = password_read(fd, password_r, err);
	tcsetattr(fd, TCSAFLUSH, &usual);
	show(fd, "\n");
	return ret;
}

static int ask_with_signals(int fd, const char *prompt,
			    char password_r[PASSWORD_SIZE],
			    struct hl_error *err)
{
	struct sigaction catcher = {.sa_handler = catch_signal};
	struct sigaction old[SIGNALS_COUNT];
	sigset_t mask, usual_mask;
	size_t i;
	int ret;

	caught = 0;
	sigemptyset(&mask);
	for (i = 0; i < SIGNALS_COUNT; i++)
		sigaddset(&mask, signals[i]);
	sigprocmask(SIG_BLOCK, &mask, &usual_mask);
	for (i = 0; i < SIGNALS_COUNT; i++)
		sigaction(signals[i], &catcher, &old[i]);
	ret = ask_without_echo(fd, prompt, &usual_mask, password_r, err);
	for (i = 0; i < SIGNALS_COUNT; i++)
		sigaction(signals[i], &old[i], NULL);
	sigprocmask(SIG_SETMASK, &usual_mask, NULL);
	if (caught != 0)
		raise(caught);
	return ret;
}

int password_ask(const char *prompt, char password_r[PASSWORD_SIZE],
		 struct hl_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int ret;

	if (fd < 0)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "there is no terminal to ask for the "
				    "password; use --password-fd or --netrc");
	ret = ask_with_signals(fd, prompt, password_r, err);
	close(fd);
	return ret;
}
