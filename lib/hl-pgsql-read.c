#include "hl-pgsql.h"

#include <stdio.h>
#include <string.h>

#define STATE_TEXT    2
#define STATE_REPLICA 3
#define STATE_VERSION 4

void hl_pgsql_release(struct hl_pgsql *pgsql)
{
	PQclear(pgsql->row);
	pgsql->row = NULL;
	PQclear(pgsql->head);
	pgsql->head = NULL;
}

static int begin(struct hl_pgsql *pgsql, const char *sql, const char *doing,
		 struct hl_error *err)
{
	if (hl_pgsql_exec(pgsql, sql, hl_pgsql_patience(pgsql), doing, err) < 0)
		return -1;
	pgsql->in_transaction = true;
	return 0;
}

/* A server that was started again has hung up meanwhile: nothing is wrong with
   a new connection. But it must still lead to the same store. */
int hl_pgsql_begin(struct hl_pgsql *pgsql, const char *sql, const char *doing,
		   struct hl_error *err)
{
	hl_pgsql_release(pgsql);
	if (pgsql->creating) {
		pgsql->in_transaction = true;
		return 0;
	}
	if (pgsql->conn != NULL) {
		if (begin(pgsql, sql, doing, err) == 0)
			return 0;
		if (!hl_pgsql_is_lost(pgsql))
			return -1;
		hl_pgsql_disconnect(pgsql);
	}
	if (hl_pgsql_connect(pgsql, err) == 0 &&
	    hl_pgsql_identify(pgsql, err) == 0 &&
	    begin(pgsql, sql, doing, err) == 0)
		return 0;
	/* it may be another store's */
	hl_pgsql_disconnect(pgsql);
	return -1;
}

/* Whatever becomes of it, no transaction is left on the connection. */
void hl_pgsql_end(struct hl_pgsql *pgsql, const char *sql)
{
	struct hl_error ignored;

	hl_pgsql_release(pgsql);
	if (!pgsql->in_transaction)
		return;
	pgsql->in_transaction = false;
	pgsql->creating = false;
	if (pgsql->conn != NULL &&
	    hl_pgsql_exec(pgsql, sql, HL_PGSQL_PATIENCE, "ending a transaction",
			  &ignored) < 0)
		hl_pgsql_disconnect(pgsql);
}

/* Behind a proxy, the server may be another one than a moment ago; and a newer
   program may have changed the schema. */
static int check_state(struct hl_pgsql *pgsql, const PGresult *head,
		       struct hl_error *err)
{
	if (strcmp(PQgetvalue(head, 0, STATE_REPLICA), "false") != 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: this server has become a replica, "
				    "which lags behind",
				    pgsql->name);
	return hl_pgsql_check_version(pgsql, PQgetvalue(head, 0, STATE_VERSION),
				      err);
}

int hl_pgsql_read_state(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			struct hl_error *err)
{
	hl_pgsql_release(pgsql);
	pgsql->state[0] = '\0';
	pgsql->head = hl_pgsql_query(pgsql, id, NULL, "reading the head", err);
	if (pgsql->head == NULL)
		return -1;
	/* an empty store has none */
	if (PQntuples(pgsql->head) != 1)
		return 0;
	snprintf(pgsql->state, sizeof(pgsql->state), "%s",
		 PQgetvalue(pgsql->head, 0, STATE_TEXT));
	return check_state(pgsql, pgsql->head, err);
}

int hl_pgsql_snapshot_begin(struct hl_store *store, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	if (hl_pgsql_begin(pgsql,
			   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
			   "reading", err) < 0)
		return -1;
	/* BEGIN alone takes no snapshot; this does. */
	if (hl_pgsql_read_state(pgsql, HL_PGSQL_GET_STATE, err) < 0) {
		hl_pgsql_snapshot_end(store);
		return -1;
	}
	if (pgsql->noting)
		memcpy(pgsql->noted, pgsql->state, sizeof(pgsql->noted));
	pgsql->noting = false;
	return 0;
}

void hl_pgsql_snapshot_end(struct hl_store *store)
{
	hl_pgsql_end((struct hl_pgsql *)store, "COMMIT");
}

bool hl_pgsql_has_changed(struct hl_store *store)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	if (pgsql->state[0] != '\0' && strcmp(pgsql->state, pgsql->asked) == 0)
		return false;
	memcpy(pgsql->asked, pgsql->state, sizeof(pgsql->asked));
	return true;
}

/* What has_changed says is exact; there's nothing to be saved by this. */
bool hl_pgsql_is_untouched(struct hl_store *store)
{
	(void)store;
	return false;
}

void hl_pgsql_note_state(struct hl_store *store)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	pgsql->noting = true;
	pgsql->noted[0] = '\0';
}

/* One question to the server, as there's nobody else who would know. */
bool hl_pgsql_is_as_noted(struct hl_store *store)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_error ignored;

	return pgsql->noted[0] != '\0' && pgsql->conn != NULL &&
	       hl_pgsql_read_state(pgsql, HL_PGSQL_GET_STATE, &ignored) == 0 &&
	       strcmp(pgsql->state, pgsql->noted) == 0;
}

int hl_pgsql_get_head(struct hl_store *store, struct hl_head_row *head_r,
		      struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	/* Within a snapshot it's there already; within a transaction that
	   writes, it was forgotten when it was replaced. */
	if ((!pgsql->in_transaction || pgsql->head == NULL) &&
	    hl_pgsql_read_state(pgsql, HL_PGSQL_GET_STATE, err) < 0)
		return -1;
	if (PQntuples(pgsql->head) != 1)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: the store has no head", pgsql->name);
	return hl_pgsql_row_head(pgsql, pgsql->head, head_r, err);
}

/* Keeps the rows for the caller, in the place of those before. */
static PGresult *get_rows(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			  const struct hl_pgsql_params *params,
			  struct hl_error *err)
{
	PQclear(pgsql->row);
	pgsql->row = hl_pgsql_query(pgsql, id, params, "reading", err);
	return pgsql->row;
}

int hl_pgsql_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			  struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	PGresult *rows = get_rows(pgsql, HL_PGSQL_GET_LAST_SEQ, NULL, err);
	int64_t seq;

	*seq_r = 0;
	if (rows == NULL)
		return -1;
	if (PQntuples(rows) == 0)
		return 0;
	if (!hl_pgsql_get_int(rows, 0, 0, &seq) || seq < 1)
		return hl_pgsql_damaged(pgsql, "entry", 0,
					"not a sequence number", err);
	*seq_r = (uint64_t)seq;
	return 0;
}

int hl_pgsql_get_newest(struct hl_store *store, const char *key,
			struct hl_index_row rows_r[2], size_t *count_r,
			struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params = {.count = 0};
	size_t size = strlen(key);
	PGresult *rows;
	int i, count;

	*count_r = 0;
	if (!hl_store_key_is_sane(key, size))
		return 0;
	memcpy(pgsql->key, key, size + 1);
	hl_pgsql_add_text(&params, pgsql->key);
	rows = get_rows(pgsql, HL_PGSQL_GET_NEWEST, &params, err);
	if (rows == NULL)
		return -1;
	count = PQntuples(rows);
	for (i = 0; i < count && i < 2; i++) {
		if (hl_pgsql_row_index(pgsql, rows, i, &rows_r[i], err) < 0)
			return -1;
		if (strcmp(rows_r[i].key, pgsql->key) != 0)
			return hl_pgsql_damaged(pgsql, "link",
						(int64_t)rows_r[i].seq,
						"found under another key", err);
		rows_r[i].key = pgsql->key;
		(*count_r)++;
	}
	return *count_r > 0;
}

int hl_pgsql_get_entry(struct hl_store *store, uint64_t seq,
		       struct hl_record *record_r, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params = {.count = 0};
	PGresult *rows;

	if (seq > INT64_MAX)
		return 0;
	hl_pgsql_add_int(&params, (int64_t)seq);
	rows = get_rows(pgsql, HL_PGSQL_GET_ENTRY, &params, err);
	if (rows == NULL)
		return -1;
	if (PQntuples(rows) == 0)
		return 0;
	return hl_pgsql_row_record(pgsql, rows, 0, record_r, err) < 0 ? -1 : 1;
}
