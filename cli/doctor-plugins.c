/* doctor: which plugins Dovecot loads where. */

#include "doctor.h"

#include "hl-lookup-service.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mend_doveconf[] = "see what doveconf says";

/* Does a protocol load it? -1: a row was printed. */
static int loads(struct doctor *doctor, const char *protocol,
		 const char *plugin)
{
	struct hl_error err;
	char *plugins;
	int ret;

	if (doctor_plugins(doctor, protocol, &plugins, &err) < 0) {
		doctor_fail_by(doctor, mend_doveconf, &err);
		return -1;
	}
	ret = doctor_has_word(plugins, plugin) ? 1 : 0;
	free(plugins);
	return ret;
}

static bool has_protocol(const struct doctor *doctor, const char *protocol)
{
	const char *protocols =
		doctor_settings_get(doctor->dovecot, "protocols");
	/* of 2.4, where it's set in blocks, as Debian does */
	const char *own =
		doctor_settings_get(doctor->dovecot, "protocols/%s", protocol);

	return (protocols != NULL && doctor_has_word(protocols, protocol)) ||
	       (own != NULL && strcmp(own, "yes") == 0);
}

void doctor_check_lmtp_plugin(struct doctor *doctor)
{
	int lmtp = loads(doctor, "lmtp", "lmtp_hardlink");
	int lda = lmtp < 0 ? -1 : loads(doctor, "lda", "lda_hardlink");

	if (lda < 0)
		return;
	if (lmtp > 0 && has_protocol(doctor, "lmtp")) {
		doctor->facts |= DOCTOR_LMTP;
		doctor_ok(doctor, "protocol lmtp loads lmtp_hardlink");
	} else if (lmtp > 0) {
		doctor_fail(doctor, "add lmtp to Dovecot's `protocols`",
			    "protocol lmtp loads lmtp_hardlink, but Dovecot "
			    "serves no lmtp");
	} else if (lda > 0 && has_protocol(doctor, "lmtp")) {
		doctor_warn(doctor,
			    "load lmtp_hardlink there too, or take lmtp out of "
			    "`protocols`",
			    "protocol lda loads lda_hardlink, but what comes "
			    "by lmtp is delivered as if nobody had moved");
	} else if (lda > 0) {
		doctor_ok(doctor, "protocol lda loads lda_hardlink");
	} else {
		doctor_fail(doctor,
			    doctor->dovecot_24
				    ? "put `protocol lmtp { mail_plugins { "
				      "lmtp_hardlink = yes } }` into its "
				      "configuration"
				    : "put `protocol lmtp { mail_plugins = "
				      "$mail_plugins lmtp_hardlink }` into its "
				      "configuration",
			    "Dovecot's protocol lmtp doesn't load "
			    "lmtp_hardlink: nobody hears that a mailbox moved");
	}
}

void doctor_check_global_plugins(struct doctor *doctor)
{
	static const char *const plugins[] = {
		"lmtp_hardlink", "lda_hardlink", "submission_hardlink",
		"imap_hardlink", "sieve_hardlink"};
	unsigned int found = doctor_found(doctor);
	struct hl_error err;
	char *global;
	size_t i;

	if (doctor_plugins(doctor, "", &global, &err) < 0) {
		doctor_fail_by(doctor, mend_doveconf, &err);
		return;
	}
	for (i = 0; i < sizeof(plugins) / sizeof(plugins[0]); i++) {
		if (!doctor_has_word(global, plugins[i]))
			continue;
		doctor_fail(doctor,
			    "list it inside `protocol` blocks only: elsewhere "
			    "logins fail where it is missing",
			    "the global mail_plugins list %s", plugins[i]);
	}
	free(global);
	if (doctor_found(doctor) == found)
		doctor_ok(doctor, "the global mail_plugins list none of ours");
}

/* Owners move by mailmove too: what is missing is no error. */
void doctor_check_login_plugins(struct doctor *doctor)
{
	static const struct {
		const char *protocol, *plugin;
	} wanted[] = {{"submission", "submission_hardlink"},
		      {"imap", "imap_hardlink"}};
	bool service = (doctor->facts & DOCTOR_SERVICE) != 0;
	unsigned int found = doctor_found(doctor);
	int ret;
	size_t i;

	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (!has_protocol(doctor, wanted[i].protocol))
			continue;
		ret = loads(doctor, wanted[i].protocol, wanted[i].plugin);
		if (ret == 0 && service)
			doctor_warn(doctor,
				    "add it to its mail_plugins, or leave it "
				    "so on purpose",
				    "protocol %s doesn't load %s: owners can't "
				    "move their mailboxes there",
				    wanted[i].protocol, wanted[i].plugin);
		else if (ret > 0 && !service)
			doctor_fail(doctor,
				    "configure `service hardlink`, as "
				    "hardlinkd(8) says",
				    "protocol %s loads %s, but no hardlinkd is "
				    "configured",
				    wanted[i].protocol, wanted[i].plugin);
	}
	if (doctor_found(doctor) == found)
		doctor_ok(doctor, "submission and imap load what hardlinkd "
				  "offers, where they are served");
}

static int take_line(const char *line, void *context)
{
	snprintf(context, PATH_MAX, "%s", line);
	return 0;
}

void doctor_check_config_path(struct doctor *doctor)
{
	const char *const arguments[] = {"-h",
					 doctor->dovecot_24
						 ? "hardlink_config"
						 : "plugin/hardlink_config",
					 NULL};
	char theirs[PATH_MAX] = "", real[PATH_MAX], ours[PATH_MAX];
	const char *path = doctor->config->path;
	struct hl_error err;

	if (doctor_doveconf(doctor, arguments, take_line, theirs, &err) < 0) {
		doctor_fail_by(doctor, mend_doveconf, &err);
		return;
	}
	if (theirs[0] == '\0')
		strcpy(theirs, HL_CONFIG_DEFAULT_PATH);
	if (realpath(theirs, real) == NULL)
		doctor_fail(doctor,
			    "set hardlink_config in Dovecot's configuration",
			    "Dovecot's plugins read %s, which can't be found",
			    theirs);
	else if (realpath(path, ours) == NULL || strcmp(real, ours) != 0)
		doctor_fail(doctor,
			    "set hardlink_config in Dovecot's configuration, "
			    "or give doctor that file with -c",
			    "Dovecot's plugins read %s, and this is %s", theirs,
			    path);
	else
		doctor_ok(doctor, "Dovecot's plugins read %s", theirs);
}

/* The group that lmtp has besides its user's, "" for none. Of several the last,
   which is the one that was added to Dovecot's own. */
static void extra_group(const struct doctor *doctor, char *group_r,
			size_t group_r_size)
{
	const char *groups = doctor_settings_get(doctor->dovecot,
						 "service/lmtp/extra_groups");
	const char *group =
		doctor_settings_get(doctor->dovecot, "service/lmtp/group");
	const char *last = groups == NULL ? NULL : strrchr(groups, ' ');

	if (last != NULL)
		groups = last + 1;
	if (groups == NULL || *groups == '\0' || *groups == '$')
		groups = group == NULL ? "" : group;
	snprintf(group_r, group_r_size, "%s", groups);
}

void doctor_check_reader(struct doctor *doctor)
{
	const char *user =
		doctor_settings_get(doctor->dovecot, "service/lmtp/user");
	char store[PATH_MAX], group[128];
	const char *const paths[] = {doctor->config->path,
				     doctor->config->keyring, store,
				     doctor->config->mark};
	struct hl_error ignored;
	size_t i;
	int may = 1;

	if (user == NULL || *user == '\0' || strcmp(user, "root") == 0) {
		doctor->facts |= DOCTOR_READER;
		doctor_ok(doctor, "lmtp starts as root and can read the store");
		return;
	}
	if (geteuid() != 0) {
		doctor_skip(doctor, "only root can see what %s may read", user);
		return;
	}
	extra_group(doctor, group, sizeof(group));
	/* who may read one that isn't a file is for its server to say */
	if (hl_store_path(doctor->config->store, store, sizeof(store),
			  &ignored) < 0)
		store[0] = '\0';
	for (i = 0; i < 4 && may > 0; i++) {
		if (paths[i][0] != '\0')
			may = doctor_may(user, group[0] == '\0' ? NULL : group,
					 paths[i], R_OK);
	}
	if (may > 0) {
		doctor->facts |= DOCTOR_READER;
		doctor_ok(doctor, "lmtp runs as %s and can read the store",
			  user);
		return;
	}
	doctor_fail(doctor,
		    "put the group that may read it into `extra_groups` of "
		    "`service lmtp`",
		    "lmtp runs as %s, who can't read %s: all mail is deferred",
		    user, paths[i - 1]);
}
