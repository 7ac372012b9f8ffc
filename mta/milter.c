#include "milter.h"

#include "log.h"
#include "milter-negotiate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct session {
	struct edge_client client;
	/* of the present transaction */
	bool smtputf8;
};

/* libmilter's callbacks have no context of ours before there is a session. */
static struct edge *milter_edge;

static sfsistat milter_connect(SMFICTX *ctx, char *hostname, _SOCK_ADDR *addr)
{
	struct session *session = calloc(1, sizeof(*session));

	(void)hostname;
	if (session == NULL)
		return SMFIS_TEMPFAIL;
	edge_client_from_sockaddr(addr, &session->client);
	if (smfi_setpriv(ctx, session) != MI_SUCCESS) {
		free(session);
		return SMFIS_TEMPFAIL;
	}
	return SMFIS_CONTINUE;
}

static sfsistat milter_envfrom(SMFICTX *ctx, char **args)
{
	struct session *session = smfi_getpriv(ctx);

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	session->smtputf8 = false;
	while (*++args != NULL) {
		if (strcasecmp(*args, "SMTPUTF8") == 0)
			session->smtputf8 = true;
	}
	return SMFIS_CONTINUE;
}

/* The text means just itself to libmilter, which takes it for a format. */
static void double_percent(const char *text, char *escaped_r)
{
	for (; *text != '\0'; text++) {
		if (*text == '%')
			*escaped_r++ = '%';
		*escaped_r++ = *text;
	}
	*escaped_r = '\0';
}

/* The verdict belongs to the reply: libmilter drops a 5xx for a tempfail. */
static sfsistat answer(SMFICTX *ctx, const struct hl_reply *reply,
		       sfsistat verdict)
{
	char text[2 * sizeof(reply->text)];
	char status[4], enhanced_code[16];

	snprintf(status, sizeof(status), "%u", reply->status);
	snprintf(enhanced_code, sizeof(enhanced_code), "%s",
		 reply->enhanced_code);
	double_percent(reply->text, text);
	if (smfi_setreply(ctx, status, enhanced_code, text) != MI_SUCCESS) {
		edge_log_error("libmilter refused the reply \"%s %s %s\"; the "
			       "recipient is deferred",
			       status, enhanced_code, reply->text);
		return SMFIS_TEMPFAIL;
	}
	return verdict;
}

/* What Postfix's own clients (sendmail(1), its bounces) give a milter is in the
   queue already: a refusal of one recipient would stop the whole mail. */
static bool is_smtp(SMFICTX *ctx, const char *path)
{
	static char macro[] = "{rcpt_mailer}";

	return path[0] == '<' || smfi_getsymval(ctx, macro) != NULL;
}

static sfsistat milter_envrcpt(SMFICTX *ctx, char **args)
{
	static char macro[] = "{auth_authen}";
	struct session *session = smfi_getpriv(ctx);
	struct edge_client client;
	struct hl_reply reply;
	const char *login;

	if (session == NULL)
		return SMFIS_TEMPFAIL;
	if (!is_smtp(ctx, args[0]))
		return SMFIS_CONTINUE;
	client = session->client;
	login = smfi_getsymval(ctx, macro);
	client.authenticated = login != NULL && login[0] != '\0';
	switch (edge_rcpt(milter_edge, &client, args[0], strlen(args[0]),
			  session->smtputf8, &reply)) {
	case EDGE_ACCEPT:
		break;
	case EDGE_REPLY:
		return answer(ctx, &reply, SMFIS_REJECT);
	case EDGE_TEMPFAIL:
		return answer(ctx, &reply, SMFIS_TEMPFAIL);
	}
	return SMFIS_CONTINUE;
}

static sfsistat milter_close(SMFICTX *ctx)
{
	struct session *session = smfi_getpriv(ctx);

	free(session);
	(void)smfi_setpriv(ctx, NULL);
	return SMFIS_CONTINUE;
}

int milter_register(struct edge *edge, struct hl_error *err)
{
	static char name[] = "hardlink-milter";
	const struct smfiDesc description = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_SETSYMLIST,
		.xxfi_connect = milter_connect,
		.xxfi_envfrom = milter_envfrom,
		.xxfi_envrcpt = milter_envrcpt,
		.xxfi_close = milter_close,
		.xxfi_negotiate = milter_negotiate,
	};

	milter_edge = edge;
	if (smfi_register(description) != MI_SUCCESS)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libmilter: can't register");
	return 0;
}
