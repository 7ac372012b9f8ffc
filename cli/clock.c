#include "clock.h"

#include <string.h>
#include <sys/timex.h>
#include <time.h>

/* Where it may not be asked, it's as good as not synchronised. */
static bool is_synchronised(void)
{
	struct timex timex;

	memset(&timex, 0, sizeof(timex));
	return adjtimex(&timex) != -1 && (timex.status & STA_UNSYNC) == 0;
}

int cli_check_clock(struct cli *cli, struct hl_log *log, struct hl_error *err)
{
	int64_t last;

	if (cli->options[OPT_FORCE] != NULL || is_synchronised())
		return 0;
	if (hl_log_snapshot_begin(log, err) < 0)
		return -1;
	last = hl_log_head(log)->time;
	hl_log_snapshot_end(log);
	if (time(NULL) <= last + CLOCK_SILENCE_MAX)
		return 0;
	return hl_error_set(err, HL_ERROR_TEMP,
			    "the clock isn't synchronised, and nothing was "
			    "written for %lld days that would bear it out; if "
			    "it's right, use --force",
			    (long long)((time(NULL) - last) / 86400));
}
