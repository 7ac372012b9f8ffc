#include "metadata-value.h"

#include "hl-time.h"

#include <string.h>

#define FORMS \
	"write \"permanent NEW\", \"temporary TIME NEW\" or \"confirm CODE\""

/* Moves on behind this word and the blank after it. */
static bool skip_word(const char **text, const char *word)
{
	size_t size = strlen(word);

	if (strncmp(*text, word, size) != 0 || (*text)[size] != ' ')
		return false;
	*text += size + 1;
	return true;
}

/* A date, a time (both have a hyphen) or a duration. Whoever writes it may be
   in another time zone than this machine: a date is one of UTC. */
static int parse_expiry(const char *word, int64_t now, int64_t *expires_r,
			struct hl_error *err)
{
	int64_t seconds;

	if (strchr(word, '-') != NULL)
		return hl_time_parse(word, "UTC", expires_r, err);
	if (hl_duration_parse(word, &seconds, err) < 0)
		return -1;
	if (seconds > HL_TIME_MAX - now)
		return hl_error_set(err, HL_ERROR_DATA,
				    "not between the years 1970 and 9999");
	*expires_r = now + seconds;
	return 0;
}

/* Reads the word in front of the next blank, and moves on behind that. */
static int take_expiry(const char **text, int64_t now, int64_t *expires_r,
		       struct hl_error *err)
{
	char word[64];
	size_t size = strcspn(*text, " ");

	if ((*text)[size] == '\0')
		return hl_error_set(err, HL_ERROR_DATA,
				    "the new address is missing; " FORMS);
	if (size >= sizeof(word))
		return hl_error_set(err, HL_ERROR_DATA,
				    "that is too long for a time");
	memcpy(word, *text, size);
	word[size] = '\0';
	*text += size + 1;
	return parse_expiry(word, now, expires_r, err);
}

/* The address, and whether " replace" follows. No address ends so: behind its
   last blank, which is within quotes, there is a quote and an @. */
static int parse_target(const char *text, struct metadata_value *value,
			struct hl_error *err)
{
	static const char suffix[] = " replace";
	const size_t suffix_size = sizeof(suffix) - 1;
	size_t size = strlen(text);

	if (size > suffix_size &&
	    strcmp(text + size - suffix_size, suffix) == 0) {
		value->replace = true;
		size -= suffix_size;
	}
	return hl_address_parse(text, size, 0, &value->link.target, err);
}

static int parse_code(const char *text, struct metadata_value *value,
		      struct hl_error *err)
{
	size_t size = strlen(text);

	if (size == 0 || size >= sizeof(value->code))
		return hl_error_set(err, HL_ERROR_DATA,
				    "that isn't a code; write \"confirm CODE\" "
				    "with the code from the mail");
	value->action = METADATA_CONFIRM;
	memcpy(value->code, text, size + 1);
	return 0;
}

int metadata_value_parse(const char *text, int64_t now,
			 struct metadata_value *value_r, struct hl_error *err)
{
	memset(value_r, 0, sizeof(*value_r));
	if (strlen(text) > METADATA_VALUE_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "the value is too long; " FORMS);
	if (skip_word(&text, "confirm"))
		return parse_code(text, value_r, err);
	value_r->action = METADATA_SET;
	if (skip_word(&text, hl_kind_name(HL_KIND_PERMANENT))) {
		value_r->link.kind = HL_KIND_PERMANENT;
	} else if (skip_word(&text, hl_kind_name(HL_KIND_TEMPORARY))) {
		value_r->link.kind = HL_KIND_TEMPORARY;
		if (take_expiry(&text, now, &value_r->link.expires, err) < 0)
			return -1;
	} else {
		return hl_error_set(err, HL_ERROR_DATA,
				    "the value isn't understood; " FORMS);
	}
	return parse_target(text, value_r, err);
}
