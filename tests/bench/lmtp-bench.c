/* lmtp-bench SOCKET CODE BATCH < recipients
 *
 * Sends RCPT for every address on standard input (one a line) through one
 * pipelined LMTP session, in transactions of BATCH recipients that are reset
 * before DATA. Every RCPT must be answered with CODE: a fast wrong answer is
 * no result. Prints the number of recipients and the seconds they took.
 *
 * A batch's replies should stay under 4 KB: above that Nagle's algorithm or a
 * full output buffer on the server's side is measured instead. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX	1000
#define RECIPIENT_MAX	320
#define COMMANDS_SIZE	(BATCH_MAX * (RECIPIENT_MAX + 16) + 256)
#define REPLIES_SIZE	65536
#define SERVER_PATIENCE 60

struct session {
	int fd;
	char replies[REPLIES_SIZE];
	size_t start, end;
};

struct recipients {
	char **list;
	size_t count;
};

static int session_connect(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = SERVER_PATIENCE};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(EX_USAGE, "%s: path too long for a socket", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		err(EX_TEMPFAIL, "%s", path);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0)
		err(EX_OSERR, "setsockopt");
	return fd;
}

/* The next reply line without its line end; valid until the next call. */
static char *session_line(struct session *session)
{
	for (;;) {
		char *line = session->replies + session->start;
		char *lf = memchr(line, '\n', session->end - session->start);
		ssize_t got;

		if (lf != NULL) {
			session->start = lf + 1 - session->replies;
			*lf = '\0';
			return line;
		}
		memmove(session->replies, line, session->end - session->start);
		session->end -= session->start;
		session->start = 0;
		if (session->end == REPLIES_SIZE)
			errx(EX_PROTOCOL, "endless reply line");
		got = read(session->fd, session->replies + session->end,
			   REPLIES_SIZE - session->end);
		if (got < 0)
			err(EX_TEMPFAIL, "no reply");
		if (got == 0)
			errx(EX_PROTOCOL, "the server closed the session");
		session->end += got;
	}
}

static void session_expect(struct session *session, const char *code,
			   const char *command)
{
	char *line;

	do {
		line = session_line(session);
		if (strncmp(line, code, 3) != 0)
			errx(EX_PROTOCOL, "%s: expected %s, got: %s", command,
			     code, line);
	} while (line[3] == '-');
}

static void session_send(struct session *session, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t sent = write(session->fd, data, size);

		if (sent < 0)
			err(EX_TEMPFAIL, "can't send");
		data += sent;
		size -= sent;
	}
}

static void send_batch(struct session *session, char *const *list, size_t count)
{
	static char commands[COMMANDS_SIZE];
	char *pos = stpcpy(commands, "MAIL FROM:<bench@example.net>\r\n");

	for (size_t i = 0; i < count; i++) {
		pos = stpcpy(pos, "RCPT TO:<");
		pos = stpcpy(pos, list[i]);
		pos = stpcpy(pos, ">\r\n");
	}
	pos = stpcpy(pos, "RSET\r\n");
	session_send(session, commands, pos - commands);
}

static void run_batch(struct session *session, const char *code,
		      char *const *list, size_t count)
{
	send_batch(session, list, count);
	session_expect(session, "250", "MAIL");
	for (size_t i = 0; i < count; i++)
		session_expect(session, code, list[i]);
	session_expect(session, "250", "RSET");
}

static struct recipients read_recipients(void)
{
	struct recipients recipients = {0};
	size_t allocated = 0, size = 0;
	char *line = NULL;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[--len] = '\0';
		if (len > RECIPIENT_MAX)
			errx(EX_DATAERR, "recipient too long: %s", line);
		if (recipients.count == allocated) {
			allocated = allocated == 0 ? 1024 : allocated * 2;
			recipients.list =
				reallocarray(recipients.list, allocated,
					     sizeof(*recipients.list));
			if (recipients.list == NULL)
				err(EX_OSERR, NULL);
		}
		recipients.list[recipients.count++] = line;
		line = NULL;
	}
	if (ferror(stdin) || recipients.count == 0)
		errx(EX_NOINPUT, "no recipients on standard input");
	return recipients;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

int main(int argc, char *argv[])
{
	static struct session session;
	struct recipients recipients;
	size_t batch;
	double start;

	if (argc != 4 || strlen(argv[2]) != 3)
		errx(EX_USAGE,
		     "usage: lmtp-bench SOCKET CODE BATCH < recipients");
	batch = strtoul(argv[3], NULL, 10);
	if (batch < 1 || batch > BATCH_MAX)
		errx(EX_USAGE, "BATCH is a number from 1 to %d", BATCH_MAX);
	recipients = read_recipients();

	session.fd = session_connect(argv[1]);
	session_expect(&session, "220", "greeting");
	session_send(&session, "LHLO bench.example.net\r\n", 24);
	session_expect(&session, "250", "LHLO");

	start = now();
	for (size_t i = 0; i < recipients.count; i += batch) {
		size_t left = recipients.count - i;

		run_batch(&session, argv[2], recipients.list + i,
			  left < batch ? left : batch);
	}
	printf("%zu %.6f\n", recipients.count, now() - start);

	session_send(&session, "QUIT\r\n", 6);
	close(session.fd);
	return EX_OK;
}
