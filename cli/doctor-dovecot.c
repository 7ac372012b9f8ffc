/* doctor: Dovecot's configuration. */

#include "doctor.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGUMENTS_MAX 16

int doctor_doveconf(const struct doctor *doctor, const char *const *arguments,
		    doctor_line_func *func, void *context, struct hl_error *err)
{
	const char *argv[ARGUMENTS_MAX + 4];
	char path[PATH_MAX];
	size_t count = 0;

	if (!doctor_find("doveconf", path, sizeof(path)))
		return hl_error_set(err, HL_ERROR_NOT_FOUND,
				    "there is no doveconf");
	argv[count++] = path;
	if (doctor->dovecot_config != NULL) {
		argv[count++] = "-c";
		argv[count++] = doctor->dovecot_config;
	}
	while (*arguments != NULL && count < ARGUMENTS_MAX + 3)
		argv[count++] = *arguments++;
	argv[count] = NULL;
	return doctor_run(argv, func, context, err);
}

/* Whole services, also where they have settings of their own only in part. */
static const char *const names[] = {
	"service/lmtp",
	"service/hardlink",
	"service/hardlink-notice",
	"service/auth",
	"base_dir",
	"mail_plugin_dir",
	"libexec_dir",
	"protocols",
	"default_internal_user",
	"default_internal_group",
	NULL,
};

/* "# 2.4.1-4 (7d8c0e5759): /etc/dovecot/dovecot.conf", doveconf -n's first */
static int take_version(const char *line, void *context)
{
	bool *is_24 = context;

	*is_24 = strncmp(line, "# 2.3.", 6) != 0;
	return 1;
}

static bool exists_service(const struct doctor *doctor, const char *name)
{
	return doctor_settings_get(doctor->dovecot, "service/%s", name) != NULL;
}

void doctor_check_dovecot(struct doctor *doctor)
{
	const char *const version_arguments[] = {"-n", NULL};
	struct hl_error err;
	const char *user;

	doctor->dovecot = doctor_settings_init();
	if (doctor->dovecot == NULL) {
		doctor_fail(doctor, "try again", "out of memory");
		return;
	}
	if (doctor_doveconf(doctor, names, doctor_settings_line,
			    doctor->dovecot, &err) < 0 ||
	    doctor_doveconf(doctor, version_arguments, take_version,
			    &doctor->dovecot_24, &err) < 0) {
		if (err.code != HL_ERROR_NOT_FOUND)
			doctor->unreadable |= DOCTOR_DOVECOT;
		if (err.code == HL_ERROR_NOT_FOUND)
			doctor_skip(doctor, "there is no Dovecot here: %s",
				    err.text);
		else if (geteuid() != 0)
			doctor_skip(doctor, "only root can surely read it: %s",
				    err.text);
		else
			doctor_fail(doctor,
				    "mend Dovecot's configuration; until then "
				    "Dovecot doesn't start or reload",
				    "%s", err.text);
		return;
	}
	doctor->facts |= DOCTOR_DOVECOT;
	if (exists_service(doctor, "hardlink")) {
		user = doctor_settings_get(doctor->dovecot,
					   "service/hardlink/user");
		doctor->service_user =
			user == NULL || *user == '\0' ? "root" : user;
	}
	doctor_ok(doctor, "the configuration of Dovecot %s can be read",
		  doctor->dovecot_24 ? "2.4" : "2.3");
}

void doctor_socket_path(const struct doctor *doctor, const char *name,
			char *path_r, size_t path_r_size)
{
	const char *base = doctor_settings_get(doctor->dovecot, "base_dir");

	if (*name == '/' || base == NULL)
		snprintf(path_r, path_r_size, "%s", name);
	else
		snprintf(path_r, path_r_size, "%s/%s", base, name);
}

/* Dovecot removes the file when it ends. */
void doctor_check_running(struct doctor *doctor)
{
	char path[PATH_MAX], text[32] = "";
	FILE *file;
	long pid;

	doctor_socket_path(doctor, "master.pid", path, sizeof(path));
	file = fopen(path, "re");
	if (file == NULL && errno == EACCES) {
		doctor->facts |= DOCTOR_RUNNING;
		doctor_skip(doctor, "only root can look at %s", path);
		return;
	}
	if (file != NULL) {
		if (fgets(text, sizeof(text), file) == NULL)
			text[0] = '\0';
		fclose(file);
	}
	pid = strtol(text, NULL, 10);
	if (pid <= 0 || (kill((pid_t)pid, 0) < 0 && errno == ESRCH)) {
		doctor_fail(doctor, "start Dovecot; its log says why it ended",
			    "Dovecot doesn't run (%s)", path);
		return;
	}
	doctor->facts |= DOCTOR_RUNNING;
	doctor_ok(doctor, "Dovecot runs");
}

/* 2.3: "a b"; 2.4: a line "a = yes" for each. */
static int take_plugins(const char *line, void *context)
{
	const char *equals = strstr(line, " = ");
	char **plugins = context, *longer = NULL;
	size_t size = strlen(line);

	if (equals != NULL) {
		if (strcmp(equals, " = yes") != 0)
			return 0;
		size = (size_t)(equals - line);
	}
	if (asprintf(&longer, "%s%.*s ", *plugins, (int)size, line) < 0)
		return 1;
	free(*plugins);
	*plugins = longer;
	return 0;
}

int doctor_plugins(const struct doctor *doctor, const char *protocol,
		   char **plugins_r, struct hl_error *err)
{
	char filter[64];
	const char *const of_protocol[] = {"-h", "-f", filter, "mail_plugins",
					   NULL};
	const char *const of_all[] = {"-h", "mail_plugins", NULL};

	snprintf(filter, sizeof(filter), "protocol=%s", protocol);
	*plugins_r = strdup("");
	if (*plugins_r == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (doctor_doveconf(doctor, *protocol == '\0' ? of_all : of_protocol,
			    take_plugins, plugins_r, err) == 0)
		return 0;
	free(*plugins_r);
	*plugins_r = NULL;
	return -1;
}
