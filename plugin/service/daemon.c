#include "daemon.h"
#include "batch.h"
#include "mail.h"
#include "tokens.h"
#include "userdb.h"

#include "hl-file.h"

#include "ioloop.h"

/* In the service's directory, which is Dovecot's base_dir. */
#define USERDB_SOCKET "auth-hardlink-userdb"
#define TOKEN_SOCKET  "auth-hardlink-tokenlogin"

static struct hl_fingerprint config_seen;

void hld_init(struct hld *hld, const char *config_path)
{
	struct hl_error err;

	i_zero(hld);
	hld->config_path = config_path;
	hld->event = event_create(NULL);
	event_set_append_log_prefix(hld->event, "");
	hld->userdb = hld_userdb_init(USERDB_SOCKET, hld->event);
	hld->tokens = hld_tokens_init(TOKEN_SOCKET);
	hld->batch = hld_batch_init(hld);
	hld->mails = hld_mails_init(hld);
	/* what is wrong is logged, and said to whoever asks */
	if (hld_refresh(hld, &err) == 0 && hld_open_log(hld, &err) < 0)
		e_error(hld->event, "%s", err.text);
}

void hld_deinit(struct hld *hld)
{
	/* in this order: what is written may be worth a mail */
	hld_batch_deinit(&hld->batch);
	hld_mails_deinit(&hld->mails);
	hld_tokens_deinit(&hld->tokens);
	hld_userdb_deinit(&hld->userdb);
	hld_close_log(hld);
	hl_lookup_deinit(&hld->lookup);
	hl_config_free(&hld->config);
	event_unref(&hld->event);
}

static int read_config(struct hld *hld, struct hl_error *err)
{
	struct hl_config *config;
	struct stat st;

	if (hld->config != NULL &&
	    !hl_fingerprint_changed(&config_seen, hld->config_path))
		return 0;
	/* before reading: what changes in between is read again next time */
	if (stat(hld->config_path, &st) < 0)
		i_zero(&st);
	hl_fingerprint_init(&config_seen, &st);
	if (hl_config_read(hld->config_path, &config, err) < 0)
		return -1;
	hld_close_log(hld);
	hl_lookup_deinit(&hld->lookup);
	hl_config_free(&hld->config);
	hld->config = config;
	hld->lookup = hl_lookup_init(config);
	if (hld->lookup == NULL)
		i_fatal_status(FATAL_OUTOFMEM, "out of memory");
	return 0;
}

int hld_refresh(struct hld *hld, struct hl_error *err)
{
	if (read_config(hld, err) == 0)
		return 0;
	if (hld->config == NULL) {
		e_error(hld->event, "Can't use the configuration: %s",
			err->text);
		return -1;
	}
	e_error(hld->event,
		"Can't use the configuration: %s; the former one stays in "
		"force",
		err->text);
	return 0;
}

int hld_open_log(struct hld *hld, struct hl_error *err)
{
	if (hld->log != NULL && !hl_store_is_replaced(hl_log_store(hld->log)))
		return 0;
	hld_close_log(hld);
	return hl_log_open(hld->config, true, &hld->log, err);
}

void hld_raise_mark(struct hld *hld)
{
	struct hl_error err;

	if (hld->log != NULL && hl_log_raise_mark(hld->log, &err) < 0)
		e_warning(hld->event, "%s", err.text);
}

void hld_close_log(struct hld *hld)
{
	hld_raise_mark(hld);
	hl_log_close(&hld->log);
}
