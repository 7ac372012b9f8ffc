#ifndef EDGE_H
#define EDGE_H

#include "hl-config.h"
#include "hl-reply.h"

#include <sys/socket.h>

/* The receiving edge: what every program shares that answers an MTA's RCPT.
   One struct edge lives as long as its program; edge_rcpt() may be called from
   any thread. */

struct edge;

enum edge_verdict {
	/* not ours, or nobody knows and on_error is deliver */
	EDGE_ACCEPT,
	/* 557 or 558, or 550 to a peer without SMTPUTF8: for good */
	EDGE_REPLY,
	/* 451: nobody knows, or this client asked for too many */
	EDGE_TEMPFAIL
};

/* Who asks. family is AF_INET, AF_INET6, or AF_UNSPEC where it has no address
   (or the MTA doesn't say): such a client has no rate limit. */
struct edge_client {
	sa_family_t family;
	/* network byte order; the first 4 if AF_INET */
	unsigned char address[16];
	/* has logged in: the setting `authenticated` decides */
	bool authenticated;
};

/* Both take an IPv4-mapped IPv6 address as what it is, and give AF_UNSPEC for
   what they don't know. sa may be NULL. */
void edge_client_from_sockaddr(const struct sockaddr *sa,
			       struct edge_client *client_r);
/* "192.0.2.1", "2001:db8::1", also with Sendmail's "IPv6:" in front. */
void edge_client_from_text(const char *text, struct edge_client *client_r);

/* Which recipients the MTA asks for: those that it would accept, or any? Of
   hard-links of whole domains only who asks for the former hears, and only if
   the setting `whole_domains` lets. */
enum edge_recipients { EDGE_RECIPIENTS_ACCEPTED, EDGE_RECIPIENTS_ANY };

/* Reads the configuration; doesn't touch the store yet. */
int edge_init(const char *config_path, enum edge_recipients recipients,
	      struct edge **edge_r, struct hl_error *err);
/* Nobody may be inside edge_rcpt() any more. */
void edge_deinit(struct edge **edge);

/* Reads it again. One that can't be used is logged, and the former one stays
   in force (-1). Recipients that are being looked up aren't disturbed. */
int edge_reload(struct edge *edge);

/* What is in force, until the next edge_reload(). For the thread that calls
   that one. */
const struct hl_config *edge_config(const struct edge *edge);

/* The answer to a RCPT. path: what stands behind `RCPT TO:`, with angle
   brackets or without, without ESMTP parameters. One that isn't an address with
   a domain is the MTA's business: EDGE_ACCEPT. reply_r is filled for the other
   two verdicts. */
enum edge_verdict edge_rcpt(struct edge *edge, const struct edge_client *client,
			    const char *path, size_t size, bool smtputf8,
			    struct hl_reply *reply_r);

/* What it did so far, as OpenMetrics text. Returns its length, which is less
   than EDGE_METRICS_SIZE. */
#define EDGE_METRICS_SIZE 8192
size_t edge_metrics(struct edge *edge, char text_r[EDGE_METRICS_SIZE]);

#endif
