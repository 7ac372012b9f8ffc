#ifndef HL_TIME_ZONE_H
#define HL_TIME_ZONE_H

#include "hl-error.h"

#include <stdint.h>
#include <time.h>

/* The last second of the day that day names, in a zone as hl_time_parse()
   takes it. HL_ERROR_DATA if the zone is unknown or has no such day. */
int hl_time_zone_day_end(const struct tm *day, const char *zone,
			 int64_t *time_r, struct hl_error *err);

#endif
