#include "notice.h"

#include "connection.h"
#include "ioloop.h"
#include "ostream.h"
#include "str-sanitize.h"

/* A little more than hardlink-notice takes itself; and some may wait for one of
   its processes. */
#define PATIENCE_SECS (HLD_NOTICE_SECS + 5)

struct hld_notices {
	struct hld *hld;
	struct connection_list *list;
	char *socket;
};

/* One connection for each. */
struct request {
	struct connection conn;
	struct timeout *to;
	hld_notice_func *func;
	void *context;
	/* says what went wrong, unless there was an OK */
	struct hl_error err;
};

static void request_destroy(struct connection *conn)
{
	struct request *request = container_of(conn, struct request, conn);
	const struct hl_error *err =
		request->err.code == HL_ERROR_NONE ? NULL : &request->err;

	timeout_remove(&request->to);
	if (err != NULL)
		e_error(conn->event, "A notice couldn't be put: %s", err->text);
	connection_deinit(conn);
	request->func(err, request->context);
	i_free(request);
}

static void fail(struct request *request, const char *why)
{
	hl_error_set(&request->err, HL_ERROR_TEMP,
		     "no notice could be put into the mailbox: %s; try again, "
		     "or ask the administrator",
		     why);
}

static int request_input_args(struct connection *conn, const char *const *args)
{
	struct request *request = container_of(conn, struct request, conn);

	if (strcmp(args[0], "OK") == 0)
		request->err.code = HL_ERROR_NONE;
	else if (strcmp(args[0], "FAIL") == 0 && args[1] != NULL)
		fail(request, str_sanitize(args[1], 200));
	return -1;
}

static void request_expired(struct request *request)
{
	fail(request, "it took too long");
	request_destroy(&request->conn);
}

static const struct connection_settings request_settings = {
	.dont_send_version = TRUE,
	.input_max_size = HLD_NOTICE_LINE_MAX,
	.output_max_size = SIZE_MAX,
	.client = TRUE,
};

static const struct connection_vfuncs request_vfuncs = {
	.destroy = request_destroy,
	.input_args = request_input_args,
};

struct hld_notices *hld_notices_init(struct hld *hld, const char *socket)
{
	struct hld_notices *notices = i_new(struct hld_notices, 1);

	notices->hld = hld;
	notices->socket = i_strdup(socket);
	notices->list =
		connection_list_init(&request_settings, &request_vfuncs);
	return notices;
}

void hld_notices_deinit(struct hld_notices **_notices)
{
	struct hld_notices *notices = *_notices;

	*_notices = NULL;
	/* calls request_destroy() for each */
	connection_list_deinit(&notices->list);
	i_free(notices->socket);
	i_free(notices);
}

void hld_notice_put(struct hld_notices *notices,
		    const struct hld_notice *notice, hld_notice_func *func,
		    void *context)
{
	struct request *request = i_new(struct request, 1);
	string_t *line = t_str_new(512);

	request->func = func;
	request->context = context;
	request->conn.event_parent = notices->hld->event;
	fail(request, "the service for notices broke off");
	connection_init_client_unix(notices->list, &request->conn,
				    notices->socket);
	if (connection_client_connect(&request->conn) < 0) {
		fail(request,
		     t_strdup_printf("the service for notices isn't there "
				     "(%m)"));
		request_destroy(&request->conn);
		return;
	}
	hld_notice_write(line, notice);
	o_stream_nsend(request->conn.output, str_data(line), str_len(line));
	request->to =
		timeout_add(PATIENCE_SECS * 1000, request_expired, request);
}
