#include "userdb.h"

#include "array.h"
#include "connection.h"
#include "ioloop.h"
#include "ostream.h"
#include "str.h"
#include "strescape.h"

/* The protocol of Dovecot's auth service for masters, which lib-auth speaks
   too; but that one waits for each reply. */
#define AUTH_MAJOR    1
#define AUTH_MINOR    0
#define LINE_MAX_SIZE 16384
#define PATIENCE_MS   10000

struct lookup {
	unsigned int id;
	hld_userdb_func *func;
	void *context;
	time_t deadline;
};

struct hld_userdb {
	struct connection conn;
	struct connection_list *list;
	struct timeout *to;
	ARRAY(struct lookup) lookups;
	unsigned int last_id;
	bool connected;
};

static void finish(struct hld_userdb *userdb, unsigned int i,
		   enum hld_userdb_result result, const char *user,
		   const char *const *fields)
{
	struct lookup lookup = *array_idx(&userdb->lookups, i);

	array_delete(&userdb->lookups, i, 1);
	lookup.func(result, user, fields, lookup.context);
}

static void fail_all(struct hld_userdb *userdb)
{
	while (array_count(&userdb->lookups) > 0)
		finish(userdb, 0, HLD_USERDB_FAILED, NULL, NULL);
}

static void userdb_destroy(struct connection *conn)
{
	struct hld_userdb *userdb = container_of(conn, struct hld_userdb, conn);

	userdb->connected = false;
	connection_disconnect(conn);
	fail_all(userdb);
}

static void check_deadlines(struct hld_userdb *userdb)
{
	const struct lookup *oldest;

	if (array_count(&userdb->lookups) == 0) {
		timeout_remove(&userdb->to);
		return;
	}
	oldest = array_front(&userdb->lookups);
	if (oldest->deadline > ioloop_time)
		return;
	e_error(userdb->conn.event, "auth doesn't answer userdb lookups");
	userdb_destroy(&userdb->conn);
}

static bool find_lookup(struct hld_userdb *userdb, unsigned int id,
			unsigned int *place_r)
{
	const struct lookup *lookup;
	unsigned int i;

	for (i = 0; i < array_count(&userdb->lookups); i++) {
		lookup = array_idx(&userdb->lookups, i);
		if (lookup->id == id) {
			*place_r = i;
			return true;
		}
	}
	return false;
}

static int userdb_input_args(struct connection *conn, const char *const *args)
{
	struct hld_userdb *userdb = container_of(conn, struct hld_userdb, conn);
	unsigned int count = str_array_length(args), major, id, i;

	if (strcmp(args[0], "VERSION") == 0) {
		if (count < 2 || str_to_uint(args[1], &major) < 0 ||
		    major != AUTH_MAJOR) {
			e_error(conn->event,
				"auth speaks another version of its protocol");
			return -1;
		}
		return 1;
	}
	if (count < 2 || str_to_uint(args[1], &id) < 0 ||
	    (strcmp(args[0], "USER") == 0 && count < 3))
		return 1; /* SPID, and what later versions add */
	if (!find_lookup(userdb, id, &i))
		return 1;
	if (strcmp(args[0], "USER") == 0)
		finish(userdb, i, HLD_USERDB_FOUND, args[2], args + 3);
	else if (strcmp(args[0], "NOTFOUND") == 0)
		finish(userdb, i, HLD_USERDB_UNKNOWN, NULL, NULL);
	else if (strcmp(args[0], "FAIL") == 0)
		finish(userdb, i, HLD_USERDB_FAILED, NULL, NULL);
	return 1;
}

static const struct connection_settings userdb_settings = {
	.dont_send_version = TRUE,
	.input_max_size = LINE_MAX_SIZE,
	.output_max_size = SIZE_MAX,
	.client = TRUE,
};

static const struct connection_vfuncs userdb_vfuncs = {
	.destroy = userdb_destroy,
	.input_args = userdb_input_args,
	.handshake_args = NULL,
};

struct hld_userdb *hld_userdb_init(const char *socket, struct event *parent)
{
	struct hld_userdb *userdb = i_new(struct hld_userdb, 1);

	i_array_init(&userdb->lookups, 16);
	userdb->list = connection_list_init(&userdb_settings, &userdb_vfuncs);
	userdb->conn.event_parent = parent;
	connection_init_client_unix(userdb->list, &userdb->conn, socket);
	return userdb;
}

void hld_userdb_deinit(struct hld_userdb **_userdb)
{
	struct hld_userdb *userdb = *_userdb;

	*_userdb = NULL;
	userdb_destroy(&userdb->conn);
	timeout_remove(&userdb->to);
	connection_deinit(&userdb->conn);
	connection_list_deinit(&userdb->list);
	array_free(&userdb->lookups);
	i_free(userdb);
}

static bool userdb_connect(struct hld_userdb *userdb)
{
	if (userdb->connected)
		return true;
	if (connection_client_connect(&userdb->conn) < 0) {
		e_error(userdb->conn.event, "connect(%s) failed: %m",
			userdb->conn.base_name);
		return false;
	}
	userdb->connected = true;
	o_stream_nsend_str(
		userdb->conn.output,
		t_strdup_printf("VERSION\t%d\t%d\n", AUTH_MAJOR, AUTH_MINOR));
	return true;
}

void hld_userdb_lookup(struct hld_userdb *userdb, const char *user,
		       hld_userdb_func *func, void *context)
{
	struct lookup *lookup;

	if (!userdb_connect(userdb)) {
		func(HLD_USERDB_FAILED, NULL, NULL, context);
		return;
	}
	lookup = array_append_space(&userdb->lookups);
	lookup->id = ++userdb->last_id;
	lookup->func = func;
	lookup->context = context;
	lookup->deadline = ioloop_time + PATIENCE_MS / 1000;
	if (userdb->to == NULL)
		userdb->to = timeout_add(1000, check_deadlines, userdb);
	o_stream_nsend_str(userdb->conn.output,
			   t_strdup_printf("USER\t%u\t%s\tservice=hardlink\n",
					   lookup->id, str_tabescape(user)));
}

const char *hld_userdb_field(const char *const *fields, const char *name)
{
	size_t size = strlen(name);

	for (; *fields != NULL; fields++) {
		if (strncmp(*fields, name, size) == 0 && (*fields)[size] == '=')
			return *fields + size + 1;
	}
	return NULL;
}
