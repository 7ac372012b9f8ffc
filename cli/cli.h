#ifndef CLI_H
#define CLI_H

#include "hl-change.h"
#include "output.h"

/* What the commands share, of both programs: hardlinkctl and mailmove. */

/* Of both; a program knows those that its commands take. */
enum cli_option {
	OPT_CONFIG,
	OPT_FORMAT,
	OPT_ACCEPT_CLOCK,
	OPT_HELP,
	OPT_VERSION,
	OPT_DIR,
	OPT_PERMANENT,
	OPT_UNTIL,
	OPT_FOR,
	OPT_REPLACE,
	OPT_REASON,
	OPT_FROM,
	OPT_KIND,
	OPT_STATE,
	OPT_EXPIRING_WITHIN,
	OPT_DOMAIN,
	OPT_DRY_RUN,
	OPT_SINCE,
	OPT_ACTOR,
	OPT_ACTION,
	OPT_LIMIT,
	OPT_ACCEPT_LOSS,
	OPT_CHECKPOINT,
	OPT_TRUSTED,
	OPT_COMMENT,
	OPT_SMTPUTF8,
	OPT_ADDRESS,
	OPT_YES,
	OPT_SOCKET,
	OPT_SERVER,
	OPT_CACERT,
	OPT_PASSWORD_FD,
	OPT_NETRC,
	OPT_FILE_FORMAT,
	OPT_ATOMIC,
	OPT_DOVECOT_CONFIG,
	OPT_POSTFIX_CONFIG,
	OPT_BEFORE,
	OPT_SEQ,
	OPT_FORCE,
	OPT_CHANNEL,
	OPT_NO_PAGER,
	OPT_RESUME,
	OPT_PROGRESS,
	OPT_JOBS,
	OPT_COUNT
};

#define CLI_OPTION(option) (UINT64_C(1) << (option))

struct cli {
	const struct cli_program *program;
	/* NULL only with --help and --version */
	const struct cli_command *command;
	/* the first word of a command that has two, until the second is seen */
	const char *group;
	/* the values of the options given, "" for those that take none */
	const char *options[OPT_COUNT];
	char **args;
	int arg_count;

	const char *config_path;
	/* NULL until cli_read_config() */
	struct hl_config *config;
	struct hl_actor actor;
	char actor_name[HL_ACTOR_SIZE];
	struct output *out;
	/* something was committed that no later failure takes back */
	bool changed;
	/* a program of its own, whose output may go to a pager */
	bool is_program;
};

struct cli_command {
	/* "list", or in a group of commands "key list" */
	const char *name;
	/* arguments and options, one form a line */
	const char *usage;
	/* what it does, in one line */
	const char *help;
	/* CLI_OPTION()s besides the program's */
	uint64_t options;
	int min_args, max_args;
	int (*run)(struct cli *cli, struct hl_error *err);
};

#define CLI_ARGS_MAX INT32_MAX

struct cli_program {
	const char *name;
	/* CLI_OPTION()s that any command takes */
	uint64_t options;
	/* The last one has no name. */
	const struct cli_command *commands;
	/* What comes before any command; may be NULL. */
	int (*prepare)(struct cli *cli, struct hl_error *err);
	/* What the store knows of a value's kind ("OLD", "KEYID"): func for
	   each that begins with prefix. May be NULL. It may fail silently. */
	void (*known)(struct cli *cli, const char *kind, const char *prefix,
		      void (*func)(const char *value));
};

/* The whole of main(). */
int cli_main(const struct cli_program *program, int argc, char **argv);

/* Takes the command line apart. Command, options and arguments may stand in
   any order, the command before its arguments. */
int cli_parse(struct cli *cli, int argc, char **argv, struct hl_error *err);
/* Does the command take what was given? Part of cli_parse(). */
int cli_check(const struct cli *cli, struct hl_error *err);
/* Runs the command, once all but out is there, with its output in this format:
   see output_init(). */
int cli_run_command(struct cli *cli, const struct output_format *format,
		    FILE *file, struct hl_error *err);
/* Of a struct cli that begins as zeros, and whose args are malloc()ed. */
void cli_free(struct cli *cli);

/* One of the table of options: its name without dashes, of one letter for a
   short option; what its value is, or NULL if it takes none; what it does. */
struct cli_option_info {
	const char *name, *value, *help;
};
const struct cli_option_info *cli_option_info(enum cli_option option);

/* The command of this name, within cli's group if it has one; or NULL. */
const struct cli_command *cli_find_command(const struct cli *cli,
					   const char *word);
/* What follows the group's name in a command's; NULL if it isn't of it. */
const char *cli_name_in_group(const char *name, const char *group);

/* What --help prints, for the command if there is one. */
void cli_print_help(const struct cli *cli);
/* A usage error that says where help is. Returns -1. */
int cli_usage_error(const struct cli *cli, struct hl_error *err,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* -c, or what stands for it. */
const char *cli_config_path(const struct cli *cli);
/* Once; again it does nothing. */
int cli_read_config(struct cli *cli, struct hl_error *err);

/* --- hardlinkctl alone, core.c */

/* Parses an address given by the user, as hard-links are kept; or a whole
   domain, `@example.org`. */
int cli_parse_old(const char *text, struct hl_address *address_r,
		  struct hl_error *err);
/* --limit; 0 without it. */
int cli_parse_limit(const struct cli *cli, uint64_t *limit_r,
		    struct hl_error *err);
/* May what is printed go to a pager? */
bool cli_may_page(const struct cli *cli);
/* One that is to be written, old or new: hl_address_make_writable(). */
int cli_parse_writable(const char *text, size_t size,
		       struct hl_address *address_r, struct hl_error *err);

/* Who acts, and why by --reason. HL_ERROR_DATA if the reason isn't fit. */
int cli_set_actor(struct cli *cli, struct hl_error *err);
/* Is this fit to be an entry's reason? */
int cli_check_reason(const char *reason, size_t size, struct hl_error *err);

/* A warning that doesn't change the exit code. */
void cli_warn(const char *text);
/* One error of several: the last of them is the command's own. */
void cli_complain(const char *text);
/* Where these two go, from now on: not to standard error. */
typedef void cli_remark_func(bool is_error, const char *text);
void cli_set_remark_func(cli_remark_func *func);

/* Runs func within one state of the log. */
typedef int cli_log_func(struct cli *cli, struct hl_log *log, void *context,
			 struct hl_error *err);
int cli_read(struct cli *cli, cli_log_func *func, void *context,
	     struct hl_error *err);
/* Runs func within one transaction; output waits for its commit. If func
   returns 1, there is nothing to be committed. */
int cli_write(struct cli *cli, cli_log_func *func, void *context,
	      struct hl_error *err);
/* The same in steps, for more than one transaction. */
int cli_open_write(struct cli *cli, struct hl_log **log_r,
		   struct hl_error *err);
int cli_transact(struct cli *cli, struct hl_log *log, cli_log_func *func,
		 void *context, struct hl_error *err);
/* Closes it (NULL: nothing) after many changes, and makes its filter anew if
   there is none that is any good: for the time that this takes. */
void cli_close_write(struct hl_log **log);

#endif
