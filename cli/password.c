#include "password.h"

#include <errno.h>
#include <fcntl.h>
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
		if (size < 0 && errno == EINTR && caught == 0)
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

static int write_all(int fd, const char *text)
{
	size_t size = strlen(text);

	return write(fd, text, size) == (ssize_t)size ? 0 : -1;
}

/* The echo comes back, whatever signal ends us. */
static int read_without_echo(int fd, char password_r[PASSWORD_SIZE],
			     struct hl_error *err)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT,
				      SIGTSTP};
	enum { COUNT = sizeof(signals) / sizeof(*signals) };
	struct sigaction catcher = {.sa_handler = catch_signal}, old[COUNT];
	struct termios usual, silent;
	size_t i;
	int ret;

	if (tcgetattr(fd, &usual) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "the terminal: %s",
				    strerror(errno));
	caught = 0;
	for (i = 0; i < COUNT; i++)
		sigaction(signals[i], &catcher, &old[i]);
	silent = usual;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	tcsetattr(fd, TCSAFLUSH, &silent);
	ret = password_read(fd, password_r, err);
	tcsetattr(fd, TCSAFLUSH, &usual);
	(void)write_all(fd, "\n");
	for (i = 0; i < COUNT; i++)
		sigaction(signals[i], &old[i], NULL);
	if (caught != 0) {
		sodium_memzero(password_r, PASSWORD_SIZE);
		raise(caught);
		return hl_error_set(err, HL_ERROR_TEMP, "interrupted");
	}
	return ret;
}

int password_ask(const char *prompt, char password_r[PASSWORD_SIZE],
		 struct hl_error *err)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int ret = -1;

	if (fd < 0)
		return hl_error_set(err, HL_ERROR_USAGE,
				    "there is no terminal to ask for the "
				    "password; use --password-fd or --netrc");
	if (write_all(fd, prompt) < 0)
		hl_error_set(err, HL_ERROR_TEMP, "the terminal: %s",
			     strerror(errno));
	else
		ret = read_without_echo(fd, password_r, err);
	close(fd);
	return ret;
}
