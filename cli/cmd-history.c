#include "commands.h"
#include "history.h"
#include "links.h"

#include "hl-text.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The history of everything. */
struct whole {
	struct history *history;
	/* what later entries said was erased */
	struct range {
		uint64_t first, last;
	} * erased;
	size_t erased_count;
	struct sweeps sweeps;
	struct closings closings;
	/* of the first one that isn't shown yet */
	size_t closing;
	bool closings_known;
};

static int note_erased(struct whole *whole, const struct hl_payload *payload,
		       struct hl_error *err)
{
	const char *text = payload->erase.ranges;
	size_t size = payload->erase.ranges_size, pos = 0;
	struct range range, *ranges;

	while (hl_ranges_next(text, size, &pos, &range.first, &range.last) >
	       0) {
		ranges = reallocarray(whole->erased, whole->erased_count + 1,
				      sizeof(range));
		if (ranges == NULL)
			return hl_error_set(err, HL_ERROR_TEMP,
					    "out of memory");
		ranges[whole->erased_count++] = range;
		whole->erased = ranges;
	}
	return 0;
}

static int check_erased(const struct whole *whole, uint64_t seq,
			struct hl_error *err)
{
	size_t i;

	for (i = 0; i < whole->erased_count; i++) {
		if (seq >= whole->erased[i].first &&
		    seq <= whole->erased[i].last)
			return 0;
	}
	return hl_error_set(err, HL_ERROR_STORE,
			    "entry %llu: its payload is missing, and no entry "
			    "says that it was erased; run `hardlinkctl verify`",
			    (unsigned long long)seq);
}

/* What the sweep closed, address by address. */
static int print_closings(struct whole *whole, uint64_t sweep_seq,
			  struct hl_error *err)
{
	struct history *history = whole->history;
	const struct closings *closings = &whole->closings;

	if (!history_wants(history, HISTORY_EXPIRED))
		return 0;
	if (!whole->closings_known &&
	    closings_read(&whole->closings, &whole->sweeps, history->log, err) <
		    0)
		return -1;
	whole->closings_known = true;
	for (; whole->closing < closings->count; whole->closing++) {
		if (closings->list[whole->closing].sweep_seq < sweep_seq)
			break;
		if (closings->list[whole->closing].sweep_seq == sweep_seq &&
		    history_print_closing(
			    history, &closings->list[whole->closing], err) < 0)
			return -1;
	}
	return 0;
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
	if (entry.statement.action == HL_ACTION_SWEEP &&
	    print_closings(whole, entry.statement.seq, err) < 0)
		return -1;
	return history_is_full(history) ? 1 : 0;
}

static int print_whole(struct cli *cli, struct hl_log *log, void *context,
		       struct hl_error *err)
{
	struct whole whole;
	int ret;

	(void)cli;
	memset(&whole, 0, sizeof(whole));
	whole.history = context;
	whole.history->log = log;
	history_begin(whole.history);
	ret = sweeps_read(&whole.sweeps, log, err);
	if (ret == 0)
		ret = hl_store_each_entry(hl_log_store(log), 1, INT64_MAX,
					  HL_DESCENDING, print_record, &whole,
					  err);
	closings_free(&whole.closings);
	sweeps_free(&whole.sweeps);
	free(whole.erased);
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
	struct closings closings;
	size_t i;
	int ret;

	memset(&closings, 0, sizeof(closings));
	ret = closings_add(&closings, &one->sweeps, one->history->log, entry,
			   superseded_by, err);
	for (i = 0; i < closings.count && ret == 0; i++)
		ret = history_print_closing(one->history, &closings.list[i],
					    err);
	closings_free(&closings);
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

int cmd_history(struct cli *cli, struct hl_error *err)
{
	const char *since = cli->options[OPT_SINCE];
	const char *limit = cli->options[OPT_LIMIT];
	struct hl_address address;
	struct history history;

	memset(&history, 0, sizeof(history));
	history.cli = cli;
	history.actor = cli->options[OPT_ACTOR];
	history.action = cli->options[OPT_ACTION];
	if (history.action != NULL &&
	    check_action(cli, history.action, err) < 0)
		return -1;
	if (limit != NULL &&
	    (!hl_text_parse_number(limit, strlen(limit), &history.limit) ||
	     history.limit == 0))
		return cli_usage_error(cli, err,
				       "--limit: not a number from 1");
	if (cli->arg_count > 0 &&
	    cli_parse_old(cli->args[0], &address, err) < 0)
		return -1;
	if (cli_read_config(cli, err) < 0 ||
	    (since != NULL && parse_since(since, cli->config->timezone,
					  &history.since, err) < 0))
		return -1;
	return cli_read(cli, cli->arg_count > 0 ? print_one : print_whole,
			&history, err);
}
