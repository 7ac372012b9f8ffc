/* doctor: hardlinkd, a service of Dovecot's. */

#include "doctor.h"

#include "hl-lookup-service.h"
#include "hl-service.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATIENCE_MS (DOCTOR_PATIENCE * 1000)

static const char *get(const struct doctor *doctor, const char *name)
{
	const char *value =
		doctor_settings_get(doctor->dovecot, "service/%s", name);

	return value == NULL ? "" : value;
}

bool doctor_check_program(struct doctor *doctor, const char *service)
{
	const char *executable = doctor_settings_get(
		doctor->dovecot, "service/%s/executable", service);
	const char *libexec;
	char path[PATH_MAX];

	executable = executable == NULL ? "" : executable;
	/* as Dovecot finds it */
	libexec = doctor_settings_get(doctor->dovecot, "libexec_dir");
	if (*executable == '/' || libexec == NULL)
		libexec = "";
	snprintf(path, sizeof(path), "%s%s%.*s", libexec,
		 *libexec == '\0' ? "" : "/", (int)strcspn(executable, " "),
		 executable);
	if (path[0] == '/' && access(path, X_OK) == 0)
		return true;
	/* a directory that only root may look into isn't a fault */
	if (path[0] == '/' && errno == EACCES && geteuid() != 0)
		return true;
	doctor_fail(doctor,
		    "name the installed program as its `executable`, with the "
		    "whole path",
		    "service %s: \"%s\" can't be run", service, path);
	return false;
}

void doctor_check_service(struct doctor *doctor)
{
	if (doctor->service_user == NULL) {
		doctor_skip(doctor, "hardlinkd isn't a service of this "
				    "Dovecot: owners can't move themselves");
		return;
	}
	if (!doctor_check_program(doctor, "hardlink"))
		return;
	doctor->facts |= DOCTOR_SERVICE;
	if (getpwnam(doctor->service_user) == NULL)
		doctor_fail(doctor, "make that user, as hardlinkd(8) says",
			    "hardlinkd is to run as %s, and there is no such "
			    "user",
			    doctor->service_user);
	else if (strcmp(doctor->service_user, "root") == 0)
		doctor_warn(doctor,
			    "give it a user of its own, as hardlinkd(8) says",
			    "hardlinkd runs as root");
	else if (strcmp(get(doctor, "hardlink/process_limit"), "1") != 0)
		doctor_fail(doctor,
			    "set process_limit = 1 in `service hardlink`",
			    "there may be several processes of hardlinkd, and "
			    "its limits are counted in each");
	else if (strcmp(get(doctor, "hardlink/process_min_avail"), "1") != 0)
		doctor_fail(doctor,
			    "set process_min_avail = 1 in `service hardlink`",
			    "Dovecot ends hardlinkd when nobody has asked for "
			    "a while, and its limits begin anew");
	else
		doctor_ok(doctor,
			  "hardlinkd is a service of this Dovecot's, "
			  "and runs as %s",
			  doctor->service_user);
}

/* One listener of a service: owner NULL: root. */
static void check_socket(struct doctor *doctor, const char *service,
			 const char *name, mode_t mode, const char *owner)
{
	const char *user = owner == NULL ? "root" : owner;
	char path[PATH_MAX], mend[256];
	struct stat st;
	bool is_theirs;

	snprintf(mend, sizeof(mend),
		 "set mode = %04o%s%s in unix_listener %s of `service %s`, and "
		 "restart Dovecot",
		 (unsigned int)mode, owner == NULL ? "" : " and user = ",
		 owner == NULL ? "" : owner, name, service);
	doctor_socket_path(doctor, name, path, sizeof(path));
	if (stat(path, &st) < 0) {
		if (errno == EACCES)
			doctor_skip(doctor, "only root can look at %s", path);
		else
			doctor_fail(doctor, mend, "%s: %s", path,
				    strerror(errno));
		return;
	}
	is_theirs = owner == NULL ? st.st_uid == 0
				  : doctor_is_user(owner, st.st_uid);
	/* whoever may connect to a closed one is in its group or its owner */
	if (!S_ISSOCK(st.st_mode) || (st.st_mode & 0777) != mode ||
	    (mode == 0600 && !is_theirs))
		doctor_fail(doctor, mend,
			    "%s has mode %04o and belongs to %s; it must have "
			    "%04o and belong to %s",
			    path, (unsigned int)st.st_mode & 0777,
			    doctor_user_name(st.st_uid), (unsigned int)mode,
			    user);
}

void doctor_check_sockets(struct doctor *doctor)
{
	unsigned int found = doctor_found(doctor);
	const char *user = doctor->service_user;

	check_socket(doctor, "hardlink", "hardlink", 0666, NULL);
	check_socket(doctor, "hardlink", "hardlink-admin", 0600, NULL);
	if (doctor->config != NULL && doctor->config->notice)
		check_socket(doctor, "hardlink-notice", "hardlink-notice", 0600,
			     user);
	check_socket(doctor, "auth", "auth-hardlink-userdb", 0600, user);
	check_socket(doctor, "auth", "auth-hardlink-tokenlogin", 0600, user);
	if (doctor_found(doctor) == found)
		doctor_ok(doctor, "the sockets of hardlinkd have the right "
				  "owners and modes");
}

/* Asks the hardlinkd behind a socket for its version. false: a row says why
   not. */
static bool ping(struct doctor *doctor, const char *path, const char *mend)
{
	const char *const words[] = {"PING", NULL};
	struct hl_service_line line;
	struct hl_service *service;
	const char *version = NULL;
	struct hl_error err;
	int ret;

	ret = hl_service_connect(path, PATIENCE_MS, &service, &err);
	if (ret == 0) {
		ret = hl_service_ask(service, words, NULL, NULL, &line, &err);
		version = ret == 0 ? hl_service_get(&line, "version") : NULL;
	}
	if (ret < 0)
		doctor_fail_by(doctor, mend, &err);
	else if (version == NULL || strcmp(version, HL_VERSION) != 0)
		doctor_fail(doctor, "restart Dovecot after an upgrade",
			    "hardlinkd (%s) is of version %s, hardlinkctl of "
			    "%s",
			    path, version == NULL ? "(unknown)" : version,
			    HL_VERSION);
	if (ret == 0)
		ret = version != NULL && strcmp(version, HL_VERSION) == 0 ? 0
									  : -1;
	hl_service_close(&service);
	return ret == 0;
}

void doctor_check_answers(struct doctor *doctor)
{
	static const char mend[] =
		"let service_socket and admin_socket in hardlink.conf be where "
		"`service hardlink` of Dovecot listens, and see Dovecot's log";
	const struct hl_config *config = doctor->config;

	if (!ping(doctor, config->service_socket, mend))
		return;
	if (geteuid() != 0) {
		doctor_skip(doctor,
			    "hardlinkd answers at %s; only root can "
			    "ask at %s",
			    config->service_socket, config->admin_socket);
		return;
	}
	if (!ping(doctor, config->admin_socket, mend))
		return;
	doctor_ok(doctor, "hardlinkd answers at %s and %s",
		  config->service_socket, config->admin_socket);
}

void doctor_check_lookup(struct doctor *doctor)
{
	const char *path = hl_lookup_service_path(doctor->config->store);

	if (path == NULL)
		doctor_skip(doctor, "the store isn't asked through hardlinkd");
	else if (ping(doctor, path,
		      "let hardlinkd listen there, or correct `store`"))
		doctor_ok(doctor, "hardlinkd answers at %s", path);
}
