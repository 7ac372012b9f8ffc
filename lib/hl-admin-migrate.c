/* Bringing an older store up to date. */

#include "hl-admin.h"
#include "hl-log-private.h"

#include <stdio.h>
#include <string.h>

static void keep_first_problem(const char *problem, void *context)
{
	char *first = context;

	if (first[0] == '\0')
		snprintf(first, HL_ERROR_TEXT_SIZE, "%s", problem);
}

static int check_structure(struct hl_store *store, struct hl_error *err)
{
	char problem[HL_ERROR_TEXT_SIZE] = "";

	if (hl_store_check(store, keep_first_problem, problem, err) < 0)
		return -1;
	return problem[0] == '\0'
		       ? 0
		       : hl_error_set(err, HL_ERROR_STORE,
				      "the store is damaged, and stays as it "
				      "is: %s; see `hardlinkctl verify`",
				      problem);
}

/* Structure, head and mark; verify looks at every entry, and would take too
   long here. */
static int check(const struct hl_config *config,
		 struct hl_admin_migration *migration_r, struct hl_error *err)
{
	struct hl_log *log;
	int ret;

	if (hl_log_open(config, false, &log, err) < 0)
		return -1;
	ret = hl_log_snapshot_begin(log, err);
	if (ret == 0) {
		ret = hl_store_get_version(log->store, &migration_r->from,
					   &migration_r->to, err);
		if (ret == 0 && migration_r->from != migration_r->to)
			ret = check_structure(log->store, err);
		hl_log_snapshot_end(log);
	}
	hl_log_close(&log);
	return ret;
}

/* Whoever opens it for writing migrates it. */
static int migrate(const struct hl_config *config, struct hl_error *err)
{
	struct hl_store *store;
	int ret;

	if (hl_store_open(config->store, HL_STORE_WRITE, NULL, &store, err) < 0)
		return -1;
	ret = check_structure(store, err);
	hl_store_close(&store);
	return ret;
}

int hl_admin_migrate(const struct hl_config *config,
		     struct hl_admin_migration *migration_r,
		     struct hl_error *err)
{
	struct hl_admin_migration after;

	if (check(config, migration_r, err) < 0)
		return -1;
	if (migration_r->from == migration_r->to)
		return 0;
	if (migrate(config, err) < 0 || check(config, &after, err) < 0) {
		hl_error_prefix(err,
				"migrating the store from version %u to "
				"version %u",
				migration_r->from, migration_r->to);
		return -1;
	}
	return 0;
}
