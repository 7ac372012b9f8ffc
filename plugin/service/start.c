#include "start.h"

#include "hl-config.h"

#include "master-service-settings.h"
#include "restrict-access.h"

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

const char *hld_start(const char *name, enum master_service_flags flags,
		      int *argc, char **argv[])
{
	const char *config_path, *error;

	master_service = master_service_init(name, flags, argc, argv, "C:");
	config_path = parse_options();
	if (hl_master_service_read_settings(master_service, &error) < 0)
		i_fatal("Error reading Dovecot's configuration: %s", error);
	master_service_init_log(master_service);
	restrict_access_by_env(RESTRICT_ACCESS_FLAG_ALLOW_ROOT, NULL);
	/* the signing key would be in it */
	restrict_access_allow_coredumps(FALSE);
	return config_path;
}
