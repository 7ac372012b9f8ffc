/* What stands around a command, in either program. */

#include "cli.h"
#include "complete.h"

#include "hl-text.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_read_config(struct cli *cli, struct hl_error *err)
{
	if (cli->config != NULL)
		return 0;
	return hl_config_read(cli->config_path, &cli->config, err);
}

int cli_parse_limit(const struct cli *cli, uint64_t *limit_r,
		    struct hl_error *err)
{
	const char *text = cli->options[OPT_LIMIT];

	*limit_r = 0;
	if (text == NULL ||
	    (hl_text_parse_number(text, strlen(text), limit_r) &&
	     *limit_r != 0))
		return 0;
	return cli_usage_error(cli, err, "--limit: not a number from 1");
}

bool cli_may_page(const struct cli *cli)
{
	return cli->is_program && cli->options[OPT_NO_PAGER] == NULL;
}

/* With 0, 1 or 2 closed, the store would get that number, and a message be
   written into it. What takes their place here fails when it is used. */
static void fill_standard_files(void)
{
	int fd;

	while ((fd = open("/dev/null", O_RDONLY)) >= 0 && fd <= STDERR_FILENO) {
		if (fd == STDIN_FILENO) {
			close(fd);
			if (open("/dev/null", O_WRONLY) < 0)
				return;
		}
	}
	if (fd >= 0)
		close(fd);
}

const char *cli_config_path(const struct cli *cli)
{
	const char *path = getenv("HARDLINK_CONFIG");

	if (cli->options[OPT_CONFIG] != NULL)
		return cli->options[OPT_CONFIG];
	return path != NULL && *path != '\0' ? path : HL_CONFIG_DEFAULT_PATH;
}

static void print_version(const struct cli *cli)
{
	const char *format = cli->options[OPT_FORMAT];

	if (format != NULL && strcmp(format, "json") == 0)
		printf("{\"program\":\"%s\",\"version\":\"%s\","
		       "\"json\":%d}\n",
		       cli->program->name, HL_VERSION, OUTPUT_JSON_VERSION);
	else
		printf("%s %s\n", cli->program->name, HL_VERSION);
}

static int print_and_check(const struct cli *cli, struct hl_error *err)
{
	if (cli->options[OPT_VERSION] != NULL)
		print_version(cli);
	else
		cli_print_help(cli);
	if (fflush(stdout) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
				    strerror(errno));
	return 0;
}

int cli_run_command(struct cli *cli, const struct output_format *format,
		    FILE *file, struct hl_error *err)
{
	int ret;

	if (cli->program->prepare != NULL &&
	    cli->program->prepare(cli, err) < 0)
		return -1;
	cli->out = output_init(format, file);
	if (cli->out == NULL)
		return hl_error_set(err, HL_ERROR_TEMP, "out of memory");
	ret = cli->command->run(cli, err);
	if (ret == 0)
		ret = output_end(cli->out, err);
	if (ret < 0 && cli->changed)
		hl_error_set(err, err->code, "the change is made, but %s",
			     err->text);
	return ret;
}

void cli_free(struct cli *cli)
{
	output_deinit(&cli->out);
	hl_config_free(&cli->config);
	free(cli->args);
	cli->args = NULL;
}

static int parse_format_and_run(struct cli *cli, struct hl_error *err)
{
	const char *name = cli->options[OPT_FORMAT];
	const struct output_format *format;

	if (output_format_parse(name == NULL ? "table" : name, &format, err) <
	    0)
		return cli_usage_error(cli, err, "%s", err->text);
	cli->config_path = cli_config_path(cli);
	cli->is_program = true;
	return cli_run_command(cli, format, stdout, err);
}

static int run(const struct cli_program *program, int argc, char **argv,
	       struct hl_error *err)
{
	struct cli cli;
	int ret;

	memset(&cli, 0, sizeof(cli));
	cli.program = program;
	ret = cli_parse(&cli, argc, argv, err);
	if (ret == 0)
		ret = cli.options[OPT_HELP] != NULL ||
				      cli.options[OPT_VERSION] != NULL
			      ? print_and_check(&cli, err)
			      : parse_format_and_run(&cli, err);
	cli_free(&cli);
	return ret;
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
	struct hl_error err = {HL_ERROR_NONE, ""};

	fill_standard_files();
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	setlocale(LC_CTYPE, "");
	if (argc > 1 && strcmp(argv[1], COMPLETE_COMMAND) == 0)
		return cli_complete(program, argc - 2, argv + 2);
	if (run(program, argc, argv, &err) == 0)
		return 0;
	fprintf(stderr, "%s: %s\n", program->name, err.text);
	return hl_error_exit_code(err.code);
}
