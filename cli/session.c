#include "session.h"

#include <stdlib.h>

static const char *socket_path(const struct cli *cli)
{
	const char *path = getenv("HARDLINK_SOCKET");

	if (cli->options[OPT_SOCKET] != NULL)
		return cli->options[OPT_SOCKET];
	if (path != NULL && path[0] != '\0')
		return path;
	return cli->config == NULL ? HL_CONFIG_SERVICE_SOCKET
				   : cli->config->service_socket;
}

static int check_options(const struct cli *cli, struct hl_error *err)
{
	static const struct {
		enum cli_option option;
		const char *name;
	} remote[] = {{OPT_CACERT, "cacert"},
		      {OPT_PASSWORD_FD, "password-fd"},
		      {OPT_NETRC, "netrc"}};
	size_t i;

	if (cli->options[OPT_SERVER] != NULL) {
		if (cli->options[OPT_SOCKET] != NULL)
			return cli_usage_error(cli, err,
					       "--server and --socket exclude "
					       "each other");
		return 0;
	}
	for (i = 0; i < sizeof(remote) / sizeof(*remote); i++) {
		if (cli->options[remote[i].option] != NULL)
			return cli_usage_error(cli, err,
					       "--%s is for --server only",
					       remote[i].name);
	}
	return 0;
}

int session_open(struct cli *cli, struct session **session_r,
		 struct hl_error *err)
{
	*session_r = NULL;
	if (check_options(cli, err) < 0)
		return -1;
	if (cli->options[OPT_SERVER] != NULL)
		return session_open_smtp(cli, session_r, err);
	return session_open_local(socket_path(cli), session_r, err);
}

void session_close(struct session **_session)
{
	struct session *session = *_session;

	*_session = NULL;
	if (session != NULL)
		session->close(session);
}

int session_ask(struct session *session, const struct session_request *request,
		struct hl_service_state *state_r, struct hl_error *err)
{
	struct hl_service_line line;

	if (session->ask(session, request, NULL, NULL, &line, err) < 0)
		return -1;
	return hl_service_get_state(&line, state_r, err);
}
