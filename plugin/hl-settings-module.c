/* What the config process of Dovecot 2.4 loads to know this project's
   settings. */

#include "hl-plugin-settings.h"

#include "settings-parser.h"

extern const char *hardlink_settings_version;
extern const struct setting_parser_info *hardlink_settings_set_infos[];

HL_EXPORT const char *hardlink_settings_version = DOVECOT_ABI_VERSION;

HL_EXPORT const struct setting_parser_info *hardlink_settings_set_infos[] = {
	&hl_plugin_setting_parser_info, NULL};
