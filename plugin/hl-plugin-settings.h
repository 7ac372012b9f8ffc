#ifndef HL_PLUGIN_SETTINGS_H
#define HL_PLUGIN_SETTINGS_H

#include "hl-dovecot-compat.h"

struct mail_user_settings;

/* Dovecot's own setting of this project: hardlink_config, the path of
   hardlink.conf. path_r lives in the data stack. Ends the process as Dovecot
   does for settings it can't read: the client's mail stays queued. */
const char *
hl_plugin_settings_config_path(struct event *event,
			       const struct mail_user_settings *user_set);

#if DOVECOT_PREREQ(2, 4, 0)
/* The same for who goes on without. Returns 0, or -1 with error_r. */
int hl_plugin_settings_find(struct event *event, const char **path_r,
			    const char **error_r);

extern const struct setting_parser_info hl_plugin_setting_parser_info;
#endif

#endif
