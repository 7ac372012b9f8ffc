#include "history.h"
#include "links.h"

#include <string.h>

#include <sodium.h>

#define DETAIL_SIZE (CLI_LINK_WORDS_SIZE + 128)

static const struct output_column columns[] = {
	{"seq", OUTPUT_NUMBER},	      {"time", OUTPUT_TEXT},
	{"action", OUTPUT_TEXT},      {"channel", OUTPUT_TEXT},
	{"actor", OUTPUT_OPTIONAL},   {"address", OUTPUT_OPTIONAL},
	{"kind", OUTPUT_OPTIONAL},    {"target", OUTPUT_OPTIONAL},
	{"expires", OUTPUT_OPTIONAL}, {"reason", OUTPUT_OPTIONAL},
	{"detail", OUTPUT_OPTIONAL},  {NULL, OUTPUT_TEXT},
};

/* One line; what it is made of. */
struct line {
	const struct hl_statement *statement;
	const struct hl_payload *payload;
	const char *action;
	/* NULL if it is about no address */
	const struct hl_address *address;
	const struct hl_link *link;
	char detail[DETAIL_SIZE];
};

void history_begin(struct history *history)
{
	output_begin(history->cli->out, 0, columns);
}

bool history_wants(const struct history *history, const char *action)
{
	return history->action == NULL || strcmp(history->action, action) == 0;
}

bool history_is_full(const struct history *history)
{
	return history->limit != 0 && history->printed >= history->limit;
}

static int print_line(struct history *history, const struct line *line,
		      struct hl_error *err)
{
	char seq[32], time[HL_TIME_SIZE], address[HL_ADDRESS_SIZE] = "";
	const struct hl_statement *statement = line->statement;
	struct cli_link_cells link;
	const char *const cells[] = {seq,
				     time,
				     line->action,
				     hl_channel_name(statement->channel),
				     line->payload->actor,
				     address,
				     link.kind,
				     link.target,
				     link.expires,
				     line->payload->reason,
				     line->detail};

	if (!history_wants(history, line->action) || history_is_full(history) ||
	    (history->actor != NULL &&
	     strcmp(history->actor, line->payload->actor) != 0))
		return 0;
	snprintf(seq, sizeof(seq), "%llu", (unsigned long long)statement->seq);
	cli_time_cell(statement->time, time);
	if (line->address != NULL)
		hl_address_format(line->address, address);
	cli_link_cells(line->link, &link);
	history->printed++;
	return output_row(history->cli->out, cells, err);
}

static void describe_lost(const struct hl_payload *payload,
			  char detail_r[DETAIL_SIZE])
{
	unsigned long long epoch = payload->lost.epoch;
	unsigned long long first = payload->lost.first;
	unsigned long long last = payload->lost.last;

	if (!payload->lost.extent_known)
		snprintf(detail_r, DETAIL_SIZE,
			 "of epoch %llu lost: all from %llu on", epoch, first);
	else if (last < first)
		snprintf(detail_r, DETAIL_SIZE, "of epoch %llu lost: no entry",
			 epoch);
	else
		snprintf(detail_r, DETAIL_SIZE,
			 "of epoch %llu lost: %llu to %llu", epoch, first,
			 last);
}

static void describe_key(const struct hl_payload *payload,
			 char detail_r[DETAIL_SIZE])
{
	static const char *const changes[] = {"trusted", "retired", "revoked"};
	unsigned char id[HL_KEY_ID_SIZE];
	char hex[2 * HL_KEY_ID_SIZE + 1];

	hl_key_id(payload->key.public_key, id);
	sodium_bin2hex(hex, sizeof(hex), id, sizeof(id));
	snprintf(detail_r, DETAIL_SIZE, "%s %s", changes[payload->key.change],
		 hex);
}

static void describe_next(const struct hl_entry *entry,
			  char detail_r[DETAIL_SIZE])
{
	const struct hl_next *next = &entry->payload.state.next;
	char words[CLI_LINK_WORDS_SIZE], from[HL_TIME_SIZE];

	if (!cli_next_is_ahead(next, entry->statement.time))
		return;
	cli_link_words(&next->link, words);
	cli_time_cell(next->effective, from);
	snprintf(detail_r, DETAIL_SIZE, "next: %s, from %s%s", words, from,
		 next->confirmed ? "" : ", to be confirmed");
}

static void describe(const struct hl_entry *entry, char detail_r[DETAIL_SIZE])
{
	const struct hl_payload *payload = &entry->payload;
	char time[HL_TIME_SIZE], quote[HL_ERROR_QUOTE_SIZE];

	switch (entry->statement.action) {
	case HL_ACTION_SWEEP:
		hl_time_format(payload->sweep.horizon, time);
		snprintf(detail_r, DETAIL_SIZE, "%llu closed, up to %s",
			 (unsigned long long)payload->sweep.closed, time);
		break;
	case HL_ACTION_ERASE:
		snprintf(detail_r, DETAIL_SIZE, "entries %s",
			 hl_error_quote(payload->erase.ranges,
					payload->erase.ranges_size, quote));
		break;
	case HL_ACTION_KEY:
		describe_key(payload, detail_r);
		break;
	case HL_ACTION_RECOVER:
		describe_lost(payload, detail_r);
		break;
	default:
		describe_next(entry, detail_r);
	}
}

int history_print_entry(struct history *history, const struct hl_entry *entry,
			struct hl_error *err)
{
	static const struct hl_payload no_payload;
	const struct hl_statement *statement = &entry->statement;
	const struct hl_payload *payload = &entry->payload;
	struct line line;

	memset(&line, 0, sizeof(line));
	line.statement = statement;
	line.payload = entry->erased ? &no_payload : payload;
	line.action = hl_action_name(statement->action);
	if (entry->erased) {
		strcpy(line.detail, "erased");
		return print_line(history, &line, err);
	}
	describe(entry, line.detail);
	if (hl_action_has_address(statement->action)) {
		line.address = &payload->address;
		line.link = hl_state_in_force(&payload->state, statement->time);
	}
	return print_line(history, &line, err);
}

int history_print_closing(struct history *history,
			  const struct closing *closing, struct hl_error *err)
{
	struct hl_entry sweep, entry;
	struct line line;

	if (history_is_full(history) ||
	    hl_log_get_entry(history->log, closing->sweep_seq, &sweep, err) <
		    0 ||
	    hl_log_get_entry(history->log, closing->entry_seq, &entry, err) < 0)
		return history_is_full(history) ? 0 : -1;
	memset(&line, 0, sizeof(line));
	line.statement = &sweep.statement;
	line.payload = &sweep.payload;
	line.action = HISTORY_EXPIRED;
	line.address = &entry.payload.address;
	line.link = closing->is_next ? &entry.payload.state.next.link
				     : &entry.payload.state.current;
	return print_line(history, &line, err);
}
