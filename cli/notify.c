#include "notify.h"
#include "clock.h"
#include "links.h"
#include "notice-client.h"
#include "patiently.h"

#include "hl-walk.h"

#include <stdlib.h>
#include <unistd.h>

struct notify {
	struct cli *cli;
	struct hl_log *log;
	enum notify_flags flags;
	struct hl_walk walk;
	/* what is due, of the last few addresses */
	struct hl_expiry_notice *due;
	size_t count;
	/* the one that is told now; was it noted just now? */
	const struct hl_expiry_notice *noting;
	bool noted;
	/* nobody listens */
	bool absent;
};

static const struct output_column columns[] = {
	{"address", OUTPUT_TEXT}, {"login", OUTPUT_TEXT},
	{"expires", OUTPUT_TEXT}, {"told", OUTPUT_TEXT},
	{"put", OUTPUT_BOOL},	  {NULL, OUTPUT_TEXT},
};

void notify_begin(struct cli *cli)
{
	output_begin(cli->out, 0, columns);
}

static int print(const struct notify *notify,
		 const struct hl_expiry_notice *notice, bool put,
		 struct hl_error *err)
{
	char address[HL_ADDRESS_SIZE], expires[HL_TIME_SIZE];
	const char *const cells[] = {address, notice->login, expires,
				     notice->before == 0 ? "after" : "before",
				     put ? "yes" : ""};

	if ((notify->flags & NOTIFY_PRINT) == 0)
		return 0;
	hl_address_format(&notice->address, address);
	hl_time_format(notice->link.expires, expires);
	return output_row(notify->cli->out, cells, err);
}

static int find_due(const struct hl_entry *entry, void *context,
		    struct hl_error *err)
{
	struct notify *notify = context;
	int ret = hl_expiry_due(notify->log, entry, &notify->due[notify->count],
				err);

	if (ret > 0)
		notify->count++;
	return ret < 0 ? -1 : 0;
}

static int note(struct cli *cli, struct hl_log *log, void *context,
		struct hl_error *err)
{
	struct notify *notify = context;
	int ret = hl_expiry_note(log, notify->noting, err);

	(void)cli;
	notify->noted = ret > 0;
	return ret > 0 ? 0 : ret < 0 ? -1 : 1;
}

static void warn(const struct hl_expiry_notice *notice,
		 const struct hl_error *err)
{
	char text[HL_ERROR_TEXT_SIZE + HL_ADDRESS_SIZE + 64];
	char address[HL_ADDRESS_SIZE];

	hl_address_format(&notice->address, address);
	snprintf(text, sizeof(text),
		 "%s: its owner couldn't be told, and isn't again: %s", address,
		 err->text);
	cli_warn(text);
}

/* Notes it: 1, or 0 if it isn't to be told any more. What was noted isn't the
   change that somebody asked for. */
static int note_one(struct notify *notify, struct hl_error *err)
{
	bool changed = notify->cli->changed;
	int ret;

	notify->noted = false;
	ret = cli_transact(notify->cli, notify->log, note, notify, err);
	notify->cli->changed = changed;
	return ret < 0 ? -1 : notify->noted;
}

/* Whoever puts it into the mailbox has to be there before it's noted. */
static int tell(struct notify *notify, const struct hl_expiry_notice *notice,
		struct hl_error *err)
{
	int ret, fd;

	if (notice_client_connect(notify->cli->config, &fd, err) < 0) {
		notify->absent = true;
		return -1;
	}
	notify->noting = notice;
	ret = note_one(notify, err);
	if (ret <= 0) {
		close(fd);
		return ret;
	}
	ret = notice_client_put(fd, notice, err);
	if (ret < 0) {
		warn(notice, err);
		/* the next one would be lost as well */
		if (err->code != HL_ERROR_DATA)
			return -1;
		err->code = HL_ERROR_NONE;
	}
	return print(notify, notice, ret == 0, err);
}

static int tell_due(struct notify *notify, struct hl_error *err)
{
	bool dry_run = notify->cli->options[OPT_DRY_RUN] != NULL;
	size_t i, count = notify->count;
	int ret = 0;

	notify->count = 0;
	for (i = 0; i < count && ret == 0; i++)
		ret = dry_run ? print(notify, &notify->due[i], false, err)
			      : tell(notify, &notify->due[i], err);
	return ret;
}

static int find_some(void *context, struct hl_error *err)
{
	struct notify *notify = context;

	return hl_walk_some(&notify->walk, find_due, notify, err);
}

static int notify_each(struct notify *notify, struct hl_error *err)
{
	uint64_t size;
	int more = 1;

	if (cli_check_clock(notify->cli, notify->log, err) < 0 ||
	    hl_log_snapshot_begin(notify->log, err) < 0)
		return -1;
	size = hl_log_head(notify->log)->size;
	hl_log_snapshot_end(notify->log);
	hl_walk_init(&notify->walk, notify->log, size);
	while (more > 0) {
		more = patiently(find_some, notify, err);
		if (more < 0 || tell_due(notify, err) < 0)
			return -1;
	}
	return 0;
}

int notify_all(struct cli *cli, struct hl_log *log, enum notify_flags flags,
	       struct hl_error *err)
{
	struct notify notify = {.cli = cli, .log = log, .flags = flags};
	bool if_running = (flags & NOTIFY_IF_RUNNING) != 0;
	int ret;

	if (!cli->config->notice || cli->config->notice_count == 0 ||
	    (if_running && !notice_client_is_there(cli->config)))
		return 0;
	notify.due = calloc(HL_WALK_SOME, sizeof(*notify.due));
	if (notify.due == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = notify_each(&notify, err);
	free(notify.due);
	return ret < 0 && notify.absent && if_running ? 0 : ret;
}
