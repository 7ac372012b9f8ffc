#include "patiently.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#define NICE 10

struct job {
	patient_func *func;
	void *context;
	struct hl_error *err;
	int ret;
};

/* On Linux a priority is a thread's, and only root could raise it again. */
static void *run(void *context)
{
	struct job *job = context;

	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	job->ret = job->func(job->context, job->err);
	return NULL;
}

int patiently(patient_func *func, void *context, struct hl_error *err)
{
	struct job job = {func, context, err, -1};
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, &job) != 0)
		return func(context, err);
	(void)pthread_join(thread, NULL);
	return job.ret;
}
