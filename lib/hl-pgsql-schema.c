#include "hl-pgsql.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* The oldest schema that is read as it is; see HL_SQLITE_READABLE_VERSION. */
#define READABLE_VERSION 1
/* Who else wants to migrate waits for it; readers don't. */
#define LOCK_META "LOCK TABLE hardlink.meta IN SHARE ROW EXCLUSIVE MODE"

static unsigned int known_version(const struct hl_pgsql *pgsql)
{
	unsigned int version = 0;

	while (pgsql->schema[version] != NULL)
		version++;
	return version;
}

/* Makes version + 1. Within a transaction. */
static int apply_step(struct hl_pgsql *pgsql, unsigned int version,
		      struct hl_error *err)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 version == 0
			 ? "INSERT INTO hardlink.meta VALUES ('version', '%u')"
			 : "UPDATE hardlink.meta SET value = '%u' "
			   "WHERE name = 'version'",
		 version + 1);
	if (hl_pgsql_exec(pgsql, pgsql->schema[version], -1,
			  "changing the schema", err) < 0)
		return -1;
	return hl_pgsql_exec(pgsql, sql, -1, "changing the schema", err);
}

/* Both values are of this program's making: nothing to be quoted. */
static int add_meta(struct hl_pgsql *pgsql, const char *name, const char *value,
		    struct hl_error *err)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "INSERT INTO hardlink.meta VALUES ('%s', '%s')", name, value);
	return hl_pgsql_exec(pgsql, sql, -1, "making the store", err);
}

int hl_pgsql_has_schema(struct hl_pgsql *pgsql, struct hl_error *err)
{
	PGresult *result = hl_pgsql_select(
		pgsql,
		"SELECT 1 FROM pg_catalog.pg_namespace "
		"WHERE nspname = 'hardlink'",
		hl_pgsql_patience(pgsql), "looking for a store", err);
	int ret = result == NULL ? -1 : PQntuples(result) > 0;

	PQclear(result);
	return ret;
}

int hl_pgsql_make(struct hl_pgsql *pgsql, const unsigned char *origin,
		  struct hl_error *err)
{
	char hex[HL_ORIGIN_SIZE * 2 + 1];
	unsigned int i;

	sodium_bin2hex(hex, sizeof(hex), origin, HL_ORIGIN_SIZE);
	for (i = 0; pgsql->schema[i] != NULL; i++) {
		if (apply_step(pgsql, i, err) < 0)
			return -1;
	}
	return add_meta(pgsql, "origin", hex, err) < 0
		       ? -1
		       : add_meta(pgsql, "folding", HL_STORE_FOLDING, err);
}

/* Nothing of it is there before its first transaction commits: one that fails
   ends with the connection. */
int hl_pgsql_init(struct hl_pgsql *pgsql, const unsigned char *origin,
		  struct hl_error *err)
{
	int exists = hl_pgsql_has_schema(pgsql, err);

	if (exists < 0)
		return -1;
	if (exists > 0)
		return hl_error_set(
			err, HL_ERROR_PERMISSION,
			"%s: exists already; nothing is overwritten",
			pgsql->name);
	if (hl_pgsql_exec(pgsql, "BEGIN", -1, "making the store", err) < 0 ||
	    hl_pgsql_make(pgsql, origin, err) < 0)
		return -1;
	pgsql->creating = true;
	return 0;
}

/* Only what apply_step() writes. */
static int parse_version(const struct hl_pgsql *pgsql, const char *text,
			 unsigned int *version_r, struct hl_error *err)
{
	unsigned long version = strtoul(text, NULL, 10);
	char right[32];

	snprintf(right, sizeof(right), "%lu", version);
	if (version == 0 || version > UINT_MAX || strcmp(text, right) != 0)
		return hl_error_set(err, HL_ERROR_STORE,
				    "%s: not a complete store: it has no "
				    "schema version",
				    pgsql->name);
	*version_r = (unsigned int)version;
	return 0;
}

static int read_version(struct hl_pgsql *pgsql, unsigned int *version_r,
			struct hl_error *err)
{
	PGresult *result = hl_pgsql_select(
		pgsql, "SELECT value FROM hardlink.meta WHERE name = 'version'",
		hl_pgsql_patience(pgsql), "opening", err);
	int ret;

	if (result == NULL)
		return -1;
	ret = parse_version(
		pgsql, PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : "",
		version_r, err);
	PQclear(result);
	return ret;
}

static int judge_version(const struct hl_pgsql *pgsql, unsigned int version,
			 struct hl_error *err)
{
	unsigned int known = known_version(pgsql);

	if (version > known)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: the store has schema version %u, this "
				    "program knows up to version %u; upgrade "
				    "this program",
				    pgsql->name, version, known);
	if (version < (pgsql->writable ? known : READABLE_VERSION))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: the store has schema version %u, this "
				    "program needs version %u; run "
				    "`hardlinkctl migrate`",
				    pgsql->name, version, known);
	return 0;
}

int hl_pgsql_check_version(const struct hl_pgsql *pgsql, const char *text,
			   struct hl_error *err)
{
	unsigned int version;

	return parse_version(pgsql, text, &version, err) < 0
		       ? -1
		       : judge_version(pgsql, version, err);
}

/* What is left to do, unless another process was faster. */
static int migrate(struct hl_pgsql *pgsql, struct hl_error *err)
{
	unsigned int version;

	if (hl_pgsql_exec(pgsql, "BEGIN", -1, "opening", err) < 0 ||
	    hl_pgsql_exec(pgsql, LOCK_META, -1, "opening", err) < 0 ||
	    read_version(pgsql, &version, err) < 0)
		return -1;
	for (; version < known_version(pgsql); version++) {
		if (apply_step(pgsql, version, err) < 0)
			return -1;
	}
	return hl_pgsql_exec(pgsql, "COMMIT", -1, "changing the schema", err);
}

static int bring_to_version(struct hl_pgsql *pgsql, struct hl_error *err)
{
	unsigned int version;

	if (read_version(pgsql, &version, err) < 0)
		return -1;
	return pgsql->writable && version < known_version(pgsql)
		       ? migrate(pgsql, err)
		       : judge_version(pgsql, version, err);
}

static int read_meta(struct hl_pgsql *pgsql,
		     unsigned char origin_r[HL_ORIGIN_SIZE],
		     struct hl_error *err)
{
	PGresult *result =
		hl_pgsql_select(pgsql,
				"SELECT name, value "
				"FROM hardlink.meta "
				"WHERE name <> 'version'",
				hl_pgsql_patience(pgsql), "opening", err);
	int i, ret = 0;

	if (result == NULL)
		return -1;
	for (i = 0; i < PQntuples(result) && ret == 0; i++)
		ret = hl_store_parse_meta(pgsql->name, PQgetvalue(result, i, 0),
					  PQgetvalue(result, i, 1), origin_r,
					  err);
	/* The names are unique: two rows are these two. */
	if (ret == 0 && PQntuples(result) != 2)
		ret = hl_error_set(err, HL_ERROR_STORE,
				   "%s: damaged: table meta: origin or folding "
				   "is missing",
				   pgsql->name);
	PQclear(result);
	return ret;
}

/* A handle belongs to one origin for good, whatever it is connected to. */
int hl_pgsql_identify(struct hl_pgsql *pgsql, struct hl_error *err)
{
	unsigned char origin[HL_ORIGIN_SIZE];

	if (bring_to_version(pgsql, err) < 0 ||
	    read_meta(pgsql, origin, err) < 0)
		return -1;
	if (pgsql->identified &&
	    memcmp(origin, pgsql->store.origin, sizeof(origin)) != 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "%s: replaced by another store while it "
				    "was open; try again",
				    pgsql->name);
	memcpy(pgsql->store.origin, origin, sizeof(origin));
	pgsql->identified = true;
	return 0;
}

int hl_pgsql_get_version(struct hl_store *store, unsigned int *version_r,
			 unsigned int *known_r, struct hl_error *err)
{
	struct hl_pgsql *pgsql = (struct hl_pgsql *)store;

	*known_r = known_version(pgsql);
	return read_version(pgsql, version_r, err);
}
