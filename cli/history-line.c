#include "history-line.h"

static const struct output_column columns[] = {
	{"seq", OUTPUT_NUMBER},	      {"time", OUTPUT_TEXT},
	{"action", OUTPUT_TEXT},      {"channel", OUTPUT_TEXT},
	{"actor", OUTPUT_OPTIONAL},   {"address", OUTPUT_OPTIONAL},
	{"kind", OUTPUT_OPTIONAL},    {"target", OUTPUT_OPTIONAL},
	{"expires", OUTPUT_OPTIONAL}, {"reason", OUTPUT_OPTIONAL},
	{"detail", OUTPUT_OPTIONAL},  {NULL, OUTPUT_TEXT},
};

void history_line_begin(struct output *out)
{
	output_begin(out, 0, columns);
}

int history_line_print(struct output *out, const struct history_line *line,
		       struct hl_error *err)
{
	char seq[32], time[HL_TIME_SIZE], address[HL_ADDRESS_SIZE] = "";
	struct cli_link_cells link;
	const char *const cells[] = {seq,	    time,	 line->action,
				     line->channel, line->actor, address,
				     link.kind,	    link.target, link.expires,
				     line->reason,  line->detail};

	snprintf(seq, sizeof(seq), "%llu", (unsigned long long)line->seq);
	cli_time_cell(line->time, time);
	if (line->address != NULL)
		hl_address_format(line->address, address);
	cli_link_cells(line->link, &link);
	return output_row(out, cells, err);
}

void history_line_next(const struct hl_next *next,
		       char detail_r[HISTORY_DETAIL_SIZE])
{
	char words[CLI_LINK_WORDS_SIZE], from[HL_TIME_SIZE];

	cli_link_words(&next->link, words);
	cli_time_cell(next->effective, from);
	snprintf(detail_r, HISTORY_DETAIL_SIZE, "next: %s, from %s%s", words,
		 from, next->confirmed ? "" : ", to be confirmed");
}
