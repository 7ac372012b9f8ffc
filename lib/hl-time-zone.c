#include "hl-time-zone.h"

#include "hl-time.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ZONE_DIR   "/usr/share/zoneinfo"
#define ZONE_MAGIC "TZif"

static const char zone_characters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789+-_/";

static bool is_system(const char *zone)
{
	return strcmp(zone, "system") == 0;
}

static bool is_zone_file(const char *path)
{
	char magic[sizeof(ZONE_MAGIC) - 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is_zone;

	if (fd < 0)
		return false;
	is_zone = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) &&
		  memcmp(magic, ZONE_MAGIC, sizeof(magic)) == 0;
	close(fd);
	return is_zone;
}

/* What TZ must be for the zone. glibc takes a name that it doesn't know for
   UTC without a word, so the zone's file is looked for here, and named. */
static int find_zone(const char *zone, char tz_r[PATH_MAX],
		     struct hl_error *err)
{
	const char *dir = getenv("TZDIR");
	char quote[HL_ERROR_QUOTE_SIZE];
	int length;

	/* known even where there is no tzdata */
	if (strcmp(zone, "UTC") == 0) {
		strcpy(tz_r, "UTC0");
		return 0;
	}
	if (dir == NULL || dir[0] != '/')
		dir = ZONE_DIR;
	length = snprintf(tz_r, PATH_MAX, "%s/%s", dir, zone);
	if (zone[0] == '\0' || zone[0] == '/' || length >= PATH_MAX ||
	    zone[strspn(zone, zone_characters)] != '\0' || !is_zone_file(tz_r))
		return hl_error_set(
			err, HL_ERROR_DATA,
			"unknown time zone \"%s\"; write a name such as "
			"Europe/Berlin that is in %s, UTC or system",
			hl_error_quote(zone, strlen(zone), quote), dir);
	return 0;
}

int hl_time_zone_check(const char *zone, struct hl_error *err)
{
	char tz[PATH_MAX];

	return is_system(zone) ? 0 : find_zone(zone, tz, err);
}

static bool is_end_of_day(time_t time, const struct tm *day)
{
	struct tm tm;

	return localtime_r(&time, &tm) != NULL && tm.tm_year == day->tm_year &&
	       tm.tm_mon == day->tm_mon && tm.tm_mday == day->tm_mday &&
	       tm.tm_hour == 23 && tm.tm_min == 59 && tm.tm_sec == 59;
}

/* In the zone that TZ names. */
static int local_day_end(const struct tm *day, int64_t *time_r,
			 struct hl_error *err)
{
	struct tm tm = {.tm_year = day->tm_year,
			.tm_mon = day->tm_mon,
			.tm_mday = day->tm_mday,
			.tm_hour = 23,
			.tm_min = 59,
			.tm_sec = 59,
			.tm_isdst = -1};
	time_t time;

	tzset();
	time = mktime(&tm);
	if (!is_end_of_day(time, day))
		return hl_error_set(err, HL_ERROR_DATA,
				    "that day has no 23:59:59 in the time "
				    "zone; write a time with its offset");
	/* where the clock is set back at midnight it comes twice */
	if (is_end_of_day(time + 3600, day))
		time += 3600;
	*time_r = time;
	return 0;
}

int hl_time_zone_day_end(const struct tm *day, const char *zone,
			 int64_t *time_r, struct hl_error *err)
{
	char tz[PATH_MAX], *saved = NULL;
	const char *old;
	int ret;

	if (is_system(zone))
		return local_day_end(day, time_r, err);
	if (find_zone(zone, tz, err) < 0)
		return -1;
	old = getenv("TZ");
	if ((old != NULL && (saved = strdup(old)) == NULL) ||
	    setenv("TZ", tz, 1) < 0) {
		free(saved);
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	}
	ret = local_day_end(day, time_r, err);
	if (saved == NULL)
		unsetenv("TZ");
	else
		setenv("TZ", saved, 1);
	tzset();
	free(saved);
	return ret;
}
