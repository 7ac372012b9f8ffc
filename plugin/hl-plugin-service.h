#ifndef HL_PLUGIN_SERVICE_H
#define HL_PLUGIN_SERVICE_H

#include "hl-dovecot-compat.h"
#include "hl-service.h"

struct mail_user;

/* Connects to hardlinkd as the user who logged in to this process, by the auth
   token of the login. service: Dovecot's name of what this process serves
   ("submission"). line_r: hardlinkd's reply to TOKEN. The text of HL_ERROR_TEMP
   is for the administrator, that of other errors for the user. */
int hl_plugin_service_open(struct mail_user *user, const char *service,
			   int patience_ms, struct hl_service **service_r,
			   struct hl_service_line *line_r,
			   struct hl_error *err);

#endif
