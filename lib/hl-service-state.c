/* What hardlinkd's replies say of a hard-link. */

#include "hl-service.h"
#include "hl-text.h"
#include "hl-time.h"

#include <stdio.h>
#include <string.h>

const char *hl_service_get(const struct hl_service_line *line, const char *name)
{
	size_t i, size = strlen(name);

	for (i = 0; i < line->count; i++) {
		if (strncmp(line->fields[i], name, size) == 0 &&
		    line->fields[i][size] == '=')
			return line->fields[i] + size + 1;
	}
	return NULL;
}

static int malformed(const char *name, struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP,
			    "hardlinkd's reply has a malformed \"%s\"", name);
}

static const char *get(const struct hl_service_line *line, const char *prefix,
		       const char *name)
{
	char full[64];

	snprintf(full, sizeof(full), "%s%s", prefix, name);
	return hl_service_get(line, full);
}

/* 0 if it's absent or empty. */
static int get_time(const struct hl_service_line *line, const char *prefix,
		    const char *name, int64_t *time_r, struct hl_error *err)
{
	const char *value = get(line, prefix, name);
	uint64_t number;

	*time_r = 0;
	if (value == NULL || value[0] == '\0')
		return 0;
	if (!hl_text_parse_number(value, strlen(value), &number) ||
	    number == 0 || number > HL_TIME_MAX)
		return malformed(name, err);
	*time_r = (int64_t)number;
	return 0;
}

static int get_subject(const struct hl_service_line *line, const char *prefix,
		       const char *name, struct hl_address *address_r,
		       struct hl_error *err)
{
	const char *value = get(line, prefix, name);

	if (value == NULL ||
	    hl_address_parse_subject(value, strlen(value), address_r, err) < 0)
		return malformed(name, err);
	return 0;
}

/* Its target may be a whole domain. */
static int get_link(const struct hl_service_line *line, const char *prefix,
		    struct hl_link *link_r, struct hl_error *err)
{
	const char *kind = get(line, prefix, "kind");

	memset(link_r, 0, sizeof(*link_r));
	if (kind == NULL || kind[0] == '\0')
		return 0;
	if (strcmp(kind, hl_kind_name(HL_KIND_PERMANENT)) == 0)
		link_r->kind = HL_KIND_PERMANENT;
	else if (strcmp(kind, hl_kind_name(HL_KIND_TEMPORARY)) == 0)
		link_r->kind = HL_KIND_TEMPORARY;
	else
		return malformed("kind", err);
	if (get_subject(line, prefix, "new", &link_r->target, err) < 0 ||
	    get_time(line, prefix, "expires", &link_r->expires, err) < 0)
		return -1;
	if ((link_r->kind == HL_KIND_TEMPORARY) != (link_r->expires != 0))
		return malformed("expires", err);
	return 0;
}

int hl_service_get_link(const struct hl_service_line *line, const char *prefix,
			struct hl_link *link_r, struct hl_error *err)
{
	if (get_link(line, prefix, link_r, err) < 0)
		return -1;
	/* nothing that can be told to a sender */
	if (link_r->kind != HL_KIND_NONE &&
	    hl_address_is_domain(&link_r->target))
		return malformed("new", err);
	return 0;
}

bool hl_service_is_by_domain(const struct hl_service_line *line)
{
	const char *by = hl_service_get(line, "by");

	return by != NULL && strcmp(by, "domain") == 0;
}

int hl_service_get_next(const struct hl_service_line *line, const char *prefix,
			struct hl_next *next_r, struct hl_error *err)
{
	const char *status = get(line, prefix, "status");

	memset(next_r, 0, sizeof(*next_r));
	next_r->confirmed = status != NULL && strcmp(status, "confirmed") == 0;
	if (get_link(line, prefix, &next_r->link, err) < 0)
		return -1;
	return get_time(line, prefix, "effective", &next_r->effective, err);
}

int hl_service_get_state(const struct hl_service_line *line,
			 struct hl_service_state *state_r, struct hl_error *err)
{
	const char *channel = hl_service_get(line, "channel");
	const char *blocked = hl_service_get(line, "blocked");

	memset(state_r, 0, sizeof(*state_r));
	if (get_subject(line, "", "address", &state_r->address, err) < 0 ||
	    get_link(line, "", &state_r->in_force, err) < 0 ||
	    get_link(line, "ended-", &state_r->ended, err) < 0 ||
	    hl_service_get_next(line, "next-", &state_r->next, err) < 0 ||
	    hl_service_get_next(line, "ended-next-", &state_r->ended_next,
				err) < 0)
		return -1;
	snprintf(state_r->channel, sizeof(state_r->channel), "%s",
		 channel == NULL ? "" : channel);
	state_r->blocked = blocked != NULL && strcmp(blocked, "yes") == 0;
	return 0;
}

int hl_service_identify(struct hl_service *service,
			const struct hl_service_token *token,
			struct hl_service_line *line_r, struct hl_error *err)
{
	char pid[32];
	const char *const words[] = {
		"TOKEN",	   token->service, pid, token->user,
		token->session_id, token->token,   NULL};

	snprintf(pid, sizeof(pid), "%ld", (long)token->pid);
	return hl_service_ask(service, words, NULL, NULL, line_r, err);
}
