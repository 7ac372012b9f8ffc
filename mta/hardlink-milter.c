/* hardlink-milter: answers 557 or 558 to a RCPT for a hard-linked address, in
   an MTA that speaks Sendmail's milter protocol. See hardlink-milter(8). */

#include "edge.h"
#include "hl-build-config.h"
#include "listen.h"
#include "log.h"
#include "options.h"
#include "milter.h"
#include "notify.h"
#include "status.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static const struct edge_program program_info = {
	.name = "hardlink-milter",
	.daemon = true,
};

struct program {
	struct edge *edge;
	struct status *status;
	struct edge_place place;
	char *milter_socket, *status_socket;
};

/* What the handlers of signals, and libmilter's thread when it ends, tell the
   main thread. */
enum message { MESSAGE_RELOAD = 'r', MESSAGE_STOP = 's', MESSAGE_FAILED = 'f' };
static int messages[2];

static void send_message(enum message message)
{
	char byte = (char)message;

	/* Full: then there are enough of them. */
	(void)!write(messages[1], &byte, 1);
}

static void handle_signal(int number)
{
	int saved = errno;

	send_message(number == SIGHUP ? MESSAGE_RELOAD : MESSAGE_STOP);
	errno = saved;
}

/* libmilter waits for these signals too (and takes SIGHUP for an end), in a
   thread; the kernel prefers the main thread, which never blocks them. */
static int catch_signals(struct hl_error *err)
{
	static const int numbers[] = {SIGHUP, SIGTERM, SIGINT};
	struct sigaction action = {.sa_handler = handle_signal,
				   .sa_flags = SA_RESTART};
	sigset_t set;
	size_t i;

	if (pipe2(messages, O_CLOEXEC) < 0 ||
	    fcntl(messages[1], F_SETFL, O_NONBLOCK) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "pipe: %s",
				    strerror(errno));
	sigemptyset(&set);
	sigemptyset(&action.sa_mask);
	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		sigaddset(&set, numbers[i]);
		sigaction(numbers[i], &action, NULL);
	}
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static void *run_libmilter(void *context)
{
	(void)context;
	/* Also 0 comes unbidden only if something is wrong. */
	smfi_main();
	send_message(MESSAGE_FAILED);
	return NULL;
}

/* A session of libmilter is a descriptor here. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_socket(char *where, struct hl_error *err)
{
	if (smfi_setconn(where) != MI_SUCCESS ||
	    smfi_setbacklog(SOMAXCONN) != MI_SUCCESS ||
	    smfi_opensocket(false) != MI_SUCCESS)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "milter_socket %s: can't listen there; is "
				    "it running already? (libmilter's reason "
				    "is in the mail log)",
				    where);
	return 0;
}

/* libmilter removes at its end whatever socket has the name that it was given,
   so it's given one that doesn't stay. */
static int open_unix_socket(struct program *program, const char *path,
			    mode_t mode, struct hl_error *err)
{
	struct edge_place *place = &program->place;
	char where[sizeof(place->bind_address.sun_path) + 8];

	if (edge_place_take(place, path, err) < 0)
		return hl_error_prefix(err, "milter_socket");
	snprintf(where, sizeof(where), "unix:%s", place->bind_address.sun_path);
	if (open_socket(where, err) < 0) {
		edge_place_abandon(place);
		return -1;
	}
	return edge_place_publish(place, mode, err);
}

static int open_sockets(struct program *program, struct hl_error *err)
{
	const struct hl_config *config = edge_config(program->edge);
	const char *socket = config->milter_socket;
	int ret;

	program->milter_socket = strdup(socket);
	program->status_socket = strdup(config->status_socket);
	if (program->milter_socket == NULL || program->status_socket == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (strncmp(socket, "unix:", 5) == 0)
		ret = open_unix_socket(program, socket + 5,
				       config->milter_socket_mode, err);
	else
		ret = open_socket(program->milter_socket, err);
	if (ret < 0 || config->status_socket[0] == '\0')
		return ret;
	if (status_start(config->status_socket, program->edge, &program->status,
			 err) < 0)
		return hl_error_prefix(err, "status_socket");
	return 0;
}

static void reload(struct program *program)
{
	const struct hl_config *config;

	edge_notify("RELOADING=1");
	if (edge_reload(program->edge) == 0) {
		config = edge_config(program->edge);
		if (strcmp(config->milter_socket, program->milter_socket) !=
			    0 ||
		    strcmp(config->status_socket, program->status_socket) != 0)
			edge_log_warning("A socket's place has changed in the "
					 "configuration: restart to use it");
	}
	edge_notify("READY=1");
}

/* Returns the program's exit code. */
static int serve(struct program *program)
{
	pthread_t libmilter;
	char byte;

	if (pthread_create(&libmilter, NULL, run_libmilter, NULL) != 0) {
		edge_log_error("Can't start a thread");
		return EXIT_FAILURE;
	}
	edge_log_info("Started, version %s, at %s", PACKAGE_VERSION,
		      program->milter_socket);
	edge_notify("READY=1");
	for (;;) {
		if (read(messages[0], &byte, 1) != 1)
			continue;
		if (byte == MESSAGE_RELOAD) {
			reload(program);
		} else if (byte == MESSAGE_FAILED) {
			edge_log_error("libmilter gave up; its reason is in "
				       "the mail log");
			return EXIT_FAILURE;
		} else {
			break;
		}
	}
	edge_notify("STOPPING=1");
	edge_log_info("Stopping");
	/* Sessions in progress have until libmilter looks whether to stop, a
	   few seconds; the MTA treats the others as a milter that is down. */
	edge_place_remove(&program->place);
	smfi_stop();
	pthread_join(libmilter, NULL);
	return EXIT_SUCCESS;
}

static int run(const struct edge_options *options)
{
	/* Sessions' threads may outlive this function. */
	static struct program program;
	struct hl_error err;
	int ret;

	raise_file_limit();
	if (edge_init(options->config_path, EDGE_RECIPIENTS_ACCEPTED,
		      &program.edge, &err) < 0 ||
	    catch_signals(&err) < 0 ||
	    milter_register(program.edge, &err) < 0 ||
	    open_sockets(&program, &err) < 0) {
		ret = edge_options_fail(&program_info, options, &err);
	} else {
		ret = serve(&program);
	}
	edge_place_remove(&program.place);
	status_stop(&program.status);
	free(program.milter_socket);
	free(program.status_socket);
	return ret;
}

int main(int argc, char **argv)
{
	struct edge_options options;
	int ret = edge_options_read(&program_info, argc, argv, &options);

	return ret >= 0 ? ret : run(&options);
}
