/* The keys of the programs beside an MTA. */

#include "hl-config-values.h"

#include "hl-text.h"
#include "hl-time.h"

#include <string.h>

#define RATE_MAX 1000000

/* "port@host", as libmilter takes it; the host in digits, so that nothing has
   to be resolved at a start. */
static bool is_port_at_host(const char *value)
{
	static const char digits[] = "0123456789";
	const char *at = strchr(value, '@');
	uint64_t port;
	size_t size;

	if (at == NULL ||
	    !hl_text_parse_number(value, (size_t)(at - value), &port) ||
	    port == 0 || port > 65535)
		return false;
	size = strlen(++at);
	if (size > 2 && at[0] == '[' && at[size - 1] == ']')
		return strspn(at + 1, "0123456789abcdefABCDEF:.") == size - 2;
	return size > 0 && strspn(at, digits) > 0 &&
	       strspn(at, "0123456789.") == size;
}

int hl_config_set_milter_socket(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	bool good = false;

	if (strncmp(value, "unix:", 5) == 0)
		good = hl_config_is_path(value + 5);
	else if (strncmp(value, "inet:", 5) == 0)
		good = is_port_at_host(value + 5);
	else if (strncmp(value, "inet6:", 6) == 0)
		good = is_port_at_host(value + 6);
	if (!good)
		return hl_config_refuse(err, value,
					"`unix:/path`, `inet:8892@127.0.0.1` "
					"or `inet6:8892@[::1]`");
	return hl_config_copy(&config->milter_socket, value, err);
}

static int set_mode(mode_t *mode_r, const char *value, struct hl_error *err)
{
	size_t size = strlen(value), i;
	mode_t mode = 0;

	for (i = 0; i < size && value[i] >= '0' && value[i] <= '7'; i++)
		mode = mode * 8 + (mode_t)(value[i] - '0');
	if (i != size || size < 3 || size > 4 || mode > 0777)
		return hl_config_refuse(err, value, "a file mode such as 0660");
	*mode_r = mode;
	return 0;
}

int hl_config_set_milter_socket_mode(struct hl_config *config,
				     const char *value, struct hl_error *err)
{
	return set_mode(&config->milter_socket_mode, value, err);
}

int hl_config_set_query_socket(struct hl_config *config, const char *value,
			       struct hl_error *err)
{
	return hl_config_set_path(&config->query_socket, value, err);
}

int hl_config_set_query_socket_mode(struct hl_config *config, const char *value,
				    struct hl_error *err)
{
	return set_mode(&config->query_socket_mode, value, err);
}

int hl_config_set_status_socket(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	if (value[0] == '\0')
		return hl_config_copy(&config->status_socket, value, err);
	return hl_config_set_path(&config->status_socket, value, err);
}

int hl_config_set_authenticated(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	return hl_config_choose(value, "skip", "reply",
				&config->authenticated_skip, err);
}

int hl_config_set_whole_domains(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	return hl_config_choose(value, "skip", "reply",
				&config->whole_domains_skip, err);
}

int hl_config_set_redirect_rate(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	size_t digits = strcspn(value, HL_CONFIG_BLANKS);
	const char *duration =
		value + digits + strspn(value + digits, HL_CONFIG_BLANKS);
	uint64_t count;

	if (!hl_text_parse_number(value, digits, &count) || count > RATE_MAX ||
	    (count == 0) != (*duration == '\0'))
		return hl_config_refuse(err, value,
					"a number and a duration such as "
					"`60 1m`, or `0` for no limit");
	config->redirect_rate = (unsigned int)count;
	config->redirect_rate_seconds = 0;
	if (count == 0)
		return 0;
	return hl_duration_parse(duration, &config->redirect_rate_seconds, err);
}
