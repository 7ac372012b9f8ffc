#include "hl-plugin-settings.h"
#include "hl-config.h"

#if DOVECOT_PREREQ(2, 4, 0)

#include "settings.h"
#include "settings-parser.h"

struct hl_plugin_settings {
	pool_t pool;
	const char *hardlink_config;
};

static const struct setting_define hl_plugin_setting_defines[] = {
	SETTING_DEFINE_STRUCT_STR_NOVARS("hardlink_config", hardlink_config,
					 struct hl_plugin_settings),
	SETTING_DEFINE_LIST_END};

static const struct hl_plugin_settings hl_plugin_default_settings = {
	.hardlink_config = HL_CONFIG_DEFAULT_PATH,
};

const struct setting_parser_info hl_plugin_setting_parser_info = {
	.name = "hardlink",
	.defines = hl_plugin_setting_defines,
	.defaults = &hl_plugin_default_settings,
	.struct_size = sizeof(struct hl_plugin_settings),
	.pool_offset1 = 1 + offsetof(struct hl_plugin_settings, pool),
};

int hl_plugin_settings_find(struct event *event, const char **path_r,
			    const char **error_r)
{
	const struct hl_plugin_settings *set;
	const char *error;

	if (settings_get(event, &hl_plugin_setting_parser_info, 0, &set,
			 &error) < 0) {
		*error_r = t_strdup_printf(
			"hardlink: %s (is "
			"settings/lib20_hardlink_settings.so installed?)",
			error);
		return -1;
	}
	*path_r = t_strdup(set->hardlink_config);
	settings_free(set);
	return 0;
}

const char *hl_plugin_settings_config_path(
	struct event *event,
	const struct mail_user_settings *user_set ATTR_UNUSED)
{
	const char *path, *error;

	if (hl_plugin_settings_find(event, &path, &error) < 0)
		i_fatal("%s", error);
	return path;
}

#else

#include "mail-user.h"

const char *
hl_plugin_settings_config_path(struct event *event ATTR_UNUSED,
			       const struct mail_user_settings *user_set)
{
	const char *path =
		mail_user_set_plugin_getenv(user_set, "hardlink_config");

	return path != NULL ? path : HL_CONFIG_DEFAULT_PATH;
}

#endif
