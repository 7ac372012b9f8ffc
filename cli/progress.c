#include "progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BAR_WIDTH   30
#define BAR	    "##############################"
#define REDRAW_SECS 0.1
#define LINE_SECS   10
/* how long the rate is taken over */
#define RATE_SECS 5

void progress_begin(struct progress *progress, bool lines)
{
	memset(progress, 0, sizeof(*progress));
	progress->bar = isatty(STDERR_FILENO) == 1;
	progress->lines = lines && !progress->bar;
}

static double seconds_since(const struct timespec *now,
			    const struct timespec *then)
{
	return (double)(now->tv_sec - then->tv_sec) +
	       (double)(now->tv_nsec - then->tv_nsec) / 1e9;
}

static double get_rate(struct progress *progress, const struct timespec *now,
		       uint64_t done)
{
	double seconds;

	if (seconds_since(now, &progress->recent.time) > RATE_SECS) {
		progress->before = progress->recent;
		progress->recent.time = *now;
		progress->recent.done = done;
	}
	seconds = seconds_since(now, &progress->before.time);
	return seconds <= 0 ? 0
			    : (double)(done - progress->before.done) / seconds;
}

static void write_text(const struct progress *progress, uint64_t done,
		       uint64_t total, double rate)
{
	int filled = total == 0 ? BAR_WIDTH : (int)(done * BAR_WIDTH / total);

	if (progress->bar)
		fprintf(stderr, "\r[%.*s%*s] ", filled, BAR, BAR_WIDTH - filled,
			"");
	fprintf(stderr, "%3d%% %llu/%llu entries, %.0f/s",
		total == 0 ? 100 : (int)(done * 100 / total),
		(unsigned long long)done, (unsigned long long)total, rate);
	if (done < total && rate > 0)
		fprintf(stderr, ", %.0f s left", (double)(total - done) / rate);
	fputs(progress->bar ? "\033[K" : "\n", stderr);
}

void progress_show(struct progress *progress, uint64_t done, uint64_t total)
{
	double wait = progress->bar ? REDRAW_SECS : LINE_SECS;
	bool last = progress->lines && done == total;
	struct timespec now;

	if (!progress->bar && !progress->lines)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (done == 0) {
		progress->before.time = progress->recent.time = now;
		progress->before.done = progress->recent.done = 0;
		return;
	}
	if (done > total ||
	    (!last && seconds_since(&now, &progress->drawn) < wait))
		return;
	progress->drawn = now;
	progress->shown = true;
	write_text(progress, done, total, get_rate(progress, &now, done));
}

void progress_clear(struct progress *progress)
{
	if (progress->bar && progress->shown)
		fputs("\r\033[K", stderr);
	progress->shown = false;
}
