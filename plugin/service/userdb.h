#ifndef HLD_USERDB_H
#define HLD_USERDB_H

#include "daemon.h"

/* Asks Dovecot's userdb, without waiting: one connection, many lookups. */

struct hld_userdb;

enum hld_userdb_result {
	HLD_USERDB_FOUND,
	HLD_USERDB_UNKNOWN,
	/* the auth service failed, or isn't there */
	HLD_USERDB_FAILED
};

/* user: as the userdb calls it; fields: name=value, NULL-terminated. Both are
   NULL unless it was found, and are gone when this returns. */
typedef void hld_userdb_func(enum hld_userdb_result result, const char *user,
			     const char *const *fields, void *context);

struct hld_userdb *hld_userdb_init(const char *socket, struct event *parent);
/* Lookups in progress fail. */
void hld_userdb_deinit(struct hld_userdb **userdb);

/* func is called once, maybe before this returns. */
void hld_userdb_lookup(struct hld_userdb *userdb, const char *user,
		       hld_userdb_func *func, void *context);

/* The value of a field, or NULL. */
const char *hld_userdb_field(const char *const *fields, const char *name);

#endif
