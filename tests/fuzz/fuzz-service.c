/* What a hardlinkd that can't be believed sends to its clients: whatever comes
   ends as a reply or as one clean line. */

#include "fuzz-check.h"

#include "hl-service.h"
#include "hl-text.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct stream {
	int listener;
	const unsigned char *data;
	size_t size;
};

/* Sends all of it, and reads what the client says until it has gone. */
static void *serve(void *context)
{
	struct stream *stream = context;
	int fd = accept(stream->listener, NULL, NULL);
	char sink[4096];

	FUZZ_CHECK(fd >= 0);
	(void)!send(fd, stream->data, stream->size, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (read(fd, sink, sizeof(sink)) > 0)
		;
	close(fd);
	return NULL;
}

static int take_line(const struct hl_service_line *line, void *context,
		     struct hl_error *err)
{
	struct hl_service_state state;
	unsigned int *left = context;

	(void)hl_service_get_state(line, &state, err);
	if ((*left)-- == 0)
		return hl_error_set(err, HL_ERROR_DATA, "enough");
	return 0;
}

static void ask(struct hl_service *service)
{
	static const char *const words[] = {"GET", "a\tb\n\r\001", NULL};
	unsigned int left = 100;
	struct hl_service_state state;
	struct hl_service_line line;
	struct hl_error err;

	while (!hl_service_is_broken(service)) {
		if (hl_service_ask(service, words, take_line, &left, &line,
				   &err) < 0) {
			FUZZ_CHECK(err.code != HL_ERROR_NONE);
			FUZZ_CHECK(hl_text_is_clean_utf8(err.text,
							 strlen(err.text)));
			continue;
		}
		FUZZ_CHECK(line.ok);
		if (hl_service_get_state(&line, &state, &err) < 0)
			FUZZ_CHECK(hl_text_is_clean_utf8(err.text,
							 strlen(err.text)));
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stream stream = {.data = data, .size = size};
	struct hl_service *service;
	struct hl_error err;
	pthread_t thread;

	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/tmp/fuzz-service.%ld", (long)getpid());
	unlink(address.sun_path);
	stream.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	FUZZ_CHECK(bind(stream.listener, (struct sockaddr *)&address,
			sizeof(address)) == 0);
	FUZZ_CHECK(listen(stream.listener, 1) == 0);
	FUZZ_CHECK(pthread_create(&thread, NULL, serve, &stream) == 0);
	if (hl_service_connect(address.sun_path, 5000, &service, &err) == 0) {
		ask(service);
		hl_service_close(&service);
	}
	pthread_join(thread, NULL);
	close(stream.listener);
	unlink(address.sun_path);
	return 0;
}
