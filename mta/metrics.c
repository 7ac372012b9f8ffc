#include "metrics.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *seconds;
	uint64_t nanoseconds;
} bounds[METRICS_BUCKETS] = {
	{"0.00001", 10000}, {"0.00003", 30000},	 {"0.0001", 100000},
	{"0.0003", 300000}, {"0.001", 1000000},	 {"0.01", 10000000},
	{"0.1", 100000000}, {"1.0", 1000000000},
};

static void count(atomic_ullong *counter, unsigned long long by)
{
	atomic_fetch_add_explicit(counter, by, memory_order_relaxed);
}

static unsigned long long value(atomic_ullong *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

void metrics_lookup(struct metrics *metrics, enum hl_lookup_result result,
		    uint64_t nanoseconds)
{
	size_t i = 0;

	while (i < METRICS_BUCKETS && nanoseconds > bounds[i].nanoseconds)
		i++;
	count(&metrics->durations[i], 1);
	count(&metrics->nanoseconds, nanoseconds);
	if (result == HL_LOOKUP_FOUND_BY_DOMAIN)
		result = HL_LOOKUP_FOUND;
	count(&metrics->lookups[result - HL_LOOKUP_ERROR], 1);
}

void metrics_redirect(struct metrics *metrics, enum hl_kind kind)
{
	count(&metrics->redirects[kind], 1);
}

void metrics_rate_limited(struct metrics *metrics)
{
	count(&metrics->rate_limited, 1);
}

struct text {
	char *pos;
	size_t left;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *fmt, ...)
{
	va_list args;
	int size;

	va_start(args, fmt);
	size = vsnprintf(text->pos, text->left, fmt, args);
	va_end(args);
	if (size < 0)
		return;
	if ((size_t)size >= text->left)
		size = (int)text->left - 1;
	text->pos += size;
	text->left -= (size_t)size;
}

static void add_family(struct text *text, const char *name, const char *type,
		       const char *help)
{
	add(text, "# TYPE hardlink_%s %s\n# HELP hardlink_%s %s\n", name, type,
	    name, help);
}

static void add_durations(struct text *text, struct metrics *metrics)
{
	unsigned long long nanoseconds = value(&metrics->nanoseconds), sum = 0;
	size_t i;

	add(text, "# TYPE hardlink_lookup_duration_seconds histogram\n"
		  "# UNIT hardlink_lookup_duration_seconds seconds\n"
		  "# HELP hardlink_lookup_duration_seconds How long lookups "
		  "took.\n");
	for (i = 0; i <= METRICS_BUCKETS; i++) {
		sum += value(&metrics->durations[i]);
		add(text,
		    "hardlink_lookup_duration_seconds_bucket{le=\"%s\"} %llu\n",
		    i < METRICS_BUCKETS ? bounds[i].seconds : "+Inf", sum);
	}
	add(text,
	    "hardlink_lookup_duration_seconds_count %llu\n"
	    "hardlink_lookup_duration_seconds_sum %llu.%09llu\n",
	    sum, nanoseconds / 1000000000, nanoseconds % 1000000000);
}

size_t metrics_format(struct metrics *metrics, char *text_r, size_t size)
{
	static const char *const results[] = {"error", "none", "found"};
	struct text text = {.pos = text_r, .left = size};
	size_t i;

	add_family(&text, "lookups", "counter", "Recipients looked up.");
	for (i = 0; i < 3; i++)
		add(&text, "hardlink_lookups_total{result=\"%s\"} %llu\n",
		    results[i], value(&metrics->lookups[i]));
	add_family(&text, "redirects", "counter",
		   "Recipients answered as moved.");
	for (i = HL_KIND_PERMANENT; i <= HL_KIND_TEMPORARY; i++)
		add(&text, "hardlink_redirects_total{kind=\"%s\"} %llu\n",
		    hl_kind_name((enum hl_kind)i),
		    value(&metrics->redirects[i]));
	add_family(&text, "rate_limited", "counter",
		   "Redirects withheld from a network that asked too often.");
	add(&text, "hardlink_rate_limited_total %llu\n",
	    value(&metrics->rate_limited));
	add_durations(&text, metrics);
	add(&text, "# EOF\n");
	return size - text.left;
}
