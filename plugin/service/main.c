/* hardlinkd: the one process that signs what owners ask for. See hardlinkd(8).
 */

#include "client.h"

#include "ioloop.h"
#include "master-service.h"
#include "master-service-settings.h"
#include "restrict-access.h"

static struct hld hld;

static void client_connected(struct master_service_connection *conn)
{
	hld_client_create(&hld, conn->fd, conn->name);
	master_service_client_connection_accept(conn);
}

static const char *parse_options(void)
{
	const char *path = getenv("HARDLINK_CONFIG");
	int option;

	while ((option = master_getopt(master_service)) > 0) {
		if (option != 'C')
			lib_exit(FATAL_DEFAULT);
		path = optarg;
	}
	return path == NULL || path[0] == '\0' ? HL_CONFIG_DEFAULT_PATH : path;
}

int main(int argc, char *argv[])
{
	const enum master_service_flags flags =
		MASTER_SERVICE_FLAG_UPDATE_PROCTITLE;
	const char *config_path, *error;

	master_service =
		master_service_init("hardlinkd", flags, &argc, &argv, "C:");
	config_path = parse_options();
	if (hl_master_service_read_settings(master_service, &error) < 0)
		i_fatal("Error reading Dovecot's configuration: %s", error);
	master_service_init_log(master_service);
	restrict_access_by_env(RESTRICT_ACCESS_FLAG_ALLOW_ROOT, NULL);
	/* the signing key would be in it */
	restrict_access_allow_coredumps(FALSE);

	hld_clients_init();
	hld_init(&hld, config_path);
	master_service_init_finish(master_service);
	master_service_run(master_service, client_connected);

	hld_clients_deinit();
	hld_deinit(&hld);
	master_service_deinit(&master_service);
	return 0;
}
