#include "client.h"
#include "commands.h"

#include "ioloop.h"
#include "net.h"
#include "ostream.h"
#include "str.h"
#include "strescape.h"
#include "master-service.h"

#include <unistd.h>

/* What a client may leave unread: a little more than the longest history. */
#define OUTPUT_MAX (2 * 1024 * 1024)
#define IDLE_SECS  60
/* Others may be waiting for the place of one that doesn't say who it is. */
#define IDENTIFY_MS 10000

static struct connection_list *clients;

static const char *error_name(enum hl_error_code code)
{
	switch (code) {
	case HL_ERROR_USAGE:
		return "usage";
	case HL_ERROR_DATA:
		return "data";
	case HL_ERROR_NOT_FOUND:
		return "notfound";
	case HL_ERROR_NONE:
	case HL_ERROR_TEMP:
		break;
	case HL_ERROR_PERMISSION:
		return "permission";
	case HL_ERROR_CONFIG:
		return "config";
	case HL_ERROR_STORE:
		return "store";
	}
	return "temp";
}

void hld_client_ref(struct hld_client *client)
{
	client->refcount++;
}

void hld_client_unref(struct hld_client **_client)
{
	struct hld_client *client = *_client;

	*_client = NULL;
	if (--client->refcount > 0)
		return;
	hld_owner_free(&client->owner);
	event_unref(&client->event);
	i_free(client->actor);
	i_free(client);
}

static bool is_gone(const struct hld_client *client)
{
	return client->conn.list == NULL;
}

static void client_destroy(struct connection *conn)
{
	struct hld_client *client = container_of(conn, struct hld_client, conn);

	timeout_remove(&client->to_identify);
	connection_deinit(conn);
	master_service_client_connection_destroyed(master_service);
	hld_client_unref(&client);
}

void hld_client_send(struct hld_client *client, const char *fields)
{
	if (!is_gone(client))
		o_stream_nsend_str(client->conn.output,
				   t_strconcat("*", fields, "\n", NULL));
}

static bool must_end(const struct hld_client *client)
{
	return client->deaf ||
	       (client->late && !client->busy && client->owner == NULL);
}

static void client_finish(struct hld_client *client, const char *line)
{
	i_assert(client->busy);
	client->busy = false;
	if (is_gone(client))
		return;
	o_stream_nsend_str(client->conn.output, line);
	if (o_stream_get_buffer_used_size(client->conn.output) > OUTPUT_MAX) {
		e_warning(client->event,
			  "The client doesn't read its replies; hanging up");
		client->deaf = true;
	}
	if (client->starting)
		return;
	if (must_end(client))
		client_destroy(&client->conn);
	else
		connection_input_resume(&client->conn);
}

void hld_client_ok(struct hld_client *client, const char *fields)
{
	client_finish(client, t_strconcat("OK", fields, "\n", NULL));
}

void hld_client_fail(struct hld_client *client, const struct hl_error *err)
{
	client_finish(client,
		      t_strdup_printf("FAIL\t%s\t%s\n", error_name(err->code),
				      str_tabescape(err->text)));
}

static int client_input_args(struct connection *conn, const char *const *args)
{
	struct hld_client *client = container_of(conn, struct hld_client, conn);
	int ret;

	client->busy = client->starting = true;
	ret = hld_command_run(client, args);
	client->starting = false;
	if (ret < 0 || must_end(client))
		return -1;
	if (!client->busy)
		return 1;
	connection_input_halt(conn);
	return 0;
}

static const struct connection_settings client_settings = {
	.service_name_in = "hardlink",
	.service_name_out = "hardlink",
	.major_version = 1,
	.minor_version = 0,
	.input_max_size = HLD_LINE_MAX,
	.output_max_size = SIZE_MAX,
	.input_idle_timeout_secs = IDLE_SECS,
};

static const struct connection_vfuncs client_vfuncs = {
	.destroy = client_destroy,
	.input_args = client_input_args,
};

void hld_clients_init(void)
{
	clients = connection_list_init(&client_settings, &client_vfuncs);
}

void hld_clients_deinit(void)
{
	/* calls client_destroy() for each */
	connection_list_deinit(&clients);
}

static enum hld_client_kind kind_of(const char *name)
{
	const char *suffix = strrchr(name, '-');

	if (suffix != NULL && strcmp(suffix, "-admin") == 0)
		return HLD_CLIENT_ADMIN;
	if (suffix != NULL && strcmp(suffix, "-lookup") == 0)
		return HLD_CLIENT_LOOKUP;
	return HLD_CLIENT_OWNER;
}

static void client_is_nobody(struct hld_client *client)
{
	timeout_remove(&client->to_identify);
	if (client->owner != NULL)
		return;
	/* it may be that the auth service takes its time */
	if (client->busy)
		client->late = true;
	else
		client_destroy(&client->conn);
}

void hld_client_create(struct hld *hld, int fd, const char *name)
{
	struct hld_client *client = i_new(struct hld_client, 1);
	struct net_unix_cred cred;

	client->refcount = 1;
	client->hld = hld;
	client->kind = kind_of(name);
	client->pid = (pid_t)-1;
	client->uid = (uid_t)-1;
	if (net_getunixcred(fd, &cred) == 0) {
		client->pid = cred.pid;
		client->uid = cred.uid;
	}
	client->conn.event_parent = hld->event;
	connection_init_server(clients, &client->conn, name, fd, fd);
	client->event = client->conn.event;
	event_ref(client->event);
	if (client->kind == HLD_CLIENT_OWNER)
		client->to_identify =
			timeout_add(IDENTIFY_MS, client_is_nobody, client);
	event_set_append_log_prefix(
		client->event,
		t_strdup_printf("%s, pid %ld, uid %lu: ", name,
				(long)client->pid, (unsigned long)client->uid));
}
