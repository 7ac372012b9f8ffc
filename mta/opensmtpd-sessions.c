#include "opensmtpd-sessions.h"

#include <search.h>
#include <stdlib.h>

struct session {
	uint64_t id;
	struct edge_client client;
};

static int compare(const void *a, const void *b)
{
	uint64_t id_a = ((const struct session *)a)->id;
	uint64_t id_b = ((const struct session *)b)->id;

	return id_a < id_b ? -1 : id_a > id_b;
}

static struct session *find(const struct opensmtpd_sessions *sessions,
			    uint64_t id)
{
	const struct session key = {.id = id};
	struct session **node;

	node = (struct session **)tfind(&key, &sessions->root, compare);
	return node == NULL ? NULL : *node;
}

void opensmtpd_sessions_add(struct opensmtpd_sessions *sessions, uint64_t id,
			    const struct edge_client *client)
{
	struct session *session = find(sessions, id);

	if (session == NULL) {
		if (sessions->count == OPENSMTPD_SESSIONS_MAX)
			return;
		session = malloc(sizeof(*session));
		if (session == NULL)
			return;
		session->id = id;
		if (tsearch(session, &sessions->root, compare) == NULL) {
			free(session);
			return;
		}
		sessions->count++;
	}
	session->client = *client;
}

struct edge_client *
opensmtpd_sessions_find(const struct opensmtpd_sessions *sessions, uint64_t id)
{
	struct session *session = find(sessions, id);

	return session == NULL ? NULL : &session->client;
}

void opensmtpd_sessions_remove(struct opensmtpd_sessions *sessions, uint64_t id)
{
	struct session *session = find(sessions, id);

	if (session == NULL)
		return;
	tdelete(session, &sessions->root, compare);
	free(session);
	sessions->count--;
}

void opensmtpd_sessions_free(struct opensmtpd_sessions *sessions)
{
	tdestroy(sessions->root, free);
	sessions->root = NULL;
	sessions->count = 0;
}
