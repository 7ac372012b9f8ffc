#include "hl-time.h"

#include "hl-text.h"
#include "hl-time-zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY INT64_C(86400)
/* 100 years of 365.25 days */
#define DURATION_MAX (36525 * DAY)

/* Reads exactly this many digits and moves on. */
static bool read_digits(const char **pos, unsigned int count, int *number_r)
{
	int number = 0;

	while (count-- > 0) {
		if (**pos < '0' || **pos > '9')
			return false;
		number = number * 10 + (*(*pos)++ - '0');
	}
	*number_r = number;
	return true;
}

static bool read_char(const char **pos, char c)
{
	if (**pos != c)
		return false;
	(*pos)++;
	return true;
}

static bool read_date(const char **pos, struct tm *tm)
{
	struct tm check;

	if (!read_digits(pos, 4, &tm->tm_year) || !read_char(pos, '-') ||
	    !read_digits(pos, 2, &tm->tm_mon) || !read_char(pos, '-') ||
	    !read_digits(pos, 2, &tm->tm_mday))
		return false;
	tm->tm_year -= 1900;
	tm->tm_mon--;
	/* timegm() makes 2 March of 30 February */
	check = *tm;
	return timegm(&check) != -1 && check.tm_mon == tm->tm_mon;
}

static bool read_time_of_day(const char **pos, struct tm *tm)
{
	int digit;

	if (!read_digits(pos, 2, &tm->tm_hour) || !read_char(pos, ':') ||
	    !read_digits(pos, 2, &tm->tm_min) || !read_char(pos, ':') ||
	    !read_digits(pos, 2, &tm->tm_sec))
		return false;
	if (tm->tm_sec == 60)
		tm->tm_sec = 59;
	if (read_char(pos, '.')) {
		if (!read_digits(pos, 1, &digit))
			return false;
		while (read_digits(pos, 1, &digit))
			;
	}
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 59;
}

static bool read_offset(const char **pos, int *seconds_r)
{
	int sign = **pos == '-' ? -1 : 1, hours, minutes;

	if (read_char(pos, 'Z') || read_char(pos, 'z')) {
		*seconds_r = 0;
		return true;
	}
	if ((!read_char(pos, '+') && !read_char(pos, '-')) ||
	    !read_digits(pos, 2, &hours) || !read_char(pos, ':') ||
	    !read_digits(pos, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds_r = sign * (hours * 3600 + minutes * 60);
	return true;
}

static int parse_time(const char *text, const char *zone, int64_t *time_r,
		      struct hl_error *err)
{
	struct tm tm;
	int offset;

	memset(&tm, 0, sizeof(tm));
	if (!read_date(&text, &tm))
		return hl_error_set(err, HL_ERROR_DATA,
				    "no such date; write it as 2027-01-31 or "
				    "2027-01-31T12:00:00Z");
	if (*text == '\0') {
		if (hl_time_zone_day_end(&tm, zone, time_r, err) < 0)
			return -1;
	} else {
		if ((!read_char(&text, 'T') && !read_char(&text, 't')) ||
		    !read_time_of_day(&text, &tm) ||
		    !read_offset(&text, &offset) || *text != '\0')
			return hl_error_set(err, HL_ERROR_DATA,
					    "no such time of day; write it as "
					    "2027-01-31T12:00:00Z or "
					    "2027-01-31T12:00:00+01:00");
		*time_r = (int64_t)timegm(&tm) - offset;
	}
	if (*time_r < 1 || *time_r > HL_TIME_MAX)
		return hl_error_set(err, HL_ERROR_DATA,
				    "not between the years 1970 and 9999");
	return 0;
}

int hl_time_parse(const char *text, const char *zone, int64_t *time_r,
		  struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];

	if (parse_time(text, zone, time_r, err) < 0)
		return hl_error_prefix(
			err, "time \"%s\"",
			hl_error_quote(text, strlen(text), quote));
	return 0;
}

static int64_t unit_seconds(char unit)
{
	switch (unit) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return DAY;
	case 'w':
		return 7 * DAY;
	default:
		return 0;
	}
}

int hl_duration_parse(const char *text, int64_t *seconds_r,
		      struct hl_error *err)
{
	size_t digits = strspn(text, "0123456789");
	int64_t unit = unit_seconds(text[digits]);
	char quote[HL_ERROR_QUOTE_SIZE];
	const char *problem;
	uint64_t number;

	if (unit == 0 || text[digits + 1] != '\0' ||
	    !hl_text_parse_number(text, digits, &number) || number == 0)
		problem = "write a number from 1 and one of s, m, h, d and w, "
			  "such as 90s, 12h or 30d";
	else if (number > (uint64_t)(DURATION_MAX / unit))
		problem = "longer than 100 years";
	else {
		*seconds_r = (int64_t)number * unit;
		return 0;
	}
	return hl_error_set(err, HL_ERROR_DATA, "duration \"%s\": %s",
			    hl_error_quote(text, strlen(text), quote), problem);
}

void hl_time_format(int64_t time, char text_r[HL_TIME_SIZE])
{
	time_t seconds = (time_t)time;
	struct tm tm;

	if (time < 0 || time > HL_TIME_MAX || gmtime_r(&seconds, &tm) == NULL)
		snprintf(text_r, HL_TIME_SIZE, "@%lld", (long long)time);
	else
		strftime(text_r, HL_TIME_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}
