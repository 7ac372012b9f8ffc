#include "hl-time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* text is the instant that canonical says, in UTC. */
static void check_good(const char *text, const char *zone,
		       const char *canonical)
{
	char written[HL_TIME_SIZE];
	struct hl_error err;
	int64_t time, again;

	if (hl_time_parse(text, zone, &time, &err) < 0)
		fail_msg("%s", err.text);
	hl_time_format(time, written);
	assert_string_equal(written, canonical);
	assert_int_equal(hl_time_parse(written, "none", &again, &err), 0);
	assert_true(time == again);
}

static void check_bad(const char *text, const char *zone, const char *reason)
{
	struct hl_error err;
	int64_t time;

	if (hl_time_parse(text, zone, &time, &err) == 0)
		fail_msg("accepted: %s", text);
	assert_int_equal(err.code, HL_ERROR_DATA);
	if (strstr(err.text, reason) == NULL)
		fail_msg("error is: %s", err.text);
}

static void test_rfc3339(void **state)
{
	(void)state;
	check_good("2027-01-31T00:00:00Z", "UTC", "2027-01-31T00:00:00Z");
	check_good("2027-01-31t12:34:56z", "UTC", "2027-01-31T12:34:56Z");
	check_good("2027-01-31T00:00:00.999999Z", "UTC",
		   "2027-01-31T00:00:00Z");
	check_good("2027-01-31T00:00:00+05:30", "UTC", "2027-01-30T18:30:00Z");
	check_good("2027-01-31T00:00:00-08:00", "UTC", "2027-01-31T08:00:00Z");
	check_good("2027-01-31T00:00:00-00:00", "UTC", "2027-01-31T00:00:00Z");
	check_good("2016-12-31T23:59:60Z", "UTC", "2016-12-31T23:59:59Z");
	check_good("2028-02-29T00:00:00Z", "UTC", "2028-02-29T00:00:00Z");
	check_good("1970-01-01T00:00:01Z", "UTC", "1970-01-01T00:00:01Z");
	check_good("9999-12-31T23:59:59Z", "UTC", "9999-12-31T23:59:59Z");
}

static void test_malformed(void **state)
{
	static const char *const dates[] = {
		"",
		"tomorrow",
		"2027",
		"2027-1-31",
		"2027-02-30",
		"2027-02-29",
		"2027-13-01",
		"2027-00-01",
		"2027-01-00",
		"2027-01-32",
		"2100-02-29",
		"31-01-2027",
		" 2027-01-31",
		"+2027-01-31",
		"-2027-01-31",
		"1e10",
	};
	static const char *const times[] = {
		"2027-01-31T",
		"2027-01-31 ",
		"2027-01-31T00:00:00",
		"2027-01-31 00:00:00Z",
		"2027-01-31T24:00:00Z",
		"2027-01-31T00:60:00Z",
		"2027-01-31T00:00:61Z",
		"2027-01-31T00:00Z",
		"2027-01-31T00:00:00.Z",
		"2027-01-31T00:00:00,5Z",
		"2027-01-31T00:00:00+25:00",
		"2027-01-31T00:00:00+01:60",
		"2027-01-31T00:00:00+0100",
		"2027-01-31T00:00:00+01",
		"2027-01-31T00:00:00ZZ",
		"2027-01-31T00:00:00Z ",
		"2027-01-31T00:00:0Z",
		"2027-01-31Z",
	};
	static const char *const outside[] = {
		"1969-12-31",
		"0000-01-01T00:00:00Z",
		"1970-01-01T00:00:00Z",
		"1970-01-01T00:00:01+00:01",
		"9999-12-31T23:59:59-00:01",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dates) / sizeof(*dates); i++)
		check_bad(dates[i], "UTC", "no such date");
	for (i = 0; i < sizeof(times) / sizeof(*times); i++)
		check_bad(times[i], "UTC", "no such time of day");
	for (i = 0; i < sizeof(outside) / sizeof(*outside); i++)
		check_bad(outside[i], "UTC", "not between");
}

static void test_end_of_day(void **state)
{
	(void)state;
	check_good("2027-01-31", "UTC", "2027-01-31T23:59:59Z");
	check_good("2027-01-31", "Europe/Berlin", "2027-01-31T22:59:59Z");
	check_good("2027-07-31", "Europe/Berlin", "2027-07-31T21:59:59Z");
	check_good("2027-01-31", "Asia/Kolkata", "2027-01-31T18:29:59Z");
	/* the clock was set back at midnight, to 23:00: the later one */
	check_good("2018-02-17", "America/Sao_Paulo", "2018-02-18T02:59:59Z");
	/* the day that Samoa left out */
	check_bad("2011-12-30", "Pacific/Apia", "no 23:59:59");
	check_good("2011-12-31", "Pacific/Apia", "2011-12-31T09:59:59Z");
}

static void test_zone(void **state)
{
	static const char *const unknown[] = {
		"",
		"Europe",
		"Europe/Atlantis",
		"/usr/share/zoneinfo/Europe/Berlin",
		"/Europe/Berlin",
		"leapseconds",
		"../zoneinfo/Europe/Berlin",
		":Europe/Berlin",
		"CET-1",
		"System",
		"zone.tab",
		"Europe/Berlin ",
	};
	struct hl_error err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		check_bad("2027-01-31", unknown[i], "unknown time zone");
		assert_int_equal(hl_time_zone_check(unknown[i], &err), -1);
		assert_int_equal(err.code, HL_ERROR_DATA);
	}
	assert_int_equal(hl_time_zone_check("system", &err), 0);
	assert_int_equal(hl_time_zone_check("UTC", &err), 0);
	assert_int_equal(hl_time_zone_check("Europe/Berlin", &err), 0);
}

static void test_tz_is_kept(void **state)
{
	time_t noon = 1800000000;
	struct tm tm;

	(void)state;
	setenv("TZ", "Asia/Kolkata", 1);
	check_good("2027-01-31", "Europe/Berlin", "2027-01-31T22:59:59Z");
	check_bad("2011-12-30", "Pacific/Apia", "no 23:59:59");
	assert_string_equal(getenv("TZ"), "Asia/Kolkata");
	assert_non_null(localtime_r(&noon, &tm));
	assert_int_equal(tm.tm_gmtoff, 19800);
	check_good("2027-01-31", "system", "2027-01-31T18:29:59Z");

	unsetenv("TZ");
	check_good("2027-01-31", "Europe/Berlin", "2027-01-31T22:59:59Z");
	assert_null(getenv("TZ"));
}

static void test_tzdir(void **state)
{
	struct hl_error err;

	(void)state;
	setenv("TZDIR", "/nonexistent", 1);
	assert_int_equal(hl_time_zone_check("Europe/Berlin", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(hl_time_zone_check("UTC", &err), 0);
	unsetenv("TZDIR");
	assert_int_equal(hl_time_zone_check("Europe/Berlin", &err), 0);
}

static void test_duration(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} good[] = {
		{"1s", 1},
		{"90s", 90},
		{"5m", 300},
		{"12h", 43200},
		{"30d", 2592000},
		{"6w", 3628800},
		{"36525d", 3155760000},
	};
	static const char *const bad[] = {
		"",	"0",	 "0s",	"5",
		"s",	"5x",	 "-5s", "+5s",
		" 5s",	"5s ",	 "05s", "5 s",
		"1.5h", "1h30m", "5S",	"99999999999999999999s",
	};
	struct hl_error err;
	int64_t seconds;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(
			hl_duration_parse(good[i].text, &seconds, &err), 0);
		assert_true(seconds == good[i].seconds);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (hl_duration_parse(bad[i], &seconds, &err) == 0)
			fail_msg("accepted: %s", bad[i]);
		assert_int_equal(err.code, HL_ERROR_DATA);
		assert_non_null(strstr(err.text, "write a number"));
	}
	assert_int_equal(hl_duration_parse("36526d", &seconds, &err), -1);
	assert_non_null(strstr(err.text, "longer than 100 years"));
	assert_int_equal(
		hl_duration_parse("9223372036854775807w", &seconds, &err), -1);
}

static void test_format_outside(void **state)
{
	char text[HL_TIME_SIZE];

	(void)state;
	hl_time_format(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	hl_time_format(-1, text);
	assert_string_equal(text, "@-1");
	hl_time_format(INT64_MIN, text);
	assert_string_equal(text, "@-9223372036854775808");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc3339),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_end_of_day),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_tz_is_kept),
		cmocka_unit_test(test_tzdir),
		cmocka_unit_test(test_duration),
		cmocka_unit_test(test_format_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
