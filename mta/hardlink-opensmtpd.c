/* hardlink-opensmtpd: a filter for OpenSMTPD that answers 557 or 558 to a RCPT
   for a hard-linked address. See hardlink-opensmtpd(8). */

#include "edge.h"
#include "hl-trouble.h"
#include "log.h"
#include "options.h"
#include "opensmtpd-input.h"
#include "opensmtpd-line.h"
#include "opensmtpd-sessions.h"
#include "rcpt-path.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct edge_program program_info = {
	.name = "hardlink-opensmtpd",
	.operands = "DOMAIN...",
	.operands_help =
		"  DOMAIN   one whose mailboxes are here; only its recipients\n"
		"           are looked up\n",
};

struct filter {
	struct edge *edge;
	/* those that are ours, as A-labels in lower case */
	char (*domains)[HL_DOMAIN_MAX + 1];
	size_t domain_count;
	struct opensmtpd_sessions sessions;
	bool registered;
	struct hl_trouble bad_line;
};

static int read_domains(struct filter *filter, char **names, size_t count,
			struct hl_error *err)
{
	struct hl_address address;
	char text[HL_ADDRESS_MAX + 1];
	size_t i;
	int size;

	filter->domains = calloc(count, sizeof(*filter->domains));
	if (filter->domains == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	for (i = 0; i < count; i++) {
		/* parsed as the recipients' are */
		size = snprintf(text, sizeof(text), "a@%s", names[i]);
		if (size < 0 || (size_t)size >= sizeof(text))
			return hl_error_set(err, HL_ERROR_USAGE,
					    "a domain is too long");
		if (hl_address_parse(text, (size_t)size, 0, &address, err) < 0)
			return hl_error_prefix(err, "domain %s", names[i]);
		strcpy(filter->domains[i], address.domain);
	}
	filter->domain_count = count;
	return 0;
}

static bool is_ours(const struct filter *filter, const char *path, size_t size)
{
	struct hl_address address;
	size_t i;

	if (rcpt_path_parse(path, size, &address) < 0)
		return false;
	for (i = 0; i < filter->domain_count; i++) {
		if (strcmp(filter->domains[i], address.domain) == 0)
			return true;
	}
	return false;
}

static void register_events(struct filter *filter)
{
	fputs("register|report|smtp-in|link-connect\n"
	      "register|report|smtp-in|link-auth\n"
	      "register|report|smtp-in|link-disconnect\n"
	      "register|filter|smtp-in|rcpt-to\n"
	      "register|ready\n",
	      stdout);
	filter->registered = true;
}

static void proceed(const struct opensmtpd_line *line)
{
	printf("filter-result|%016" PRIx64 "|%016" PRIx64 "|proceed\n",
	       line->session, line->token);
}

static void answer_rcpt(struct filter *filter,
			const struct opensmtpd_line *line)
{
	static const struct edge_client unknown = {.family = AF_UNSPEC};
	const struct edge_client *client =
		opensmtpd_sessions_find(&filter->sessions, line->session);
	struct hl_reply reply;

	/* OpenSMTPD has no SMTPUTF8. */
	if (!is_ours(filter, line->path, line->path_size) ||
	    edge_rcpt(filter->edge, client == NULL ? &unknown : client,
		      line->path, line->path_size, false,
		      &reply) == EDGE_ACCEPT)
		proceed(line);
	else
		printf("filter-result|%016" PRIx64 "|%016" PRIx64
		       "|reject|%u %s %s\n",
		       line->session, line->token, reply.status,
		       reply.enhanced_code, reply.text);
}

/* -1 if there's no going on. */
static int handle_line(struct filter *filter, const struct opensmtpd_line *line)
{
	struct edge_client *client;

	switch (line->event) {
	case OPENSMTPD_NOTHING:
		break;
	case OPENSMTPD_FOREIGN_PROTOCOL:
		/* Later on it's a client's: OpenSMTPD before 7.8.0p1 passes on
		   login names that hold a line feed. */
		if (filter->registered)
			break;
		edge_log_error("This OpenSMTPD's filter protocol isn't 0.5 or "
			       "later of 0: get a newer %s, or take the filter "
			       "out of smtpd.conf",
			       program_info.name);
		return -1;
	case OPENSMTPD_READY:
		if (!filter->registered)
			register_events(filter);
		break;
	case OPENSMTPD_CONNECT:
		opensmtpd_sessions_add(&filter->sessions, line->session,
				       &line->client);
		break;
	case OPENSMTPD_AUTHENTICATED:
		client = opensmtpd_sessions_find(&filter->sessions,
						 line->session);
		if (client != NULL)
			client->authenticated = true;
		break;
	case OPENSMTPD_DISCONNECT:
		opensmtpd_sessions_remove(&filter->sessions, line->session);
		break;
	case OPENSMTPD_RCPT:
		answer_rcpt(filter, line);
		break;
	case OPENSMTPD_OTHER:
		proceed(line);
		break;
	}
	return 0;
}

/* Does what a line wants. -1 if that's the end of it. */
static int take_line(struct filter *filter, const char *text, size_t size)
{
	struct opensmtpd_line line;
	struct hl_error err;

	if (opensmtpd_line_parse(text, size, &line, &err) == 0) {
		if (handle_line(filter, &line) < 0)
			return -1;
	} else if (hl_trouble_is_due(&filter->bad_line, err.text, time(NULL))) {
		edge_log_error("%s", err.text);
	}
	if (fflush(stdout) == 0)
		return 0;
	edge_log_error("Can't write to smtpd");
	return -1;
}

/* Until smtpd ends. Returns the exit code. */
static int serve(struct filter *filter, struct opensmtpd_input *input)
{
	const char *line;
	size_t size;

	for (;;) {
		switch (opensmtpd_input_next(input, &line, &size)) {
		case OPENSMTPD_INPUT_LINE:
			if (take_line(filter, line, size) < 0)
				return EXIT_FAILURE;
			break;
		case OPENSMTPD_INPUT_SIGNAL:
			edge_reload(filter->edge);
			break;
		case OPENSMTPD_INPUT_END:
			return EXIT_SUCCESS;
		}
	}
}

static int run(const struct edge_options *options)
{
	struct filter filter = {0};
	struct opensmtpd_input input = {.signal_fd = -1};
	struct hl_error err;
	int ret;

	signal(SIGPIPE, SIG_IGN);
	if (read_domains(&filter, options->operands, options->operand_count,
			 &err) < 0 ||
	    /* smtpd asks its filters before it looks who the recipient is */
	    edge_init(options->config_path, EDGE_RECIPIENTS_ANY, &filter.edge,
		      &err) < 0 ||
	    opensmtpd_input_init(&input, STDIN_FILENO, SIGHUP, &err) < 0)
		ret = edge_options_fail(&program_info, options, &err);
	else
		ret = serve(&filter, &input);
	opensmtpd_input_deinit(&input);
	opensmtpd_sessions_free(&filter.sessions);
	edge_deinit(&filter.edge);
	free(filter.domains);
	return ret;
}

int main(int argc, char **argv)
{
	struct edge_options options;
	int ret = edge_options_read(&program_info, argc, argv, &options);

	return ret >= 0 ? ret : run(&options);
}
