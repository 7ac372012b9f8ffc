#include "notice-client.h"

#include "hl-text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_NAME "hardlink-notice"
#define LINE_SIZE   4096
/* longer than hardlink-notice takes, and others before this one */
#define PATIENCE_SECS 60

static int get_address(const struct hl_config *config,
		       struct sockaddr_un *address_r)
{
	const char *slash = strrchr(config->admin_socket, '/');
	int size;

	memset(address_r, 0, sizeof(*address_r));
	address_r->sun_family = AF_UNIX;
	/* it's an absolute path */
	size = snprintf(address_r->sun_path, sizeof(address_r->sun_path),
			"%.*s/%s", (int)(slash - config->admin_socket),
			config->admin_socket, SOCKET_NAME);
	return size < (int)sizeof(address_r->sun_path) ? 0 : -1;
}

bool notice_client_is_there(const struct hl_config *config)
{
	struct sockaddr_un address;
	struct stat st;

	return get_address(config, &address) == 0 &&
	       stat(address.sun_path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static int refuse(const struct sockaddr_un *address, struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP,
			    "%s: %s; nobody was told anything: is Dovecot "
			    "running, with the services of hardlinkd(8)?",
			    address->sun_path, strerror(errno));
}

int notice_client_connect(const struct hl_config *config, int *fd_r,
			  struct hl_error *err)
{
	const struct timeval patience = {.tv_sec = PATIENCE_SECS};
	struct sockaddr_un address;
	int fd;

	if (get_address(config, &address) < 0) {
		errno = ENAMETOOLONG;
		return refuse(&address, err);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return refuse(&address, err);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) <
		    0) {
		(void)refuse(&address, err);
		close(fd);
		return -1;
	}
	*fd_r = fd;
	return 0;
}

/* Neither of its words can have a control character in it, a TAB for one: such
   a login isn't one. */
static int make_line(const struct hl_expiry_notice *notice,
		     char line_r[LINE_SIZE], struct hl_error *err)
{
	char address[HL_ADDRESS_SIZE];

	hl_address_format(&notice->address, address);
	if (!hl_text_is_clean_utf8(notice->login, strlen(notice->login)) ||
	    !hl_text_is_clean_utf8(address, strlen(address)))
		return hl_error_set(err, HL_ERROR_DATA,
				    "a name with control characters");
	snprintf(line_r, LINE_SIZE, "EXPIRY\t%s\t%s\t%lld\t%lld\t%s\t%s\n",
		 notice->login, address, (long long)notice->link.expires,
		 (long long)notice->before,
		 notice->by_owner ? "owner" : "admin", notice->id);
	return 0;
}

/* Without its LF. */
static int read_reply(int fd, char line_r[LINE_SIZE])
{
	size_t used = 0;
	ssize_t size;

	while (used < LINE_SIZE) {
		size = recv(fd, line_r + used, LINE_SIZE - used, 0);
		if (size < 0 && errno == EINTR)
			continue;
		if (size <= 0)
			return -1;
		used += (size_t)size;
		if (line_r[used - 1] == '\n') {
			line_r[used - 1] = '\0';
			return 0;
		}
	}
	return -1;
}

static int ask(int fd, const struct hl_expiry_notice *notice,
	       struct hl_error *err)
{
	char line[LINE_SIZE];
	size_t size;

	if (make_line(notice, line, err) < 0)
		return -1;
	size = strlen(line);
	/* a socket's buffer has room for it */
	if (send(fd, line, size, MSG_NOSIGNAL) != (ssize_t)size ||
	    read_reply(fd, line) < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "hardlink-notice doesn't answer");
	if (strcmp(line, "OK") == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_DATA, "%s",
			    strncmp(line, "FAIL\t", 5) == 0
				    ? line + 5
				    : "hardlink-notice speaks otherwise");
}

int notice_client_put(int fd, const struct hl_expiry_notice *notice,
		      struct hl_error *err)
{
	int ret = ask(fd, notice, err);

	close(fd);
	return ret;
}
