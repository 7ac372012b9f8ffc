/* service-bench lookup CONFIG ADDRESS COUNT
 * service-bench set SOCKET CLIENTS COUNT PREFIX
 *
 * lookup: hl_lookup() of one address as often, by the store that CONFIG names.
 * set: COUNT hard-links of PREFIX0@example.org, …, by as many connections to
 * hardlinkd's socket for administrators, each waiting for its reply. Prints the
 * number and the seconds. Any error ends it. */

#include "hl-lookup.h"
#include "hl-service.h"

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

struct setters {
	const char *socket, *prefix;
	atomic_uint next;
	unsigned int count;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static unsigned int number(const char *text)
{
	int value = atoi(text);

	if (value <= 0)
		errx(EX_USAGE, "%s: not a number from 1", text);
	return (unsigned int)value;
}

static void bench_lookup(const char *path, const char *text, unsigned int count)
{
	struct hl_address address;
	struct hl_config *config;
	struct hl_lookup *lookup;
	struct hl_link link;
	struct hl_error error;
	unsigned int i;
	double start;

	if (hl_config_read(path, &config, &error) < 0 ||
	    hl_address_parse(text, strlen(text), 0, &address, &error) < 0)
		errx(EX_USAGE, "%s", error.text);
	lookup = hl_lookup_init(config);
	start = now();
	for (i = 0; i < count; i++) {
		if (hl_lookup(lookup, &address, &link, &error) < 0)
			errx(EX_SOFTWARE, "%s", error.text);
	}
	printf("%u %f\n", count, now() - start);
	hl_lookup_deinit(&lookup);
	hl_config_free(&config);
}

static void ask(struct hl_service *service, const char *const *words)
{
	struct hl_service_line line;
	struct hl_error error;

	if (hl_service_ask(service, words, NULL, NULL, &line, &error) < 0)
		errx(EX_SOFTWARE, "%s", error.text);
}

static void *run_setter(void *context)
{
	const char *const admin[] = {"ADMIN", "bench", NULL};
	struct setters *setters = context;
	struct hl_service *service;
	struct hl_error error;
	unsigned int i;
	char old[64];

	if (hl_service_connect(setters->socket, HL_SERVICE_PATIENCE_MS,
			       &service, &error) < 0)
		errx(EX_SOFTWARE, "%s", error.text);
	ask(service, admin);
	while ((i = atomic_fetch_add(&setters->next, 1)) < setters->count) {
		const char *const set[] = {
			"SET", old, "permanent", "new@example.com", "", NULL};

		snprintf(old, sizeof(old), "%s%u@example.org", setters->prefix,
			 i);
		ask(service, set);
	}
	hl_service_close(&service);
	return NULL;
}

static void bench_set(const char *socket, unsigned int clients,
		      unsigned int count, const char *prefix)
{
	struct setters setters = {
		.socket = socket,
		.prefix = prefix,
		.count = count,
	};
	pthread_t *threads = calloc(clients, sizeof(*threads));
	double start = now();
	unsigned int i;

	if (threads == NULL)
		errx(EX_OSERR, "out of memory");
	for (i = 0; i < clients; i++) {
		if (pthread_create(&threads[i], NULL, run_setter, &setters) !=
		    0)
			errx(EX_OSERR, "can't start a thread");
	}
	for (i = 0; i < clients; i++)
		pthread_join(threads[i], NULL);
	printf("%u %f\n", count, now() - start);
	free(threads);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "lookup") == 0)
		bench_lookup(argv[2], argv[3], number(argv[4]));
	else if (argc == 6 && strcmp(argv[1], "set") == 0)
		bench_set(argv[2], number(argv[3]), number(argv[4]), argv[5]);
	else
		errx(EX_USAGE, "usage: service-bench lookup CONFIG ADDRESS "
			       "COUNT | set SOCKET CLIENTS COUNT PREFIX");
	return 0;
}
