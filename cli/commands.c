/* What hardlinkctl can do. */

#include "commands.h"

static const struct cli_command commands[] = {
	{"init", "[--dir DIR]", "make configuration, keys and an empty store",
	 CLI_OPTION(OPT_DIR), 0, 0, cmd_init},
	{"set",
	 "OLD NEW (--permanent | --until TIME | --for DURATION) [--replace] "
	 "[--reason TEXT]\n"
	 "--from FILE|- [--replace] [--reason TEXT]",
	 "say that mail for OLD goes to NEW; --from: many, from JSON lines",
	 CLI_OPTION(OPT_PERMANENT) | CLI_OPTION(OPT_UNTIL) |
		 CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_REPLACE) |
		 CLI_OPTION(OPT_REASON) | CLI_OPTION(OPT_FROM),
	 0, 2, cmd_set},
	{"unset", "OLD [--reason TEXT]", "end a hard-link, and what is to come",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_unset},
	{"block", "OLD [--reason TEXT]",
	 "bar the owner from changing it; what the owner left to come ends",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_block},
	{"unblock", "OLD [--reason TEXT]", "let the owner change it again",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_unblock},
	{"extend", "OLD (--until TIME | --for DURATION) [--reason TEXT]",
	 "give a temporary hard-link a later expiry",
	 CLI_OPTION(OPT_UNTIL) | CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_REASON),
	 1, 1, cmd_extend},
	{"show", "OLD", "what is known of one address", 0, 1, 1, cmd_show},
	{"lookup", "[--smtputf8] ADDRESS",
	 "the reply that a sender to ADDRESS gets", CLI_OPTION(OPT_SMTPUTF8), 1,
	 1, cmd_lookup},
	{"list",
	 "[--kind KIND] [--state STATE] [--expiring-within DURATION] "
	 "[--domain DOMAIN] [--limit N] [--no-pager]",
	 "the hard-links",
	 CLI_OPTION(OPT_KIND) | CLI_OPTION(OPT_STATE) |
		 CLI_OPTION(OPT_EXPIRING_WITHIN) | CLI_OPTION(OPT_DOMAIN) |
		 CLI_OPTION(OPT_LIMIT) | CLI_OPTION(OPT_NO_PAGER),
	 0, 0, cmd_list},
	{"expire", "[--dry-run] [--force] [--reason TEXT] [OLD ...]",
	 "close what ran out, or end a temporary hard-link now",
	 CLI_OPTION(OPT_DRY_RUN) | CLI_OPTION(OPT_FORCE) |
		 CLI_OPTION(OPT_REASON),
	 0, CLI_ARGS_MAX, cmd_expire},
	{"notify", "[--dry-run] [--force]",
	 "tell owners what is about to run out, or has",
	 CLI_OPTION(OPT_DRY_RUN) | CLI_OPTION(OPT_FORCE), 0, 0, cmd_notify},
	{"import",
	 "FILE|- --format FORMAT [--until TIME | --for DURATION] [--dry-run] "
	 "[--atomic] [--replace] [--reason TEXT]",
	 "set what a file says: JSON lines, CSV, a relocated map of Postfix",
	 CLI_OPTION(OPT_FILE_FORMAT) | CLI_OPTION(OPT_UNTIL) |
		 CLI_OPTION(OPT_FOR) | CLI_OPTION(OPT_DRY_RUN) |
		 CLI_OPTION(OPT_ATOMIC) | CLI_OPTION(OPT_REPLACE) |
		 CLI_OPTION(OPT_REASON),
	 1, 1, cmd_import},
	{"export", "--format FORMAT [--domain DOMAIN] [--kind KIND]",
	 "what is in force, for import or for Postfix",
	 CLI_OPTION(OPT_FILE_FORMAT) | CLI_OPTION(OPT_DOMAIN) |
		 CLI_OPTION(OPT_KIND),
	 0, 0, cmd_export},
	{"history",
	 "[OLD] [--since TIME] [--until TIME] [--actor NAME] "
	 "[--channel CHANNEL] [--action ACTION] [--limit N] [--no-pager]",
	 "what was done, newest first",
	 CLI_OPTION(OPT_SINCE) | CLI_OPTION(OPT_UNTIL) | CLI_OPTION(OPT_ACTOR) |
		 CLI_OPTION(OPT_CHANNEL) | CLI_OPTION(OPT_ACTION) |
		 CLI_OPTION(OPT_LIMIT) | CLI_OPTION(OPT_NO_PAGER),
	 0, 1, cmd_history},
	{"verify",
	 "[--checkpoint FILE] [--resume FILE] [--jobs N] [--progress]",
	 "check the whole log",
	 CLI_OPTION(OPT_CHECKPOINT) | CLI_OPTION(OPT_RESUME) |
		 CLI_OPTION(OPT_JOBS) | CLI_OPTION(OPT_PROGRESS),
	 0, 0, cmd_verify},
	{"rebuild", "[--progress]",
	 "make the index anew from the log, if that verifies",
	 CLI_OPTION(OPT_PROGRESS), 0, 0, cmd_rebuild},
	{"checkpoint", "", "the signed head, to be kept elsewhere", 0, 0, 0,
	 cmd_checkpoint},
	{"proof", "OLD [FILE] [--seq N]",
	 "what proves, without the store, that the log says this of OLD",
	 CLI_OPTION(OPT_SEQ), 1, 2, cmd_proof},
	{"prune", "--before TIME [--dry-run] [--reason TEXT]",
	 "erase from the log what was over by then",
	 CLI_OPTION(OPT_BEFORE) | CLI_OPTION(OPT_DRY_RUN) |
		 CLI_OPTION(OPT_REASON),
	 0, 0, cmd_prune},
	{"forget", "ADDRESS [--dry-run] [--reason TEXT]",
	 "erase from the log everything that names ADDRESS",
	 CLI_OPTION(OPT_DRY_RUN) | CLI_OPTION(OPT_REASON), 1, 1, cmd_forget},
	{"backup", "FILE", "copy the store, while it is in use, to a new file",
	 0, 1, 1, cmd_backup},
	{"filter", "", "make the filter anew that spares lookups the store", 0,
	 0, 0, cmd_filter},
	{"recover", "[--from FILE] --accept-loss [--reason TEXT]",
	 "let an older state of the store be the log from here on",
	 CLI_OPTION(OPT_FROM) | CLI_OPTION(OPT_ACCEPT_LOSS) |
		 CLI_OPTION(OPT_REASON),
	 0, 0, cmd_recover},
	{"doctor", "[--dovecot-config FILE] [--postfix-config DIR]",
	 "check the whole installation, and say how to mend what is wrong",
	 CLI_OPTION(OPT_DOVECOT_CONFIG) | CLI_OPTION(OPT_POSTFIX_CONFIG), 0, 0,
	 cmd_doctor},
	{"migrate", "", "bring a store of an older version up to date", 0, 0, 0,
	 cmd_migrate},
	{"key list", "", "the keys, and which of them signs", 0, 0, 0,
	 cmd_key_list},
	{"key generate", "", "make a key for the next `key rotate`", 0, 0, 0,
	 cmd_key_generate},
	{"key rotate", "[--comment TEXT] [--reason TEXT]",
	 "let a new key sign from now on, and retire the present one",
	 CLI_OPTION(OPT_COMMENT) | CLI_OPTION(OPT_REASON), 0, 0,
	 cmd_key_rotate},
	{"key retire", "KEYID [--reason TEXT]",
	 "let a key that doesn't sign any more sign nothing further",
	 CLI_OPTION(OPT_REASON), 1, 1, cmd_key_retire},
	{"key revoke", "KEYID [--trusted FILE] [--accept-loss] [--reason TEXT]",
	 "believe nothing that a key signed, but what a checkpoint proves",
	 CLI_OPTION(OPT_TRUSTED) | CLI_OPTION(OPT_ACCEPT_LOSS) |
		 CLI_OPTION(OPT_REASON),
	 1, 1, cmd_key_revoke},
	{NULL, NULL, NULL, 0, 0, 0, NULL},
};

const struct cli_program hardlinkctl_program = {
	.name = "hardlinkctl",
	.options = CLI_OPTION(OPT_CONFIG) | CLI_OPTION(OPT_FORMAT) |
		   CLI_OPTION(OPT_ACCEPT_CLOCK) | CLI_OPTION(OPT_HELP) |
		   CLI_OPTION(OPT_VERSION),
	.commands = commands,
	.prepare = cli_set_actor,
	.known = complete_known,
};
