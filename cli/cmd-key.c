/* Changing keys: key generate, rotate, retire, revoke. */

#include "commands.h"
#include "key-line.h"

#include "hl-keys.h"
#include "hl-text.h"

#include <limits.h>
#include <string.h>

#include <sodium.h>

static int parse_id(const char *text, unsigned char id_r[HL_KEY_ID_SIZE],
		    struct hl_error *err)
{
	char quote[HL_ERROR_QUOTE_SIZE];
	size_t size, length = strlen(text);

	if (length == 2 * HL_KEY_ID_SIZE &&
	    sodium_hex2bin(id_r, HL_KEY_ID_SIZE, text, length, NULL, &size,
			   NULL) == 0 &&
	    size == HL_KEY_ID_SIZE)
		return 0;
	return hl_error_set(err, HL_ERROR_DATA,
			    "\"%s\" is no key id; those are 32 hexadecimal "
			    "digits, as `key list` prints them",
			    hl_error_quote(text, length, quote));
}

static const struct output_column generate_columns[] = {
	{"id", OUTPUT_TEXT},
	{"file", OUTPUT_TEXT},
	{NULL, OUTPUT_TEXT},
};

int cmd_key_generate(struct cli *cli, struct hl_error *err)
{
	char id[KEY_ID_TEXT_SIZE], path[PATH_MAX];
	const char *const cells[] = {id, path};
	struct hl_signing_key key;

	if (cli_read_config(cli, err) < 0 ||
	    hl_keys_next_path(cli->config, path, err) < 0 ||
	    hl_keys_generate(cli->config, &key, err) < 0)
		return -1;
	cli->changed = true;
	key_id_text(key.id, id);
	hl_signing_key_clear(&key);
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, generate_columns);
	if (output_line(cli->out, err, "%s: made; `key rotate` puts it to use",
			id) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

static const struct output_column rotate_columns[] = {
	{"id", OUTPUT_TEXT},
	{"first", OUTPUT_NUMBER},
	{"former_id", OUTPUT_OPTIONAL},
	{"former_last", OUTPUT_NUMBER},
	{"resumed", OUTPUT_BOOL},
	{NULL, OUTPUT_TEXT},
};

static int print_rotated(struct cli *cli, const struct hl_keys_rotated *rotated,
			 struct hl_error *err)
{
	bool has_former = rotated->former.status == HL_KEY_STATUS_RETIRED;
	struct key_cells key, former;
	const char *const cells[] = {
		key.id, key.first, has_former ? former.id : "",
		has_former ? former.last : "", rotated->resumed ? "yes" : ""};

	key_cells(&rotated->key, &key);
	key_cells(&rotated->former, &former);
	if (rotated->resumed &&
	    output_line(cli->out, err,
			"an earlier rotation was interrupted; it is finished "
			"now") < 0)
		return -1;
	if (output_line(cli->out, err, "%s: signs from entry %s on", key.id,
			key.first) < 0)
		return -1;
	if (has_former &&
	    output_line(cli->out, err, "%s: retired, up to entry %s", former.id,
			former.last) < 0)
		return -1;
	return output_row(cli->out, cells, err);
}

static int rotate_in_log(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	const char *comment = cli->options[OPT_COMMENT];
	struct hl_keys_rotated rotated;

	(void)context;
	if (hl_keys_rotate(log, &cli->actor, comment == NULL ? "" : comment,
			   &rotated, err) < 0)
		return hl_error_prefix(err, "the rotation isn't finished, "
					    "repeat it");
	return print_rotated(cli, &rotated, err);
}

int cmd_key_rotate(struct cli *cli, struct hl_error *err)
{
	const char *comment = cli->options[OPT_COMMENT];

	if (comment != NULL &&
	    (strlen(comment) >= sizeof(((struct hl_key *)NULL)->comment) ||
	     !hl_text_is_clean_utf8(comment, strlen(comment))))
		return hl_error_set(err, HL_ERROR_DATA,
				    "--comment: more than 255 bytes, control "
				    "characters, or not UTF-8");
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, rotate_columns);
	return cli_write(cli, rotate_in_log, NULL, err);
}

static const struct output_column retire_columns[] = {
	{"id", OUTPUT_TEXT},
	{"status", OUTPUT_TEXT},
	{"last", OUTPUT_NUMBER},
	{NULL, OUTPUT_TEXT},
};

static int retire_in_log(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	struct key_cells cells;
	const char *row[] = {cells.id, NULL, cells.last, NULL};
	struct hl_key key;
	int ret;

	ret = hl_keys_retire(log, &cli->actor, context, &key, err);
	if (ret < 0)
		return -1;
	key_cells(&key, &cells);
	row[1] = cells.status;
	if (output_line(cli->out, err, "%s: retired, up to entry %s", cells.id,
			cells.last) < 0 ||
	    output_row(cli->out, row, err) < 0)
		return -1;
	return ret;
}

int cmd_key_retire(struct cli *cli, struct hl_error *err)
{
	unsigned char id[HL_KEY_ID_SIZE];

	if (parse_id(cli->args[0], id, err) < 0)
		return -1;
	output_begin(cli->out, OUTPUT_ONE | OUTPUT_LINES, retire_columns);
	return cli_write(cli, retire_in_log, id, err);
}

static const struct output_column revoke_columns[] = {
	{"type", OUTPUT_TEXT},	      {"id", OUTPUT_TEXT},
	{"address", OUTPUT_OPTIONAL}, {"restated", OUTPUT_NUMBER},
	{"lost", OUTPUT_NUMBER},      {NULL, OUTPUT_TEXT},
};

struct revocation {
	struct cli *cli;
	char id[KEY_ID_TEXT_SIZE];
};

static int print_lost(const struct hl_address *address, void *context,
		      struct hl_error *err)
{
	struct revocation *revocation = context;
	char text[HL_ADDRESS_SIZE];
	const char *const cells[] = {"lost", revocation->id, text, "", ""};

	hl_address_format(address, text);
	if (output_line(revocation->cli->out, err, "%s: no hard-link any more",
			text) < 0)
		return -1;
	return output_row(revocation->cli->out, cells, err);
}

static int print_revoked(struct revocation *revocation,
			 const struct hl_keys_revoked *revoked,
			 struct hl_error *err)
{
	struct output *out = revocation->cli->out;
	char restated[32], lost[32];
	const char *const cells[] = {"summary", revocation->id, "", restated,
				     lost};

	snprintf(restated, sizeof(restated), "%llu",
		 (unsigned long long)(revoked->restated - revoked->lost));
	snprintf(lost, sizeof(lost), "%llu", (unsigned long long)revoked->lost);
	if (output_line(out, err,
			"%s: revoked; addresses restated: %s, hard-links "
			"lost: %s",
			revocation->id, restated, lost) < 0)
		return -1;
	return output_row(out, cells, err);
}

static int revoke(struct revocation *revocation, struct hl_log *log,
		  const unsigned char id[HL_KEY_ID_SIZE], struct hl_error *err)
{
	struct cli *cli = revocation->cli;
	struct hl_keys_revoked revoked;

	err->code = HL_ERROR_NONE;
	if (hl_keys_revoke(log, &cli->actor, id, cli->options[OPT_TRUSTED],
			   cli->options[OPT_ACCEPT_LOSS] != NULL, print_lost,
			   revocation, &revoked, err) < 0) {
		if (revoked.restated > 0)
			hl_error_prefix(err, "the revocation isn't finished, "
					     "repeat it");
		return -1;
	}
	if (err->code != HL_ERROR_NONE)
		cli_warn(err->text);
	cli->changed = true;
	return print_revoked(revocation, &revoked, err);
}

int cmd_key_revoke(struct cli *cli, struct hl_error *err)
{
	struct revocation revocation = {.cli = cli};
	unsigned char id[HL_KEY_ID_SIZE];
	struct hl_log *log;
	int ret;

	if (parse_id(cli->args[0], id, err) < 0 ||
	    cli_read_config(cli, err) < 0 ||
	    hl_log_open(cli->config, true, &log, err) < 0)
		return -1;
	if (cli->options[OPT_ACCEPT_CLOCK] != NULL)
		hl_log_accept_clock(log);
	key_id_text(id, revocation.id);
	output_begin(cli->out, OUTPUT_LINES, revoke_columns);
	output_hold(cli->out, true);
	ret = revoke(&revocation, log, id, err);
	output_hold(cli->out, false);
	hl_log_close(&log);
	return ret;
}
