/* doctor: the keyring and the signing key. */

#include "doctor.h"

#include "hl-keys.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#define KEY_ID_TEXT_SIZE (2 * HL_KEY_ID_SIZE + 1)

/* A key that was generated longer ago was forgotten. */
#define NEXT_KEY_DAYS 7

static size_t count_active(const struct hl_keyring *keyring)
{
	const struct hl_key *key;
	size_t i, active = 0;

	for (i = 0; (key = hl_keyring_get(keyring, i)) != NULL; i++)
		active += key->status == HL_KEY_ACTIVE;
	return active;
}

void doctor_check_keyring(struct doctor *doctor)
{
	const char *dir = doctor->config->keyring;
	struct hl_error err;
	struct stat st;
	size_t active;

	if (hl_keyring_read(dir, &doctor->keyring, &err) < 0) {
		doctor_fail_by(doctor,
			       "put the keyring back from a backup, with mode "
			       "0755 and its files 0644, all of them root's",
			       &err);
		return;
	}
	doctor->facts |= DOCTOR_KEYRING;
	active = count_active(doctor->keyring);
	if (stat(dir, &st) == 0 && (st.st_mode & 005) != 005)
		doctor_warn(doctor, "chmod 755 it: there's no secret in it",
			    "%s can't be read by every user, lmtp or a filter "
			    "of another one neither",
			    dir);
	else if (active == 0)
		doctor_fail(doctor, "run `hardlinkctl key rotate`",
			    "%s has no active key, so that nothing can be "
			    "signed",
			    dir);
	else if (active > 1)
		doctor_warn(doctor,
			    "see `hardlinkctl key list`, and retire the one "
			    "that doesn't sign",
			    "%s has %zu active keys; one signs", dir, active);
	else
		doctor_ok(doctor, "%s has one active key", dir);
}

/* Anybody, if it can't be known whom hardlinkd runs as. */
static bool is_right_owner(const struct doctor *doctor, const struct stat *st)
{
	return st->st_uid == 0 || (doctor->unreadable & DOCTOR_DOVECOT) != 0 ||
	       doctor_is_user(doctor_hardlinkd_user(doctor), st->st_uid);
}

static bool check_key_file(struct doctor *doctor, const char *path)
{
	struct stat st, dir;
	char parent[PATH_MAX];
	char *slash;

	if (stat(path, &st) < 0) {
		if (errno == EACCES && geteuid() != 0)
			doctor_skip(doctor, "only root can look at %s", path);
		else
			doctor_fail(
				doctor,
				"put it back from a backup, or run "
				"`hardlinkctl key generate` and `hardlinkctl "
				"key rotate`",
				"%s: %s, so that nothing can be signed", path,
				strerror(errno));
		return false;
	}
	if ((st.st_mode & 077) != 0) {
		doctor_fail(doctor,
			    "chmod 600 it; who might have read it could sign: "
			    "see THE CEREMONY in hardlinkctl(1)",
			    "%s has mode %04o: others than its owner may read "
			    "or change it",
			    path, (unsigned int)st.st_mode & 07777);
		return false;
	}
	if (geteuid() == 0 && !is_right_owner(doctor, &st)) {
		doctor_fail(doctor,
			    "give it to root, or to the user whom hardlinkd "
			    "runs as",
			    "%s belongs to %s, who is neither root nor "
			    "hardlinkd's user",
			    path, doctor_user_name(st.st_uid));
		return false;
	}
	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	*(slash == parent ? slash + 1 : slash) = '\0';
	if (stat(parent, &dir) == 0 && (dir.st_mode & 022) != 0 &&
	    (dir.st_mode & S_ISVTX) == 0) {
		doctor_fail(doctor, "chmod 700 it",
			    "%s has mode %04o: others may replace the signing "
			    "key",
			    parent, (unsigned int)dir.st_mode & 07777);
		return false;
	}
	return true;
}

static void check_trusted(struct doctor *doctor,
			  const struct hl_signing_key *signing)
{
	const struct hl_key *key =
		hl_keyring_find(doctor->keyring, signing->id);
	char id[KEY_ID_TEXT_SIZE];

	sodium_bin2hex(id, sizeof(id), signing->id, HL_KEY_ID_SIZE);
	if (key == NULL)
		doctor_fail(doctor,
			    "put the right one of both back, or run "
			    "`hardlinkctl key rotate`",
			    "%s is key %s, which the keyring doesn't have",
			    doctor->config->signing_key, id);
	else if (key->status != HL_KEY_ACTIVE)
		doctor_fail(doctor, "run `hardlinkctl key rotate`",
			    "%s is key %s, which the keyring calls %s",
			    doctor->config->signing_key, id,
			    hl_key_status_name(key->status));
	else
		doctor_ok(doctor, "%s is the active key %s",
			  doctor->config->signing_key, id);
}

void doctor_check_signing_key(struct doctor *doctor)
{
	const char *path = doctor->config->signing_key;
	struct hl_signing_key signing;
	struct hl_error err;

	if (!check_key_file(doctor, path))
		return;
	if (hl_signing_key_read(path, &signing, &err) < 0) {
		doctor_fail_by(doctor, "put it back from a backup", &err);
		return;
	}
	check_trusted(doctor, &signing);
	hl_signing_key_clear(&signing);
}

void doctor_check_next_key(struct doctor *doctor)
{
	char path[PATH_MAX];
	struct hl_error err;
	struct stat st;
	int64_t days;

	if (hl_keys_next_path(doctor->config, path, &err) < 0) {
		doctor_fail_by(doctor, "name the signing key otherwise", &err);
		return;
	}
	if (lstat(path, &st) < 0) {
		if (errno == EACCES)
			doctor_skip(doctor, "only root can look at %s", path);
		else
			doctor_ok(doctor, "no generated key waits");
		return;
	}
	days = ((int64_t)time(NULL) - st.st_mtime) / (24 * 60 * 60);
	if ((st.st_mode & 077) != 0)
		doctor_fail(doctor,
			    "remove it: who read it could sign with it "
			    "later",
			    "%s has mode %04o: others may read it", path,
			    (unsigned int)st.st_mode & 07777);
	else if (days >= NEXT_KEY_DAYS)
		doctor_warn(doctor,
			    "run `hardlinkctl key rotate`, or remove the file",
			    "%s was generated %lld days ago and never used",
			    path, (long long)days);
	else
		doctor_ok(doctor, "%s waits for `hardlinkctl key rotate`",
			  path);
}
