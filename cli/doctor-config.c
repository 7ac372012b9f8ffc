/* doctor: the configuration, and the directories above what it names. */

#include "doctor.h"

#include "hl-lookup-service.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

void doctor_check_config(struct doctor *doctor)
{
	struct hl_error err;
	struct stat st;

	if (cli_read_config(doctor->cli, &err) < 0) {
		doctor_fail_by(doctor,
			       err.code == HL_ERROR_CONFIG &&
					       access(doctor->cli->config_path,
						      F_OK) < 0
				       ? "run `hardlinkctl init`, or name the "
					 "right file with -c"
				       : "mend that line or mode; "
					 "hardlink.conf(5)",
			       &err);
		return;
	}
	doctor->config = doctor->cli->config;
	doctor->facts |= DOCTOR_CONFIG;
	if (hl_lookup_service_path(doctor->config->store) == NULL)
		doctor->facts |= DOCTOR_HERE;
	if (stat(doctor->config->path, &st) == 0 && st.st_uid != 0 &&
	    geteuid() == 0)
		doctor_fail(doctor, "chown root it",
			    "%s belongs to %s, who can change it",
			    doctor->config->path, doctor_user_name(st.st_uid));
	else
		doctor_ok(doctor, "%s can be read", doctor->config->path);
}

/* hardlinkd writes the store and replaces its key; it doesn't configure itself,
   and trusts no key by itself. */
void doctor_check_parents(struct doctor *doctor)
{
	const struct hl_config *config = doctor->config;
	const char *user = doctor_hardlinkd_user(doctor);
	char store[PATH_MAX], dir[PATH_MAX];
	const struct {
		const char *path, *user;
	} places[] = {
		{config->path, NULL},	     {config->keyring, NULL},
		{config->signing_key, user}, {store, user},
		{config->mark, user},
	};
	unsigned int found = doctor_found(doctor);
	struct hl_error ignored;
	size_t i, count = sizeof(places) / sizeof(places[0]);

	store[0] = '\0';
	if (hl_lookup_service_path(config->store) != NULL)
		count = 1;
	else if (hl_store_is_file(config->store))
		(void)hl_store_path(config->store, store, sizeof(store),
				    &ignored);
	for (i = 0; i < count; i++) {
		if (places[i].path[0] != '/' ||
		    !doctor_loose_parent(places[i].path, places[i].user, dir,
					 sizeof(dir)))
			continue;
		doctor_fail(doctor,
			    "let only root, or the owner of what is in it, "
			    "write to that directory",
			    "%s: others may replace it, since they may write "
			    "to %s",
			    places[i].path, dir);
	}
	if (doctor_found(doctor) == found)
		doctor_ok(doctor,
			  "the directories above configuration, keys and store "
			  "are closed to others");
}
