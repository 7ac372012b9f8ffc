/* doctor: are the module files those of this Dovecot and of this version? */

#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* what hl-plugin-common.c puts into each module */
#define VERSION_MARK   "hardlink-module-version "

#define DOVEADM_MODULE "doveadm/lib10_doveadm_hardlink_plugin.so"

#define ABI_SIZE       64

struct file {
	char *data;
	size_t size;
};

static bool map_file(const char *path, struct file *file_r)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	file_r->data = MAP_FAILED;
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
		file_r->size = (size_t)st.st_size;
		file_r->data =
			mmap(NULL, file_r->size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	if (fd >= 0)
		close(fd);
	return file_r->data != MAP_FAILED;
}

/* Copies the printable bytes from start on. */
static void copy_word(const struct file *file, const char *start,
		      const char *stop, char *word_r, size_t word_r_size)
{
	size_t left = file->size - (size_t)(start - file->data), i;

	for (i = 0; i < left && i < word_r_size - 1 && start[i] > ' ' &&
		    start[i] < 0x7f && strchr(stop, start[i]) == NULL;
	     i++)
		word_r[i] = start[i];
	word_r[i] = '\0';
}

/* The next place of a text; NULL: there is none. */
static const char *find_text(const struct file *file, const char *from,
			     const char *text)
{
	return memmem(from, file->size - (size_t)(from - file->data), text,
		      strlen(text));
}

/* Dovecot compares it up to the parenthesis: "2.3.ABIv19(2.3.19.1)". A file is
   searched, not loaded: loading runs it. What has no number is the text that
   doctor itself looks for, in doveadm's module. */
static void find_abi(const struct file *file, char abi_r[ABI_SIZE])
{
	static const char word[] = ".ABIv";
	const char *found = file->data, *start;

	for (; (found = find_text(file, found, word)) != NULL; found++) {
		for (start = found; start > file->data && start[-1] != '\0' &&
				    strchr("0123456789.", start[-1]) != NULL;
		     start--)
			;
		copy_word(file, start, "(", abi_r, ABI_SIZE);
		if (start < found)
			return;
	}
	abi_r[0] = '\0';
}

static void find_version(const struct file *file, char version_r[ABI_SIZE])
{
	const char *found = file->data;

	version_r[0] = '\0';
	while (version_r[0] == '\0' &&
	       (found = find_text(file, found, VERSION_MARK)) != NULL) {
		found += strlen(VERSION_MARK);
		copy_word(file, found, "", version_r, ABI_SIZE);
	}
}

/* Dovecot's own: of the program that was found. */
static void dovecot_abi(char abi_r[ABI_SIZE])
{
	char path[PATH_MAX];
	struct file file;

	abi_r[0] = '\0';
	if (!doctor_find("doveconf", path, sizeof(path)) ||
	    !map_file(path, &file))
		return;
	find_abi(&file, abi_r);
	munmap(file.data, file.size);
}

static void check_contents(struct doctor *doctor, const char *path,
			   const struct file *file)
{
	char abi[ABI_SIZE], theirs[ABI_SIZE], version[ABI_SIZE];

	find_abi(file, abi);
	find_version(file, version);
	dovecot_abi(theirs);
	if (theirs[0] != '\0' && strcmp(abi, theirs) != 0)
		doctor_fail(doctor,
			    "install the modules that were built for this "
			    "Dovecot",
			    "%s was built for Dovecot's ABI %s, and this is "
			    "%s: it won't be loaded",
			    path, abi[0] == '\0' ? "(unknown)" : abi, theirs);
	else if (strcmp(version, HL_VERSION) != 0)
		doctor_fail(doctor,
			    "install hardlinkctl and the modules from one "
			    "version, and restart Dovecot",
			    "%s is of version %s, and hardlinkctl of %s", path,
			    version[0] == '\0' ? "(unknown)" : version,
			    HL_VERSION);
}

static void check_file(struct doctor *doctor, const char *path)
{
	struct file file;

	if (!map_file(path, &file)) {
		doctor_fail(doctor,
			    "install it where Dovecot looks for modules, or "
			    "take it out of mail_plugins: mail or logins fail "
			    "without it",
			    "%s: %s", path, strerror(errno));
		return;
	}
	check_contents(doctor, path, &file);
	munmap(file.data, file.size);
}

static const struct {
	const char *protocol, *plugin, *file;
} modules[] = {
	{"lmtp", "lmtp_hardlink", "lib20_lmtp_hardlink_plugin.so"},
	{"lda", "lda_hardlink", "lib95_lda_hardlink_plugin.so"},
	{"submission", "submission_hardlink",
	 "lib20_submission_hardlink_plugin.so"},
	{"imap", "imap_hardlink", "lib20_imap_hardlink_plugin.so"},
};

static bool is_loaded(struct doctor *doctor, size_t i)
{
	struct hl_error err;
	char *plugins;
	bool loaded;

	if (doctor_plugins(doctor, modules[i].protocol, &plugins, &err) < 0)
		return false;
	loaded = doctor_has_word(plugins, modules[i].plugin);
	free(plugins);
	return loaded;
}

void doctor_check_modules(struct doctor *doctor)
{
	const char *dir =
		doctor_settings_get(doctor->dovecot, "mail_plugin_dir");
	unsigned int found = doctor_found(doctor);
	char path[PATH_MAX];
	unsigned int count = 0;
	size_t i;

	dir = dir == NULL ? "" : dir;
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		if (!is_loaded(doctor, i))
			continue;
		count++;
		snprintf(path, sizeof(path), "%s/%s", dir, modules[i].file);
		check_file(doctor, path);
	}
	/* it needn't be there */
	snprintf(path, sizeof(path), "%s/%s", dir, DOVEADM_MODULE);
	if (access(path, R_OK) == 0)
		check_file(doctor, path);
	/* in 2.4, what makes hardlink_config a setting */
	snprintf(path, sizeof(path), "%s/settings/lib20_hardlink_settings.so",
		 dir);
	if (count > 0 && doctor->dovecot_24 && access(path, R_OK) < 0)
		doctor_fail(doctor,
			    "install it: without it Dovecot's processes with "
			    "our plugins end at once",
			    "%s: %s", path, strerror(errno));
	if (doctor_found(doctor) != found)
		return;
	doctor->facts |= DOCTOR_MODULES;
	doctor_ok(doctor, "%u module%s in %s %s built for this Dovecot", count,
		  count == 1 ? "" : "s", dir, count == 1 ? "is" : "are");
}
