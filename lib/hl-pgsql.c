#include "hl-pgsql.h"

#include <stdlib.h>
#include <string.h>

struct hl_pgsql *hl_pgsql_new(const char *conninfo, bool writable,
			      struct hl_error *err)
{
	char *name = hl_pgsql_name(conninfo, err), *copy = strdup(conninfo);
	struct hl_pgsql *pgsql =
		name == NULL || copy == NULL ? NULL : calloc(1, sizeof(*pgsql));

	if (pgsql == NULL) {
		if (name != NULL)
			hl_error_set(err, HL_ERROR_TEMP, "out of memory");
		free(name);
		free(copy);
		return NULL;
	}
	pgsql->store.driver = &hl_pgsql_driver;
	pgsql->schema = hl_pgsql_schema;
	pgsql->writable = writable;
	pgsql->conninfo = copy;
	pgsql->name = name;
	return pgsql;
}

void hl_pgsql_close(struct hl_store *store)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	hl_pgsql_disconnect(pgsql);
	free(pgsql->conninfo);
	free(pgsql->name);
	free(pgsql);
}

static int hl_pgsql_check_place(const char *conninfo, struct hl_error *err)
{
	char *name = hl_pgsql_name(conninfo, err);

	free(name);
	return name == NULL ? -1 : 0;
}

int hl_pgsql_open(const char *conninfo, enum hl_store_mode mode,
		  const unsigned char *origin, struct hl_store **store_r,
		  struct hl_error *err)
{
	struct hl_pgsql *pgsql =
		hl_pgsql_new(conninfo, mode != HL_STORE_READ, err);

	if (pgsql == NULL)
		return -1;
	if (hl_pgsql_connect(pgsql, err) == 0 &&
	    (mode != HL_STORE_CREATE ||
	     hl_pgsql_init(pgsql, origin, err) == 0) &&
	    hl_pgsql_identify(pgsql, err) == 0) {
		*store_r = &pgsql->store;
		return 0;
	}
	hl_pgsql_close(&pgsql->store);
	return -1;
}

/* The connection leads there still, or it's broken. */
static bool hl_pgsql_is_replaced(struct hl_store *store)
{
	return hl_pgsql_is_lost((struct hl_pgsql *)store);
}

/* There's no file; and no filter of it, since whether anything was written is
   a question to the server, which answers the other one in the same time. */
static bool hl_pgsql_stat(const struct hl_store *store, struct stat *st_r)
{
	(void)store;
	(void)st_r;
	return false;
}

/* The tables are written anew, from the rows that are left. What the server
   keeps beside them, its WAL and whatever is made of that, is beyond reach. A
   table that isn't this role's own is left out with no more than a warning. */
static int hl_pgsql_scrub(struct hl_store *store, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	pgsql->warning[0] = '\0';
	if (hl_pgsql_exec(pgsql,
			  "VACUUM (FULL) hardlink.entry, hardlink.link, "
			  "hardlink.consent",
			  -1, "erasing", err) < 0)
		return -1;
	if (pgsql->warning[0] != '\0')
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "%s: not written anew, so that the tables' "
				    "files still hold it: %s",
				    pgsql->name, pgsql->warning);
	return 0;
}

static void hl_pgsql_each_kept(struct hl_store *store, hl_kept_func *func,
			       void *context)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;
	struct hl_error ignored;
	PGresult *result = hl_pgsql_select(
		pgsql,
		"SELECT 'schema ' || nspname FROM pg_catalog.pg_namespace "
		"WHERE starts_with(nspname, 'hardlink_lost_')",
		hl_pgsql_patience(pgsql), "reading", &ignored);
	int i;

	for (i = 0; result != NULL && i < PQntuples(result); i++)
		func(PQgetvalue(result, i, 0), context);
	PQclear(result);
}

/* Only what was made with this origin. */
static int hl_pgsql_discard(const char *conninfo, const unsigned char *origin,
			    struct hl_error *err)
{
	struct hl_store *store;
	int ret = 0;

	if (hl_pgsql_open(conninfo, HL_STORE_WRITE, NULL, &store, err) < 0)
		return err->code == HL_ERROR_CONFIG ? 0 : -1;
	if (memcmp(hl_store_origin(store), origin, HL_ORIGIN_SIZE) == 0)
		ret = hl_pgsql_exec((struct hl_pgsql *)store,
				    "DROP SCHEMA hardlink CASCADE",
				    HL_PGSQL_WRITE_LOCK + HL_PGSQL_PATIENCE,
				    "taking the store away", err);
	hl_store_close(&store);
	return ret;
}

/* The constraints of the tables are the server's to keep. */
static int hl_pgsql_check(struct hl_store *store, hl_problem_func *func,
			  void *context, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	if (hl_pgsql_identify(pgsql, err) == 0)
		return 0;
	if (err->code != HL_ERROR_STORE && err->code != HL_ERROR_CONFIG)
		return -1;
	func(err->text, context);
	return 0;
}

const struct hl_store_driver hl_pgsql_driver = {
	.scheme = "pgsql:",
	.check_place = hl_pgsql_check_place,
	.open = hl_pgsql_open,
	.discard = hl_pgsql_discard,
	.close = hl_pgsql_close,
	.is_replaced = hl_pgsql_is_replaced,
	.stat = hl_pgsql_stat,
	.get_version = hl_pgsql_get_version,
	.snapshot_begin = hl_pgsql_snapshot_begin,
	.snapshot_end = hl_pgsql_snapshot_end,
	.has_changed = hl_pgsql_has_changed,
	.is_untouched = hl_pgsql_is_untouched,
	.note_state = hl_pgsql_note_state,
	.is_as_noted = hl_pgsql_is_as_noted,
	.has_no_commit = hl_pgsql_is_as_noted,
	.get_head = hl_pgsql_get_head,
	.get_last_seq = hl_pgsql_get_last_seq,
	.get_newest = hl_pgsql_get_newest,
	.get_entry = hl_pgsql_get_entry,
	.each_entry = hl_pgsql_each_entry,
	.each_index = hl_pgsql_each_index,
	.each_open = hl_pgsql_each_open,
	.each_open_at = hl_pgsql_each_open_at,
	.write_begin = hl_pgsql_write_begin,
	.append = hl_pgsql_append,
	.put_head = hl_pgsql_put_head,
	.get_consent = hl_pgsql_get_consent,
	.put_consent = hl_pgsql_put_consent,
	.delete_consent = hl_pgsql_delete_consent,
	.add_notice = hl_pgsql_add_notice,
	.erase = hl_pgsql_erase,
	.has_notice = hl_pgsql_has_notice,
	.put_entry = hl_pgsql_put_entry,
	.put_link = hl_pgsql_put_link,
	.each_consent = hl_pgsql_each_consent,
	.each_notice = hl_pgsql_each_notice,
	.write_commit = hl_pgsql_write_commit,
	.write_rollback = hl_pgsql_write_rollback,
	.scrub = hl_pgsql_scrub,
	.each_kept = hl_pgsql_each_kept,
	.check = hl_pgsql_check,
	.reindex = hl_pgsql_reindex,
	.backup = hl_pgsql_backup,
	.replace = hl_pgsql_replace,
};
