#include "submit.h"

#include "hostpid.h"
#include "ioloop.h"
#include "llist.h"
#include "ostream.h"
#include "smtp-address.h"
#include "smtp-submit.h"
#include "str-sanitize.h"

#include <unistd.h>

struct hld_submit {
	struct hld_submit *prev, *next;
	struct event *event;
	struct smtp_submit_session *session;
	struct smtp_submit *submit;
	struct timeout *to;
	hld_submit_func *func;
	void *context;
	struct hl_error err;
};

static struct hld_submit *submits;

static void finish(struct hld_submit *submit)
{
	const struct hl_error *err =
		submit->err.code == HL_ERROR_NONE ? NULL : &submit->err;

	DLLIST_REMOVE(&submits, submit);
	timeout_remove(&submit->to);
	/* kills a sendmail that still runs */
	smtp_submit_deinit(&submit->submit);
	smtp_submit_session_deinit(&submit->session);
	if (err != NULL)
		e_error(submit->event, "Can't mail a code: %s", err->text);
	event_unref(&submit->event);
	submit->func(err, submit->context);
	i_free(submit);
}

static void submitted(const struct smtp_submit_result *result,
		      struct hld_submit *submit)
{
	submit->err.code = HL_ERROR_NONE;
	if (result->status <= 0)
		hl_error_set(&submit->err,
			     result->status == 0 ? HL_ERROR_DATA
						 : HL_ERROR_TEMP,
			     "the mail system didn't take the mail: %s",
			     str_sanitize(result->error, 200));
	/* lib-smtp goes on with its own after this */
	timeout_remove(&submit->to);
	submit->to = timeout_add_short(0, finish, submit);
}

static void expired(struct hld_submit *submit)
{
	hl_error_set(&submit->err, HL_ERROR_TEMP,
		     "the mail system didn't take the mail within %d seconds",
		     HLD_SUBMIT_SECS);
	finish(submit);
}

static struct smtp_submit_session *start_session(const struct hld *hld,
						 struct event *event)
{
	const struct smtp_submit_settings settings = {
		.hostname = my_hostname,
		.submission_host = hld->config->submission_host,
		.sendmail_path = hld->config->sendmail,
		.submission_timeout = HLD_SUBMIT_SECS,
		.submission_ssl = "no",
	};
	struct smtp_submit_input input;

	i_zero(&input);
	input.event_parent = event;
	HL_SUBMIT_ALLOW_ROOT(input);
	return smtp_submit_session_init(&input, &settings);
}

/* Found out here, since what is forked can't tell. */
static int check_sendmail(const struct hl_config *config, struct hl_error *err)
{
	const char *program = t_strcut(config->sendmail, ' ');

	if (config->submission_host[0] != '\0' || access(program, X_OK) == 0)
		return 0;
	return hl_error_set(err, HL_ERROR_TEMP,
			    "the mail system didn't take the mail: can't run "
			    "%s: %s",
			    program, strerror(errno));
}

void hld_submit_start(struct hld *hld, const struct hl_address *to,
		      const string_t *mail, hld_submit_func *func,
		      void *context)
{
	/* What may become an argument or a command is written by lib-smtp,
	   which quotes it; in front of it stands "--". */
	const struct smtp_address rcpt = {
		.localpart = to->local_part,
		.domain = to->domain,
	};
	struct hld_submit *submit;
	struct hl_error err;

	i_assert(hl_address_is_ascii(to));
	if (check_sendmail(hld->config, &err) < 0) {
		e_error(hld->event, "Can't mail a code: %s", err.text);
		func(&err, context);
		return;
	}
	submit = i_new(struct hld_submit, 1);
	submit->func = func;
	submit->context = context;
	submit->event = event_create(hld->event);
	submit->session = start_session(hld, submit->event);
	submit->submit = smtp_submit_init(submit->session, NULL);
	smtp_submit_add_rcpt(submit->submit, &rcpt);
	o_stream_nsend(smtp_submit_send(submit->submit), str_data(mail),
		       str_len(mail));
	submit->to = timeout_add(HLD_SUBMIT_SECS * 1000, expired, submit);
	DLLIST_PREPEND(&submits, submit);
	smtp_submit_run_async(submit->submit, submitted, submit);
}

void hld_submit_abort_all(void)
{
	while (submits != NULL) {
		hl_error_set(&submits->err, HL_ERROR_TEMP,
			     "the service is stopping; try again");
		finish(submits);
	}
}
