#include "link-line.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

/* The members; NULL where there is none. */
struct members {
	json_t *old, *new, *permanent, *until, *duration, *reason, *replace;
};

static int check_members(json_t *object, struct members *members,
			 struct hl_error *err)
{
	const struct {
		const char *name;
		json_t **value;
		bool is_string;
	} known[] = {
		{"old", &members->old, true},
		{"new", &members->new, true},
		{"permanent", &members->permanent, false},
		{"until", &members->until, true},
		{"for", &members->duration, true},
		{"reason", &members->reason, true},
		{"replace", &members->replace, false},
	};
	const size_t count = sizeof(known) / sizeof(known[0]);
	char quote[HL_ERROR_QUOTE_SIZE];
	const char *name;
	json_t *value;
	size_t i;

	json_object_foreach (object, name, value) {
		for (i = 0; i < count; i++) {
			if (strcmp(name, known[i].name) == 0)
				break;
		}
		if (i == count)
			return hl_error_set(
				err, HL_ERROR_DATA, "unknown member \"%s\"",
				hl_error_quote(name, strlen(name), quote));
		if (known[i].is_string ? !json_is_string(value)
				       : !json_is_boolean(value))
			return hl_error_set(
				err, HL_ERROR_DATA, "\"%s\" isn't %s", name,
				known[i].is_string ? "a string"
						   : "true or false");
		*known[i].value = value;
	}
	return 0;
}

static int parse_address(json_t *value, const char *name,
			 char text_r[HL_ADDRESS_SIZE], struct hl_error *err)
{
	struct hl_address address;

	if (value == NULL)
		return hl_error_set(err, HL_ERROR_DATA, "\"%s\" is missing",
				    name);
	if (cli_parse_writable(json_string_value(value),
			       json_string_length(value), &address, err) < 0)
		return -1;
	hl_address_format(&address, text_r);
	return 0;
}

static int parse_members(const struct members *members, const char *zone,
			 struct link_line *line, char old[HL_ADDRESS_SIZE],
			 char new[HL_ADDRESS_SIZE], struct hl_error *err)
{
	if (json_is_false(members->permanent))
		return hl_error_set(err, HL_ERROR_DATA,
				    "\"permanent\" can only be true; a "
				    "temporary one has \"until\" or \"for\"");
	if (parse_address(members->old, "old", old, err) < 0 ||
	    parse_address(members->new, "new", new, err) < 0)
		return -1;
	if (cli_expiry_parse(members->permanent != NULL,
			     json_string_value(members->until),
			     json_string_value(members->duration), zone,
			     &line->expiry, err) < 0) {
		/* the line is data, the call was right */
		err->code = HL_ERROR_DATA;
		return -1;
	}
	line->replace = json_is_true(members->replace);
	if (members->reason == NULL)
		return 0;
	return cli_check_reason(json_string_value(members->reason),
				json_string_length(members->reason), err);
}

static int pack(const struct link_line *head, const char *old, const char *new,
		const char *reason, struct link_line **line_r,
		struct hl_error *err)
{
	size_t old_size = strlen(old) + 1, new_size = strlen(new) + 1;
	/* a line without one takes that of the command line */
	size_t reason_size = reason == NULL ? 0 : strlen(reason) + 1;
	struct link_line *line =
		malloc(sizeof(*line) + old_size + new_size + 1 + reason_size);
	char *pos;

	if (line == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	*line = *head;
	pos = mempcpy(line->text, old, old_size);
	pos = mempcpy(pos, new, new_size);
	*pos++ = reason == NULL ? '\0' : 'r';
	if (reason != NULL)
		memcpy(pos, reason, reason_size);
	*line_r = line;
	return 0;
}

int link_line_parse(const char *text, size_t size, uint64_t number,
		    const char *zone, struct link_line **line_r,
		    struct hl_error *err)
{
	char old[HL_ADDRESS_SIZE], new[HL_ADDRESS_SIZE];
	struct members members;
	struct link_line head;
	json_error_t json_err;
	json_t *object;
	int ret = -1;

	memset(&members, 0, sizeof(members));
	memset(&head, 0, sizeof(head));
	head.number = number;
	object = json_loadb(text, size, JSON_REJECT_DUPLICATES, &json_err);
	if (object == NULL)
		return hl_error_set(err, HL_ERROR_DATA, "not JSON: %s",
				    json_error_code(&json_err) ==
						    json_error_null_character
					    ? "a NUL in a string"
					    : json_err.text);
	if (!json_is_object(object))
		hl_error_set(err, HL_ERROR_DATA, "not a JSON object");
	else if (check_members(object, &members, err) == 0 &&
		 parse_members(&members, zone, &head, old, new, err) == 0)
		ret = pack(&head, old, new, json_string_value(members.reason),
			   line_r, err);
	json_decref(object);
	return ret;
}

void link_line_free(struct link_line **line)
{
	if (*line != NULL)
		free((*line)->ended);
	free(*line);
	*line = NULL;
}

int link_line_get(const struct link_line *line, struct hl_address *old_r,
		  struct hl_address *new_r, const char **reason_r,
		  struct hl_error *err)
{
	const char *old = line->text, *new = old + strlen(old) + 1;
	const char *reason = new + strlen(new) + 1;

	*reason_r = *reason == '\0' ? NULL : reason + 1;
	return cli_parse_old(old, old_r, err) < 0 ||
			       hl_address_parse(new, strlen(new), 0, new_r,
						err) < 0
		       ? -1
		       : 0;
}
