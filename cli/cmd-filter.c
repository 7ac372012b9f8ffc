/* The filter that spares lookups the store. */

#include "commands.h"

int cmd_filter(struct cli *cli, struct hl_error *err)
{
	static const struct output_column columns[] = {{"keys", OUTPUT_NUMBER},
						       {NULL, OUTPUT_TEXT}};
	const char *cells[1];
	struct hl_log *log;
	char number[24];
	uint64_t keys;
	int ret;

	if (cli_open_write(cli, &log, err) < 0)
		return -1;
	ret = hl_log_build_filter(log, &keys, err);
	hl_log_close(&log);
	if (ret < 0)
		return -1;
	output_begin(cli->out, OUTPUT_ONE, columns);
	snprintf(number, sizeof(number), "%llu", (unsigned long long)keys);
	cells[0] = number;
	return output_row(cli->out, cells, err);
}
