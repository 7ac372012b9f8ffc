#include "history.h"
#include "history-line.h"

#include <string.h>

#include <sodium.h>

void history_begin(struct history *history)
{
	history_line_begin(history->cli->out);
}

bool history_wants(const struct history *history, const char *action)
{
	return history->action == NULL || strcmp(history->action, action) == 0;
}

bool history_is_full(const struct history *history)
{
	return history->left ||
	       (history->limit != 0 && history->printed >= history->limit);
}

static int print_line(struct history *history, const struct history_line *line,
		      struct hl_error *err)
{
	int ret;

	if (!history_wants(history, line->action) || history_is_full(history) ||
	    line->time < history->since || line->time > history->until ||
	    (history->actor != NULL &&
	     strcmp(history->actor, line->actor) != 0) ||
	    (history->channel != NULL &&
	     strcmp(history->channel, line->channel) != 0))
		return 0;
	history->printed++;
	ret = history_line_print(history->cli->out, line, err);
	history->left = ret > 0;
	return ret < 0 ? -1 : 0;
}

/* What an entry says of itself; payload is empty if it was erased. */
static void fill_line(struct history_line *line,
		      const struct hl_statement *statement,
		      const struct hl_payload *payload)
{
	memset(line, 0, sizeof(*line));
	line->seq = statement->seq;
	line->time = statement->time;
	line->action = hl_action_name(statement->action);
	line->channel = hl_channel_name(statement->channel);
	line->actor = payload->actor;
	line->reason = payload->reason;
}

static void describe_lost(const struct hl_payload *payload,
			  char detail_r[HISTORY_DETAIL_SIZE])
{
	unsigned long long epoch = payload->lost.epoch;
	unsigned long long first = payload->lost.first;
	unsigned long long last = payload->lost.last;

	if (!payload->lost.extent_known)
		snprintf(detail_r, HISTORY_DETAIL_SIZE,
			 "of epoch %llu lost: all from %llu on", epoch, first);
	else if (last < first)
		snprintf(detail_r, HISTORY_DETAIL_SIZE,
			 "of epoch %llu lost: no entry", epoch);
	else
		snprintf(detail_r, HISTORY_DETAIL_SIZE,
			 "of epoch %llu lost: %llu to %llu", epoch, first,
			 last);
}

static void describe_key(const struct hl_payload *payload,
			 char detail_r[HISTORY_DETAIL_SIZE])
{
	static const char *const changes[] = {"trusted", "retired", "revoked"};
	unsigned char id[HL_KEY_ID_SIZE];
	char hex[2 * HL_KEY_ID_SIZE + 1];

	hl_key_id(payload->key.public_key, id);
	sodium_bin2hex(hex, sizeof(hex), id, sizeof(id));
	snprintf(detail_r, HISTORY_DETAIL_SIZE, "%s %s",
		 changes[payload->key.change], hex);
}

static void describe(const struct hl_entry *entry,
		     char detail_r[HISTORY_DETAIL_SIZE])
{
	const struct hl_payload *payload = &entry->payload;
	char time[HL_TIME_SIZE], quote[HL_ERROR_QUOTE_SIZE];

	switch (entry->statement.action) {
	case HL_ACTION_SWEEP:
		hl_time_format(payload->sweep.horizon, time);
		snprintf(detail_r, HISTORY_DETAIL_SIZE, "%llu closed, up to %s",
			 (unsigned long long)payload->sweep.closed, time);
		break;
	case HL_ACTION_ERASE:
		snprintf(detail_r, HISTORY_DETAIL_SIZE, "entries %s",
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
		if (cli_next_is_ahead(&payload->state.next,
				      entry->statement.time))
			history_line_next(&payload->state.next, detail_r);
	}
}

/* What it says may not be what whoever had the right to say it said. */
static void describe_disowned(char detail_r[HISTORY_DETAIL_SIZE])
{
	size_t used = strlen(detail_r);

	snprintf(detail_r + used, HISTORY_DETAIL_SIZE - used,
		 "%ssigned by a key that was revoked", used == 0 ? "" : "; ");
}

int history_print_entry(struct history *history, const struct hl_entry *entry,
			struct hl_error *err)
{
	static const struct hl_payload no_payload;
	const struct hl_statement *statement = &entry->statement;
	const struct hl_payload *payload = &entry->payload;
	struct history_line line;

	fill_line(&line, statement, entry->erased ? &no_payload : payload);
	if (entry->erased) {
		strcpy(line.detail, "erased");
		return print_line(history, &line, err);
	}
	describe(entry, line.detail);
	if (entry->disowned)
		describe_disowned(line.detail);
	if (hl_action_has_address(statement->action)) {
		line.address = &payload->address;
		line.link = hl_state_in_force(&payload->state, statement->time);
	}
	return print_line(history, &line, err);
}

int history_print_closing(struct history *history,
			  const struct closing *closing, struct hl_error *err)
{
	struct hl_entry entry, *sweep = &history->sweep;
	struct history_line line;

	if (history_is_full(history))
		return 0;
	if (sweep->statement.seq != closing->sweep_seq &&
	    hl_log_get_past(history->log, closing->sweep_seq, sweep, err) < 0)
		return -1;
	if (hl_log_get_past(history->log, closing->entry_seq, &entry, err) < 0)
		return -1;
	fill_line(&line, &sweep->statement, &sweep->payload);
	line.action = HISTORY_EXPIRED;
	line.address = &entry.payload.address;
	line.link = closing->is_next ? &entry.payload.state.next.link
				     : &entry.payload.state.current;
	return print_line(history, &line, err);
}
