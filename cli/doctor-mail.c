/* doctor: the mails of hardlinkd, notices and codes. */

#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

void doctor_check_notice(struct doctor *doctor)
{
	const char *user = doctor_settings_get(doctor->dovecot,
					       "service/hardlink-notice/user");

	if (!doctor->config->notice) {
		doctor_skip(doctor, "`notice = no`: no notices are put into "
				    "mailboxes");
		return;
	}
	if (doctor_settings_get(doctor->dovecot, "service/hardlink-notice") ==
	    NULL) {
		doctor_fail(doctor,
			    "configure `service hardlink-notice`, as "
			    "hardlinkd(8) says, or set `notice = no`",
			    "`notice = yes`, but hardlink-notice isn't a "
			    "service of this Dovecot: owners' moves fail");
		return;
	}
	if (!doctor_check_program(doctor, "hardlink-notice"))
		return;
	if (user != NULL && *user != '\0' && strcmp(user, "root") != 0)
		doctor_fail(
			doctor, "set user = root in `service hardlink-notice`",
			"hardlink-notice runs as %s, who can't run `doveadm "
			"save` for others",
			user);
	else
		doctor_ok(doctor, "notices are put by hardlink-notice");
}

/* The program of `sendmail`, as hardlinkd's user runs it. */
static void check_sendmail(struct doctor *doctor)
{
	const char *sendmail = doctor->config->sendmail;
	const char *user = doctor->service_user;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(sendmail, " \t"),
		 sendmail);
	if (access(path, X_OK) < 0 ||
	    (geteuid() == 0 && doctor_may(user, NULL, path, X_OK) == 0))
		doctor_fail(doctor,
			    "install an MTA's sendmail there, or set sendmail "
			    "or submission_host in hardlink.conf",
			    "`confirm_target = yes`, but %s can't run \"%s\" "
			    "to mail the codes",
			    user, path);
	else
		doctor_ok(doctor, "codes are mailed by %s", path);
}

static void check_submission_host(struct doctor *doctor)
{
	const char *setting = doctor->config->submission_host, *colon;
	struct doctor_peer *peer;
	char host[256], line[1024];
	struct hl_error err;
	int ret;

	colon = strrchr(setting, ':');
	snprintf(host, sizeof(host), "%.*s",
		 (int)(colon == NULL ? strlen(setting)
				     : (size_t)(colon - setting)),
		 setting);
	/* [::1]:25 */
	if (host[0] == '[' && host[strlen(host) - 1] == ']') {
		host[strlen(host) - 1] = '\0';
		memmove(host, host + 1, strlen(host));
	}
	ret = doctor_peer_connect(host, colon == NULL ? "25" : colon + 1, &peer,
				  &err);
	if (ret == 0)
		ret = doctor_peer_read_line(peer, line, sizeof(line), &err);
	if (ret == 0 && strncmp(line, "220", 3) != 0)
		ret = hl_error_set(&err, HL_ERROR_TEMP, "%s says %s", setting,
				   line);
	doctor_peer_close(&peer);
	if (ret < 0)
		doctor_fail_by(doctor,
			       "correct submission_host, or start that server",
			       &err);
	else
		doctor_ok(doctor, "codes are handed to %s", setting);
}

void doctor_check_mail_out(struct doctor *doctor)
{
	if (!doctor->config->confirm_target)
		doctor_skip(doctor, "`confirm_target = no`: no codes are "
				    "mailed");
	else if (doctor->config->submission_host[0] == '\0')
		check_sendmail(doctor);
	else
		check_submission_host(doctor);
}
