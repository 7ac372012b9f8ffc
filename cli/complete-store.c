/* What hardlinkctl completes from the store and the keyring, where the user may
   read them: nothing of it is checked, nobody acts on it. */

#include "commands.h"
#include "key-line.h"

#include "hl-text.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* More than anybody reads: then the user has to write on. */
#define KNOWN_MAX 200

struct known {
	const char *prefix;
	size_t count;
	char *text;
	FILE *file;
};

static bool is_shown(const struct known *known, const char *key)
{
	return strncmp(key, known->prefix, strlen(known->prefix)) == 0 &&
	       hl_text_is_clean_utf8(key, strlen(key));
}

static int add_row(const struct hl_index_row *row, void *context,
		   struct hl_error *err)
{
	struct known *known = context;

	(void)err;
	if (!is_shown(known, row->key) || known->count > KNOWN_MAX)
		return 1;
	fprintf(known->file, "%s\n", row->key);
	known->count++;
	return 0;
}

static int add_addresses(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err)
{
	struct known *known = context;
	struct hl_store *store = hl_log_store(log);
	struct hl_index_row rows[2];
	size_t count;

	(void)cli;
	if (*known->prefix != '\0' &&
	    (hl_store_get_newest(store, known->prefix, rows, &count, err) < 0 ||
	     (count > 0 && add_row(&rows[0], known, err) < 0)))
		return -1;
	return hl_store_each_open_at(store, INT64_MAX, known->prefix, add_row,
				     known, err);
}

static void add_keys(struct cli *cli, struct known *known, struct hl_error *err)
{
	struct hl_keyring *keyring;
	const struct hl_key *key;
	char id[KEY_ID_TEXT_SIZE];
	size_t i;

	if (sodium_init() < 0 || cli_read_config(cli, err) < 0 ||
	    hl_keyring_read(cli->config->keyring, &keyring, err) < 0)
		return;
	for (i = 0; (key = hl_keyring_get(keyring, i)) != NULL; i++) {
		key_id_text(key->id, id);
		if (is_shown(known, id))
			fprintf(known->file, "%s\n", id);
	}
	hl_keyring_free(&keyring);
}

void complete_known(struct cli *cli, const char *kind, const char *prefix,
		    void (*func)(const char *value))
{
	struct known known = {.prefix = prefix};
	struct hl_error err = {HL_ERROR_NONE, ""};
	size_t size;
	char *value, *rest;

	known.file = open_memstream(&known.text, &size);
	if (known.file == NULL)
		return;
	if (strcmp(kind, "OLD") == 0 || strcmp(kind, "ADDRESS") == 0)
		(void)cli_read(cli, add_addresses, &known, &err);
	else if (strcmp(kind, "KEYID") == 0)
		add_keys(cli, &known, &err);
	if (fclose(known.file) == 0 && known.count <= KNOWN_MAX) {
		rest = known.text;
		while ((value = strsep(&rest, "\n")) != NULL && *value != '\0')
			func(value);
	}
	free(known.text);
}
