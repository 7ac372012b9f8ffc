#include "service.h"
#include "links.h"

#include "hl-service.h"

#include <string.h>

/* The socket may be that of a hardlinkd with another configuration. */
static bool is_our_store(const struct cli *cli,
			 const struct hl_service_line *line)
{
	const char *store = hl_service_get(line, "store");

	return store != NULL && strcmp(store, cli->config->store) == 0;
}

/* Returns 1 with *service_r if it is there. */
static int service_open(struct cli *cli, struct hl_service **service_r,
			struct hl_error *err)
{
	const char *const words[] = {"ADMIN", cli->actor.name, NULL};
	struct hl_service_line line;
	int ret;

	*service_r = NULL;
	if (cli->options[OPT_ACCEPT_CLOCK] != NULL)
		return 0;
	ret = hl_service_connect_if_running(cli->config->admin_socket,
					    HL_SERVICE_PATIENCE_MS, service_r,
					    err);
	if (ret <= 0)
		return ret;
	if (hl_service_ask(*service_r, words, NULL, NULL, &line, err) < 0)
		ret = -1;
	else if (!is_our_store(cli, &line))
		ret = 0;
	if (ret <= 0)
		hl_service_close(service_r);
	return ret;
}

static int print(struct cli *cli, const struct hl_service_line *line,
		 struct hl_error *err)
{
	struct hl_service_state state;
	struct hl_change_result result;

	if (hl_service_get_state(line, &state, err) < 0)
		return -1;
	memset(&result, 0, sizeof(result));
	result.address = state.address;
	result.state.current = state.in_force;
	result.before = state.ended;
	result.ended_next = state.ended_next;
	return cli_change_print(cli, &result, "ended", err);
}

int cli_service_change(struct cli *cli, const char *const *words,
		       struct hl_error *err)
{
	struct hl_service_line line;
	struct hl_service *service;
	int ret;

	ret = service_open(cli, &service, err);
	if (ret <= 0)
		return ret;
	ret = hl_service_ask(service, words, NULL, NULL, &line, err);
	if (ret == 0) {
		cli->changed = true;
		ret = print(cli, &line, err);
	}
	hl_service_close(&service);
	return ret < 0 ? -1 : 1;
}
