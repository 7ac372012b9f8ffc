#include "hl-entry.h"
#include "hl-text.h"
#include "hl-time.h"

#include <string.h>

static const char *const action_names[] = {
	"set",	 "confirm", "extend", "withdraw", "block",
	"sweep", "erase",   "key",    "recover",  NULL};

static const char *const channel_names[] = {"admin", "cli",   "submission",
					    "imap",  "sieve", NULL};

const char *hl_action_name(enum hl_action action)
{
	return action_names[action];
}

const char *hl_channel_name(enum hl_channel channel)
{
	return channel_names[channel];
}

bool hl_action_has_address(enum hl_action action)
{
	return action <= HL_ACTION_BLOCK;
}

size_t hl_statement_format(const struct hl_statement *statement, char *buf,
			   size_t size)
{
	struct hl_text_writer writer;

	hl_text_write_init(&writer, buf, size, "hardlink-entry/1");
	hl_text_write_hex(&writer, "origin", statement->origin, HL_ORIGIN_SIZE);
	hl_text_write_number(&writer, "epoch", statement->epoch);
	hl_text_write_number(&writer, "seq", statement->seq);
	hl_text_write_number(&writer, "time", (uint64_t)statement->time);
	hl_text_write(&writer, "action", hl_action_name(statement->action));
	hl_text_write(&writer, "channel", hl_channel_name(statement->channel));
	hl_text_write_hex(&writer, "key", statement->key_id, HL_KEY_ID_SIZE);
	hl_text_write_hex(&writer, "payload", statement->payload_hash,
			  HL_HASH_SIZE);
	return hl_text_write_end(&writer);
}

int hl_statement_parse(const void *data, size_t size,
		       struct hl_statement *statement_r, struct hl_error *err)
{
	struct hl_text_reader reader;
	unsigned int action, channel;
	uint64_t time;

	memset(statement_r, 0, sizeof(*statement_r));
	if (size > HL_STATEMENT_MAX)
		return hl_error_set(err, HL_ERROR_STORE, "statement: too long");
	if (hl_text_read_init(&reader, "statement", data, size,
			      "hardlink-entry/1", err) < 0 ||
	    hl_text_read_hex(&reader, "origin", statement_r->origin,
			     HL_ORIGIN_SIZE) < 0 ||
	    hl_text_read_number(&reader, "epoch", 1, INT64_MAX,
				&statement_r->epoch) < 0 ||
	    hl_text_read_number(&reader, "seq", 1, INT64_MAX,
				&statement_r->seq) < 0 ||
	    hl_text_read_number(&reader, "time", 1, HL_TIME_MAX, &time) < 0 ||
	    hl_text_read_name(&reader, "action", action_names, &action) < 0 ||
	    hl_text_read_name(&reader, "channel", channel_names, &channel) <
		    0 ||
	    hl_text_read_hex(&reader, "key", statement_r->key_id,
			     HL_KEY_ID_SIZE) < 0 ||
	    hl_text_read_hex(&reader, "payload", statement_r->payload_hash,
			     HL_HASH_SIZE) < 0 ||
	    hl_text_read_end(&reader) < 0)
		return -1;
	statement_r->time = (int64_t)time;
	statement_r->action = (enum hl_action)action;
	statement_r->channel = (enum hl_channel)channel;
	return 0;
}
