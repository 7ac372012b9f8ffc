#include "hl-config-values.h"

#include "hl-text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int hl_config_copy(char **string, const char *value, struct hl_error *err)
{
	char *copy = strdup(value);

	if (copy == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	free(*string);
	*string = copy;
	return 0;
}

int hl_config_refuse(struct hl_error *err, const char *value,
		     const char *allowed)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	return hl_error_set(err, HL_ERROR_CONFIG, "\"%s\" isn't %s",
			    hl_error_quote(value, strlen(value), quote),
			    allowed);
}

bool hl_config_is_path(const char *value)
{
	size_t size = strlen(value);

	return value[0] == '/' && value[size - 1] != '/' && size < PATH_MAX &&
	       hl_text_is_clean_utf8(value, size);
}

int hl_config_set_path(char **path, const char *value, struct hl_error *err)
{
	if (!hl_config_is_path(value))
		return hl_config_refuse(
			err, value, "an absolute path without / at its end");
	return hl_config_copy(path, value, err);
}

int hl_config_choose(const char *value, const char *yes, const char *no,
		     bool *yes_r, struct hl_error *err)
{
	char allowed[64];

	*yes_r = strcmp(value, yes) == 0;
	if (*yes_r || strcmp(value, no) == 0)
		return 0;
	snprintf(allowed, sizeof(allowed), "`%s` or `%s`", yes, no);
	return hl_config_refuse(err, value, allowed);
}
