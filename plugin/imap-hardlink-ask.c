/* Asks hardlinkd. A connection for each question: they are rare, and a login
   may last for days. */

#include "imap-hardlink.h"
#include "hl-plugin-service.h"

#include "array.h"
#include "mail-user.h"

/* Where the socket is, and why it's of no use, isn't for the user. */
static int not_available(struct mail_user *user, struct hl_error *err)
{
	e_error(user->event, "%s", err->text);
	return hl_error_set(err, HL_ERROR_TEMP,
			    "Hard-links can't be read or changed right now; "
			    "try again later");
}

static int ask(struct mail_user *user, struct hl_service *service,
	       const char *const *words, struct hl_service_line *line_r,
	       struct hl_error *err)
{
	if (hl_service_ask(service, words, NULL, NULL, line_r, err) == 0)
		return 0;
	return hl_service_is_broken(service) ? not_available(user, err) : -1;
}

static int open_service(struct mail_user *user, struct hl_service **service_r,
			struct hl_service_line *line_r, struct hl_error *err)
{
	if (hl_plugin_service_open(user, "imap", HL_SERVICE_PATIENCE_MS,
				   service_r, line_r, err) == 0)
		return 0;
	return err->code == HL_ERROR_TEMP ? not_available(user, err) : -1;
}

int imap_hardlink_ask(struct mail_user *user, const char *const *words,
		      struct hl_service_state *state_r, struct hl_error *err)
{
	struct hl_service *service;
	struct hl_service_line line;
	int ret;

	if (open_service(user, &service, &line, err) < 0)
		return -1;
	ret = ask(user, service, words, &line, err);
	if (ret == 0 && hl_service_get_state(&line, state_r, err) < 0)
		ret = not_available(user, err);
	hl_service_close(&service);
	return ret;
}

int imap_hardlink_addresses(struct mail_user *user,
			    const char *const **addresses_r)
{
	struct hl_service *service;
	struct hl_service_line line;
	struct hl_error err;
	const char *address;
	ARRAY_TYPE(const_string) addresses;
	size_t i;

	if (open_service(user, &service, &line, &err) < 0)
		return -1;
	t_array_init(&addresses, 8);
	for (i = 0; i < line.count; i++) {
		if (strncmp(line.fields[i], "address=", 8) != 0)
			continue;
		address = t_strdup(line.fields[i] + 8);
		array_push_back(&addresses, &address);
	}
	array_append_zero(&addresses);
	*addresses_r = array_front(&addresses);
	hl_service_close(&service);
	return 0;
}
