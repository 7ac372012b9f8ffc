#ifndef HL_CONFIG_KEYS_H
#define HL_CONFIG_KEYS_H

#include "hl-config.h"

#define HL_CONFIG_KEYS_MAX 40

struct hl_config_key {
	const char *name;
	/* value if the file doesn't name the key; NULL: left alone */
	const char *fallback;
	/* HL_ERROR_DATA or _CONFIG says what is wrong with the value */
	int (*set)(struct hl_config *config, const char *value,
		   struct hl_error *err);
};

/* The last one has no name. */
extern const struct hl_config_key hl_config_keys[];

#endif
