#ifndef OUTPUT_FORMAT_H
#define OUTPUT_FORMAT_H

#include "output.h"

/* What a format is made of. */

struct output_sink {
	/* NULL if the format writes elsewhere */
	FILE *file;
	enum output_flags flags;
	/* NULL if there are only lines */
	const struct output_column *columns;
	size_t column_count;
	/* for the format's own use */
	size_t widths[OUTPUT_COLUMNS_MAX];
	bool only_lines;
	/* was a row written? */
	bool any_row;
};

/* Whoever calls these looks after errors of the file. All but row may be
   NULL. */
struct output_format {
	const char *name;
	/* Sees each of the first rows before anything is written. */
	void (*measure)(struct output_sink *sink, const char *const *cells);
	/* Once, before rows and lines, even if none follow. */
	void (*begin)(struct output_sink *sink);
	int (*row)(struct output_sink *sink, const char *const *cells,
		   struct hl_error *err);
	/* Without it lines aren't shown. */
	void (*line)(struct output_sink *sink, const char *line);
	int (*end)(struct output_sink *sink, struct hl_error *err);
};

extern const struct output_format output_format_table;
extern const struct output_format output_format_json;

#endif
