#include "hl-build-config.h"
#include "hl-store-private.h"
#include "hl-lookup-service.h"

#include <string.h>

static const struct hl_store_driver *const drivers[] = {
	&hl_sqlite_driver,
#ifdef HL_HAVE_PGSQL
	&hl_pgsql_driver,
#endif
};

static const struct hl_store_driver *
find_driver(const char *location, const char **place_r, struct hl_error *err)
{
	size_t i, size;

	for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
		size = strlen(drivers[i]->scheme);
		if (strncmp(location, drivers[i]->scheme, size) == 0) {
			*place_r = location + size;
			return drivers[i];
		}
	}
	if (hl_lookup_service_path(location) != NULL) {
		hl_error_set(err, HL_ERROR_CONFIG,
			     "%s: only recipients can be looked up there; for "
			     "everything else, use the configuration of the "
			     "host where hardlinkd runs",
			     location);
		return NULL;
	}
	hl_error_set(err, HL_ERROR_CONFIG,
		     "%s: not a store that this program knows; "
		     "use `store = sqlite:/path`",
		     location);
	return NULL;
}

int hl_store_open(const char *location, enum hl_store_mode mode,
		  const unsigned char *origin, struct hl_store **store_r,
		  struct hl_error *err)
{
	const struct hl_store_driver *driver;
	const char *place;

	*store_r = NULL;
	driver = find_driver(location, &place, err);
	if (driver == NULL)
		return -1;
	return driver->open(place, mode, origin, store_r, err);
}

void hl_store_close(struct hl_store **store)
{
	if (*store == NULL)
		return;
	(*store)->driver->close(*store);
	*store = NULL;
}

int hl_store_discard(const char *location, const unsigned char *origin,
		     struct hl_error *err)
{
	const struct hl_store_driver *driver;
	const char *place;

	driver = find_driver(location, &place, err);
	return driver == NULL ? -1 : driver->discard(place, origin, err);
}

bool hl_store_is_replaced(struct hl_store *store)
{
	return store->driver->is_replaced(store);
}

bool hl_store_stat(const struct hl_store *store, struct stat *st_r)
{
	return store->driver->stat(store, st_r);
}

const unsigned char *hl_store_origin(const struct hl_store *store)
{
	return store->origin;
}

int hl_store_get_version(struct hl_store *store, unsigned int *version_r,
			 unsigned int *known_r, struct hl_error *err)
{
	return store->driver->get_version(store, version_r, known_r, err);
}

int hl_store_snapshot_begin(struct hl_store *store, struct hl_error *err)
{
	return store->driver->snapshot_begin(store, err);
}

void hl_store_snapshot_end(struct hl_store *store)
{
	store->driver->snapshot_end(store);
}

bool hl_store_has_changed(struct hl_store *store)
{
	return store->driver->has_changed(store);
}

bool hl_store_is_untouched(struct hl_store *store)
{
	return store->driver->is_untouched(store);
}

void hl_store_note_state(struct hl_store *store)
{
	store->driver->note_state(store);
}

bool hl_store_is_as_noted(struct hl_store *store)
{
	return store->driver->is_as_noted(store);
}

bool hl_store_has_no_commit(struct hl_store *store)
{
	return store->driver->has_no_commit(store);
}

int hl_store_get_head(struct hl_store *store, struct hl_head_row *head_r,
		      struct hl_error *err)
{
	return store->driver->get_head(store, head_r, err);
}

int hl_store_get_last_seq(struct hl_store *store, uint64_t *seq_r,
			  struct hl_error *err)
{
	return store->driver->get_last_seq(store, seq_r, err);
}

int hl_store_get_newest(struct hl_store *store, const char *key,
			struct hl_index_row rows_r[2], size_t *count_r,
			struct hl_error *err)
{
	return store->driver->get_newest(store, key, rows_r, count_r, err);
}

int hl_store_get_entry(struct hl_store *store, uint64_t seq,
		       struct hl_record *record_r, struct hl_error *err)
{
	return store->driver->get_entry(store, seq, record_r, err);
}

int hl_store_each_entry(struct hl_store *store, uint64_t first, uint64_t last,
			enum hl_order order, hl_record_func *func,
			void *context, struct hl_error *err)
{
	return store->driver->each_entry(store, first, last, order, func,
					 context, err);
}

int hl_store_each_index(struct hl_store *store, const char *key,
			enum hl_order order, hl_index_func *func, void *context,
			struct hl_error *err)
{
	return store->driver->each_index(store, key, order, func, context, err);
}

int hl_store_each_open(struct hl_store *store, hl_index_func *func,
		       void *context, struct hl_error *err)
{
	return store->driver->each_open(store, func, context, err);
}

int hl_store_each_open_at(struct hl_store *store, uint64_t last,
			  const char *after, hl_index_func *func, void *context,
			  struct hl_error *err)
{
	return store->driver->each_open_at(store, last, after, func, context,
					   err);
}

int hl_store_write_begin(struct hl_store *store, struct hl_error *err)
{
	return store->driver->write_begin(store, err);
}

int hl_store_append(struct hl_store *store, const char *key,
		    const struct hl_record *record, struct hl_error *err)
{
	return store->driver->append(store, key, record, err);
}

int hl_store_put_head(struct hl_store *store, const struct hl_head_row *head,
		      struct hl_error *err)
{
	return store->driver->put_head(store, head, err);
}

int hl_store_get_consent(struct hl_store *store, const char *key,
			 struct hl_consent *consent_r, struct hl_error *err)
{
	return store->driver->get_consent(store, key, consent_r, err);
}

int hl_store_put_consent(struct hl_store *store, const char *key,
			 const struct hl_consent *consent, struct hl_error *err)
{
	return store->driver->put_consent(store, key, consent, err);
}

int hl_store_delete_consent(struct hl_store *store, const char *key,
			    struct hl_error *err)
{
	return store->driver->delete_consent(store, key, err);
}

int hl_store_add_notice(struct hl_store *store, const char *id, int64_t time,
			struct hl_error *err)
{
	return store->driver->add_notice(store, id, time, err);
}

int hl_store_erase(struct hl_store *store, const char *key, uint64_t seq,
		   struct hl_error *err)
{
	return store->driver->erase(store, key, seq, err);
}

int hl_store_has_notice(struct hl_store *store, const char *id,
			struct hl_error *err)
{
	return store->driver->has_notice(store, id, err);
}

int hl_store_put_entry(struct hl_store *store, const struct hl_record *record,
		       struct hl_error *err)
{
	return store->driver->put_entry(store, record, err);
}

int hl_store_put_link(struct hl_store *store, const struct hl_index_row *row,
		      struct hl_error *err)
{
	return store->driver->put_link(store, row, err);
}

int hl_store_each_consent(struct hl_store *store, hl_consent_func *func,
			  void *context, struct hl_error *err)
{
	return store->driver->each_consent(store, func, context, err);
}

int hl_store_each_notice(struct hl_store *store, hl_notice_func *func,
			 void *context, struct hl_error *err)
{
	return store->driver->each_notice(store, func, context, err);
}

int hl_store_write_commit(struct hl_store *store, struct hl_error *err)
{
	return store->driver->write_commit(store, err);
}

void hl_store_write_rollback(struct hl_store *store)
{
	store->driver->write_rollback(store);
}

int hl_store_scrub(struct hl_store *store, struct hl_error *err)
{
	return store->driver->scrub(store, err);
}

void hl_store_each_kept(struct hl_store *store, hl_kept_func *func,
			void *context)
{
	store->driver->each_kept(store, func, context);
}

int hl_store_check(struct hl_store *store, hl_problem_func *func, void *context,
		   struct hl_error *err)
{
	return store->driver->check(store, func, context, err);
}

int hl_store_reindex(struct hl_store *store, hl_key_func *func, void *context,
		     struct hl_reindex *changes_r, struct hl_error *err)
{
	return store->driver->reindex(store, func, context, changes_r, err);
}

int hl_store_backup(struct hl_store *store, const char *path,
		    struct hl_error *err)
{
	return store->driver->backup(store, path, err);
}

int hl_store_replace(const char *location, const char *from,
		     hl_replace_func *func, void *context, char *kept_r,
		     size_t kept_r_size, struct hl_error *err)
{
	const struct hl_store_driver *driver;
	const char *place;

	driver = find_driver(location, &place, err);
	if (driver == NULL)
		return -1;
	return driver->replace(place, from, func, context, kept_r, kept_r_size,
			       err);
}

bool hl_store_is_file(const char *location)
{
	size_t size = strlen(hl_sqlite_driver.scheme);

	return strncmp(location, hl_sqlite_driver.scheme, size) == 0;
}

int hl_store_find_owner(const char *location, const char *path,
			char like_r[PATH_MAX], struct hl_error *err)
{
	char *slash;

	if (hl_store_is_file(location))
		return hl_store_path(location, like_r, PATH_MAX, err);
	if (strlen(path) >= PATH_MAX)
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long",
				    path);
	strcpy(like_r, path);
	slash = strrchr(like_r, '/');
	if (slash != NULL)
		slash[slash == like_r ? 1 : 0] = '\0';
	return 0;
}

int hl_store_check_location(const char *location, struct hl_error *err)
{
	const struct hl_store_driver *driver;
	const char *place;

	driver = find_driver(location, &place, err);
	return driver == NULL ? -1 : driver->check_place(place, err);
}

int hl_store_path(const char *location, char *path_r, size_t path_r_size,
		  struct hl_error *err)
{
	const struct hl_store_driver *driver;
	const char *place;
	size_t size;

	driver = find_driver(location, &place, err);
	if (driver == NULL)
		return -1;
	if (driver != &hl_sqlite_driver)
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "%s: not a store in a file", location);
	size = strlen(place);
	if (size >= path_r_size)
		return hl_error_set(err, HL_ERROR_CONFIG, "%s: path too long",
				    location);
	memcpy(path_r, place, size + 1);
	return 0;
}
