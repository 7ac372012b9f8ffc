#include "hl-service.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define HANDSHAKE	"VERSION\thardlink\t1\t0\n"
#define HANDSHAKE_MAJOR "VERSION\thardlink\t1\t"

struct hl_service {
	int fd, patience_ms;
	bool broken;
	/* in CLOCK_MONOTONIC's milliseconds: of the command in progress */
	int64_t deadline;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	/* what was read and not given out yet begins at in_pos */
	char in[HL_SERVICE_LINE_MAX];
	size_t in_pos, in_size;
	/* of the line that was given out */
	char line[HL_SERVICE_LINE_MAX];
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int fail(struct hl_service *service, const char *what,
		struct hl_error *err)
{
	service->broken = true;
	return hl_error_set(err, HL_ERROR_TEMP, "hardlinkd (%s): %s",
			    service->path, what);
}

/* Waits until the socket is ready for this. */
static int wait_for(struct hl_service *service, short events,
		    struct hl_error *err)
{
	struct pollfd pollfd = {.fd = service->fd, .events = events};
	int64_t left;
	int ret;

	for (;;) {
		left = service->deadline - now_ms();
		ret = left <= 0 ? 0 : poll(&pollfd, 1, (int)left);
		if (ret > 0)
			return 0;
		if (ret == 0)
			return fail(service, "it doesn't answer; try again",
				    err);
		if (errno != EINTR)
			return fail(service, strerror(errno), err);
	}
}

static int send_all(struct hl_service *service, const char *data, size_t size,
		    struct hl_error *err)
{
	ssize_t sent;

	while (size > 0) {
		sent = send(service->fd, data, size,
			    MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent >= 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN) {
			if (wait_for(service, POLLOUT, err) < 0)
				return -1;
		} else if (errno != EINTR) {
			return fail(service, "it hung up; try again", err);
		}
	}
	return 0;
}

/* Reads more behind what is there. */
static int read_more(struct hl_service *service, struct hl_error *err)
{
	ssize_t size;

	service->in_size -= service->in_pos;
	memmove(service->in, service->in + service->in_pos, service->in_size);
	service->in_pos = 0;
	if (service->in_size == sizeof(service->in))
		return fail(service, "it sent too long a line", err);
	for (;;) {
		if (wait_for(service, POLLIN, err) < 0)
			return -1;
		size = recv(service->fd, service->in + service->in_size,
			    sizeof(service->in) - service->in_size,
			    MSG_DONTWAIT);
		if (size > 0) {
			service->in_size += (size_t)size;
			return 0;
		}
		if (size == 0)
			return fail(service, "it hung up; try again", err);
		if (errno != EAGAIN && errno != EINTR)
			return fail(service, strerror(errno), err);
	}
}

/* The next line, terminated in the place of its LF, in service->line. */
static int read_line(struct hl_service *service, struct hl_error *err)
{
	const char *start, *end;
	size_t size;

	for (;;) {
		start = service->in + service->in_pos;
		size = service->in_size - service->in_pos;
		end = memchr(start, '\n', size);
		if (end != NULL)
			break;
		if (read_more(service, err) < 0)
			return -1;
	}
	size = (size_t)(end - start);
	if (memchr(start, 0, size) != NULL)
		return fail(service, "it sent a NUL", err);
	memcpy(service->line, start, size);
	service->line[size] = '\0';
	service->in_pos += size + 1;
	return 0;
}

static int handshake(struct hl_service *service, struct hl_error *err)
{
	service->deadline = now_ms() + service->patience_ms;
	if (send_all(service, HANDSHAKE, strlen(HANDSHAKE), err) < 0 ||
	    read_line(service, err) < 0)
		return -1;
	if (strncmp(service->line, HANDSHAKE_MAJOR, strlen(HANDSHAKE_MAJOR)) !=
	    0)
		return fail(service,
			    "it speaks another version of the "
			    "protocol, or it isn't hardlinkd",
			    err);
	return 0;
}

/* not_there_r: so that a caller may do without. */
static int connect_failed(struct hl_service *service, int error,
			  bool *not_there_r, struct hl_error *err)
{
	*not_there_r =
		error == ENOENT || error == ECONNREFUSED || error == EACCES;
	if (error == ENOENT || error == ECONNREFUSED)
		return fail(service, "the service isn't running", err);
	if (error == EAGAIN)
		return fail(service, "it is too busy; try again", err);
	hl_error_set(err, error == EACCES ? HL_ERROR_PERMISSION : HL_ERROR_TEMP,
		     "hardlinkd (%s): %s", service->path, strerror(error));
	return -1;
}

static int service_open(struct hl_service *service, const char *path,
			bool *not_there_r, struct hl_error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t size = strlen(path);

	/* nobody can listen there */
	*not_there_r = size >= sizeof(address.sun_path);
	if (*not_there_r)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: too long for a socket's path", path);
	memcpy(address.sun_path, path, size + 1);
	memcpy(service->path, path, size + 1);
	service->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (service->fd < 0 || connect(service->fd, (struct sockaddr *)&address,
				       sizeof(address)) < 0)
		return connect_failed(service, errno, not_there_r, err);
	return handshake(service, err);
}

static int service_connect(const char *path, int patience_ms,
			   struct hl_service **service_r, bool *not_there_r,
			   struct hl_error *err)
{
	struct hl_service *service = calloc(1, sizeof(*service));

	*not_there_r = false;
	*service_r = NULL;
	if (service == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	service->fd = -1;
	service->patience_ms = patience_ms;
	if (service_open(service, path, not_there_r, err) < 0) {
		hl_service_close(&service);
		return -1;
	}
	*service_r = service;
	return 0;
}

int hl_service_connect(const char *path, int patience_ms,
		       struct hl_service **service_r, struct hl_error *err)
{
	bool not_there;

	return service_connect(path, patience_ms, service_r, &not_there, err);
}

int hl_service_connect_if_running(const char *path, int patience_ms,
				  struct hl_service **service_r,
				  struct hl_error *err)
{
	bool not_there;

	if (service_connect(path, patience_ms, service_r, &not_there, err) == 0)
		return 1;
	if (!not_there)
		return -1;
	memset(err, 0, sizeof(*err));
	return 0;
}

void hl_service_close(struct hl_service **_service)
{
	struct hl_service *service = *_service;

	*_service = NULL;
	if (service == NULL)
		return;
	if (service->fd >= 0)
		close(service->fd);
	free(service);
}

bool hl_service_is_broken(const struct hl_service *service)
{
	return service->broken;
}

/* Adds a field, escaped, and the byte behind it. */
static bool add_word(char *line, size_t *used, const char *word, char behind)
{
	static const char special[] = "\001\t\n\r";
	static const char names[] = "1tnr";
	const char *found;

	for (; *word != '\0'; word++) {
		if (*used + 4 > HL_SERVICE_LINE_MAX)
			return false;
		found = strchr(special, *word);
		if (found != NULL)
			line[(*used)++] = '\001';
		line[(*used)++] =
			found == NULL ? *word : names[found - special];
	}
	line[(*used)++] = behind;
	return true;
}

static int send_words(struct hl_service *service, const char *const *words,
		      struct hl_error *err)
{
	char line[HL_SERVICE_LINE_MAX];
	size_t used = 0;

	for (; *words != NULL; words++) {
		if (!add_word(line, &used, *words,
			      words[1] == NULL ? '\n' : '\t'))
			return hl_error_set(err, HL_ERROR_DATA,
					    "that is too long to be asked");
	}
	return send_all(service, line, used, err);
}

/* In place. -1 for an escape that there isn't. */
static int unescape(char *field)
{
	static const char special[] = "\001\t\n\r";
	static const char names[] = "1tnr";
	const char *found;
	char *to = field;

	for (; *field != '\0'; field++) {
		if (*field != '\001') {
			*to++ = *field;
			continue;
		}
		field++;
		found = *field == '\0' ? NULL : strchr(names, *field);
		if (found == NULL)
			return -1;
		*to++ = special[found - names];
	}
	*to = '\0';
	return 0;
}

/* Splits the line behind its first word. */
static int split(struct hl_service *service, char *rest,
		 struct hl_service_line *line_r, struct hl_error *err)
{
	char *field;

	line_r->count = 0;
	while ((field = strsep(&rest, "\t")) != NULL) {
		if (line_r->count == HL_SERVICE_FIELDS_MAX ||
		    unescape(field) < 0)
			return fail(service, "it sent a malformed line", err);
		line_r->fields[line_r->count++] = field;
	}
	return 0;
}

static int take_failure(struct hl_service *service,
			const struct hl_service_line *line,
			struct hl_error *err)
{
	static const struct {
		const char *name;
		enum hl_error_code code;
	} codes[] = {
		{"usage", HL_ERROR_USAGE},
		{"data", HL_ERROR_DATA},
		{"notfound", HL_ERROR_NOT_FOUND},
		{"temp", HL_ERROR_TEMP},
		{"permission", HL_ERROR_PERMISSION},
		{"config", HL_ERROR_CONFIG},
		{"store", HL_ERROR_STORE},
	};
	size_t i;

	for (i = 0; line->count >= 2 && i < sizeof(codes) / sizeof(*codes);
	     i++) {
		if (strcmp(codes[i].name, line->fields[0]) == 0)
			return hl_error_set(err, codes[i].code, "%s",
					    line->fields[1]);
	}
	return fail(service, "it sent a malformed line", err);
}

/* Reads lines up to the final one. */
static int read_reply(struct hl_service *service, hl_service_func *func,
		      void *context, struct hl_service_line *line,
		      struct hl_error *err)
{
	char *rest, *word;

	for (;;) {
		if (read_line(service, err) < 0)
			return -1;
		rest = service->line;
		word = strsep(&rest, "\t");
		if (split(service, rest, line, err) < 0)
			return -1;
		line->ok = strcmp(word, "OK") == 0;
		if (line->ok)
			return 0;
		if (strcmp(word, "FAIL") == 0)
			return take_failure(service, line, err);
		if (strcmp(word, "*") != 0)
			return fail(service, "it sent a malformed line", err);
		if (func != NULL && func(line, context, err) < 0) {
			service->broken = true;
			return -1;
		}
	}
}

int hl_service_ask(struct hl_service *service, const char *const *words,
		   hl_service_func *func, void *context,
		   struct hl_service_line *line_r, struct hl_error *err)
{
	line_r->count = 0;
	if (service->broken)
		return fail(service, "the connection is broken", err);
	service->deadline = now_ms() + service->patience_ms;
	if (send_words(service, words, err) < 0)
		return -1;
	return read_reply(service, func, context, line_r, err);
}
