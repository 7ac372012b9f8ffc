#include "closings.h"
#include "commands.h"
#include "history.h"
#include "links.h"

#include "hl-range-set.h"
#include "hl-text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The history of everything. */
struct whole {
	struct history *history;
	/* what later entries said was erased */
	struct hl_range_set erased;
	struct sweeps sweeps;
	struct closings closings;
};

static int note_erased(struct whole *whole, const struct hl_payload *payload,
		       struct hl_error *err)
{
	const char *text = payload->erase.ranges;
	size_t size = payload->erase.ranges_size, pos = 0;
	uint64_t first, last;

	while (hl_ranges_next(text, size, &pos, &first, &last) > 0) {
		if (hl_range_set_add(&whole->erased, first, last) < 0)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
	}
	return 0;
}

static int check_erased(const struct whole *whole, uint64_t seq,
			struct hl_error *err)
{
	if (hl_range_set_has(&whole->erased, seq))
		return 0;
	return hl_error_set(err, HL_ERROR_STORE,
			    "entry %llu: its payload is missing, and no entry "
			    "says that it was erased; run `hardlinkctl verify`",
			    (unsigned long long)seq);
}

static int print_closing(const struct closing *closing, void *context,
			 struct hl_error *err)
{
	struct history *history = context;

	if (history_print_closing(history, closing, err) < 0)
		return -1;
	return history_is_full(history) ? 1 : 0;
}

static int print_record(const struct hl_record *record, void *context,
			struct hl_error *err)
{
	struct whole *whole = context;
	struct history *history = whole->history;
	struct hl_entry entry;

	if (hl_log_decode_past(history->log, record, &entry, err) < 0)
		return -1;
	/* times never decrease */
	if (entry.statement.time < history->since)
		return 1;
	if (entry.erased && check_erased(whole, record->seq, err) < 0)
		return -1;
	if (history_print_entry(history, &entry, err) < 0)
		return -1;
	if (entry.statement.action == HL_ACTION_ERASE &&
	    note_erased(whole, &entry.payload, err) < 0)
		return -1;
	if (history_is_full(history))
		return 1;
	return entry.statement.action == HL_ACTION_SWEEP &&
			       history_wants(history, HISTORY_EXPIRED)
		       ? closings_each(&whole->closings, entry.statement.seq,
				       print_closing, history, err)
		       : 0;
}

/* The last entry that isn't younger than `until`: times never decrease. */
static int find_last(const struct history *history, uint64_t *last_r,
		     struct hl_error *err)
{
	uint64_t low = 0, high = hl_log_head(history->log)->size, middle;
	struct hl_record record;
	struct hl_entry entry;
	int ret;

	while (low < high && history->until != INT64_MAX) {
		middle = high - (high - low) / 2;
		ret = hl_store_get_entry(hl_log_store(history->log), middle,
					 &record, err);
		if (ret == 0)
			return hl_error_set(err, HL_ERROR_STORE,
					    "entry %llu is missing",
					    (unsigned long long)middle);
		if (ret < 0 ||
		    hl_log_decode_past(history->log, &record, &entry, err) < 0)
			return -1;
		if (entry.statement.time > history->until)
			high = middle - 1;
		else
			low = middle;
	}
	*last_r = high;
	return 0;
}

static int print_whole(struct cli *cli, struct hl_log *log, void *context,
		       struct hl_error *err)
{
	struct whole whole;
	uint64_t last;
	int ret;

	(void)cli;
	memset(&whole, 0, sizeof(whole));
	whole.history = context;
	whole.history->log = log;
	history_begin(whole.history);
	closings_init(&whole.closings, log, &whole.sweeps);
	ret = find_last(whole.history, &last, err);
	if (ret == 0)
		ret = sweeps_read(&whole.sweeps, log, err);
	if (ret == 0)
		ret = hl_store_each_entry(hl_log_store(log), 1, last,
					  HL_DESCENDING, print_record, &whole,
					  err);
	closings_free(&whole.closings);
	sweeps_free(&whole.sweeps);
	hl_range_set_free(&whole.erased);
	return ret < 0 ? -1 : 0;
}

/* The history of one address. */
struct one {
	struct history *history;
	struct hl_address address;
	struct sweeps sweeps;
};

static int print_closings_of(struct one *one, const struct hl_entry *entry,
			     uint64_t superseded_by, struct hl_error *err)
{
	struct closing closings[2];
	size_t i, count;
	int ret;

	ret = sweeps_find_closings(&one->sweeps, one->history->log, entry,
				   closings, &count, err);
	for (i = 0; i < count && ret == 0; i++) {
		if (superseded_by == 0 || closings[i].sweep_seq < superseded_by)
			ret = history_print_closing(one->history, &closings[i],
						    err);
	}
	return ret;
}

static int print_row(const struct hl_index_row *row, void *context,
		     struct hl_error *err)
{
	struct one *one = context;
	uint64_t superseded_by = row->superseded_by;
	struct history *history = one->history;
	struct hl_entry entry;

	if (hl_log_get_past(history->log, row->seq, &entry, err) < 0)
		return -1;
	if (!hl_action_has_address(entry.statement.action) ||
	    !hl_address_equal(&entry.payload.address, &one->address))
		return hl_error_set(err, HL_ERROR_STORE,
				    "index: entry %llu is about another "
				    "address; run `hardlinkctl verify`",
				    (unsigned long long)entry.statement.seq);
	if (print_closings_of(one, &entry, superseded_by, err) < 0)
		return -1;
	if (entry.statement.time < history->since)
		return 1;
	if (history_print_entry(history, &entry, err) < 0)
		return -1;
	return history_is_full(history) ? 1 : 0;
}

static int print_one(struct cli *cli, struct hl_log *log, void *context,
		     struct hl_error *err)
{
	char key[HL_INDEX_KEY_SIZE];
	struct one one;
	int ret;

	memset(&one, 0, sizeof(one));
	one.history = context;
	one.history->log = log;
	if (cli_parse_old(cli->args[0], &one.address, err) < 0)
		return -1;
	history_begin(one.history);
	hl_record_index_key(HL_ACTION_SET, &one.address, key);
	ret = sweeps_read(&one.sweeps, log, err);
	if (ret == 0)
		ret = hl_store_each_index(hl_log_store(log), key, HL_DESCENDING,
					  print_row, &one, err);
	sweeps_free(&one.sweeps);
	return ret < 0 ? -1 : 0;
}

/* As everywhere, but a bare date means the beginning of that day: the second
   after the end of the day before. */
static int parse_since(const char *text, const char *zone, int64_t *time_r,
		       struct hl_error *err)
{
	char day_before[sizeof("2027-01-31")];
	struct hl_error ignored;
	struct tm tm;

	if (hl_time_parse(text, zone, time_r, err) < 0)
		return hl_error_prefix(err, "--since");
	if (strlen(text) != sizeof(day_before) - 1)
		return 0;
	memset(&tm, 0, sizeof(tm));
	if (strptime(text, "%Y-%m-%d", &tm) == NULL)
		return 0;
	tm.tm_mday--;
	timegm(&tm);
	strftime(day_before, sizeof(day_before), "%Y-%m-%d", &tm);
	/* nothing is older than what hl_time_parse() takes */
	if (hl_time_parse(day_before, zone, time_r, &ignored) < 0)
		*time_r = 0;
	else
		(*time_r)++;
	return 0;
}

static int check_action(const struct cli *cli, const char *name,
			struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];
	unsigned int i;

	if (strcmp(name, HISTORY_EXPIRED) == 0)
		return 0;
	for (i = 0; i <= HL_ACTION_RECOVER; i++) {
		if (strcmp(name, hl_action_name((enum hl_action)i)) == 0)
			return 0;
	}
	return cli_usage_error(cli, err, "--action: there is no \"%s\"",
			       hl_error_quote(name, strlen(name), quote));
}

static int check_channel(const struct cli *cli, const char *name,
			 struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];
	unsigned int i;

	for (i = 0; i <= HL_CHANNEL_SIEVE; i++) {
		if (strcmp(name, hl_channel_name((enum hl_channel)i)) == 0)
			return 0;
	}
	return cli_usage_error(
		cli, err,
		"--channel: \"%s\" isn't admin, cli, submission, imap or sieve",
		hl_error_quote(name, strlen(name), quote));
}

/* One that no entry can have is a mistake, not one who did nothing. */
static int check_actor(const struct cli *cli, const char *name,
		       struct hl_error *err)
{
	size_t size = strlen(name);

	if (size >= 1 && size < HL_ACTOR_SIZE &&
	    hl_text_is_clean_utf8(name, size))
		return 0;
	return cli_usage_error(cli, err,
			       "--actor: nobody's name: empty, longer than %d "
			       "bytes, with control characters or not UTF-8",
			       HL_ACTOR_SIZE - 1);
}

static int parse_filters(struct cli *cli, struct history *history,
			 struct hl_error *err)
{
	struct hl_address address;

	history->actor = cli->options[OPT_ACTOR];
	history->channel = cli->options[OPT_CHANNEL];
	history->action = cli->options[OPT_ACTION];
	if ((history->action != NULL &&
	     check_action(cli, history->action, err) < 0) ||
	    (history->channel != NULL &&
	     check_channel(cli, history->channel, err) < 0) ||
	    (history->actor != NULL &&
	     check_actor(cli, history->actor, err) < 0) ||
	    cli_parse_limit(cli, &history->limit, err) < 0)
		return -1;
	return cli->arg_count > 0 ? cli_parse_old(cli->args[0], &address, err)
				  : 0;
}

static int parse_times(struct cli *cli, struct history *history,
		       struct hl_error *err)
{
	const char *since = cli->options[OPT_SINCE];
	const char *until = cli->options[OPT_UNTIL];
	const char *zone;

	if (cli_read_config(cli, err) < 0)
		return -1;
	zone = cli->config->timezone;
	history->until = INT64_MAX;
	if (since != NULL && parse_since(since, zone, &history->since, err) < 0)
		return -1;
	if (until != NULL &&
	    hl_time_parse(until, zone, &history->until, err) < 0)
		return hl_error_prefix(err, "--until");
	if (history->since > history->until)
		return cli_usage_error(cli, err, "--since is after --until");
	return 0;
}

int cmd_history(struct cli *cli, struct hl_error *err)
{
	struct history history;

	memset(&history, 0, sizeof(history));
	history.cli = cli;
	if (parse_filters(cli, &history, err) < 0 ||
	    parse_times(cli, &history, err) < 0)
		return -1;
	output_page(cli->out, cli_may_page(cli));
	return cli_read(cli, cli->arg_count > 0 ? print_one : print_whole,
			&history, err);
}
