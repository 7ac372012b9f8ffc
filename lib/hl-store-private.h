#ifndef HL_STORE_PRIVATE_H
#define HL_STORE_PRIVATE_H

#include "hl-store.h"

/* What a kind of store implements; the functions are those of hl-store.h.
   place is what follows the scheme in a location. */
struct hl_store_driver {
	/* with its colon */
	const char *scheme;

	int (*check_place)(const char *place, struct hl_error *err);
	int (*open)(const char *place, enum hl_store_mode mode,
		    const unsigned char *origin, struct hl_store **store_r,
		    struct hl_error *err);
	int (*discard)(const char *place, const unsigned char *origin,
		       struct hl_error *err);
	void (*close)(struct hl_store *store);
	bool (*is_replaced)(struct hl_store *store);
	bool (*stat)(const struct hl_store *store, struct stat *st_r);
	int (*get_version)(struct hl_store *store, unsigned int *version_r,
			   unsigned int *known_r, struct hl_error *err);

	int (*snapshot_begin)(struct hl_store *store, struct hl_error *err);
	void (*snapshot_end)(struct hl_store *store);
	bool (*has_changed)(struct hl_store *store);
	bool (*is_untouched)(struct hl_store *store);
	void (*note_state)(struct hl_store *store);
	bool (*is_as_noted)(struct hl_store *store);
	bool (*has_no_commit)(struct hl_store *store);
	int (*get_head)(struct hl_store *store, struct hl_head_row *head_r,
			struct hl_error *err);
	int (*get_last_seq)(struct hl_store *store, uint64_t *seq_r,
			    struct hl_error *err);
	int (*get_newest)(struct hl_store *store, const char *key,
			  struct hl_index_row rows_r[2], size_t *count_r,
			  struct hl_error *err);
	int (*get_entry)(struct hl_store *store, uint64_t seq,
			 struct hl_record *record_r, struct hl_error *err);
	int (*each_entry)(struct hl_store *store, uint64_t first, uint64_t last,
			  enum hl_order order, hl_record_func *func,
			  void *context, struct hl_error *err);
	int (*each_index)(struct hl_store *store, const char *key,
			  enum hl_order order, hl_index_func *func,
			  void *context, struct hl_error *err);
	int (*each_open)(struct hl_store *store, hl_index_func *func,
			 void *context, struct hl_error *err);
	int (*each_open_at)(struct hl_store *store, uint64_t last,
			    const char *after, hl_index_func *func,
			    void *context, struct hl_error *err);

	int (*write_begin)(struct hl_store *store, struct hl_error *err);
	int (*append)(struct hl_store *store, const char *key,
		      const struct hl_record *record, struct hl_error *err);
	int (*put_head)(struct hl_store *store, const struct hl_head_row *head,
			struct hl_error *err);
	int (*get_consent)(struct hl_store *store, const char *key,
			   struct hl_consent *consent_r, struct hl_error *err);
	int (*put_consent)(struct hl_store *store, const char *key,
			   const struct hl_consent *consent,
			   struct hl_error *err);
	int (*delete_consent)(struct hl_store *store, const char *key,
			      struct hl_error *err);
	int (*add_notice)(struct hl_store *store, const char *id, int64_t time,
			  struct hl_error *err);
	int (*erase)(struct hl_store *store, const char *key, uint64_t seq,
		     struct hl_error *err);
	int (*has_notice)(struct hl_store *store, const char *id,
			  struct hl_error *err);
	int (*put_entry)(struct hl_store *store, const struct hl_record *record,
			 struct hl_error *err);
	int (*put_link)(struct hl_store *store, const struct hl_index_row *row,
			struct hl_error *err);
	int (*each_consent)(struct hl_store *store, hl_consent_func *func,
			    void *context, struct hl_error *err);
	int (*each_notice)(struct hl_store *store, hl_notice_func *func,
			   void *context, struct hl_error *err);
	int (*write_commit)(struct hl_store *store, struct hl_error *err);
	void (*write_rollback)(struct hl_store *store);

	int (*scrub)(struct hl_store *store, struct hl_error *err);
	void (*each_kept)(struct hl_store *store, hl_kept_func *func,
			  void *context);
	int (*check)(struct hl_store *store, hl_problem_func *func,
		     void *context, struct hl_error *err);
	int (*reindex)(struct hl_store *store, hl_key_func *func, void *context,
		       struct hl_reindex *changes_r, struct hl_error *err);
	int (*backup)(struct hl_store *store, const char *path,
		      struct hl_error *err);
	int (*replace)(const char *place, const char *from,
		       hl_replace_func *func, void *context, char *kept_r,
		       size_t kept_r_size, struct hl_error *err);
};

/* The first member of each driver's own struct. */
struct hl_store {
	const struct hl_store_driver *driver;
	unsigned char origin[HL_ORIGIN_SIZE];
};

extern const struct hl_store_driver hl_sqlite_driver;
/* where it was built with libpq */
extern const struct hl_store_driver hl_pgsql_driver;

#endif
