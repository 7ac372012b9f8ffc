/* Consent and notices: rows beside the log, see schema/sqlite/0002-consent.sql.
 */

#include "hl-sqlite.h"

#include <string.h>

/* A column that the schema's constraints hold only until a bit flips. */
static bool row_to_consent(sqlite3_stmt *stmt, struct hl_consent *consent_r)
{
	sqlite3_int64 seq = sqlite3_column_int64(stmt, 0);
	sqlite3_int64 wrong = sqlite3_column_int64(stmt, 4);

	if (sqlite3_column_type(stmt, 0) != SQLITE_INTEGER || seq < 1 ||
	    sqlite3_column_type(stmt, 1) != SQLITE_TEXT ||
	    sqlite3_column_bytes(stmt, 1) >= (int)sizeof(consent_r->mail) ||
	    sqlite3_column_type(stmt, 2) != SQLITE_BLOB ||
	    sqlite3_column_bytes(stmt, 2) != HL_HASH_SIZE ||
	    sqlite3_column_type(stmt, 3) != SQLITE_INTEGER ||
	    sqlite3_column_type(stmt, 4) != SQLITE_INTEGER || wrong < 0 ||
	    wrong > HL_CONSENT_WRONG_MAX)
		return false;
	memset(consent_r, 0, sizeof(*consent_r));
	consent_r->seq = (uint64_t)seq;
	memcpy(consent_r->mail, sqlite3_column_text(stmt, 1),
	       (size_t)sqlite3_column_bytes(stmt, 1));
	memcpy(consent_r->hash, sqlite3_column_blob(stmt, 2), HL_HASH_SIZE);
	consent_r->expires = sqlite3_column_int64(stmt, 3);
	consent_r->wrong = (unsigned int)wrong;
	return true;
}

static int malformed(const struct hl_sqlite *sqlite, const char *table,
		     struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: damaged: table %s: a value that this program "
			    "doesn't write",
			    sqlite->path, table);
}

int hl_sqlite_get_consent(struct hl_store *store, const char *key,
			  struct hl_consent *consent_r, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_GET_CONSENT, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	ret = sqlite3_step(stmt);
	if (ret == SQLITE_DONE)
		ret = 0;
	else if (ret != SQLITE_ROW)
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	else if (row_to_consent(stmt, consent_r))
		ret = 1;
	else
		ret = malformed(sqlite, "consent", err);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return ret;
}

/* Runs a statement that changes something; without it, the transaction isn't
   whole. */
static int change(struct hl_sqlite *sqlite, sqlite3_stmt *stmt,
		  const char *doing, struct hl_error *err)
{
	int ret = hl_sqlite_run(sqlite, stmt, doing, err);

	sqlite3_clear_bindings(stmt);
	if (ret < 0)
		sqlite->write_failed = true;
	return ret;
}

static int no_statement(struct hl_sqlite *sqlite)
{
	sqlite->write_failed = true;
	return -1;
}

int hl_sqlite_put_consent(struct hl_store *store, const char *key,
			  const struct hl_consent *consent,
			  struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_PUT_CONSENT, err);
	if (stmt == NULL)
		return no_statement(sqlite);
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, (sqlite3_int64)consent->seq);
	sqlite3_bind_text(stmt, 3, consent->mail, -1, SQLITE_STATIC);
	sqlite3_bind_blob(stmt, 4, consent->hash, HL_HASH_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 5, consent->expires);
	sqlite3_bind_int64(stmt, 6, consent->wrong);
	return change(sqlite, stmt, "noting what consent is asked for", err);
}

int hl_sqlite_delete_consent(struct hl_store *store, const char *key,
			     struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_DELETE_CONSENT, err);
	if (stmt == NULL)
		return no_statement(sqlite);
	sqlite3_bind_text(stmt, 1, key, -1, SQLITE_STATIC);
	return change(sqlite, stmt, "ending what consent is asked for", err);
}

int hl_sqlite_add_notice(struct hl_store *store, const char *id, int64_t time,
			 struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_ADD_NOTICE, err);
	if (stmt == NULL)
		return no_statement(sqlite);
	sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(stmt, 2, time);
	if (change(sqlite, stmt, "noting a notice", err) < 0)
		return -1;
	return sqlite3_changes(sqlite->db) > 0 ? 1 : 0;
}

int hl_sqlite_has_notice(struct hl_store *store, const char *id,
			 struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt;
	int ret;

	stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_HAS_NOTICE, err);
	if (stmt == NULL)
		return -1;
	sqlite3_bind_text(stmt, 1, id, -1, SQLITE_STATIC);
	ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW)
		ret = 1;
	else if (ret == SQLITE_DONE)
		ret = 0;
	else
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	return ret;
}

int hl_sqlite_each_consent(struct hl_store *store, hl_consent_func *func,
			   void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt =
		hl_sqlite_stmt(sqlite, HL_SQLITE_EACH_CONSENT, err);
	struct hl_consent consent;
	const char *key;
	int step, ret = 0;

	if (stmt == NULL)
		return -1;
	while (ret == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		key = (const char *)sqlite3_column_text(stmt, 5);
		ret = key == NULL || !row_to_consent(stmt, &consent)
			      ? malformed(sqlite, "consent", err)
			      : func(key, &consent, context, err);
	}
	if (ret == 0 && step != SQLITE_DONE)
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	sqlite3_reset(stmt);
	return ret;
}

int hl_sqlite_each_notice(struct hl_store *store, hl_notice_func *func,
			  void *context, struct hl_error *err)
{
	struct hl_sqlite *sqlite = (struct hl_sqlite *)store;
	sqlite3_stmt *stmt = hl_sqlite_stmt(sqlite, HL_SQLITE_EACH_NOTICE, err);
	const char *id;
	int step, ret = 0;

	if (stmt == NULL)
		return -1;
	while (ret == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		id = (const char *)sqlite3_column_text(stmt, 0);
		ret = id == NULL ? malformed(sqlite, "notice", err)
				 : func(id, sqlite3_column_int64(stmt, 1),
					context, err);
	}
	if (ret == 0 && step != SQLITE_DONE)
		ret = hl_sqlite_error(sqlite->db, sqlite->path, "reading", err);
	sqlite3_reset(stmt);
	return ret;
}
