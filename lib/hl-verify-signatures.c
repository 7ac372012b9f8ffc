/* Signatures, on several cores: nearly all of the time that a verification
   takes goes there. */

#include "hl-verify-private.h"

#include <pthread.h>

/* So that a thread isn't started for less than starting it costs. */
#define MIN_PER_JOB 32

struct job {
	struct verify_batch *batch;
	/* each one in `jobs` items is its, beginning with this */
	unsigned int first, jobs;
	pthread_t thread;
};

static void *run_job(void *context)
{
	const struct job *job = context;
	struct verify_item *item;
	size_t i;

	for (i = job->first; i < job->batch->count; i += job->jobs) {
		item = &job->batch->items[i];
		if (item->key != NULL)
			item->is_signed = hl_record_is_signed_by(&item->record,
								 item->key);
	}
	return NULL;
}

void verify_signatures(struct verify_batch *batch)
{
	struct job jobs[VERIFY_JOBS_MAX];
	unsigned int i, count = (unsigned int)(batch->count / MIN_PER_JOB);
	bool started[VERIFY_JOBS_MAX] = {false};

	if (count > batch->jobs)
		count = batch->jobs;
	if (count < 1)
		count = 1;
	for (i = 0; i < count; i++) {
		jobs[i].batch = batch;
		jobs[i].first = i;
		jobs[i].jobs = count;
	}
	for (i = 1; i < count; i++)
		started[i] = pthread_create(&jobs[i].thread, NULL, run_job,
					    &jobs[i]) == 0;
	/* the first is this thread's, and so is what found none */
	for (i = 0; i < count; i++) {
		if (!started[i])
			(void)run_job(&jobs[i]);
	}
	for (i = 1; i < count; i++) {
		if (started[i])
			(void)pthread_join(jobs[i].thread, NULL);
	}
}
