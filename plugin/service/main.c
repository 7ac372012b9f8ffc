/* hardlinkd: the one process that signs what owners ask for. See hardlinkd(8).
 */

#include "client.h"
#include "start.h"

static struct hld hld;

static void client_connected(struct master_service_connection *conn)
{
	hld_client_create(&hld, conn->fd, conn->name);
	master_service_client_connection_accept(conn);
}

int main(int argc, char *argv[])
{
	const char *config_path =
		hld_start("hardlinkd", MASTER_SERVICE_FLAG_UPDATE_PROCTITLE,
			  &argc, &argv);

	hld_clients_init();
	hld_init(&hld, config_path);
	master_service_init_finish(master_service);
	master_service_run(master_service, client_connected);

	hld_clients_deinit();
	hld_deinit(&hld);
	master_service_deinit(&master_service);
	return 0;
}
