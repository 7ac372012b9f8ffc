/* doveadm's formatters as one of the formats of hardlinkctl's output. */

#include "doveadm-hardlink.h"

#include "ostream.h"
#include "doveadm-print.h"

#include "output-format.h"

/* Where nobody asked for a format, what hardlinkctl says in lines is lines here
   too. Each is a row of this column, and its name isn't shown. */
#define LINE "line"

static void print_begin(struct output_sink *sink)
{
	/* by -f, or by the server */
	bool format_is_set = doveadm_print_is_initialized();
	size_t i;

	sink->only_lines =
		sink->columns == NULL ||
		(!format_is_set && (sink->flags & OUTPUT_LINES) != 0);
	if (sink->only_lines) {
		doveadm_print_init(DOVEADM_PRINT_TYPE_FLOW);
		doveadm_print_header(LINE, LINE,
				     DOVEADM_PRINT_HEADER_FLAG_HIDE_TITLE);
		return;
	}
	doveadm_print_init((sink->flags & OUTPUT_ONE) != 0
				   ? DOVEADM_PRINT_TYPE_PAGER
				   : DOVEADM_PRINT_TYPE_TABLE);
	for (i = 0; i < sink->column_count; i++)
		doveadm_print_header_simple(sink->columns[i].name);
}

static int print_row(struct output_sink *sink, const char *const *cells,
		     struct hl_error *err ATTR_UNUSED)
{
	size_t i;

	for (i = 0; i < sink->column_count && !sink->only_lines; i++)
		doveadm_print(cells[i]);
	return 0;
}

static void print_line(struct output_sink *sink, const char *line)
{
	const char *const *lines;

	if (!sink->only_lines)
		return;
	T_BEGIN
	{
		for (lines = t_strsplit(line, "\n"); *lines != NULL; lines++)
			doveadm_print(*lines);
	}
	T_END;
}

/* doveadm itself doesn't notice a full disk. */
static int print_end(struct output_sink *sink ATTR_UNUSED, struct hl_error *err)
{
	if (doveadm_server)
		return 0;
	doveadm_print_flush();
	if (doveadm_print_ostream->stream_errno != 0)
		return hl_error_set(
			err, HL_ERROR_TEMP, "standard output: %s",
			strerror(doveadm_print_ostream->stream_errno));
	/* that's where its tables go */
	if (fflush(stdout) != 0)
		return hl_error_set(err, HL_ERROR_TEMP, "standard output: %s",
				    strerror(errno));
	return 0;
}

const struct output_format doveadm_hardlink_format = {
	.name = "doveadm",
	.begin = print_begin,
	.row = print_row,
	.line = print_line,
	.end = print_end,
};
