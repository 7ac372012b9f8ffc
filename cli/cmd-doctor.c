/* doctor: the checks, and what they need of each other. */

#include "commands.h"
#include "doctor.h"

#include "hl-keyring.h"

#include <stdio.h>

#include <sodium.h>

static const struct output_column columns[] = {
	{"check", OUTPUT_TEXT}, {"result", OUTPUT_TEXT},
	{"what", OUTPUT_TEXT},	{"mend", OUTPUT_OPTIONAL},
	{NULL, OUTPUT_TEXT},
};

/* Why a check isn't made, by what it lacks first. */
static const struct {
	enum doctor_fact fact;
	const char *why;
} lacks[] = {
	{DOCTOR_CONFIG, "the configuration can't be read"},
	{DOCTOR_HERE, "the store isn't a file on this machine"},
	{DOCTOR_KEYRING, "the keyring can't be read"},
	{DOCTOR_STORE, "the store can't be read"},
	{DOCTOR_LOG, "the head of the log isn't right, or can't be read"},
	{DOCTOR_ENTRIES, "the entries of the log don't verify"},
	{DOCTOR_DOVECOT, "there is no Dovecot whose configuration can be read"},
	{DOCTOR_LMTP, "Dovecot's lmtp doesn't load lmtp_hardlink"},
	{DOCTOR_MODULES, "a module isn't right"},
	{DOCTOR_SERVICE, "hardlinkd isn't a service of this Dovecot"},
	{DOCTOR_RUNNING, "Dovecot doesn't run"},
	{DOCTOR_READER, "lmtp can't read the store, or only root can see that"},
	{DOCTOR_POSTFIX, "there is no Postfix whose settings can be read"},
	{DOCTOR_QUEUE, "no Postfix here hands mail to Dovecot"},
	{DOCTOR_MILTER, "Postfix doesn't ask hardlink-milter"},
};

static const struct {
	const char *name;
	void (*run)(struct doctor *doctor);
	unsigned int needs;
} checks[] = {
	{"config", doctor_check_config, 0},
	{"dovecot", doctor_check_dovecot, 0},
	{"service", doctor_check_service, DOCTOR_DOVECOT},

	{"keyring", doctor_check_keyring, DOCTOR_CONFIG | DOCTOR_HERE},
	{"signing-key", doctor_check_signing_key,
	 DOCTOR_CONFIG | DOCTOR_HERE | DOCTOR_KEYRING},
	{"next-key", doctor_check_next_key, DOCTOR_CONFIG | DOCTOR_HERE},
	{"directories", doctor_check_parents, DOCTOR_CONFIG},
	/* before it is opened: for root, SQLite gives -wal and -shm to the
	   database's owner then */
	{"store-files", doctor_check_store_files, DOCTOR_CONFIG | DOCTOR_HERE},
	{"store", doctor_check_store, DOCTOR_CONFIG | DOCTOR_HERE},
	{"file-system", doctor_check_file_system,
	 DOCTOR_CONFIG | DOCTOR_HERE | DOCTOR_STORE},
	{"space", doctor_check_space,
	 DOCTOR_CONFIG | DOCTOR_HERE | DOCTOR_STORE},
	{"head", doctor_check_head, DOCTOR_STORE | DOCTOR_KEYRING},
	{"mark", doctor_check_mark, DOCTOR_STORE | DOCTOR_LOG},
	{"entries", doctor_check_entries, DOCTOR_LOG},
	{"clock", doctor_check_clock, 0},
	{"timer", doctor_check_timer, DOCTOR_LOG | DOCTOR_ENTRIES},

	{"running", doctor_check_running, DOCTOR_DOVECOT},
	{"lmtp-plugin", doctor_check_lmtp_plugin, DOCTOR_DOVECOT},
	{"global-plugins", doctor_check_global_plugins, DOCTOR_DOVECOT},
	{"modules", doctor_check_modules, DOCTOR_DOVECOT},
	{"config-path", doctor_check_config_path,
	 DOCTOR_CONFIG | DOCTOR_DOVECOT},
	{"reader", doctor_check_reader,
	 DOCTOR_CONFIG | DOCTOR_HERE | DOCTOR_STORE | DOCTOR_DOVECOT},
	{"sockets", doctor_check_sockets, DOCTOR_SERVICE | DOCTOR_RUNNING},
	{"hardlinkd", doctor_check_answers,
	 DOCTOR_CONFIG | DOCTOR_SERVICE | DOCTOR_RUNNING},
	{"lookup", doctor_check_lookup, DOCTOR_CONFIG},
	{"notice", doctor_check_notice, DOCTOR_CONFIG | DOCTOR_SERVICE},
	{"login-plugins", doctor_check_login_plugins, DOCTOR_DOVECOT},
	{"mail", doctor_check_mail_out, DOCTOR_CONFIG | DOCTOR_SERVICE},
	{"lmtp", doctor_check_lmtp,
	 DOCTOR_LOG | DOCTOR_ENTRIES | DOCTOR_LMTP | DOCTOR_MODULES |
		 DOCTOR_READER | DOCTOR_RUNNING},

	{"postfix", doctor_check_postfix, 0},
	{"milter", doctor_check_milter, DOCTOR_CONFIG | DOCTOR_QUEUE},
	{"milter-answers", doctor_check_milter_answers,
	 DOCTOR_CONFIG | DOCTOR_MILTER},
	{"non-smtpd-milters", doctor_check_non_smtpd,
	 DOCTOR_CONFIG | DOCTOR_POSTFIX},
	{"aliases", doctor_check_aliases,
	 DOCTOR_LOG | DOCTOR_ENTRIES | DOCTOR_POSTFIX},
	{"exim", doctor_check_exim, DOCTOR_CONFIG},
	{"opensmtpd", doctor_check_opensmtpd, DOCTOR_CONFIG},
	{"lmtp-mode", doctor_check_lmtp_mode, DOCTOR_CONFIG},
};

static void run_check(struct doctor *doctor, size_t i)
{
	unsigned int lacking = checks[i].needs & ~doctor->facts;
	size_t j;

	doctor->check = checks[i].name;
	for (j = 0; j < sizeof(lacks) / sizeof(lacks[0]); j++) {
		if ((lacking & lacks[j].fact) != 0) {
			doctor_skip(doctor, "not looked at: %s", lacks[j].why);
			return;
		}
	}
	checks[i].run(doctor);
}

static void close_all(struct doctor *doctor)
{
	if (doctor->log != NULL)
		hl_log_snapshot_end(doctor->log);
	hl_log_close(&doctor->log);
	if (doctor->store != NULL)
		hl_store_snapshot_end(doctor->store);
	hl_store_close(&doctor->store);
	hl_keyring_free(&doctor->keyring);
	doctor_settings_deinit(&doctor->dovecot);
	doctor_settings_deinit(&doctor->postfix);
}

static int summarize(const struct doctor *doctor, struct hl_error *err)
{
	if (doctor->failed)
		return -1;
	if (output_line(doctor->cli->out, err,
			"%u error%s, %u warning%s, %u not looked at",
			doctor->errors, doctor->errors == 1 ? "" : "s",
			doctor->warnings, doctor->warnings == 1 ? "" : "s",
			doctor->skipped) < 0)
		return -1;
	if (doctor->errors == 0)
		return 0;
	/* the rows are what was asked for */
	if (output_end(doctor->cli->out, err) < 0)
		return -1;
	return hl_error_set(err, HL_ERROR_CONFIG,
			    "something is wrong with this installation: mend "
			    "it from the top, and run doctor again");
}

int cmd_doctor(struct cli *cli, struct hl_error *err)
{
	struct doctor doctor = {
		.cli = cli,
		.err = err,
		.dovecot_config = cli->options[OPT_DOVECOT_CONFIG],
		.postfix_config = cli->options[OPT_POSTFIX_CONFIG],
	};
	size_t i;

	if (sodium_init() < 0)
		return hl_error_set(err, HL_ERROR_TEMP,
				    "libsodium doesn't start");
	output_begin(cli->out, OUTPUT_LINES, columns);
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		run_check(&doctor, i);
	close_all(&doctor);
	return summarize(&doctor, err);
}
