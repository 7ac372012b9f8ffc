/* Making a store. */

#include "hl-admin.h"
#include "hl-file.h"
#include "hl-log-private.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

/* 2020-09-13: a machine that says less has no clock yet. */
#define CLOCK_MIN 1600000000

/* keyring, and the directories of key, store and mark, each with parents */
#define MADE_MAX 16

/* SQLite's -wal and -shm, whoever makes them, get the group that reads the
   store: that of the directory. */
#define STORE_DIR_MODE (S_ISGID | 0750)

struct init {
	const struct hl_config *config;
	const struct hl_actor *actor;
	struct hl_error *err;
	struct hl_signing_key key;
	unsigned char origin[HL_ORIGIN_SIZE];
	/* "": the store isn't a file */
	char db[PATH_MAX];
	char public_key[PATH_MAX];
	/* directories made here, to be removed if it fails */
	char made[MADE_MAX][PATH_MAX];
	size_t made_count;
	/* whether the files made so far must go if it fails */
	bool has_key, has_public_key, has_store;
};

static int make_dir(struct init *init, const char *path, mode_t mode)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return 0;
	if (init->made_count == MADE_MAX)
		return hl_error_set(init->err, HL_ERROR_CONFIG,
				    "%s: too many directories to make", path);
	if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
		return hl_error_set(init->err,
				    errno == EACCES ? HL_ERROR_PERMISSION
				    : errno == ENOSPC || errno == EROFS
					    ? HL_ERROR_TEMP
					    : HL_ERROR_CONFIG,
				    "directory %s: %s", path, strerror(errno));
	snprintf(init->made[init->made_count++], PATH_MAX, "%s", path);
	return 0;
}

/* Parents get 0755: only the last one may hold anything. */
static int make_dirs(struct init *init, const char *dir, mode_t mode)
{
	char path[PATH_MAX];
	size_t i, length = strlen(dir);

	if (length == 0 || length >= sizeof(path))
		return hl_error_set(init->err, HL_ERROR_CONFIG,
				    "directory %s: bad path", dir);
	memcpy(path, dir, length + 1);
	while (length > 1 && path[length - 1] == '/')
		path[--length] = '\0';
	for (i = 1; i < length; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		if (make_dir(init, path, 0755) < 0)
			return -1;
		path[i] = '/';
	}
	return make_dir(init, path, mode);
}

static int make_dir_of(struct init *init, const char *file, mode_t mode)
{
	char path[PATH_MAX];
	char *slash;

	snprintf(path, sizeof(path), "%s", file);
	slash = strrchr(path, '/');
	if (slash == NULL || slash == path)
		return 0;
	*slash = '\0';
	return make_dirs(init, path, mode);
}

static int refuse_existing(struct init *init, const char *what,
			   const char *path)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return 0;
	return hl_error_set(init->err, HL_ERROR_PERMISSION,
			    "%s %s: exists already; init overwrites nothing",
			    what, path);
}

/* A keyring with a key in it belongs to another store. */
static int refuse_keys(struct init *init)
{
	DIR *dir = opendir(init->config->keyring);
	struct dirent *entry;
	struct stat st;
	int ret = 0;

	if (dir == NULL)
		return 0;
	if (fstat(dirfd(dir), &st) == 0)
		ret = hl_file_check_owner(init->config->keyring, "keyring", &st,
					  init->err);
	while (ret == 0 && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			ret = hl_error_set(init->err, HL_ERROR_PERMISSION,
					   "keyring %s: isn't empty (%s); init "
					   "overwrites nothing",
					   init->config->keyring,
					   entry->d_name);
	}
	closedir(dir);
	return ret;
}

static int check_nothing_there(struct init *init)
{
	const struct hl_config *config = init->config;

	return refuse_existing(init, "signing key", config->signing_key) < 0 ||
			       refuse_keys(init) < 0 ||
			       refuse_existing(init, "store", init->db) < 0 ||
			       refuse_existing(init, "high-water mark",
					       config->mark) < 0
		       ? -1
		       : 0;
}

static int make_keys(struct init *init)
{
	char hex[2 * HL_KEY_ID_SIZE + 1];
	struct hl_key key;

	if (hl_signing_key_create(init->config->signing_key, &init->key,
				  init->err) < 0)
		return -1;
	init->has_key = true;
	memset(&key, 0, sizeof(key));
	memcpy(key.id, init->key.id, HL_KEY_ID_SIZE);
	memcpy(key.public_key, init->key.public_key, HL_PUBLIC_KEY_SIZE);
	key.status = HL_KEY_ACTIVE;
	key.first = 1;
	if (hl_key_write(init->config->keyring, &key, init->err) < 0)
		return -1;
	sodium_bin2hex(hex, sizeof(hex), key.id, HL_KEY_ID_SIZE);
	snprintf(init->public_key, sizeof(init->public_key), "%s/%s.pub",
		 init->config->keyring, hex);
	init->has_public_key = true;
	return 0;
}

/* The first entry says which key the log begins with. */
static int write_first_entry(struct init *init, struct hl_log *log)
{
	struct hl_payload payload;

	memset(&payload, 0, sizeof(payload));
	if (hl_actor_apply(init->actor, &payload, init->err) < 0)
		return -1;
	payload.key.change = HL_KEY_TRUSTED;
	memcpy(payload.key.public_key, init->key.public_key,
	       HL_PUBLIC_KEY_SIZE);
	if (hl_store_write_begin(log->store, init->err) < 0)
		return -1;
	if (hl_log_append_epoch(log, 1, HL_ACTION_KEY, init->actor->channel,
				&payload, init->err) < 0) {
		hl_store_write_rollback(log->store);
		return -1;
	}
	/* here a mark that can't be written is a failure */
	return hl_log_commit(log, init->err) < 0 ||
			       init->err->code != HL_ERROR_NONE
		       ? -1
		       : 0;
}

static int make_store(struct init *init)
{
	struct hl_log log;
	int ret;

	memset(&log, 0, sizeof(log));
	log.config = init->config;
	log.now = time(NULL);
	if (log.now < CLOCK_MIN)
		return hl_error_set(init->err, HL_ERROR_TEMP,
				    "the clock isn't set: it says %lld",
				    (long long)log.now);
	randombytes_buf(init->origin, HL_ORIGIN_SIZE);
	memcpy(log.next.origin, init->origin, HL_ORIGIN_SIZE);
	hl_merkle_init(&log.tree);
	/* if it fails, nothing of it is there */
	if (hl_store_open(init->config->store, HL_STORE_CREATE, log.next.origin,
			  &log.store, init->err) < 0)
		return -1;
	init->has_store = true;
	log.key = init->key;
	ret = write_first_entry(init, &log);
	hl_store_close(&log.store);
	hl_signing_key_clear(&log.key);
	return ret;
}

/* Where root made it in a directory of hardlinkd's user, that user writes to it
   from now on. */
static int give(struct init *init, const char *path)
{
	char dir[PATH_MAX];
	struct stat st;
	char *slash;

	snprintf(dir, sizeof(dir), "%s", path);
	slash = strrchr(dir, '/');
	if (slash == NULL)
		return 0;
	slash[slash == dir ? 1 : 0] = '\0';
	if (stat(dir, &st) < 0 || lchown(path, st.st_uid, st.st_gid) < 0)
		return hl_error_set(init->err, HL_ERROR_TEMP,
				    "%s: giving it to the owner of its "
				    "directory: %s",
				    path, strerror(errno));
	return 0;
}

static int give_store(struct init *init)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char path[PATH_MAX + 8];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", init->db, suffixes[i]);
		if (access(path, F_OK) == 0 && give(init, path) < 0)
			return -1;
	}
	return 0;
}

static int give_all(struct init *init)
{
	if (geteuid() != 0)
		return 0;
	if ((init->db[0] != '\0' && give_store(init) < 0) ||
	    give(init, init->config->mark) < 0)
		return -1;
	return give(init, init->config->signing_key);
}

static int init_run(struct init *init)
{
	const struct hl_config *config = init->config;

	if ((hl_store_is_file(config->store) &&
	     hl_store_path(config->store, init->db, sizeof(init->db),
			   init->err) < 0) ||
	    check_nothing_there(init) < 0)
		return -1;
	if (make_dirs(init, config->keyring, 0755) < 0 ||
	    make_dir_of(init, config->signing_key, 0700) < 0 ||
	    make_dir_of(init, init->db, STORE_DIR_MODE) < 0 ||
	    make_dir_of(init, config->mark, STORE_DIR_MODE) < 0)
		return -1;
	return make_keys(init) < 0 || make_store(init) < 0 ? -1
							   : give_all(init);
}

static void init_undo(struct init *init)
{
	struct hl_error err;

	if (init->has_store) {
		unlink(init->config->mark);
		if (hl_store_discard(init->config->store, init->origin, &err) <
		    0)
			hl_error_prefix(init->err,
					"the store that was made couldn't be "
					"taken away (%s)",
					err.text);
	}
	if (init->has_public_key)
		unlink(init->public_key);
	if (init->has_key)
		unlink(init->config->signing_key);
	while (init->made_count > 0)
		rmdir(init->made[--init->made_count]);
}

int hl_admin_init(const struct hl_config *config, const struct hl_actor *actor,
		  struct hl_error *err)
{
	struct init init;
	int ret;

	memset(&init, 0, sizeof(init));
	init.config = config;
	init.actor = actor;
	init.err = err;
	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	ret = init_run(&init);
	if (ret < 0)
		init_undo(&init);
	hl_signing_key_clear(&init.key);
	return ret;
}
