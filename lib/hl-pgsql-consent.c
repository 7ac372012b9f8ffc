/* Consent and notices: rows beside the log, see schema/pgsql/0002-consent.sql.
 */

#include "hl-pgsql.h"

#include <string.h>

static bool row_to_consent(const PGresult *result, int row,
			   struct hl_consent *consent_r)
{
	int mail_size = PQgetlength(result, row, 1);
	int64_t seq, expires, wrong;

	if (!hl_pgsql_get_int(result, row, 0, &seq) || seq < 1 ||
	    mail_size >= (int)sizeof(consent_r->mail) ||
	    PQgetlength(result, row, 2) != HL_HASH_SIZE ||
	    !hl_pgsql_get_int(result, row, 3, &expires) ||
	    !hl_pgsql_get_int(result, row, 4, &wrong) || wrong < 0 ||
	    wrong > HL_CONSENT_WRONG_MAX)
		return false;
	memset(consent_r, 0, sizeof(*consent_r));
	consent_r->seq = (uint64_t)seq;
	memcpy(consent_r->mail, PQgetvalue(result, row, 1), (size_t)mail_size);
	memcpy(consent_r->hash, PQgetvalue(result, row, 2), HL_HASH_SIZE);
	consent_r->expires = expires;
	consent_r->wrong = (unsigned int)wrong;
	return true;
}

static int malformed(const struct hl_pgsql *pgsql, const char *table,
		     struct hl_error *err)
{
	return hl_error_set(err, HL_ERROR_STORE,
			    "%s: damaged: table %s: a value that this program "
			    "doesn't write",
			    pgsql->name, table);
}

int hl_pgsql_get_consent(struct hl_store *store, const char *key,
			 struct hl_consent *consent_r, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_pgsql_params params = {.count = 0};
	PGresult *result;
	int ret;

	hl_pgsql_add_text(&params, key);
	result = hl_pgsql_query(pgsql, HL_PGSQL_GET_CONSENT, &params, "reading",
				err);
	if (result == NULL)
		return -1;
	ret = PQntuples(result) > 0;
	if (ret > 0 && !row_to_consent(result, 0, consent_r))
		ret = malformed(pgsql, "consent", err);
	PQclear(result);
	return ret;
}

/* Runs a statement that changes something; without it, the transaction isn't
   whole. */
static int change(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
		  const struct hl_pgsql_params *params, const char *doing,
		  struct hl_error *err)
{
	int ret = hl_pgsql_run(pgsql, id, params, doing, err);

	if (ret < 0)
		pgsql->write_failed = true;
	return ret;
}

int hl_pgsql_put_consent(struct hl_store *store, const char *key,
			 const struct hl_consent *consent, struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, key);
	hl_pgsql_add_int(&params, (int64_t)consent->seq);
	hl_pgsql_add_text(&params, consent->mail);
	hl_pgsql_add_blob(&params, consent->hash, HL_HASH_SIZE);
	hl_pgsql_add_int(&params, consent->expires);
	hl_pgsql_add_int(&params, consent->wrong);
	return change((struct hl_pgsql *)store, HL_PGSQL_PUT_CONSENT, &params,
		      "noting what consent is asked for", err) < 0
		       ? -1
		       : 0;
}

int hl_pgsql_delete_consent(struct hl_store *store, const char *key,
			    struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, key);
	return change((struct hl_pgsql *)store, HL_PGSQL_DELETE_CONSENT,
		      &params, "ending what consent is asked for", err) < 0
		       ? -1
		       : 0;
}

int hl_pgsql_add_notice(struct hl_store *store, const char *id, int64_t time,
			struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, id);
	hl_pgsql_add_int(&params, time);
	return change((struct hl_pgsql *)store, HL_PGSQL_ADD_NOTICE, &params,
		      "noting a notice", err);
}

int hl_pgsql_has_notice(struct hl_store *store, const char *id,
			struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};
	PGresult *result;
	int ret;

	hl_pgsql_add_text(&params, id);
	result = hl_pgsql_query((struct hl_pgsql *)store, HL_PGSQL_HAS_NOTICE,
				&params, "reading", err);
	if (result == NULL)
		return -1;
	ret = PQntuples(result) > 0;
	PQclear(result);
	return ret;
}

/* A page of rows behind the one that `after` names. */
static PGresult *next_page(struct hl_pgsql *pgsql, enum hl_pgsql_stmt id,
			   const char *after, struct hl_error *err)
{
	struct hl_pgsql_params params = {.count = 0};

	hl_pgsql_add_text(&params, after);
	hl_pgsql_add_int(&params, HL_PGSQL_PAGE);
	return hl_pgsql_query(pgsql, id, &params, "reading", err);
}

int hl_pgsql_each_consent(struct hl_store *store, hl_consent_func *func,
			  void *context, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	char after[HL_STORE_KEY_MAX + 1] = "";
	struct hl_consent consent;
	PGresult *page;
	int i, rows, ret = 0;

	do {
		page = next_page(pgsql, HL_PGSQL_EACH_CONSENT, after, err);
		if (page == NULL)
			return -1;
		rows = PQntuples(page);
		for (i = 0; i < rows && ret == 0; i++) {
			if (PQgetlength(page, i, 5) >= (int)sizeof(after) ||
			    !row_to_consent(page, i, &consent)) {
				ret = malformed(pgsql, "consent", err);
				break;
			}
			strcpy(after, PQgetvalue(page, i, 5));
			ret = func(after, &consent, context, err);
		}
		PQclear(page);
	} while (ret == 0 && rows == HL_PGSQL_PAGE);
	return ret;
}

int hl_pgsql_each_notice(struct hl_store *store, hl_notice_func *func,
			 void *context, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	char after[256] = "";
	PGresult *page;
	int i, rows, ret = 0;
	int64_t time;

	do {
		page = next_page(pgsql, HL_PGSQL_EACH_NOTICE, after, err);
		if (page == NULL)
			return -1;
		rows = PQntuples(page);
		for (i = 0; i < rows && ret == 0; i++) {
			if (PQgetlength(page, i, 0) >= (int)sizeof(after) ||
			    !hl_pgsql_get_int(page, i, 1, &time)) {
				ret = malformed(pgsql, "notice", err);
				break;
			}
			strcpy(after, PQgetvalue(page, i, 0));
			ret = func(after, time, context, err);
		}
		PQclear(page);
	} while (ret == 0 && rows == HL_PGSQL_PAGE);
	return ret;
}
