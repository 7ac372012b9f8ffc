#include "hl-plugin-service.h"

#include "mail-user.h"
#include "mail-storage-settings.h"

#include <unistd.h>

int hl_plugin_service_open(struct mail_user *user, const char *service,
			   int patience_ms, struct hl_service **service_r,
			   struct hl_service_line *line_r, struct hl_error *err)
{
	const char *path = t_strconcat(user->set->base_dir, "/hardlink", NULL);
	/* What Dovecot's auth computed the token from. The username is the one
	   that the userdb may have changed. */
	const struct hl_service_token token = {
		.service = service,
		.user = user->username,
		.session_id = user->session_id == NULL ? "" : user->session_id,
		.token = user->auth_token,
		.pid = getpid(),
	};

	*service_r = NULL;
	/* One that another process handed the login over to (imap-hibernate)
	   has a token, but not for its own pid: hardlinkd refuses it. */
	if (token.token == NULL)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "this session can't prove who logged in; "
				    "log in again");
	if (hl_service_connect(path, patience_ms, service_r, err) < 0) {
		err->code = HL_ERROR_TEMP;
		return -1;
	}
	if (hl_service_identify(*service_r, &token, line_r, err) == 0)
		return 0;
	hl_service_close(service_r);
	return -1;
}
