/* The keys of hardlink.conf: their defaults and what values they take. */

#include "hl-config-keys.h"
#include "hl-config-values.h"

#include "hl-lookup-service.h"
#include "hl-store.h"
#include "hl-time.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS HL_CONFIG_BLANKS

static int set_store(struct hl_config *config, const char *value,
		     struct hl_error *err)
{
	const char *socket = hl_lookup_service_path(value);
	char path[PATH_MAX];

	if (socket != NULL) {
		if (!hl_config_is_path(socket))
			return hl_config_refuse(
				err, value, "`service:` and an absolute path");
		return hl_config_copy(&config->store, value, err);
	}
	if (!hl_store_is_file(value))
		return hl_store_check_location(value, err) < 0
			       ? -1
			       : hl_config_copy(&config->store, value, err);
	if (hl_store_path(value, path, sizeof(path), err) < 0)
		return -1;
	if (!hl_config_is_path(path))
		return hl_config_refuse(err, value,
					"`sqlite:` and an absolute path");
	return hl_config_copy(&config->store, value, err);
}

static int set_keyring(struct hl_config *config, const char *value,
		       struct hl_error *err)
{
	return hl_config_set_path(&config->keyring, value, err);
}

static int set_signing_key(struct hl_config *config, const char *value,
			   struct hl_error *err)
{
	return hl_config_set_path(&config->signing_key, value, err);
}

static int set_mark(struct hl_config *config, const char *value,
		    struct hl_error *err)
{
	return hl_config_set_path(&config->mark, value, err);
}

static int set_filter_dir(struct hl_config *config, const char *value,
			  struct hl_error *err)
{
	if (*value == '\0')
		return hl_config_copy(&config->filter_dir, value, err);
	return hl_config_set_path(&config->filter_dir, value, err);
}

static int set_on_error(struct hl_config *config, const char *value,
			struct hl_error *err)
{
	bool deliver;

	if (hl_config_choose(value, "deliver", "tempfail", &deliver, err) < 0)
		return -1;
	config->on_error = deliver ? HL_ON_ERROR_DELIVER : HL_ON_ERROR_TEMPFAIL;
	return 0;
}

static int set_lmtp(struct hl_config *config, const char *value,
		    struct hl_error *err)
{
	bool deliver;

	if (hl_config_choose(value, "deliver", "reply", &deliver, err) < 0)
		return -1;
	config->lmtp = deliver ? HL_LMTP_DELIVER : HL_LMTP_REPLY;
	return 0;
}

static int set_submission(struct hl_config *config, const char *value,
			  struct hl_error *err)
{
	bool follow;

	if (hl_config_choose(value, "follow", "reply", &follow, err) < 0)
		return -1;
	config->submission =
		follow ? HL_SUBMISSION_FOLLOW : HL_SUBMISSION_REPLY;
	return 0;
}

static int set_confirm_target(struct hl_config *config, const char *value,
			      struct hl_error *err)
{
	return hl_config_choose(value, "yes", "no", &config->confirm_target,
				err);
}

/* One part of `hold`, cut from its list: "permanent 24h". */
static int set_hold_part(struct hl_config *config, const char *part,
			 bool seen[2], struct hl_error *err)
{
	int64_t *const seconds[] = {&config->hold_permanent,
				    &config->hold_temporary};
	static const char *const names[] = {"permanent", "temporary"};
	size_t i, size;

	for (i = 0; i < 2; i++) {
		size = strlen(names[i]);
		if (strncmp(part, names[i], size) == 0 &&
		    strspn(part + size, BLANKS) > 0)
			break;
	}
	if (i == 2 || seen[i])
		return hl_config_refuse(
			err, part,
			"what hold takes; write it as `permanent 24h, "
			"temporary 0`");
	seen[i] = true;
	part += size + strspn(part + size, BLANKS);
	if (strcmp(part, "0") == 0) {
		*seconds[i] = 0;
		return 0;
	}
	return hl_duration_parse(part, seconds[i], err);
}

static int set_hold(struct hl_config *config, const char *value,
		    struct hl_error *err)
{
	char *copy = NULL, *part, *end, *rest;
	bool seen[2] = {false, false};
	int ret;

	if (hl_config_copy(&copy, value, err) < 0)
		return -1;
	rest = copy;
	do {
		part = strsep(&rest, ",");
		part += strspn(part, BLANKS);
		end = part + strlen(part);
		while (end > part && strchr(BLANKS, end[-1]) != NULL)
			*--end = '\0';
		ret = set_hold_part(config, part, seen, err);
	} while (ret == 0 && rest != NULL);
	free(copy);
	return ret;
}

static int set_timezone(struct hl_config *config, const char *value,
			struct hl_error *err)
{
	if (hl_time_zone_check(value, err) < 0)
		return -1;
	return hl_config_copy(&config->timezone, value, err);
}

/* Visible ASCII, and the bytes in also? */
static bool is_visible(const char *value, const char *also)
{
	for (; *value != '\0'; value++) {
		if ((*value <= 0x20 || *value > 0x7e) &&
		    strchr(also, *value) == NULL)
			return false;
	}
	return true;
}

static int set_recipient_delimiter(struct hl_config *config, const char *value,
				   struct hl_error *err)
{
	if (!is_visible(value, ""))
		return hl_config_refuse(err, value,
					"ASCII characters without blanks");
	return hl_config_copy(&config->recipient_delimiter, value, err);
}

static int set_max_temporary(struct hl_config *config, const char *value,
			     struct hl_error *err)
{
	return hl_duration_parse(value, &config->max_temporary, err);
}

static int set_protected_localparts(struct hl_config *config, const char *value,
				    struct hl_error *err)
{
	if (!is_visible(value, BLANKS) || strchr(value, ',') != NULL)
		return hl_config_refuse(
			err, value, "names in ASCII with blanks between them");
	return hl_config_copy(&config->protected_localparts, value, err);
}

static int set_service_socket(struct hl_config *config, const char *value,
			      struct hl_error *err)
{
	return hl_config_set_path(&config->service_socket, value, err);
}

static int set_admin_socket(struct hl_config *config, const char *value,
			    struct hl_error *err)
{
	return hl_config_set_path(&config->admin_socket, value, err);
}

static int refuse_reserved(struct hl_config *config, const char *value,
			   struct hl_error *err)
{
	(void)config;
	(void)value;
	return hl_error_set(err, HL_ERROR_CONFIG,
			    "not supported yet; take it out");
}

const struct hl_config_key hl_config_keys[] = {
	{"store", "sqlite:" HL_LOCALSTATEDIR "/lib/hardlink/hardlink.db",
	 set_store},
	{"keyring", HL_SYSCONFDIR "/hardlink/keys", set_keyring},
	{"signing_key", HL_SYSCONFDIR "/hardlink/private/signing.key",
	 set_signing_key},
	/* follows from the store */
	{"mark", NULL, set_mark},
	{"filter_dir", "/run/hardlink-filter", set_filter_dir},
	{"on_error", "tempfail", set_on_error},
	{"lmtp", "reply", set_lmtp},
	{"submission", "follow", set_submission},
	{"confirm_target", "yes", set_confirm_target},
	{"hold", "permanent 24h, temporary 0", set_hold},
	{"timezone", "system", set_timezone},
	{"recipient_delimiter", "+", set_recipient_delimiter},
	{"max_temporary", "365d", set_max_temporary},
	{"protected_localparts", "postmaster abuse hostmaster mailer-daemon",
	 set_protected_localparts},
	{"grace", "0", hl_config_set_grace},
	{"notice", "yes", hl_config_set_notice},
	{"notice_before", "14d 1d", hl_config_set_notice_before},
	{"sendmail", "/usr/sbin/sendmail", hl_config_set_sendmail},
	{"submission_host", "", hl_config_set_submission_host},
	{"mail_from", "", hl_config_set_mail_from},
	{"service_socket", HL_CONFIG_SERVICE_SOCKET, set_service_socket},
	{"admin_socket", HL_CONFIG_SERVICE_SOCKET "-admin", set_admin_socket},
	{"milter_socket", "unix:/run/hardlink/milter.sock",
	 hl_config_set_milter_socket},
	{"milter_socket_mode", "0660", hl_config_set_milter_socket_mode},
	{"query_socket", "/run/hardlink/query.sock",
	 hl_config_set_query_socket},
	{"query_socket_mode", "0660", hl_config_set_query_socket_mode},
	{"status_socket", "/run/hardlink/milter-status.sock",
	 hl_config_set_status_socket},
	{"authenticated", "reply", hl_config_set_authenticated},
	{"whole_domains", "reply", hl_config_set_whole_domains},
	{"redirect_rate", "60 1m", hl_config_set_redirect_rate},
	{"disclose", NULL, refuse_reserved},
	{"retention", NULL, refuse_reserved},
	{NULL, NULL, NULL},
};

_Static_assert(sizeof(hl_config_keys) / sizeof(*hl_config_keys) <=
		       HL_CONFIG_KEYS_MAX,
	       "raise HL_CONFIG_KEYS_MAX");
