#include "options.h"

#include "hl-build-config.h"
#include "hl-config.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int usage(const struct edge_program *program, FILE *file)
{
	fprintf(file, "usage: %s%s [-c FILE]%s%s\n%s", program->name,
		program->daemon ? " [-f]" : "",
		program->operands == NULL ? "" : " ",
		program->operands == NULL ? "" : program->operands,
		program->operands == NULL ? "" : program->operands_help);
	fputs("  -c FILE  configuration (default: $HARDLINK_CONFIG, or\n"
	      "           " HL_CONFIG_DEFAULT_PATH ")\n",
	      file);
	if (program->daemon)
		fputs("  -f       log to standard error, not to syslog\n",
		      file);
	fputs("  -V       print the version\n", file);
	return file == stdout ? 0 : hl_error_exit_code(HL_ERROR_USAGE);
}

int edge_options_read(const struct edge_program *program, int argc, char **argv,
		      struct edge_options *options_r)
{
	int option;

	memset(options_r, 0, sizeof(*options_r));
	options_r->config_path = getenv("HARDLINK_CONFIG");
	options_r->to_stderr = !program->daemon;
	while ((option = getopt(argc, argv,
				program->daemon ? "c:fhV" : "c:hV")) != -1) {
		switch (option) {
		case 'c':
			options_r->config_path = optarg;
			break;
		case 'f':
			options_r->to_stderr = true;
			break;
		case 'V':
			printf("%s %s\n", program->name, PACKAGE_VERSION);
			return 0;
		default:
			return usage(program, option == 'h' ? stdout : stderr);
		}
	}
	options_r->operands = argv + optind;
	options_r->operand_count = (unsigned int)(argc - optind);
	if ((options_r->operand_count == 0) != (program->operands == NULL))
		return usage(program, stderr);
	if (options_r->config_path == NULL || options_r->config_path[0] == '\0')
		options_r->config_path = HL_CONFIG_DEFAULT_PATH;
	edge_log_open(program->name, options_r->to_stderr);
	return -1;
}

int edge_options_fail(const struct edge_program *program,
		      const struct edge_options *options,
		      const struct hl_error *err)
{
	if (!options->to_stderr)
		fprintf(stderr, "%s: %s\n", program->name, err->text);
	edge_log_error("%s", err->text);
	return hl_error_exit_code(err->code);
}
