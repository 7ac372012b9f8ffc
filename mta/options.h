#ifndef EDGE_OPTIONS_H
#define EDGE_OPTIONS_H

#include <stdbool.h>

/* The command line that the programs beside an MTA have in common: -c FILE,
   -f, -h, -V. */

struct edge_program {
	/* "hardlink-milter" */
	const char *name;
	/* a daemon: has -f, and logs to syslog without it */
	bool daemon;
	/* what follows the options ("DOMAIN..."), at least one; NULL: nothing
	 */
	const char *operands;
	/* about them, for the usage; whole lines */
	const char *operands_help;
};

struct edge_options {
	const char *config_path;
	bool to_stderr;
	/* those that follow the options */
	char **operands;
	unsigned int operand_count;
};

/* Reads the command line and opens the log. Returns -1 to go on, or the code to
   exit with. */
int edge_options_read(const struct edge_program *program, int argc, char **argv,
		      struct edge_options *options_r);

/* What keeps a program from starting: into the log, and where whoever started
   it looks. Returns the code to exit with. */
struct hl_error;
int edge_options_fail(const struct edge_program *program,
		      const struct edge_options *options,
		      const struct hl_error *err);

#endif
