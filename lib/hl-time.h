#ifndef HL_TIME_H
#define HL_TIME_H

#include "hl-error.h"

#include <stdint.h>

/* 9999-12-31T23:59:59Z */
#define HL_TIME_MAX  INT64_C(253402300799)

#define HL_TIME_SIZE 32

/* Reads RFC 3339 ("2027-01-31T00:00:00Z", any offset, fractions cut) or a bare
   date "2027-01-31", which means the end of that day (23:59:59) in timezone:
   an IANA zone name, or "system" for the machine's own. Impossible dates
   (2027-02-30, hour 24, an offset of 25 h, an unknown zone) are HL_ERROR_DATA.
   A leap second ":60" counts as ":59". Not thread-safe (it looks through TZ).
 */
int hl_time_parse(const char *text, const char *timezone, int64_t *time_r,
		  struct hl_error *err);

/* Is this a time zone that hl_time_parse() can use? HL_ERROR_DATA if not. */
int hl_time_zone_check(const char *timezone, struct hl_error *err);

/* Reads a duration: a number from 1 and one of s m h d w ("90s", "12h", "30d",
   "6w"), in seconds; at most 100 years. */
int hl_duration_parse(const char *text, int64_t *seconds_r,
		      struct hl_error *err);

/* Writes RFC 3339 in UTC, "2027-01-31T00:00:00Z". */
void hl_time_format(int64_t time, char text_r[HL_TIME_SIZE]);

#endif
