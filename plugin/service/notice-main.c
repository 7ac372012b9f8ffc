/* hardlink-notice: puts notices into users' mailboxes. See hardlinkd(8).

   That is the one thing for which self-service needs root. Only hardlinkd, and
   root's hardlinkctl, may connect; and should hardlinkd be in wrong hands,
   nothing but these notices comes of it. */

#include "notice-line.h"
#include "notice-save.h"
#include "notice-text.h"
#include "start.h"

#include "hl-config.h"

#include "ioloop.h"
#include "net.h"
#include "str-sanitize.h"
#include "strescape.h"
#include "write-full.h"

#include <sys/socket.h>
#include <unistd.h>

/* For the line: hardlinkd sends it at once. */
#define READ_SECS 5

static const char *config_path;

/* Of the line, without its LF; NULL if there is none. One process serves one
   connection at a time: it may wait. */
static const char *read_line(int fd)
{
	const struct timeval patience = {.tv_sec = READ_SECS};
	char *line = t_malloc0(HLD_NOTICE_LINE_MAX);
	size_t used = 0;
	ssize_t size;

	net_set_nonblock(fd, FALSE);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) < 0)
		return NULL;
	while (used < HLD_NOTICE_LINE_MAX) {
		size = read(fd, line + used, HLD_NOTICE_LINE_MAX - used);
		if (size <= 0)
			return NULL;
		used += (size_t)size;
		if (memchr(line, '\0', used) != NULL)
			return NULL;
		if (line[used - 1] == '\n') {
			line[used - 1] = '\0';
			return line;
		}
	}
	return NULL;
}

static int put(const struct hld_notice *notice, struct hl_error *err)
{
	struct hl_config *config;
	const string_t *mail;

	if (hl_config_read(config_path, &config, err) < 0)
		return -1;
	mail = hld_notice_mail(notice, config->mail_from, time(NULL));
	hl_config_free(&config);
	return hld_notice_save(master_service_get_config_path(master_service),
			       notice->login, mail, HLD_NOTICE_SECS, err);
}

static const char *of_what(const struct hld_notice *notice)
{
	switch (notice->kind) {
	case HLD_NOTICE_ASKED:
		return "who was asked to move";
	case HLD_NOTICE_TOLD:
		return "of somebody's move";
	case HLD_NOTICE_EXPIRY:
		break;
	}
	return notice->before == 0 ? "whose move has ended"
				   : "whose move is about to end";
}

static const char *serve(int fd)
{
	const char *line = read_line(fd);
	struct hld_notice notice;
	struct hl_error err;

	if (line == NULL) {
		i_warning("No line came from hardlinkd; hanging up");
		return "";
	}
	if (hld_notice_read(t_strsplit_tabescaped(line), &notice, &err) < 0 ||
	    put(&notice, &err) < 0) {
		i_error("No notice for %s: %s",
			notice.login == NULL ? "?"
					     : str_sanitize(notice.login, 80),
			err.text);
		return t_strdup_printf("FAIL\t%s\n", str_tabescape(err.text));
	}
	i_info("Notice for %s, %s", str_sanitize(notice.login, 80),
	       of_what(&notice));
	return "OK\n";
}

static void client_connected(struct master_service_connection *conn)
{
	int fd = conn->fd;

	master_service_client_connection_accept(conn);
	T_BEGIN
	{
		const char *reply = serve(fd);

		(void)write_full(fd, reply, strlen(reply));
	}
	T_END;
	i_close_fd(&fd);
	master_service_client_connection_destroyed(master_service);
}

int main(int argc, char *argv[])
{
	config_path = hld_start("hardlink-notice", 0, &argc, &argv);
	master_service_init_finish(master_service);
	master_service_run(master_service, client_connected);
	master_service_deinit(&master_service);
	return 0;
}
