/* Who may get at a file. */

#include "doctor.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAY, MAY_NOT, UNKNOWN };

/* In a process of its own: becoming that user, with all groups, says what the
   kernel says, access control lists included; and accounts may be asked of a
   directory that doesn't answer. */
static int try_as_user(const char *user, const char *group, const char *path,
		       int mode)
{
	const struct passwd *account = getpwnam(user);
	gid_t groups[256];
	struct group *more = NULL;
	int count;

	if (account == NULL ||
	    (group != NULL && (more = getgrnam(group)) == NULL))
		return UNKNOWN;
	if (initgroups(account->pw_name, account->pw_gid) < 0)
		return UNKNOWN;
	count = getgroups(255, groups);
	if (count < 0)
		return UNKNOWN;
	if (more != NULL)
		groups[count++] = more->gr_gid;
	if (setgroups((size_t)count, groups) < 0 ||
	    setresgid(account->pw_gid, account->pw_gid, account->pw_gid) < 0 ||
	    setresuid(account->pw_uid, account->pw_uid, account->pw_uid) < 0)
		return UNKNOWN;
	return access(path, mode) == 0 ? MAY : MAY_NOT;
}

int doctor_may(const char *user, const char *group, const char *path, int mode)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		alarm(DOCTOR_PATIENCE);
		_exit(try_as_user(user, group, path, mode));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) >= UNKNOWN)
		return -1;
	return WEXITSTATUS(status) == MAY ? 1 : 0;
}

/* A sticky directory (/tmp) lets nobody replace what is another's. */
static bool is_loose(const char *dir, uid_t owner, const char *user)
{
	struct stat st;

	if (stat(dir, &st) < 0)
		return false;
	if (st.st_uid != 0 && st.st_uid != owner &&
	    (user == NULL || !doctor_is_user(user, st.st_uid)))
		return true;
	return (st.st_mode & 022) != 0 && (st.st_mode & S_ISVTX) == 0;
}

bool doctor_loose_parent(const char *path, const char *user, char *dir_r,
			 size_t dir_r_size)
{
	struct stat st;
	char *slash;

	if (stat(path, &st) < 0 || strlen(path) >= dir_r_size)
		return false;
	strcpy(dir_r, path);
	while ((slash = strrchr(dir_r, '/')) != NULL) {
		slash[slash == dir_r ? 1 : 0] = '\0';
		if (is_loose(dir_r, st.st_uid, user))
			return true;
		if (slash == dir_r)
			break;
	}
	return false;
}

const char *doctor_hardlinkd_user(const struct doctor *doctor)
{
	return doctor->service_user != NULL ? doctor->service_user
					    : "hardlinkd";
}

bool doctor_is_user(const char *user, uid_t uid)
{
	const struct passwd *account = getpwnam(user);

	return account != NULL && account->pw_uid == uid;
}

const char *doctor_user_name(uid_t uid)
{
	static char name[32];

	if (uid == 0)
		return "root";
	snprintf(name, sizeof(name), "user %lu", (unsigned long)uid);
	return name;
}
