#include "commands.h"
#include "config-text.h"

#include "hl-admin.h"
#include "hl-file.h"
#include "hl-text.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

struct init {
	char config[PATH_MAX];
	/* real path; "" without --dir */
	char dir[PATH_MAX];
	/* what is removed again if it fails: the configuration, and of its
	   directory's path what is longer than kept_size */
	bool made_config;
	size_t kept_size;
};

/* The directory's path in config is this long. */
static size_t dir_size(const char *config)
{
	const char *slash = strrchr(config, '/');

	return slash == NULL ? 0 : (size_t)(slash - config);
}

static int dir_error(const char *path, struct hl_error *err)
{
	enum hl_error_code code = HL_ERROR_CONFIG;

	if (errno == EACCES || errno == EPERM)
		code = HL_ERROR_PERMISSION;
	else if (errno == ENOSPC || errno == EROFS)
		code = HL_ERROR_TEMP;
	return hl_error_set(err, code, "directory %s: %s", path,
			    strerror(errno));
}

/* Makes the directory, and those above it; the modes are for all and may be
   read by Dovecot's users. */
static int make_dirs(struct init *init, const char *dir, mode_t mode,
		     struct hl_error *err)
{
	char path[PATH_MAX];
	size_t i, size = strlen(dir);
	mode_t this_mode;

	strcpy(path, dir);
	init->kept_size = size;
	for (i = 1; i <= size; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		this_mode = i == size ? mode : 0755;
		if (mkdir(path, this_mode) == 0) {
			if (init->kept_size == size)
				init->kept_size = i - 1;
			if (chmod(path, this_mode) < 0)
				return dir_error(path, err);
		} else if (errno != EEXIST) {
			return dir_error(path, err);
		}
		path[i] = dir[i];
	}
	return 0;
}

static void undo(const struct init *init)
{
	char path[PATH_MAX];
	size_t i = dir_size(init->config);

	if (init->made_config)
		unlink(init->config);
	memcpy(path, init->config, i);
	path[i] = '\0';
	for (; i > init->kept_size; i--) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		rmdir(path);
	}
}

static int make_config(struct init *init, const char *dir, struct hl_error *err)
{
	struct stat st;
	char *text;
	int ret;

	if (lstat(init->config, &st) == 0)
		return hl_error_set(err, HL_ERROR_PERMISSION,
				    "configuration %s: exists already; init "
				    "overwrites nothing",
				    init->config);
	text = config_text(dir);
	if (text == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	/* no secret, and lmtp may not be root */
	ret = hl_file_create(init->config, "configuration", 0644, text,
			     strlen(text), err);
	init->made_config = ret == 0;
	free(text);
	return ret;
}

/* Everything under one directory. */
static int prepare_dir(struct init *init, const char *name,
		       struct hl_error *err)
{
	char dir[PATH_MAX], real[PATH_MAX];
	size_t size = strlen(name);

	while (size > 1 && name[size - 1] == '/')
		size--;
	if (size == 0 || size + sizeof("/hardlink.conf") > PATH_MAX ||
	    !hl_text_is_clean_utf8(name, size))
		return hl_error_set(err, HL_ERROR_DATA,
				    "--dir: not a directory's name");
	memcpy(dir, name, size);
	dir[size] = '\0';
	strcpy(mempcpy(init->config, name, size), "/hardlink.conf");
	if (make_dirs(init, dir, 0750, err) < 0)
		return -1;
	if (realpath(dir, real) == NULL)
		return dir_error(dir, err);
	return make_config(init, real, err);
}

/* At the default places; a configuration that is there already rules. */
static int prepare_default(struct init *init, const char *path,
			   struct hl_error *err)
{
	char dir[PATH_MAX];
	size_t size = dir_size(path);

	if (access(path, F_OK) == 0)
		return 0;
	if (path[0] == '\0' || strlen(path) >= sizeof(init->config))
		return hl_error_set(err, HL_ERROR_CONFIG,
				    "configuration %s: not a file's name",
				    path);
	strcpy(init->config, path);
	memcpy(dir, path, size);
	dir[size] = '\0';
	if (size > 0 && make_dirs(init, dir, 0755, err) < 0)
		return -1;
	return make_config(init, NULL, err);
}

static const struct output_column columns[] = {
	{"configuration", OUTPUT_TEXT},
	{"store", OUTPUT_TEXT},
	{"keyring", OUTPUT_TEXT},
	{"signing_key", OUTPUT_TEXT},
	{"mark", OUTPUT_TEXT},
	{"key_id", OUTPUT_TEXT},
	{NULL, OUTPUT_TEXT},
};

static int print_made(struct cli *cli, struct hl_error *err)
{
	const struct hl_config *config = cli->config;
	char key_id[2 * HL_KEY_ID_SIZE + 1];
	const char *const cells[] = {config->path,    config->store,
				     config->keyring, config->signing_key,
				     config->mark,    key_id};
	struct hl_signing_key key;

	if (hl_signing_key_read(config->signing_key, &key, err) < 0)
		return -1;
	sodium_bin2hex(key_id, sizeof(key_id), key.id, sizeof(key.id));
	hl_signing_key_clear(&key);
	output_begin(cli->out, OUTPUT_ONE, columns);
	return output_row(cli->out, cells, err);
}

int cmd_init(struct cli *cli, struct hl_error *err)
{
	const char *dir = cli->options[OPT_DIR];
	struct init *init = calloc(1, sizeof(*init));
	int ret;

	if (init == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	if (dir != NULL && cli->options[OPT_CONFIG] != NULL)
		ret = cli_usage_error(cli, err,
				      "init: -c and --dir exclude each other");
	else if (dir != NULL)
		ret = prepare_dir(init, dir, err);
	else
		ret = prepare_default(init, cli->config_path, err);
	if (ret == 0) {
		if (dir != NULL)
			cli->config_path = init->config;
		ret = cli_read_config(cli, err);
	}
	if (ret == 0)
		ret = hl_admin_init(cli->config, &cli->actor, err);
	if (ret < 0)
		undo(init);
	else
		ret = print_made(cli, err);
	cli->config_path = NULL;
	free(init);
	return ret;
}
