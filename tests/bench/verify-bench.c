/* How fast hl_verify() is, against libsodium's own verification of signatures.

   usage: verify-bench CONFIG

   Verifies the store by one thread and, whenever some entries are through,
   signatures of the same store alone, so that both run on the same core at the
   same time. Prints for each the microseconds of CPU time for one entry or
   signature, the ratio, the median of the ratios on the way (without index and
   structure), and the largest resident set before and after in KB. */

#include "hl-log.h"
#include "hl-verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <sodium.h>

#define SAMPLES_MAX 512
#define STEP	    8192
#define ALONE	    512

struct sample {
	unsigned char message[sizeof(HL_STATEMENT_DOMAIN) + HL_STATEMENT_MAX];
	size_t size;
	unsigned char signature[HL_SIGNATURE_SIZE];
	const struct hl_key *key;
};

struct bench {
	struct hl_log *log;
	struct sample samples[SAMPLES_MAX];
	size_t count;

	/* seconds, and entries, of signatures alone */
	double alone;
	uint64_t alone_count;
	/* where the last step ended */
	double cpu;
	uint64_t done;
	double *ratios;
	size_t ratio_count;
	uint64_t problems;
};

static void fail(const char *text)
{
	fprintf(stderr, "verify-bench: %s\n", text);
	exit(1);
}

static double cpu_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int add_sample(const struct hl_record *record, void *context,
		      struct hl_error *err)
{
	struct bench *bench = context;
	struct sample *sample = &bench->samples[bench->count++];
	struct hl_entry entry;

	if (hl_log_decode_past(bench->log, record, &entry, err) < 0)
		return -1;
	sample->size = sizeof(HL_STATEMENT_DOMAIN) + record->statement_size;
	memcpy(sample->message, HL_STATEMENT_DOMAIN,
	       sizeof(HL_STATEMENT_DOMAIN));
	memcpy(sample->message + sizeof(HL_STATEMENT_DOMAIN), record->statement,
	       record->statement_size);
	memcpy(sample->signature, record->signature, HL_SIGNATURE_SIZE);
	sample->key = hl_keyring_find(hl_log_keyring(bench->log),
				      entry.statement.key_id);
	return bench->count == SAMPLES_MAX;
}

static void verify_alone(struct bench *bench)
{
	const struct sample *sample;
	size_t i;

	for (i = 0; i < ALONE; i++) {
		sample = &bench->samples[i % bench->count];
		if (crypto_sign_verify_detached(sample->signature,
						sample->message, sample->size,
						sample->key->public_key) != 0)
			fail("a signature is wrong");
	}
}

static void step(uint64_t done, uint64_t total, void *context)
{
	struct bench *bench = context;
	double now = cpu_time(), alone;

	(void)total;
	if (done == 0) {
		bench->cpu = now;
		return;
	}
	if (done - bench->done < STEP)
		return;
	verify_alone(bench);
	alone = cpu_time() - now;
	bench->ratios = reallocarray(bench->ratios, bench->ratio_count + 1,
				     sizeof(*bench->ratios));
	if (bench->ratios == NULL)
		fail("out of memory");
	bench->ratios[bench->ratio_count++] =
		alone / ALONE /
		((now - bench->cpu) / (double)(done - bench->done));
	bench->alone += alone;
	bench->alone_count += ALONE;
	bench->done = done;
	bench->cpu = cpu_time();
}

static void count_problem(uint64_t seq, const char *text, void *context)
{
	struct bench *bench = context;

	fprintf(stderr, "entry %llu: %s\n", (unsigned long long)seq, text);
	bench->problems++;
}

static void ignore_note(uint64_t seq, const char *text, void *context)
{
	(void)seq;
	(void)text;
	(void)context;
}

static int compare(const void *_a, const void *_b)
{
	const double *a = _a, *b = _b;

	return *a < *b ? -1 : *a > *b;
}

static long max_resident(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	const struct hl_verify_options options = {.jobs = 1};
	static struct bench bench;
	const struct hl_verify_callbacks callbacks = {
		count_problem, ignore_note, step, &bench};
	struct hl_verify_result result;
	struct hl_config *config;
	struct hl_error err;
	long resident;
	double cpu;

	if (argc != 2)
		fail("usage: verify-bench CONFIG");
	if (hl_config_read(argv[1], &config, &err) < 0 ||
	    hl_log_open(config, false, &bench.log, &err) < 0 ||
	    hl_log_snapshot_begin(bench.log, &err) < 0 ||
	    hl_store_each_entry(hl_log_store(bench.log), 1, INT64_MAX,
				HL_ASCENDING, add_sample, &bench, &err) < 0)
		fail(err.text);
	hl_log_snapshot_end(bench.log);
	resident = max_resident();
	cpu = cpu_time();
	if (hl_verify_with(config, &options, &callbacks, &result, &err) < 0)
		fail(err.text);
	cpu = cpu_time() - cpu - bench.alone;
	if (bench.problems != 0 || bench.ratio_count == 0)
		fail("the store doesn't verify, or is too small");
	bench.alone /= (double)bench.alone_count;
	cpu /= (double)result.entries;
	qsort(bench.ratios, bench.ratio_count, sizeof(*bench.ratios), compare);
	printf("%.2f %.2f %.3f %.3f %ld %ld\n", cpu * 1e6, bench.alone * 1e6,
	       bench.alone / cpu, bench.ratios[bench.ratio_count / 2], resident,
	       max_resident());
	free(bench.ratios);
	hl_log_close(&bench.log);
	hl_config_free(&config);
	return 0;
}
