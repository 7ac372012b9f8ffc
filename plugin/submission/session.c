#include "session.h"

#include "mail-user.h"

/* Of a failure; several pipelined recipients don't all wait. */
#define RETRY_SECONDS 2

void submission_session_deinit(struct submission_session *session)
{
	hl_service_close(&session->service);
}

static bool field_is(const struct hl_service_line *line, const char *name,
		     const char *value)
{
	const char *found = hl_service_get(line, name);

	return found != NULL && strcmp(found, value) == 0;
}

static int session_open(struct submission_session *session, int patience_ms,
			struct hl_service **service_r, struct hl_error *err)
{
	struct hl_service_line line;

	if (hl_plugin_service_open(session->user, "submission", patience_ms,
				   service_r, &line, err) < 0)
		return -1;
	session->replies = field_is(&line, "submission", "reply");
	session->delivers = field_is(&line, "on-error", "deliver");
	return 0;
}

static void session_report(struct submission_session *session,
			   const struct hl_error *err)
{
	if (hl_trouble_is_due(&session->trouble, err->text, time(NULL)))
		e_error(session->user->event, "Can't ask for hard-links: %s",
			err->text);
}

/* --- owners' commands */

/* Where the socket is, and what is wrong with it, isn't for the owner. */
static int not_available(struct submission_session *session,
			 struct hl_error *err)
{
	session_report(session, err);
	return hl_error_set(err, HL_ERROR_TEMP,
			    "hard-links can't be read or changed right now; "
			    "try again later");
}

int submission_session_command(struct submission_session *session,
			       const char *const *words, hl_service_func *func,
			       void *context, struct hl_service **service_r,
			       struct hl_service_line *line_r,
			       struct hl_error *err)
{
	if (session_open(session, HL_SERVICE_PATIENCE_MS, service_r, err) < 0)
		return err->code == HL_ERROR_TEMP ? not_available(session, err)
						  : -1;
	if (hl_service_ask(*service_r, words, func, context, line_r, err) == 0)
		return 0;
	if (hl_service_is_broken(*service_r))
		(void)not_available(session, err);
	hl_service_close(service_r);
	return -1;
}

/* --- lookups */

static int ask_kept(struct submission_session *session,
		    const char *const *words, struct hl_service_line *line_r,
		    struct hl_error *err)
{
	if (session->service == NULL &&
	    session_open(session, HL_SERVICE_LOOKUP_MS, &session->service,
			 err) < 0)
		return -1;
	if (hl_service_ask(session->service, words, NULL, NULL, line_r, err) ==
	    0)
		return 0;
	if (hl_service_is_broken(session->service))
		hl_service_close(&session->service);
	return -1;
}

/* With a connection that has ended since, as when hardlinkd was restarted, it's
   tried once again. */
static int ask(struct submission_session *session, const char *const *words,
	       struct hl_service_line *line_r, struct hl_error *err)
{
	bool was_open = session->service != NULL;

	if (ask_kept(session, words, line_r, err) == 0)
		return 0;
	return was_open && session->service == NULL
		       ? ask_kept(session, words, line_r, err)
		       : -1;
}

int submission_session_lookup(struct submission_session *session,
			      const struct hl_address *address,
			      struct hl_link *link_r)
{
	char text[HL_ADDRESS_SIZE];
	const char *const words[] = {"LOOKUP", text, NULL};
	struct hl_service_line line;
	struct hl_error err;

	if (time(NULL) - session->failed < RETRY_SECONDS)
		return -1;
	hl_address_format(address, text);
	if (ask(session, words, &line, &err) == 0 &&
	    hl_service_get_link(&line, "", link_r, &err) == 0) {
		if (hl_trouble_is_over(&session->trouble, time(NULL)))
			e_info(session->user->event,
			       "Hard-links can be asked for again");
		return 0;
	}
	session->failed = time(NULL);
	session_report(session, &err);
	return -1;
}

void submission_session_told(struct submission_session *session,
			     const char *address)
{
	const char *const words[] = {"TOLD", address, NULL};
	struct hl_service_line line;
	struct hl_error err;

	if (ask(session, words, &line, &err) < 0)
		e_debug(session->user->event,
			"Told nobody that %s has moved: %s", address, err.text);
}
