/* Preloaded: a clock that is off by CLOCK_OFFSET seconds, or that stands at
   CLOCK_AT, and is synchronised if CLOCK_SYNC is "yes", not if it's "no".
   libfaketime doesn't get along with AddressSanitizer. */

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

time_t time(time_t *time_r)
{
	const char *offset = getenv("CLOCK_OFFSET");
	const char *at = getenv("CLOCK_AT");
	struct timespec now;

	syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
	if (at != NULL)
		now.tv_sec = atol(at);
	else if (offset != NULL)
		now.tv_sec += atol(offset);
	if (time_r != NULL)
		*time_r = now.tv_sec;
	return now.tv_sec;
}

int adjtimex(struct timex *timex)
{
	const char *sync = getenv("CLOCK_SYNC");
	int state = (int)syscall(SYS_adjtimex, timex);

	if (sync == NULL || state < 0)
		return state;
	timex->status &= ~STA_UNSYNC;
	if (strcmp(sync, "no") == 0)
		timex->status |= STA_UNSYNC;
	return timex->status & STA_UNSYNC ? TIME_ERROR : TIME_OK;
}
