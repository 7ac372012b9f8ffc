/* Erasing what nobody needs any more: prune, forget. */

#include "commands.h"
#include "links.h"

#include "hl-erase.h"

#include <string.h>

struct erasure {
	/* of prune; or of forget */
	int64_t before;
	const struct hl_address *address;

	struct hl_erase erase;
	struct hl_log *log;
};

static const struct output_column columns[] = {
	{"type", OUTPUT_TEXT},	      {"seq", OUTPUT_NUMBER},
	{"time", OUTPUT_OPTIONAL},    {"action", OUTPUT_OPTIONAL},
	{"address", OUTPUT_OPTIONAL}, {"entries", OUTPUT_NUMBER},
	{"addresses", OUTPUT_NUMBER}, {"before", OUTPUT_OPTIONAL},
	{"dry_run", OUTPUT_BOOL},     {NULL, OUTPUT_TEXT},
};

static int find(struct cli *cli, struct hl_log *log, void *context,
		struct hl_error *err)
{
	struct erasure *erasure = context;

	(void)cli;
	return erasure->address != NULL
		       ? hl_erase_find_address(log, erasure->address,
					       &erasure->erase, err)
		       : hl_erase_find_before(log, erasure->before,
					      &erasure->erase, err);
}

/* A dry run says which. Otherwise that is what is to be forgotten. */
static int print_entries(struct cli *cli, struct hl_log *log,
			 const struct hl_erase *erase, struct hl_error *err)
{
	char seq[32], time[HL_TIME_SIZE], address[HL_ADDRESS_SIZE];
	const char *cells[] = {"entry", seq, time, NULL, address,
			       "",	"",  "",   "yes"};
	struct hl_entry entry;
	size_t i;

	for (i = 0; i < erase->count; i++) {
		if (hl_log_get_past(log, erase->seqs[i], &entry, err) < 0)
			return -1;
		snprintf(seq, sizeof(seq), "%llu",
			 (unsigned long long)erase->seqs[i]);
		cli_time_cell(entry.statement.time, time);
		cells[3] = hl_action_name(entry.statement.action);
		hl_address_format(&entry.payload.address, address);
		if (output_line(cli->out, err, "entry %s: %s, %s, %s", seq,
				time, cells[3], address) < 0 ||
		    output_row(cli->out, cells, err) < 0)
			return -1;
	}
	return 0;
}

static int print_summary(struct cli *cli, const struct erasure *erasure,
			 struct hl_error *err)
{
	const struct hl_erase *erase = &erasure->erase;
	bool dry_run = cli->options[OPT_DRY_RUN] != NULL;
	char entries[32], addresses[32], before[HL_TIME_SIZE] = "";
	const char *const cells[] = {
		"summary", "",	   "",
		"",	   "",	   entries,
		addresses, before, dry_run ? "yes" : "",
	};

	snprintf(entries, sizeof(entries), "%zu", erase->count);
	snprintf(addresses, sizeof(addresses), "%llu",
		 (unsigned long long)erase->addresses);
	if (erasure->address == NULL)
		cli_time_cell(erasure->before, before);
	if (output_line(cli->out, err,
			"%s entr%s %s%s%s; addresses of which nothing is left: "
			"%s",
			entries, erase->count == 1 ? "y" : "ies",
			dry_run ? "would be erased" : "erased",
			*before == '\0' ? "" : ", over by ", before,
			addresses) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

static int show(struct cli *cli, struct hl_log *log, void *context,
		struct hl_error *err)
{
	struct erasure *erasure = context;

	return find(cli, log, erasure, err) < 0 ||
			       print_entries(cli, log, &erasure->erase, err) < 0
		       ? -1
		       : print_summary(cli, erasure, err);
}

static void warn_kept(const char *path, void *context)
{
	char text[HL_ERROR_TEXT_SIZE];

	(void)context;
	snprintf(text, sizeof(text),
		 "%s is a former store and may hold what was erased; remove "
		 "it when it isn't needed any more",
		 path);
	cli_warn(text);
}

static int erase(struct cli *cli, struct erasure *erasure, struct hl_error *err)
{
	struct hl_log *log = erasure->log;
	int ret;

	if (hl_log_snapshot_begin(log, err) < 0)
		return -1;
	ret = find(cli, log, erasure, err);
	hl_log_snapshot_end(log);
	if (ret < 0)
		return -1;
	if (hl_erase_run(log, &cli->actor, &erasure->erase, err) < 0)
		return -1;
	if (err->code != HL_ERROR_NONE)
		cli_warn(err->text);
	/* also if there was nothing: this may be the repetition */
	if (hl_store_scrub(hl_log_store(log), err) < 0)
		return hl_error_prefix(err,
				       "the erasure is in the log, but not "
				       "all files are rid of it yet; "
				       "repeat the command");
	cli->changed = true;
	hl_store_each_kept(hl_log_store(log), warn_kept, NULL);
	return print_summary(cli, erasure, err);
}

static int run(struct cli *cli, struct erasure *erasure, struct hl_error *err)
{
	int ret;

	output_begin(cli->out, OUTPUT_LINES, columns);
	if (cli->options[OPT_DRY_RUN] != NULL)
		return cli_read(cli, show, erasure, err);
	ret = cli_open_write(cli, &erasure->log, err);
	if (ret == 0)
		ret = erase(cli, erasure, err);
	hl_log_close(&erasure->log);
	return ret;
}

int cmd_prune(struct cli *cli, struct hl_error *err)
{
	const char *before = cli->options[OPT_BEFORE];
	struct erasure erasure;
	int ret;

	memset(&erasure, 0, sizeof(erasure));
	if (before == NULL)
		return cli_usage_error(cli, err, "prune: --before is needed");
	if (cli_read_config(cli, err) < 0)
		return -1;
	if (hl_time_parse(before, cli->config->timezone, &erasure.before, err) <
	    0)
		return hl_error_prefix(err, "--before");
	ret = run(cli, &erasure, err);
	hl_erase_free(&erasure.erase);
	return ret;
}

/* What the log keeps forever must not name it, nor can that be undone. */
static int check_actor(const struct cli *cli, const struct hl_address *address,
		       struct hl_error *err)
{
	if (hl_erase_is_named(cli->actor.reason, address))
		return hl_error_set(err, HL_ERROR_DATA,
				    "--reason names the address that is to be "
				    "forgotten; it would stay in the log");
	if (hl_erase_is_named(cli->actor.name, address))
		return hl_error_set(
			err, HL_ERROR_DATA,
			"the user that runs this is named like the "
			"address that is to be forgotten, and would "
			"stay in the log");
	return 0;
}

static int refuse_fixed(const struct hl_erase *erase, bool dry_run,
			struct hl_error *err)
{
	return hl_error_set(
		err, HL_ERROR_PERMISSION,
		"%s, but entry %llu%s names the address as actor or "
		"in its reason, and entries like that (sweep, "
		"erase, key, recover) are never erased",
		dry_run ? "nothing was done" : "the rest is erased",
		(unsigned long long)erase->fixed_first,
		erase->fixed_count > 1 ? ", and others," : "");
}

int cmd_forget(struct cli *cli, struct hl_error *err)
{
	bool dry_run = cli->options[OPT_DRY_RUN] != NULL;
	struct hl_address address;
	struct erasure erasure;
	int ret;

	memset(&erasure, 0, sizeof(erasure));
	erasure.address = &address;
	if (cli_parse_old(cli->args[0], &address, err) < 0 ||
	    check_actor(cli, &address, err) < 0)
		return -1;
	ret = run(cli, &erasure, err);
	if (ret == 0 && erasure.erase.fixed_count > 0) {
		cli->changed = false;
		ret = output_end(cli->out, err);
		if (ret == 0)
			ret = refuse_fixed(&erasure.erase, dry_run, err);
	}
	hl_erase_free(&erasure.erase);
	return ret;
}
