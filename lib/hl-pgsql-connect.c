#include "hl-pgsql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Milliseconds to wait for a server that is starting or has no connection left,
   and between two tries. */
#define READ_WAIT  500
#define WRITE_WAIT 5000
#define PAUSE	   50

/* What is set on each connection, and what has to be known of its server. A
   synchronous_commit that waits for nothing would lose what was acknowledged;
   one that waits for more is the administrator's choice. */
#define SETUP \
	"SELECT pg_is_in_recovery()::text, " \
	"current_setting('server_encoding'), " \
	"set_config('search_path', 'pg_catalog', false), " \
	"set_config('lock_timeout', '%d', false), " \
	"set_config('synchronous_commit', " \
	"CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') " \
	"THEN 'on' ELSE current_setting('synchronous_commit') END, false)"

static PQconninfoOption *parse(const char *conninfo, struct hl_error *err)
{
	PQconninfoOption *options;
	char *problem = NULL;

	options = PQconninfoParse(conninfo, &problem);
	/* its text may quote a part of it, the password perhaps */
	if (options == NULL)
		hl_error_set(err, HL_ERROR_CONFIG,
			     "pgsql:…: not a conninfo of PostgreSQL's; "
			     "write `pgsql:host=… dbname=…` or "
			     "`pgsql:postgresql://…`");
	PQfreemem(problem);
	return options;
}

static const char *value_of(const PQconninfoOption *options, const char *name)
{
	for (; options->keyword != NULL; options++) {
		if (strcmp(options->keyword, name) == 0)
			return options->val;
	}
	return NULL;
}

char *hl_pgsql_name(const char *conninfo, struct hl_error *err)
{
	PQconninfoOption *options = parse(conninfo, err);
	const char *host, *port, *dbname;
	char name[512];
	char *copy;

	if (options == NULL)
		return NULL;
	/* The configuration isn't secret, nor is a command line. */
	if (value_of(options, "password") != NULL ||
	    value_of(options, "sslpassword") != NULL) {
		PQconninfoFree(options);
		hl_error_set(err, HL_ERROR_CONFIG,
			     "pgsql:…: no place for a password; put it "
			     "into a file that only the process's user reads, "
			     "and name that with passfile=");
		return NULL;
	}
	host = value_of(options, "host");
	port = value_of(options, "port");
	dbname = value_of(options, "dbname");
	snprintf(name, sizeof(name), "pgsql:%s%s%s%s%s%s",
		 host != NULL ? "host=" : "", host != NULL ? host : "",
		 port != NULL ? " port=" : "", port != NULL ? port : "",
		 dbname != NULL ? " dbname=" : "",
		 dbname != NULL ? dbname : "");
	PQconninfoFree(options);
	copy = strdup(name);
	if (copy == NULL)
		hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	return copy;
}

bool hl_pgsql_is_lost(const struct hl_pgsql *pgsql)
{
	return pgsql->conn == NULL || PQstatus(pgsql->conn) != CONNECTION_OK;
}

void hl_pgsql_disconnect(struct hl_pgsql *pgsql)
{
	hl_pgsql_release(pgsql);
	PQfinish(pgsql->conn);
	pgsql->conn = NULL;
	pgsql->creating = false;
	pgsql->in_transaction = false;
	memset(pgsql->prepared, 0, sizeof(pgsql->prepared));
	pgsql->state[0] = pgsql->noted[0] = pgsql->asked[0] = '\0';
}

static int set_up(struct hl_pgsql *pgsql, struct hl_error *err)
{
	char sql[sizeof(SETUP) + 16];
	PGresult *result;
	int ret = 0;

	snprintf(sql, sizeof(sql), SETUP,
		 pgsql->writable ? HL_PGSQL_WRITE_LOCK : HL_PGSQL_READ_LOCK);
	result = hl_pgsql_select(pgsql, sql, hl_pgsql_patience(pgsql),
				 "connecting", err);
	if (result == NULL)
		return -1;
	if (PQntuples(result) != 1 || PQnfields(result) != 5)
		ret = hl_error_set(err, HL_ERROR_CONFIG,
				   "%s: not PostgreSQL's answer", pgsql->name);
	else if (strcmp(PQgetvalue(result, 0, 0), "false") != 0)
		ret = hl_error_set(err, HL_ERROR_TEMP,
				   "%s: this server is a replica, which lags "
				   "behind; name the primary, or all servers "
				   "with target_session_attrs=read-write",
				   pgsql->name);
	else if (strcmp(PQgetvalue(result, 0, 1), "UTF8") != 0)
		ret = hl_error_set(err, HL_ERROR_CONFIG,
				   "%s: the database's encoding is %.20s; make "
				   "one with ENCODING 'UTF8'",
				   pgsql->name, PQgetvalue(result, 0, 1));
	PQclear(result);
	return ret;
}

/* libpq would print it. */
static void note_warning(void *context, const PGresult *result)
{
	struct hl_pgsql *pgsql = context;
	const char *severity =
		PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (severity != NULL && strcmp(severity, "WARNING") == 0 &&
	    pgsql->warning[0] == '\0')
		snprintf(pgsql->warning, sizeof(pgsql->warning), "%s",
			 text == NULL ? "?" : text);
}

/* 0; -1; or 1 if it may be another thing in a moment. */
static int connect_once(struct hl_pgsql *pgsql, struct hl_error *err)
{
	/* What stands behind the conninfo overrides it. */
	static const char *const names[] = {"connect_timeout",
					    "application_name", "dbname",
					    "client_encoding", NULL};
	const char *const values[] = {HL_PGSQL_CONNECT, "hardlink",
				      pgsql->conninfo, "UTF8", NULL};
	const char *problem;
	int ret = -1;

	pgsql->conn = PQconnectdbParams(names, values, 1);
	if (pgsql->conn == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	PQsetNoticeReceiver(pgsql->conn, note_warning, pgsql);
	if (PQstatus(pgsql->conn) == CONNECTION_OK) {
		ret = set_up(pgsql, err);
	} else {
		/* libpq gives no code for these; in another language than
		   English they are errors at once */
		problem = PQerrorMessage(pgsql->conn);
		if (strstr(problem, "starting up") != NULL ||
		    strstr(problem, "too many clients") != NULL ||
		    strstr(problem, "remaining connection slots") != NULL)
			ret = 1;
		hl_pgsql_error(pgsql, NULL, "connecting", err);
	}
	if (ret != 0)
		hl_pgsql_disconnect(pgsql);
	return ret;
}

int hl_pgsql_connect(struct hl_pgsql *pgsql, struct hl_error *err)
{
	int waits = (pgsql->writable ? WRITE_WAIT : READ_WAIT) / PAUSE;
	const struct timespec pause = {.tv_nsec = PAUSE * 1000000L};
	int ret;

	while ((ret = connect_once(pgsql, err)) > 0 && waits-- > 0)
		nanosleep(&pause, NULL);
	return ret == 0 ? 0 : -1;
}
