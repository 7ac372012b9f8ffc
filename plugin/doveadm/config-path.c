/* Which hardlink.conf it is. */

#include "doveadm-hardlink.h"

#include "hl-plugin-settings.h"

#include "hl-config.h"

#if DOVECOT_PREREQ(2, 4, 0)

static int find_setting(const struct doveadm_cmd_context *cctx,
			const char **path_r, struct hl_error *err)
{
	const char *error;

	if (hl_plugin_settings_find(cctx->set_event, path_r, &error) < 0)
		return hl_error_set(err, HL_ERROR_CONFIG, "%s", error);
	return 0;
}

#else

static int find_setting(const struct doveadm_cmd_context *cctx ATTR_UNUSED,
			const char **path_r, struct hl_error *err ATTR_UNUSED)
{
	const char *path = doveadm_plugin_getenv("hardlink_config");

	*path_r = path != NULL ? path : HL_CONFIG_DEFAULT_PATH;
	return 0;
}

#endif

int doveadm_hardlink_config_path(const struct doveadm_cmd_context *cctx,
				 const char **path_r, struct hl_error *err)
{
	const char *path = getenv("HARDLINK_CONFIG");

	if (path == NULL || *path == '\0')
		return find_setting(cctx, path_r, err);
	*path_r = path;
	return 0;
}
