/* hardlink-query: tells an MTA on a unix socket what to answer to a RCPT. See
   hardlink-query(8). */

#include "edge.h"
#include "hl-build-config.h"
#include "listen.h"
#include "log.h"
#include "options.h"
#include "notify.h"
#include "query-server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct edge_program program_info = {
	.name = "hardlink-query",
	.daemon = true,
};

static volatile sig_atomic_t reload_wanted, stop_wanted;

static void handle_signal(int number)
{
	if (number == SIGHUP)
		reload_wanted = 1;
	else
		stop_wanted = 1;
}

/* They come only while the server waits. */
static void catch_signals(sigset_t *before_r)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT};
	struct sigaction action = {.sa_handler = handle_signal};
	sigset_t set;
	size_t i;

	sigemptyset(&set);
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaddset(&set, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	sigprocmask(SIG_BLOCK, &set, before_r);
	/* whoever started it may have blocked them */
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigdelset(before_r, numbers[i]);
	signal(SIGPIPE, SIG_IGN);
}

static void reload(struct edge *edge, const struct edge_place *place)
{
	edge_notify("RELOADING=1");
	if (edge_reload(edge) == 0 && strcmp(edge_config(edge)->query_socket,
					     place->address.sun_path) != 0)
		edge_log_warning("query_socket has changed in the "
				 "configuration: restart to use it");
	edge_notify("READY=1");
}

static void serve(struct edge *edge, struct edge_place *place,
		  struct query_server *server)
{
	sigset_t mask;

	catch_signals(&mask);
	edge_log_info("Started, version %s, at %s", PACKAGE_VERSION,
		      place->address.sun_path);
	edge_notify("READY=1");
	while (!stop_wanted) {
		if (reload_wanted) {
			reload_wanted = 0;
			reload(edge, place);
		}
		query_server_step(server, &mask);
	}
	edge_notify("STOPPING=1");
	edge_log_info("Stopping");
	edge_place_remove(place);
	query_server_finish(server);
}

static int start(const char *config_path, struct edge **edge_r,
		 struct edge_place *place, struct query_server **server_r,
		 struct hl_error *err)
{
	const struct hl_config *config;
	int fd;

	if (edge_init(config_path, EDGE_RECIPIENTS_ACCEPTED, edge_r, err) < 0)
		return -1;
	config = edge_config(*edge_r);
	fd = edge_listen(place, config->query_socket, config->query_socket_mode,
			 err);
	if (fd < 0)
		return hl_error_prefix(err, "query_socket");
	*server_r = query_server_init(*edge_r, fd);
	if (*server_r == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	return 0;
}

static int run(const struct edge_options *options)
{
	struct edge_place place = {.lock = -1};
	struct query_server *server = NULL;
	struct edge *edge = NULL;
	struct hl_error err;
	int ret = EXIT_SUCCESS;

	if (start(options->config_path, &edge, &place, &server, &err) < 0) {
		ret = edge_options_fail(&program_info, options, &err);
		edge_place_remove(&place);
	} else {
		serve(edge, &place, server);
	}
	query_server_deinit(&server);
	edge_deinit(&edge);
	return ret;
}

int main(int argc, char **argv)
{
	struct edge_options options;
	int ret = edge_options_read(&program_info, argc, argv, &options);

	return ret >= 0 ? ret : run(&options);
}
