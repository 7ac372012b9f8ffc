/* Statements, each with an end to the waiting for it: a server that is frozen
   or out of reach answers nothing, not even that. */

#include "hl-pgsql.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define INDEX_ROW "SELECT key, seq, superseded_by FROM hardlink.link "
#define ENTRY_ROW \
	"SELECT seq, statement, signature, payload FROM hardlink.entry "

/* Each transaction that writes makes a new version of the head's row, so that
   these two tell one state of the store from every other. */
#define STATE \
	"SELECT checkpoint, frontier, xmin::text || ctid::text, " \
	"pg_is_in_recovery()::text, " \
	"(SELECT value FROM hardlink.meta WHERE name = 'version') " \
	"FROM hardlink.head WHERE id = 1 "

static const char *const queries[HL_PGSQL_STMT_COUNT] = {
	[HL_PGSQL_GET_STATE] = STATE,
	[HL_PGSQL_LOCK_HEAD] = STATE "FOR UPDATE",
	[HL_PGSQL_GET_LAST_SEQ] =
		"SELECT seq FROM hardlink.entry ORDER BY seq DESC LIMIT 1",
	[HL_PGSQL_GET_NEWEST] =
		INDEX_ROW "WHERE key = $1 ORDER BY seq DESC LIMIT 2",
	[HL_PGSQL_GET_ENTRY] = ENTRY_ROW "WHERE seq = $1",
	[HL_PGSQL_EACH_ENTRY] =
		ENTRY_ROW "WHERE seq BETWEEN $1 AND $2 ORDER BY seq LIMIT $3",
	[HL_PGSQL_EACH_ENTRY_DOWN] = ENTRY_ROW
	"WHERE seq BETWEEN $1 AND $2 ORDER BY seq DESC LIMIT $3",
	[HL_PGSQL_EACH_INDEX] = INDEX_ROW
	"WHERE (key, seq) > ($1, $2) ORDER BY key, seq LIMIT $3",
	[HL_PGSQL_EACH_INDEX_OF_KEY] =
		INDEX_ROW "WHERE key = $1 AND seq > $2 ORDER BY seq LIMIT $3",
	[HL_PGSQL_EACH_INDEX_OF_KEY_DOWN] = INDEX_ROW
	"WHERE key = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
	/* An address may begin with `!`, but only an address has an `@`. */
	[HL_PGSQL_EACH_OPEN] = INDEX_ROW
	"WHERE (key, seq) > ($1, $2) AND superseded_by IS NULL "
	"AND strpos(key, '@') > 0 ORDER BY key, seq LIMIT $3",
	[HL_PGSQL_EACH_OPEN_AT] =
		INDEX_ROW "WHERE (key, seq) > ($1, $2) AND seq <= $4 "
			  "AND strpos(key, '@') > 0 "
			  "AND (superseded_by IS NULL OR superseded_by > $4) "
			  "ORDER BY key, seq LIMIT $3",
	/* All parts see the rows as they were before. */
	[HL_PGSQL_APPEND] =
		"WITH newest AS (SELECT seq, superseded_by FROM hardlink.link "
		"WHERE key = $1 ORDER BY seq DESC LIMIT 1), "
		"entry AS (INSERT INTO hardlink.entry "
		"(seq, statement, signature, payload) "
		"VALUES ($2, $3, $4, $5)), "
		"old AS (UPDATE hardlink.link SET superseded_by = $2 "
		"WHERE key = $1 AND seq = (SELECT seq FROM newest) AND "
		"superseded_by IS NULL AND seq < $2), "
		"link AS (INSERT INTO hardlink.link (key, seq) "
		"VALUES ($1, $2)) "
		"SELECT seq, superseded_by FROM newest",
	[HL_PGSQL_PUT_HEAD] =
		"INSERT INTO hardlink.head (id, checkpoint, frontier) "
		"VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET "
		"checkpoint = excluded.checkpoint, "
		"frontier = excluded.frontier",
	[HL_PGSQL_TOUCH_HEAD] = "UPDATE hardlink.head SET id = id",
	[HL_PGSQL_GET_CONSENT] = "SELECT seq, mail, hash, expires, wrong "
				 "FROM hardlink.consent WHERE key = $1",
	[HL_PGSQL_PUT_CONSENT] =
		"INSERT INTO hardlink.consent "
		"(key, seq, mail, hash, expires, wrong) "
		"VALUES ($1, $2, $3, $4, $5, $6) "
		"ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, "
		"mail = excluded.mail, hash = excluded.hash, "
		"expires = excluded.expires, wrong = excluded.wrong",
	[HL_PGSQL_DELETE_CONSENT] =
		"DELETE FROM hardlink.consent WHERE key = $1",
	[HL_PGSQL_ADD_NOTICE] =
		"INSERT INTO hardlink.notice (id, time) VALUES ($1, $2) "
		"ON CONFLICT (id) DO NOTHING",
	[HL_PGSQL_HAS_NOTICE] =
		"SELECT time FROM hardlink.notice WHERE id = $1",
	[HL_PGSQL_ERASE_PAYLOAD] = "UPDATE hardlink.entry SET payload = NULL "
				   "WHERE seq = $1 AND payload IS NOT NULL",
	[HL_PGSQL_ERASE_CONSENT] =
		"DELETE FROM hardlink.consent WHERE key = $1 AND seq <= $2",
	/* the row, and the one before it */
	[HL_PGSQL_GET_NEIGHBOURS] = INDEX_ROW
	"WHERE key = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 2",
	[HL_PGSQL_SUPERSEDE] = "UPDATE hardlink.link SET superseded_by = $3 "
			       "WHERE key = $1 AND seq = $2",
	[HL_PGSQL_ERASE_LINK] =
		"DELETE FROM hardlink.link WHERE key = $1 AND seq = $2",
	[HL_PGSQL_ADD_FRESH] =
		"INSERT INTO pg_temp.fresh (key, seq) VALUES ($1, $2)",
	[HL_PGSQL_PUT_ENTRY] =
		"INSERT INTO hardlink.entry "
		"(seq, statement, signature, payload) VALUES ($1, $2, $3, $4)",
	[HL_PGSQL_PUT_LINK] =
		"INSERT INTO hardlink.link (key, seq, superseded_by) "
		"VALUES ($1, $2, $3)",
	[HL_PGSQL_EACH_CONSENT] =
		"SELECT seq, mail, hash, expires, wrong, key "
		"FROM hardlink.consent WHERE key > $1 ORDER BY key LIMIT $2",
	[HL_PGSQL_EACH_NOTICE] = "SELECT id, time FROM hardlink.notice "
				 "WHERE id > $1 ORDER BY id LIMIT $2",
};

static void add(struct hl_pgsql_params *params, const char *data, size_t size)
{
	params->values[params->count] = data;
	params->sizes[params->count] = (int)size;
	params->count++;
}

void hl_pgsql_add_blob(struct hl_pgsql_params *params, const void *data,
		       size_t size)
{
	add(params, data, size);
}

void hl_pgsql_add_null(struct hl_pgsql_params *params)
{
	add(params, NULL, 0);
}

void hl_pgsql_add_text(struct hl_pgsql_params *params, const char *text)
{
	add(params, text, strlen(text));
}

void hl_pgsql_add_int(struct hl_pgsql_params *params, int64_t number)
{
	uint64_t *place = &params->numbers[params->count];

	*place = htobe64((uint64_t)number);
	add(params, (const char *)place, sizeof(*place));
}

static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* FALSE: it failed, or there was no answer in time. */
static bool wait_for_answer(struct hl_pgsql *pgsql, int64_t end)
{
	struct pollfd fd = {.fd = PQsocket(pgsql->conn), .events = POLLIN};
	int64_t left = -1;
	int ret;

	while (PQisBusy(pgsql->conn) != 0) {
		if (end >= 0 && (left = end - clock_ms()) < 0)
			left = 0;
		ret = poll(&fd, 1, (int)left);
		if (ret == 0 || (ret < 0 && errno != EINTR))
			return false;
		if (ret > 0 && PQconsumeInput(pgsql->conn) == 0)
			return false;
	}
	return true;
}

/* The last result of what was sent; NULL with an error if it isn't good. */
static PGresult *receive(struct hl_pgsql *pgsql, int patience,
			 const char *doing, struct hl_error *err)
{
	int64_t end = patience < 0 ? -1 : clock_ms() + patience;
	PGresult *result = NULL, *next;
	ExecStatusType status;

	for (;;) {
		if (!wait_for_answer(pgsql, end)) {
			PQclear(result);
			hl_pgsql_error(pgsql, NULL, doing, err);
			if (PQstatus(pgsql->conn) == CONNECTION_OK)
				hl_error_set(err, HL_ERROR_TEMP,
					     "%s: no answer from the server in "
					     "%d milliseconds (%s)",
					     pgsql->name, patience, doing);
			/* what it still says belongs to nothing */
			hl_pgsql_disconnect(pgsql);
			return NULL;
		}
		next = PQgetResult(pgsql->conn);
		if (next == NULL)
			break;
		/* the first failure is the reason of those after it */
		status = result == NULL ? PGRES_COMMAND_OK
					: PQresultStatus(result);
		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
			PQclear(result);
			result = next;
		} else {
			PQclear(next);
		}
	}
	status = result == NULL ? PGRES_FATAL_ERROR : PQresultStatus(result);
	if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
		return result;
	hl_pgsql_error(pgsql, result, doing, err);
	PQclear(result);
	return NULL;
}

int hl_pgsql_patience(const struct hl_pgsql *pgsql)
{
	return HL_PGSQL_PATIENCE +
	       (pgsql->writable ? HL_PGSQL_WRITE_LOCK : HL_PGSQL_READ_LOCK);
}

static int send_failed(struct hl_pgsql *pgsql, const char *doing,
		       struct hl_error *err)
{
	return hl_pgsql_error(pgsql, NULL, doing, err);
}

static int not_connected(const struct hl_pgsql *pgsql, const char *doing,
			 struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_TEMP,
			    "%s: the connection to the server was lost; try "
			    "again (%s)",
			    pgsql->name, doing);
}

static int prepare(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
		   const char *name, struct hl_error *err)
{
	PGresult *result;

	if (pgsql->prepared[id])
		return 0;
	if (PQsendPrepare(pgsql->conn, name, queries[id], 0, NULL) == 0)
		return send_failed(pgsql, "preparing a query", err);
	result = receive(pgsql, hl_pgsql_patience(pgsql), "preparing a query",
			 err);
	if (result == NULL)
		return -1;
	PQclear(result);
	pgsql->prepared[id] = true;
	return 0;
}

PGresult *hl_pgsql_query(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			 const struct hl_pgsql_params *params,
			 const char *doing, struct hl_error *err)
{
	static const struct hl_pgsql_params none;
	static const int binary[HL_PGSQL_PARAMS_MAX] = {1, 1, 1, 1, 1, 1};
	char name[16];

	if (pgsql->conn == NULL) {
		not_connected(pgsql, doing, err);
		return NULL;
	}
	if (params == NULL)
		params = &none;
	snprintf(name, sizeof(name), "hl%d", (int)id);
	if (prepare(pgsql, id, name, err) < 0)
		return NULL;
	if (PQsendQueryPrepared(pgsql->conn, name, params->count,
				params->values, params->sizes, binary,
				1) == 0) {
		send_failed(pgsql, doing, err);
		return NULL;
	}
	return receive(pgsql, hl_pgsql_patience(pgsql), doing, err);
}

int hl_pgsql_run(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
		 const struct hl_pgsql_params *params, const char *doing,
		 struct hl_error *err)
{
	PGresult *result = hl_pgsql_query(pgsql, id, params, doing, err);
	int changed = 0;

	if (result == NULL)
		return -1;
	/* a number of rows: "0", "1" */
	if (strcmp(PQcmdTuples(result), "0") != 0)
		changed = 1;
	PQclear(result);
	return changed;
}

PGresult *hl_pgsql_select(struct hl_pgsql *pgsql, const char *sql, int patience,
			  const char *doing, struct hl_error *err)
{
	if (pgsql->conn == NULL) {
		not_connected(pgsql, doing, err);
		return NULL;
	}
	if (PQsendQuery(pgsql->conn, sql) == 0) {
		send_failed(pgsql, doing, err);
		return NULL;
	}
	return receive(pgsql, patience, doing, err);
}

int hl_pgsql_exec(struct hl_pgsql *pgsql, const char *sql, int patience,
		  const char *doing, struct hl_error *err)
{
	PGresult *result = hl_pgsql_select(pgsql, sql, patience, doing, err);

	PQclear(result);
	return result == NULL ? -1 : 0;
}
