#ifndef DOVEADM_HARDLINK_H
#define DOVEADM_HARDLINK_H

#include "hl-dovecot-compat.h"
#include "array.h"
#include "doveadm.h"

#include "cli.h"

/* hardlinkctl's commands as doveadm's: "hardlink list", and so on. */

/* One of hardlinkctl's commands, as doveadm knows it. */
struct doveadm_hardlink_command {
	const struct cli_command *command;
	/* what doveadm refers to */
	const char *name, *usage;
	/* first those for the options, then those for the arguments, in their
	   order; the last has no name */
	const struct doveadm_cmd_param *params;
	/* what each of them stands for */
	const struct doveadm_hardlink_param *means;
};

struct doveadm_hardlink_param {
	/* OPT_COUNT: an argument */
	enum cli_option option;
	/* is its value the name of a file? */
	bool names_file;
};

/* Fills in the rest from command. */
void doveadm_hardlink_command_init(struct doveadm_hardlink_command *cmd,
				   pool_t pool);

/* Puts what doveadm was given into cli. Refuses what only the command line of
   this host may say. */
int doveadm_hardlink_values_get(const struct doveadm_hardlink_command *cmd,
				const struct doveadm_cmd_context *cctx,
				struct cli *cli, struct hl_error *err);

/* The configuration's path: HARDLINK_CONFIG, or else Dovecot's setting. It may
   be in the data stack. */
int doveadm_hardlink_config_path(const struct doveadm_cmd_context *cctx,
				 const char **path_r, struct hl_error *err);

/* Runs the command to its end: output, one line if it fails, exit code. */
void doveadm_hardlink_run(const struct doveadm_hardlink_command *cmd,
			  struct doveadm_cmd_context *cctx);

/* What a command says, handed to doveadm's formatters. */
extern const struct output_format doveadm_hardlink_format;

#endif
