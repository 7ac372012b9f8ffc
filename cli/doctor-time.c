/* doctor: the clock, and what has to be done from time to time. */

#include "doctor.h"

#include "hl-time.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* as writers have it */
#define BEHIND_MAX (5 * 60)
#define AHEAD_MAX  (INT64_C(366) * 24 * 60 * 60)

void doctor_check_clock(struct doctor *doctor)
{
	struct timex timex = {.modes = 0};
	int64_t now = time(NULL);
	char text[HL_TIME_SIZE];
	int state;

	if ((doctor->facts & DOCTOR_LOG) != 0 &&
	    (doctor->head.time > now + BEHIND_MAX ||
	     doctor->head.time < now - AHEAD_MAX)) {
		hl_time_format(doctor->head.time, text);
		doctor_fail(doctor,
			    "set the clock; if it is right, change something "
			    "with --accept-clock",
			    "the last entry is of %s, too far from what the "
			    "clock says: nothing can be written",
			    text);
		return;
	}
	state = adjtimex(&timex);
	if (state < 0)
		doctor_skip(doctor, "the kernel doesn't say whether the clock "
				    "is synchronised");
	else if (state == TIME_ERROR)
		doctor_warn(doctor, "run chrony, systemd-timesyncd or ntpd",
			    "the kernel says that nothing synchronises the "
			    "clock: hard-links begin and expire by it");
	else
		doctor_ok(doctor, "the clock is synchronised");
}

/* Does the file call hardlinkctl expire? */
static bool calls_expire(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char text[65536];
	const char *line, *rest = text;
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	if (size <= 0)
		return false;
	text[size] = '\0';
	while ((line = strstr(rest, "hardlinkctl")) != NULL) {
		const char *start = memrchr(text, '\n', (size_t)(line - text));
		size_t length = strcspn(line, "\n");

		start = start == NULL ? text : start + 1;
		start += strspn(start, " \t");
		if (*start != '#' && memmem(line, length, "expire", 6) != NULL)
			return true;
		rest = line + length;
	}
	return false;
}

static bool dir_calls_expire(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	if (dir == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = calls_expire(dirfd(dir), entry->d_name);
	closedir(dir);
	return found;
}

static bool has_cron_line(void)
{
	static const char *const dirs[] = {
		"/etc/cron.d",		"/etc/cron.hourly",
		"/etc/cron.daily",	"/var/spool/cron/crontabs",
		"/var/spool/cron/root",
	};
	size_t i;

	if (calls_expire(AT_FDCWD, "/etc/crontab"))
		return true;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (dir_calls_expire(dirs[i]))
			return true;
	}
	return false;
}

static int is_enabled(const char *line, void *context)
{
	bool *enabled = context;

	*enabled =
		strncmp(line, "enabled", 7) == 0 || strcmp(line, "static") == 0;
	return 0;
}

static bool has_timer(void)
{
	char path[PATH_MAX];
	const char *const argv[] = {path, "is-enabled", "hardlink-expire.timer",
				    NULL};
	bool enabled = false;
	struct hl_error ignored;

	return doctor_find("systemctl", path, sizeof(path)) &&
	       doctor_run(argv, is_enabled, &enabled, &ignored) == 0 && enabled;
}

void doctor_check_timer(struct doctor *doctor)
{
	struct hl_error err;
	int ret = doctor_has_temporary(doctor, &err);

	if (ret < 0)
		doctor_fail_by(doctor, "run `hardlinkctl verify`", &err);
	else if (has_timer() || has_cron_line())
		doctor_ok(doctor, "`hardlinkctl expire` is run regularly");
	else if (ret == 0)
		doctor_ok(doctor, "no temporary hard-link among the newest "
				  "entries: no timer needed");
	else if (geteuid() != 0)
		doctor_skip(doctor, "only root can see root's cron lines; no "
				    "timer is enabled");
	else
		doctor_warn(doctor,
			    "systemctl enable --now hardlink-expire.timer, or "
			    "a cron line `17 3 * * * root hardlinkctl expire`",
			    "there are temporary hard-links, and nothing runs "
			    "`hardlinkctl expire`: what ran out isn't closed "
			    "in the log");
}
