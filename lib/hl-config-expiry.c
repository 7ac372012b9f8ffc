/* The keys of what becomes of a temporary hard-link at its end. */

#include "hl-config-values.h"

#include "hl-time.h"

#include <stdlib.h>
#include <string.h>

int hl_config_set_grace(struct hl_config *config, const char *value,
			struct hl_error *err)
{
	if (strcmp(value, "0") == 0) {
		config->grace = 0;
		return 0;
	}
	return hl_duration_parse(value, &config->grace, err);
}

static int add_notice(struct hl_config *config, const char *text,
		      struct hl_error *err)
{
	if (config->notice_count == HL_CONFIG_NOTICES_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "more than %d durations",
				    HL_CONFIG_NOTICES_MAX);
	return hl_duration_parse(
		text, &config->notice_before[config->notice_count++], err);
}

int hl_config_set_notice_before(struct hl_config *config, const char *value,
				struct hl_error *err)
{
	char *copy = NULL, *part, *rest;
	int ret = 0;

	config->notice_count = 0;
	if (strcmp(value, "none") == 0)
		return 0;
	if (hl_config_copy(&copy, value, err) < 0)
		return -1;
	rest = copy;
	while (ret == 0 && (part = strsep(&rest, HL_CONFIG_BLANKS)) != NULL) {
		if (part[0] != '\0')
			ret = add_notice(config, part, err);
	}
	free(copy);
	return ret;
}
