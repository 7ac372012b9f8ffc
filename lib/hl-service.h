#ifndef HL_SERVICE_H
#define HL_SERVICE_H

#include "hl-link.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Talks to hardlinkd; plugin/service/PROTOCOL.md describes the lines. Every
   call waits, for the given time at most: a caller is one person's process. */

#define HL_SERVICE_LINE_MAX   8192
#define HL_SERVICE_FIELDS_MAX 128

/* hardlinkd may have to wait for a mail to be taken. */
#define HL_SERVICE_PATIENCE_MS 60000
/* For a lookup, behind which somebody's RCPT waits. */
#define HL_SERVICE_LOOKUP_MS 5000

struct hl_service;

/* One line, taken apart. The strings are valid until the next one is read. */
struct hl_service_line {
	/* of a final line: OK */
	bool ok;
	/* name=value each */
	const char *fields[HL_SERVICE_FIELDS_MAX];
	size_t count;
};

/* Connects and shakes hands. HL_ERROR_TEMP: nobody is there ("isn't running"),
   or nobody answers. */
int hl_service_connect(const char *path, int patience_ms,
		       struct hl_service **service_r, struct hl_error *err);
/* The same, for who can do without: 1 if it is connected, 0 if nobody listens
   there or this user may not connect. */
int hl_service_connect_if_running(const char *path, int patience_ms,
				  struct hl_service **service_r,
				  struct hl_error *err);
void hl_service_close(struct hl_service **service);

/* Called for each line in front of the final one. Returns -1 with err to
   stop; the connection is of no use then. */
typedef int hl_service_func(const struct hl_service_line *line, void *context,
			    struct hl_error *err);

/* Sends a command (words: NULL-terminated, unescaped) and reads its reply.
   FAIL gives -1 and the error that it says. A connection that breaks is
   HL_ERROR_TEMP, and of no use any more: hl_service_is_broken(). func may be
   NULL. line_r->fields are those of OK. */
int hl_service_ask(struct hl_service *service, const char *const *words,
		   hl_service_func *func, void *context,
		   struct hl_service_line *line_r, struct hl_error *err);
bool hl_service_is_broken(const struct hl_service *service);

/* The value of a field, or NULL. */
const char *hl_service_get(const struct hl_service_line *line,
			   const char *name);

/* How an address stands, from the fields of a state; or, for an administrator,
   a whole domain, whose targets are domains. */
struct hl_service_state {
	struct hl_address address;
	struct hl_link in_force, ended;
	struct hl_next next, ended_next;
	/* "" if not said */
	char channel[16];
	bool blocked;
};
int hl_service_get_state(const struct hl_service_line *line,
			 struct hl_service_state *state_r,
			 struct hl_error *err);
/* kind, new and expires, with this in front of their names ("next-"); kind NONE
   if they are absent. The target is an address. */
int hl_service_get_link(const struct hl_service_line *line, const char *prefix,
			struct hl_link *link_r, struct hl_error *err);
/* Was the link found by that of the recipient's whole domain? Then it may be
   answered only for one that exists. */
bool hl_service_is_by_domain(const struct hl_service_line *line);
/* The same of a change to come, with effective and status. */
int hl_service_get_next(const struct hl_service_line *line, const char *prefix,
			struct hl_next *next_r, struct hl_error *err);

/* "TOKEN …": who this process has logged in. */
struct hl_service_token {
	const char *service, *user, *session_id, *token;
	pid_t pid;
};
int hl_service_identify(struct hl_service *service,
			const struct hl_service_token *token,
			struct hl_service_line *line_r, struct hl_error *err);

#endif
