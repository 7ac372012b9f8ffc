#ifndef OPENSMTPD_SESSIONS_H
#define OPENSMTPD_SESSIONS_H

#include "edge.h"

#include <stddef.h>
#include <stdint.h>

/* Who is at the other end of which of OpenSMTPD's sessions. */

/* More than smtpd has descriptors for. */
#define OPENSMTPD_SESSIONS_MAX 65536

struct opensmtpd_sessions {
	/* of tsearch(3) */
	void *root;
	size_t count;
};

/* Out of memory, too many, or not told of: a client without an address. */
void opensmtpd_sessions_add(struct opensmtpd_sessions *sessions, uint64_t id,
			    const struct edge_client *client);
struct edge_client *
opensmtpd_sessions_find(const struct opensmtpd_sessions *sessions, uint64_t id);
void opensmtpd_sessions_remove(struct opensmtpd_sessions *sessions,
			       uint64_t id);
void opensmtpd_sessions_free(struct opensmtpd_sessions *sessions);

#endif
