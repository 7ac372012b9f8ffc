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

static int parse_members(const struct members *members, const char *zone,
			 struct link_words *words, struct hl_error *err)
{
	if (json_is_false(members->permanent))
		return hl_error_set(err, HL_ERROR_DATA,
				    "\"permanent\" can only be true; a "
				    "temporary one has \"until\" or \"for\"");
	if (members->old == NULL || members->new == NULL)
		return hl_error_set(err, HL_ERROR_DATA, "\"%s\" is missing",
				    members->old == NULL ? "old" : "new");
	if (cli_expiry_parse(members->permanent != NULL,
			     json_string_value(members->until),
			     json_string_value(members->duration), zone,
			     &words->expiry, err) < 0) {
		/* the line is data, the call was right */
		err->code = HL_ERROR_DATA;
		return -1;
	}
	words->old = json_string_value(members->old);
	words->old_size = json_string_length(members->old);
	words->new = json_string_value(members->new);
	words->new_size = json_string_length(members->new);
	words->replace = json_is_true(members->replace);
	words->reason = json_string_value(members->reason);
	words->reason_size = json_string_length(members->reason);
	return 0;
}

int link_line_parse(const char *text, size_t size, uint64_t number,
		    const char *zone, struct link_line **line_r,
		    struct hl_error *err)
{
	struct members members;
	struct link_words words;
	json_error_t json_err;
	json_t *object;
	int ret = -1;

	memset(&members, 0, sizeof(members));
	memset(&words, 0, sizeof(words));
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
		 parse_members(&members, zone, &words, err) == 0)
		ret = link_line_make(&words, number, line_r, err);
	json_decref(object);
	return ret;
}

static int parse_address(const char *text, size_t size, const char *name,
			 char text_r[HL_ADDRESS_SIZE], struct hl_error *err)
{
	struct hl_address address;

	if (cli_parse_writable(text, size, &address, err) < 0)
		return hl_error_prefix(err, "%s", name);
	hl_address_format(&address, text_r);
	return 0;
}

int link_line_make(const struct link_words *words, uint64_t number,
		   struct link_line **line_r, struct hl_error *err)
{
	char old[HL_ADDRESS_SIZE], new[HL_ADDRESS_SIZE], *pos;
	size_t reason_size = words->reason_size;
	struct link_line *line;

	if (parse_address(words->old, words->old_size, "old", old, err) < 0 ||
	    parse_address(words->new, words->new_size, "new", new, err) < 0 ||
	    (words->reason != NULL &&
	     cli_check_reason(words->reason, reason_size, err) < 0))
		return -1;
	/* the mark of a reason, and a NUL */
	line = calloc(1, sizeof(*line) + strlen(old) + 1 + strlen(new) + 1 + 1 +
				 reason_size + 1);
	if (line == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	line->number = number;
	line->expiry = words->expiry;
	line->replace = words->replace;
	pos = stpcpy(line->text, old) + 1;
	pos = stpcpy(pos, new) + 1;
	if (words->reason != NULL) {
		*pos++ = 'r';
		memcpy(pos, words->reason, reason_size);
	}
	*line_r = line;
	return 0;
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
			       hl_address_parse_subject(new, strlen(new), new_r,
							err) < 0
		       ? -1
		       : 0;
}

/* Is it so already, and nothing to come that would end it? */
static int is_held(struct hl_log *log, const struct hl_address *old,
		   const struct hl_link *link, struct hl_error *err)
{
	const struct hl_link *held;
	struct hl_entry entry;
	int64_t now = hl_log_now(log);
	int ret;

	ret = hl_log_get_newest(log, old, &entry, err);
	if (ret <= 0)
		return ret;
	held = hl_state_in_force(&entry.payload.state, now);
	return held != NULL && held->kind == link->kind &&
	       held->expires == link->expires &&
	       hl_address_equal(&held->target, &link->target) &&
	       !cli_next_is_ahead(&entry.payload.state.next, now);
}

int link_line_set(struct cli *cli, struct hl_log *log,
		  const struct link_line *line, bool unless_held,
		  struct hl_change_result *result_r, struct hl_error *err)
{
	bool replace = line->replace || cli->options[OPT_REPLACE] != NULL;
	struct hl_actor actor = cli->actor;
	struct hl_address old;
	struct hl_link link;
	const char *reason;
	int ret;

	if (link_line_get(line, &old, &link.target, &reason, err) < 0)
		return -1;
	if (reason != NULL)
		actor.reason = reason;
	cli_expiry_apply(&line->expiry, hl_log_now(log), &link);
	if (unless_held && (ret = is_held(log, &old, &link, err)) != 0)
		return ret;
	return hl_change_set(log, &actor, &old, &link, replace, result_r, err);
}
