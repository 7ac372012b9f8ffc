/* key list: the keyring, and what lies beside the signing key. */

#include "commands.h"
#include "key-line.h"

#include "hl-keys.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

void key_id_text(const unsigned char id[HL_KEY_ID_SIZE],
		 char text_r[KEY_ID_TEXT_SIZE])
{
	sodium_bin2hex(text_r, KEY_ID_TEXT_SIZE, id, HL_KEY_ID_SIZE);
}

void key_cells(const struct hl_key *key, struct key_cells *cells_r)
{
	key_id_text(key->id, cells_r->id);
	cells_r->status = hl_key_status_name(key->status);
	snprintf(cells_r->first, sizeof(cells_r->first), "%llu",
		 (unsigned long long)key->first);
	cells_r->last[0] = '\0';
	if (key->status != HL_KEY_ACTIVE)
		snprintf(cells_r->last, sizeof(cells_r->last), "%llu",
			 (unsigned long long)key->last);
}

static const struct output_column columns[] = {
	{"id", OUTPUT_TEXT},	  {"status", OUTPUT_TEXT},
	{"first", OUTPUT_NUMBER}, {"last", OUTPUT_NUMBER},
	{"signs", OUTPUT_BOOL},	  {"comment", OUTPUT_TEXT},
	{NULL, OUTPUT_TEXT},
};

/* Who may not read the signing key sees in the log which one signed last. */
static int find_signer(struct cli *cli, unsigned char id_r[HL_KEY_ID_SIZE],
		       struct hl_error *err)
{
	struct hl_signing_key key;
	struct hl_record record;
	struct hl_statement statement;
	struct hl_log *log;
	int ret;

	if (hl_signing_key_read(cli->config->signing_key, &key, err) == 0) {
		memcpy(id_r, key.id, HL_KEY_ID_SIZE);
		hl_signing_key_clear(&key);
		return 0;
	}
	if (err->code != HL_ERROR_PERMISSION ||
	    hl_log_open(cli->config, false, &log, err) < 0)
		return -1;
	ret = hl_log_snapshot_begin(log, err);
	if (ret == 0) {
		ret = hl_store_get_entry(hl_log_store(log),
					 hl_log_head(log)->size, &record, err);
		if (ret > 0)
			ret = hl_statement_parse(record.statement,
						 record.statement_size,
						 &statement, err);
		if (ret == 0)
			memcpy(id_r, statement.key_id, HL_KEY_ID_SIZE);
		hl_log_snapshot_end(log);
	}
	hl_log_close(&log);
	return ret;
}

static int compare_first(const void *a, const void *b)
{
	const struct hl_key *left = a, *right = b;

	if (left->first != right->first)
		return left->first < right->first ? -1 : 1;
	return memcmp(left->id, right->id, HL_KEY_ID_SIZE);
}

static int print_key(struct cli *cli, const struct hl_key *key,
		     const unsigned char signer[HL_KEY_ID_SIZE],
		     struct hl_error *err)
{
	bool signs = memcmp(key->id, signer, HL_KEY_ID_SIZE) == 0;
	struct key_cells cells;
	const char *const row[] = {
		cells.id,	    hl_key_status_name(key->status),
		cells.first,	    cells.last,
		signs ? "yes" : "", key->comment};

	key_cells(key, &cells);
	return output_row(cli->out, row, err);
}

static int print_keys(struct cli *cli, const struct hl_key *keys, size_t count,
		      struct hl_error *err)
{
	unsigned char signer[HL_KEY_ID_SIZE];
	size_t i;

	if (find_signer(cli, signer, err) < 0)
		return -1;
	for (i = 0; i < count; i++) {
		if (print_key(cli, &keys[i], signer, err) < 0)
			return -1;
	}
	return 0;
}

/* In the order in which they signed. */
static int print_keyring(struct cli *cli, const struct hl_keyring *keyring,
			 struct hl_error *err)
{
	struct hl_key *keys;
	size_t i, count = 0;
	int ret;

	while (hl_keyring_get(keyring, count) != NULL)
		count++;
	keys = calloc(count + 1, sizeof(*keys));
	if (keys == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	for (i = 0; i < count; i++)
		keys[i] = *hl_keyring_get(keyring, i);
	qsort(keys, count, sizeof(*keys), compare_first);
	ret = print_keys(cli, keys, count, err);
	free(keys);
	return ret;
}

/* One that waits for `key rotate`, for those who may see it. */
static int print_next(struct cli *cli, struct hl_error *err)
{
	char path[PATH_MAX], id[KEY_ID_TEXT_SIZE];
	const char *const cells[] = {id, "generated", "", "", "", ""};
	struct hl_signing_key key;

	if (hl_keys_next_path(cli->config, path, err) < 0)
		return -1;
	if (access(path, R_OK) < 0)
		return 0;
	if (hl_signing_key_read(path, &key, err) < 0)
		return -1;
	key_id_text(key.id, id);
	hl_signing_key_clear(&key);
	return output_row(cli->out, cells, err);
}

int cmd_key_list(struct cli *cli, struct hl_error *err)
{
	struct hl_keyring *keyring;
	int ret;

	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	if (cli_read_config(cli, err) < 0 ||
	    hl_keyring_read(cli->config->keyring, &keyring, err) < 0)
		return -1;
	output_begin(cli->out, 0, columns);
	ret = print_keyring(cli, keyring, err);
	if (ret == 0)
		ret = print_next(cli, err);
	hl_keyring_free(&keyring);
	return ret;
}
