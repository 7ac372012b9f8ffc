/* rcpt-bench PLACE CODE BATCH CONNECTIONS < recipients
 *
 * Sends RCPT for every address on standard input (one a line) to the LMTP
 * server at the unix socket PLACE, or to the SMTP server at the IPv4 address
 * and port PLACE ("127.0.0.1:25"): pipelined, in transactions of BATCH
 * recipients that are reset before DATA, over that many connections at once,
 * each with its share. Every RCPT must be answered with CODE: a fast wrong
 * answer is no result. Prints the number of recipients and the seconds they
 * took; connecting and greeting isn't counted.
 *
 * A batch's replies should stay under 4 KB: above that Nagle's algorithm or a
 * full output buffer on the server's side is measured instead. */

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define BATCH_MAX	1000
#define CONNECTIONS_MAX 100
#define RECIPIENT_MAX	320
#define COMMANDS_SIZE	(BATCH_MAX * (RECIPIENT_MAX + 16) + 256)
#define REPLIES_SIZE	65536
#define SERVER_PATIENCE 60

/* What every RCPT of this run has in common. */
static const char *code;
static size_t batch_size;

struct session {
	pthread_t thread;
	int fd;
	char *const *recipients;
	size_t count;
	char commands[COMMANDS_SIZE];
	char replies[REPLIES_SIZE];
	size_t start, end;
};

struct recipients {
	char **list;
	size_t count;
};

static int connect_unix(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(addr.sun_path))
		errx(EX_USAGE, "%s: path too long for a socket", path);
	strcpy(addr.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		err(EX_TEMPFAIL, "%s", path);
	return fd;
}

static int connect_inet(const char *place)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	const char *colon = strrchr(place, ':');
	char host[INET_ADDRSTRLEN];
	int fd, on = 1;

	if (colon == NULL || (size_t)(colon - place) >= sizeof(host))
		errx(EX_USAGE, "%s: neither a path nor ADDRESS:PORT", place);
	snprintf(host, sizeof(host), "%.*s", (int)(colon - place), place);
	addr.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &addr.sin_addr) != 1)
		errx(EX_USAGE, "%s: not an IPv4 address", host);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		err(EX_TEMPFAIL, "%s", place);
	return fd;
}

static int session_connect(const char *place)
{
	struct timeval patience = {.tv_sec = SERVER_PATIENCE};
	int fd = place[0] == '/' ? connect_unix(place) : connect_inet(place);

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

static void session_expect(struct session *session, const char *expected,
			   const char *command)
{
	char *line;

	do {
		line = session_line(session);
		if (strncmp(line, expected, 3) != 0)
			errx(EX_PROTOCOL, "%s: expected %s, got: %s", command,
			     expected, line);
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
	char *pos =
		stpcpy(session->commands, "MAIL FROM:<bench@example.net>\r\n");

	for (size_t i = 0; i < count; i++) {
		pos = stpcpy(pos, "RCPT TO:<");
		pos = stpcpy(pos, list[i]);
		pos = stpcpy(pos, ">\r\n");
	}
	pos = stpcpy(pos, "RSET\r\n");
	session_send(session, session->commands, pos - session->commands);
}

static void run_batch(struct session *session, char *const *list, size_t count)
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

static struct session *session_start(const char *place)
{
	struct session *session = calloc(1, sizeof(*session));
	const char *hello = place[0] == '/' ? "LHLO bench.example.net\r\n"
					    : "EHLO bench.example.net\r\n";

	if (session == NULL)
		err(EX_OSERR, NULL);
	session->fd = session_connect(place);
	session_expect(session, "220", "greeting");
	session_send(session, hello, strlen(hello));
	session_expect(session, "250", "LHLO or EHLO");
	return session;
}

static void session_quit(struct session *session)
{
	session_send(session, "QUIT\r\n", 6);
	session_expect(session, "221", "QUIT");
	close(session->fd);
	free(session);
}

static void *session_run(void *context)
{
	struct session *session = context;
	size_t left;

	for (size_t i = 0; i < session->count; i += batch_size) {
		left = session->count - i;
		run_batch(session, session->recipients + i,
			  left < batch_size ? left : batch_size);
	}
	return NULL;
}

/* All sessions at once, each with its share of the recipients. */
static double run(struct session *const *sessions, size_t count,
		  const struct recipients *recipients)
{
	double start = now();
	size_t first, next = 0;

	for (size_t i = 0; i < count; i++) {
		first = next;
		next = recipients->count * (i + 1) / count;
		sessions[i]->recipients = recipients->list + first;
		sessions[i]->count = next - first;
		if (pthread_create(&sessions[i]->thread, NULL, session_run,
				   sessions[i]) != 0)
			errx(EX_OSERR, "can't start a thread");
	}
	for (size_t i = 0; i < count; i++)
		pthread_join(sessions[i]->thread, NULL);
	return now() - start;
}

static size_t parse_number(const char *text, const char *what, size_t max)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*end != '\0' || number < 1 || number > max)
		errx(EX_USAGE, "%s is a number from 1 to %zu", what, max);
	return number;
}

int main(int argc, char *argv[])
{
	struct session *sessions[CONNECTIONS_MAX];
	struct recipients recipients;
	size_t connections;
	double seconds;

	if (argc != 5 || strlen(argv[2]) != 3)
		errx(EX_USAGE, "usage: rcpt-bench PLACE CODE BATCH CONNECTIONS "
			       "< recipients");
	code = argv[2];
	batch_size = parse_number(argv[3], "BATCH", BATCH_MAX);
	connections = parse_number(argv[4], "CONNECTIONS", CONNECTIONS_MAX);
	recipients = read_recipients();

	for (size_t i = 0; i < connections; i++)
		sessions[i] = session_start(argv[1]);
	seconds = run(sessions, connections, &recipients);
	printf("%zu %.6f\n", recipients.count, seconds);
	for (size_t i = 0; i < connections; i++)
		session_quit(sessions[i]);
	return EX_OK;
}
