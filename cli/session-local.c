/* hardlinkd's socket: who asks is known by the uid. */

#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct local {
	struct session session;
	struct hl_service *service;
};

/* NULL-terminated */
#define WORDS_MAX 7

struct words {
	const char *list[WORDS_MAX];
	char old[HL_ADDRESS_SIZE], target[HL_ADDRESS_SIZE];
	char number[32];
};

static void fill_set(const struct session_request *request, struct words *words)
{
	const struct hl_link *link = request->link;

	words->list[0] = "SET";
	words->list[2] = hl_kind_name(link->kind);
	words->list[3] = words->target;
	words->list[4] = words->number;
	words->list[5] = request->replace ? "replace" : "";
	hl_address_format(&link->target, words->target);
	if (link->kind == HL_KIND_TEMPORARY)
		snprintf(words->number, sizeof(words->number), "%lld",
			 (long long)link->expires);
}

static void fill_words(const struct session_request *request,
		       struct words *words)
{
	memset(words, 0, sizeof(*words));
	if (request->old != NULL)
		hl_address_format(request->old, words->old);
	words->list[1] = words->old;
	switch (request->verb) {
	case SESSION_SET:
		fill_set(request, words);
		break;
	case SESSION_CONFIRM:
		words->list[0] = "CONFIRM";
		words->list[2] = request->code;
		break;
	case SESSION_UNSET:
		words->list[0] = "UNSET";
		break;
	case SESSION_GET:
		words->list[0] = "GET";
		break;
	case SESSION_HISTORY:
		words->list[0] = "HISTORY";
		words->list[2] = words->number;
		snprintf(words->number, sizeof(words->number), "%llu",
			 (unsigned long long)request->limit);
		break;
	}
}

static int local_ask(struct session *session,
		     const struct session_request *request,
		     hl_service_func *func, void *context,
		     struct hl_service_line *line_r, struct hl_error *err)
{
	struct local *local = (struct local *)session;
	struct words words;

	fill_words(request, &words);
	return hl_service_ask(local->service, words.list, func, context, line_r,
			      err);
}

static void local_close(struct session *session)
{
	struct local *local = (struct local *)session;

	hl_service_close(&local->service);
	free(local);
}

int session_open_local(const char *socket, struct session **session_r,
		       struct hl_error *err)
{
	static const char *const peer[] = {"PEER", NULL};
	struct local *local = calloc(1, sizeof(*local));
	struct hl_service_line line;

	if (local == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	local->session.ask = local_ask;
	local->session.close = local_close;
	if (hl_service_connect(socket, HL_SERVICE_PATIENCE_MS, &local->service,
			       err) < 0 ||
	    hl_service_ask(local->service, peer, NULL, NULL, &line, err) < 0) {
		local_close(&local->session);
		return -1;
	}
	*session_r = &local->session;
	return 0;
}
