#include "hl-pgsql.h"

#include <stdio.h>
#include <string.h>

/* Classes and codes of SQLSTATE: PostgreSQL's manual, appendix A. */
static enum hl_error_code error_code(const char *state)
{
	if (strcmp(state, "42501") == 0 || strncmp(state, "28", 2) == 0)
		return HL_ERROR_PERMISSION;
	if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0 ||
	    strcmp(state, "3D000") == 0)
		return HL_ERROR_CONFIG;
	/* a table that isn't ours, rows that its constraints don't allow, pages
	   that can't be read */
	if (strncmp(state, "42", 2) == 0 || strncmp(state, "23", 2) == 0 ||
	    strncmp(state, "22", 2) == 0 || strncmp(state, "XX", 2) == 0)
		return HL_ERROR_STORE;
	return HL_ERROR_TEMP;
}

static const char *error_text(const char *state)
{
	if (strcmp(state, "55P03") == 0)
		return "the store is busy: another process holds its lock; "
		       "try again";
	if (strncmp(state, "53", 2) == 0)
		return "the server has no space, memory or connection left";
	if (strcmp(state, "25006") == 0)
		return "the server is read-only; a store is written to on the "
		       "primary alone";
	if (strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0)
		return "no store of hard-links there; correct `store` in the "
		       "configuration, or run `hardlinkctl init`";
	if (strcmp(state, "42501") == 0)
		return "not permitted to this role";
	return error_code(state) == HL_ERROR_STORE ? "the store is damaged"
						   : "the server failed";
}

/* One line, without what only psql would show. */
static void first_line(const char *text, char *line_r, size_t size)
{
	size_t length = strcspn(text, "\n");

	snprintf(line_r, size, "%.*s", (int)(length < 300 ? length : 300),
		 text);
}

int hl_pgsql_error(const struct hl_pgsql *pgsql, const PGresult *result,
		   const char *doing, struct hl_error *err)
{
	const char *state = NULL;
	char line[320];

	if (result != NULL)
		state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	if (state == NULL) {
		first_line(PQerrorMessage(pgsql->conn), line, sizeof(line));
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: the server can't be reached: %s (%s)",
				    pgsql->name, line, doing);
	}
	first_line(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), line,
		   sizeof(line));
	return hl_error_set(err, error_code(state), "%s: %s: %s (%s)",
			    pgsql->name, error_text(state), line, doing);
}

int hl_pgsql_damaged(const struct hl_pgsql *pgsql, const char *table,
		     int64_t seq, const char *problem, struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: damaged: table %s, sequence number %lld: %s; "
			    "run `hardlinkctl verify`",
			    pgsql->name, table, (long long)seq, problem);
}
