/* The store as a whole: checkpoint, backup, recover. */

#include "commands.h"
#include "links.h"

#include "hl-admin.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

struct head_cells {
	char origin[2 * HL_ORIGIN_SIZE + 1];
	char epoch[32], size[32];
	char root[2 * HL_HASH_SIZE + 1];
	char time[HL_TIME_SIZE];
};

static void head_cells(const struct hl_checkpoint *head,
		       struct head_cells *cells_r)
{
	sodium_bin2hex(cells_r->origin, sizeof(cells_r->origin), head->origin,
		       HL_ORIGIN_SIZE);
	snprintf(cells_r->epoch, sizeof(cells_r->epoch), "%llu",
		 (unsigned long long)head->epoch);
	snprintf(cells_r->size, sizeof(cells_r->size), "%llu",
		 (unsigned long long)head->size);
	sodium_bin2hex(cells_r->root, sizeof(cells_r->root), head->root,
		       HL_HASH_SIZE);
	cli_time_cell(head->time, cells_r->time);
}

static const struct output_column checkpoint_columns[] = {
	{"origin", OUTPUT_TEXT},    {"epoch", OUTPUT_NUMBER},
	{"entries", OUTPUT_NUMBER}, {"root", OUTPUT_TEXT},
	{"time", OUTPUT_TEXT},	    {"checkpoint", OUTPUT_TEXT},
	{NULL, OUTPUT_TEXT},
};

static int print_checkpoint(struct cli *cli, struct hl_log *log, void *context,
			    struct hl_error *err)
{
	char note[HL_CHECKPOINT_MAX + 1];
	struct head_cells head;
	const char *const cells[] = {head.origin, head.epoch, head.size,
				     head.root,	  head.time,  note};
	struct hl_head_row row;

	(void)context;
	if (hl_store_get_head(hl_log_store(log), &row, err) < 0)
		return -1;
	if (row.checkpoint_size == 0 || row.checkpoint_size >= sizeof(note))
		return hl_error_set(err, HL_ERROR_STORE,
				    "checkpoint: malformed");
	memcpy(note, row.checkpoint, row.checkpoint_size);
	note[row.checkpoint_size] = '\0';
	head_cells(hl_log_head(log), &head);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, checkpoint_columns);
	/* the line brings the last line end */
	if (output_line(cli->out, err, "%.*s", (int)row.checkpoint_size - 1,
			note) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

int cmd_checkpoint(struct cli *cli, struct hl_error *err)
{
	return cli_read(cli, print_checkpoint, NULL, err);
}

/* The name of a store's file as it's wanted in a location. */
static int absolute_path(const char *path, char path_r[PATH_MAX],
			 struct hl_error *err)
{
	size_t size = 0;

	if (path[0] != '/') {
		if (getcwd(path_r, PATH_MAX - 1) == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "the working directory: %s",
					    strerror(errno));
		size = strlen(path_r);
		path_r[size++] = '/';
	}
	if (path[0] == '\0' || size + strlen(path) >= PATH_MAX)
		return hl_error_set(err, HL_ERROR_USAGE, "not a file's name");
	strcpy(path_r + size, path);
	return 0;
}

/* The head of the copy, which may be newer than what was checked before. */
static int read_copy(const char *path, const struct hl_keyring *keyring,
		     struct hl_checkpoint *head_r, struct hl_error *err)
{
	char location[PATH_MAX + 16];
	struct hl_store *copy;
	struct hl_head_row row;
	int ret;

	snprintf(location, sizeof(location), "sqlite:%s", path);
	if (hl_store_open(location, HL_STORE_READ, NULL, &copy, err) < 0)
		return -1;
	ret = hl_store_snapshot_begin(copy, err);
	if (ret == 0) {
		ret = hl_store_get_head(copy, &row, err);
		if (ret == 0)
			ret = hl_checkpoint_verify(row.checkpoint,
						   row.checkpoint_size, keyring,
						   head_r, err);
		hl_store_snapshot_end(copy);
	}
	hl_store_close(&copy);
	return ret;
}

static const struct output_column backup_columns[] = {
	{"file", OUTPUT_TEXT},	    {"bytes", OUTPUT_NUMBER},
	{"origin", OUTPUT_TEXT},    {"epoch", OUTPUT_NUMBER},
	{"entries", OUTPUT_NUMBER}, {"root", OUTPUT_TEXT},
	{"time", OUTPUT_TEXT},	    {NULL, OUTPUT_TEXT},
};

static int print_backup(struct cli *cli, const char *path,
			const struct hl_checkpoint *checkpoint,
			struct hl_error *err)
{
	char bytes[32];
	struct head_cells head;
	const char *const cells[] = {path,	 bytes,	    head.origin,
				     head.epoch, head.size, head.root,
				     head.time};
	struct stat st;

	if (stat(path, &st) < 0)
		return hl_error_set(err, HL_ERROR_TEMP, "%s: %s", path,
				    strerror(errno));
	snprintf(bytes, sizeof(bytes), "%lld", (long long)st.st_size);
	head_cells(checkpoint, &head);
	output_begin(cli->out, OUTPUT_ONE, backup_columns);
	return output_row(cli->out, cells, err);
}

int cmd_backup(struct cli *cli, struct hl_error *err)
{
	char path[PATH_MAX];
	struct hl_checkpoint head;
	struct hl_log *log;
	int ret;

	if (absolute_path(cli->args[0], path, err) < 0)
		return cli_usage_error(cli, err, "backup: %s", err->text);
	if (cli_read_config(cli, err) < 0 ||
	    hl_log_open(cli->config, false, &log, err) < 0)
		return -1;
	/* a store that was put back to an older state shall not be copied as
	   if it were the right one */
	ret = hl_log_snapshot_begin(log, err);
	if (ret == 0) {
		hl_log_snapshot_end(log);
		ret = hl_store_backup(hl_log_store(log), path, err);
	}
	if (ret == 0)
		ret = read_copy(path, hl_log_keyring(log), &head, err);
	hl_log_close(&log);
	return ret == 0 ? print_backup(cli, path, &head, err) : -1;
}

static const struct output_column recover_columns[] = {
	{"old_epoch", OUTPUT_NUMBER},	   {"new_epoch", OUTPUT_NUMBER},
	{"lost_first", OUTPUT_NUMBER},	   {"lost_last", OUTPUT_NUMBER},
	{"former_store", OUTPUT_OPTIONAL}, {NULL, OUTPUT_TEXT},
};

static int print_loss(struct cli *cli, const struct hl_admin_loss *loss,
		      struct hl_error *err)
{
	char old_epoch[32], new_epoch[32], first[32] = "", last[32] = "";
	bool any = !loss->extent_known || loss->last >= loss->first;
	const char *const cells[] = {old_epoch, new_epoch, first, last,
				     loss->kept};

	snprintf(old_epoch, sizeof(old_epoch), "%llu",
		 (unsigned long long)loss->old_epoch);
	snprintf(new_epoch, sizeof(new_epoch), "%llu",
		 (unsigned long long)loss->new_epoch);
	if (any)
		snprintf(first, sizeof(first), "%llu",
			 (unsigned long long)loss->first);
	if (any && loss->extent_known)
		snprintf(last, sizeof(last), "%llu",
			 (unsigned long long)loss->last);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, recover_columns);
	if (output_line(
		    cli->out, err,
		    "epoch %s follows %s; declared lost: %s%s%s%s", new_epoch,
		    old_epoch, any ? "entries from " : "no entry", first,
		    *last == '\0' ? "" : " to ",
		    any && !loss->extent_known ? " on, nobody knows how many"
					       : last) < 0)
		return -1;
	if (loss->kept[0] != '\0' &&
	    output_line(cli->out, err, "the former store is kept as %s",
			loss->kept) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

int cmd_recover(struct cli *cli, struct hl_error *err)
{
	const char *from = cli->options[OPT_FROM];
	struct hl_admin_loss loss;
	char path[PATH_MAX];

	if (from != NULL && absolute_path(from, path, err) < 0)
		return cli_usage_error(cli, err, "--from: %s", err->text);
	if (cli->options[OPT_ACCEPT_LOSS] == NULL)
		return hl_error_set(
			err, HL_ERROR_PERMISSION,
			"recover gives up every entry that the older state "
			"doesn't have, and how many those are is known only "
			"afterwards; --accept-loss says that you agree");
	if (cli_read_config(cli, err) < 0)
		return -1;
	err->code = HL_ERROR_NONE;
	if (hl_admin_recover(cli->config, &cli->actor,
			     from == NULL ? NULL : path, &loss, err) < 0)
		return -1;
	if (err->code != HL_ERROR_NONE)
		cli_warn(err->text);
	cli->changed = true;
	return print_loss(cli, &loss, err);
}
