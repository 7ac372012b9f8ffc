/* The keys of the mails that hardlinkd sends. */

#include "hl-config-values.h"

#include "hl-address.h"
#include "hl-text.h"

#include <string.h>

/* A program and its arguments: nothing that would be of use in a shell, since
   none is asked. */
int hl_config_set_sendmail(struct hl_config *config, const char *value,
			   struct hl_error *err)
{
	size_t size = strcspn(value, HL_CONFIG_BLANKS);

	if (value[0] != '/' || value[size - 1] == '/')
		return hl_config_refuse(err, value,
					"the absolute path of a program, with "
					"its arguments");
	return hl_config_copy(&config->sendmail, value, err);
}

static bool is_port(const char *text)
{
	uint64_t port;

	return hl_text_parse_number(text, strlen(text), &port) && port > 0 &&
	       port <= 65535;
}

/* "host", "host:port", "[::1]", "[::1]:port" */
static bool is_host_port(const char *value)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t size;

	if (value[0] == '[') {
		size = strspn(value + 1, "0123456789abcdefABCDEF:.") + 2;
		if (size == 2 || value[size - 1] != ']')
			return false;
	} else {
		size = strspn(value, name);
		if (size == 0 || value[0] == '-')
			return false;
	}
	return value[size] == '\0' ||
	       (value[size] == ':' && is_port(value + size + 1));
}

int hl_config_set_submission_host(struct hl_config *config, const char *value,
				  struct hl_error *err)
{
	if (value[0] != '\0' && !is_host_port(value))
		return hl_config_refuse(err, value,
					"a host such as `mail.example.org`, "
					"`127.0.0.1:587` or `[::1]:25`");
	return hl_config_copy(&config->submission_host, value, err);
}

int hl_config_set_mail_from(struct hl_config *config, const char *value,
			    struct hl_error *err)
{
	struct hl_address address;

	if (value[0] != '\0' &&
	    hl_address_parse(value, strlen(value), 0, &address, err) < 0)
		return -1;
	return hl_config_copy(&config->mail_from, value, err);
}

int hl_config_set_notice(struct hl_config *config, const char *value,
			 struct hl_error *err)
{
	return hl_config_choose(value, "yes", "no", &config->notice, err);
}
