#include "lmtp-hardlink-returned.h"
#include "hl-plugin-common.h"

#include "hl-service.h"
#include "hl-store.h"

#include "smtp-address.h"

#include <unistd.h>

#define ADMIN_SOCKET "hardlink-admin"
/* For each of the few lines. */
#define PATIENCE_MS 2000

/* Names of mails are hardlinkd's: hexadecimal digits. */
static bool is_name(const char *name)
{
	size_t size = strspn(name, "0123456789abcdef");

	return size > 0 && size < HL_CONSENT_MAIL_SIZE && name[size] == '\0';
}

/* 0 and no service if there is none on this host. */
static int connect_admin(const char *path, struct hl_service **service_r,
			 struct hl_error *err)
{
	*service_r = NULL;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0;
	return hl_service_connect(path, PATIENCE_MS, service_r, err);
}

/* While it delivers, lmtp is the recipient, to whom that socket is closed. */
static int connect_as_root(const char *path, struct hl_service **service_r,
			   struct hl_error *err)
{
	uid_t euid = geteuid();
	int ret;

	/* of an lmtp that isn't root's, connecting says what is wrong */
	(void)!seteuid(0);
	ret = connect_admin(path, service_r, err);
	if (geteuid() != euid && seteuid(euid) < 0)
		i_fatal("seteuid(%ld) failed: %m", (long)euid);
	return ret;
}

static int tell(struct hl_service *service, const char *old, const char *name,
		struct hl_error *err)
{
	const char *const admin[] = {"ADMIN", "lmtp", NULL};
	const char *const returned[] = {"RETURNED", old, name, NULL};
	struct hl_service_line line;

	if (hl_service_ask(service, admin, NULL, NULL, &line, err) < 0)
		return -1;
	return hl_service_ask(service, returned, NULL, NULL, &line, err);
}

enum lmtp_hardlink_returned
lmtp_hardlink_returned(const char *base_dir, const struct smtp_address *rcpt,
		       const char *name, struct event *event)
{
	const char *path = t_strconcat(base_dir, "/" ADMIN_SOCKET, NULL);
	struct hl_service *service;
	struct hl_address address;
	char old[HL_ADDRESS_SIZE];
	struct hl_error err;
	int ret;

	if (!is_name(name) || !hl_plugin_address(rcpt, 0, &address))
		return LMTP_HARDLINK_RETURNED_NO;
	hl_address_format(&address, old);
	ret = connect_as_root(path, &service, &err);
	if (ret == 0 && service == NULL)
		return LMTP_HARDLINK_RETURNED_NO;
	if (ret == 0)
		ret = tell(service, old, name, &err);
	hl_service_close(&service);
	if (ret == 0)
		return LMTP_HARDLINK_RETURNED_YES;
	if (err.code == HL_ERROR_NOT_FOUND || err.code == HL_ERROR_DATA)
		return LMTP_HARDLINK_RETURNED_NO;
	e_error(event,
		"Can't tell hardlinkd of a code that may have come back: %s; "
		"the mail is deferred",
		err.text);
	return LMTP_HARDLINK_RETURNED_UNKNOWN;
}
