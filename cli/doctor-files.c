/* doctor: the files of the store, and where they lie. */

#include "doctor.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEGABYTE (UINT64_C(1) << 20)

/* A commit fails below the first, and soon below the second. */
#define SPACE_ERROR   (16 * MEGABYTE)
#define SPACE_WARNING (256 * MEGABYTE)

/* FALSE, and said so, if the store isn't a file. */
static bool find_database(struct doctor *doctor, char path_r[PATH_MAX])
{
	struct hl_error ignored;

	/* it was opened */
	if (hl_store_path(doctor->config->store, path_r, PATH_MAX, &ignored) ==
	    0)
		return true;
	doctor_skip(doctor, "the store isn't a file");
	return false;
}

/* Whom the store belongs to is who writes it beside root. */
static bool check_owner(struct doctor *doctor, const char *path,
			const struct stat *st, const struct stat *database)
{
	if (st->st_uid == database->st_uid && st->st_gid == database->st_gid)
		return true;
	doctor_fail(doctor,
		    "chown it like the database: otherwise who writes or reads "
		    "the store fails there",
		    "%s belongs to another user or group than the database",
		    path);
	return false;
}

static void check_file(struct doctor *doctor, const char *path,
		       const struct stat *database)
{
	struct stat st;

	/* -wal and -shm come with the first who opens it */
	if (stat(path, &st) < 0)
		return;
	if ((st.st_mode & 007) != 0)
		doctor_fail(doctor, "chmod o-rwx it",
			    "%s has mode %04o: everybody may read who moved "
			    "where",
			    path, (unsigned int)st.st_mode & 07777);
	else if ((st.st_mode & 020) != 0)
		doctor_fail(doctor, "chmod g-w it",
			    "%s has mode %04o: a group that only reads could "
			    "damage the store",
			    path, (unsigned int)st.st_mode & 07777);
	else
		check_owner(doctor, path, &st, database);
}

/* With hardlinkd the store is its user's, or it can't write. */
static void check_service_user(struct doctor *doctor, const char *path,
			       const struct stat *st)
{
	if (doctor->service_user == NULL ||
	    strcmp(doctor->service_user, "root") == 0 ||
	    doctor_is_user(doctor->service_user, st->st_uid))
		return;
	doctor_fail(doctor, "chown -R it with its directory to that user",
		    "%s belongs to %s, but hardlinkd runs as %s and can't "
		    "write to it",
		    path, doctor_user_name(st->st_uid), doctor->service_user);
}

void doctor_check_store_files(struct doctor *doctor)
{
	unsigned int found = doctor_found(doctor);
	char path[PATH_MAX], file[PATH_MAX + 8];
	struct stat st;

	if (!find_database(doctor, path))
		return;
	if (stat(path, &st) < 0) {
		doctor_skip(doctor, "%s can't be looked at", path);
		return;
	}
	check_file(doctor, path, &st);
	snprintf(file, sizeof(file), "%s-wal", path);
	check_file(doctor, file, &st);
	snprintf(file, sizeof(file), "%s-shm", path);
	check_file(doctor, file, &st);
	check_file(doctor, doctor->config->mark, &st);
	check_service_user(doctor, path, &st);
	if (doctor_found(doctor) == found)
		doctor_ok(doctor,
			  "database, -wal, -shm and mark are of one owner and "
			  "closed to others");
}

/* Where locks or shared memory don't reach every reader, WAL loses. */
static const struct {
	unsigned long magic;
	const char *name;
	bool error;
} unfit[] = {
	{0x6969, "NFS", true},
	{0xff534d42, "CIFS", true},
	{0xfe534d42, "SMB", true},
	{0x517b, "SMB", true},
	{0x5346414f, "AFS", true},
	{0x00c36400, "CephFS", true},
	{0x01021997, "9p", true},
	{0x65735546, "FUSE", false},
	{0x01021994, "tmpfs, which a restart of the machine empties", false},
	{0x858458f6, "ramfs, which a restart of the machine empties", false},
};

void doctor_check_file_system(struct doctor *doctor)
{
	char path[PATH_MAX];
	struct statfs fs;
	size_t i;

	if (!find_database(doctor, path))
		return;
	if (statfs(path, &fs) < 0) {
		doctor_skip(doctor, "%s can't be looked at", path);
		return;
	}
	for (i = 0; i < sizeof(unfit) / sizeof(unfit[0]); i++) {
		if (((unsigned long)fs.f_type & 0xffffffff) != unfit[i].magic)
			continue;
		if (unfit[i].error)
			doctor_fail(doctor,
				    "put the store on a local file system",
				    "%s is on %s, where SQLite's log can't be "
				    "shared safely",
				    path, unfit[i].name);
		else
			doctor_warn(doctor,
				    "put the store on a local disk's file "
				    "system",
				    "%s is on %s", path, unfit[i].name);
		return;
	}
	doctor_ok(doctor, "%s is on a local file system", path);
}

void doctor_check_space(struct doctor *doctor)
{
	static const char mend[] =
		"make room there, before changes of hard-links fail";
	char path[PATH_MAX];
	struct statvfs fs;
	uint64_t space;

	if (!find_database(doctor, path))
		return;
	if (statvfs(path, &fs) < 0) {
		doctor_skip(doctor, "%s can't be looked at", path);
		return;
	}
	space = (uint64_t)fs.f_bavail * fs.f_frsize;
	if ((fs.f_flag & ST_RDONLY) != 0)
		doctor_fail(doctor, "mount it for writing",
			    "%s is on a read-only file system", path);
	else if (space < SPACE_ERROR || (fs.f_files > 0 && fs.f_favail < 16))
		doctor_fail(doctor, mend,
			    "%s: %llu MB and %llu files are left there", path,
			    (unsigned long long)(space / MEGABYTE),
			    (unsigned long long)fs.f_favail);
	else if (space < SPACE_WARNING)
		doctor_warn(doctor, mend, "%s: %llu MB are left there", path,
			    (unsigned long long)(space / MEGABYTE));
	else
		doctor_ok(doctor, "%llu MB are left for %s",
			  (unsigned long long)(space / MEGABYTE), path);
}
