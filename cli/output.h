#ifndef OUTPUT_H
#define OUTPUT_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* What a command says, as rows, in one of the formats of -f. Nothing is written
   before about a megabyte has come together (see output_page()), so that what
   fails early leaves standard output empty, and a table's columns fit. */

enum output_type {
	OUTPUT_TEXT,
	/* null in JSON when empty */
	OUTPUT_OPTIONAL,
	/* decimal; null in JSON when empty */
	OUTPUT_NUMBER,
	/* "yes" or "" */
	OUTPUT_BOOL
};

enum output_flags {
	/* exactly one row: an object in JSON, `name: value` lines as table */
	OUTPUT_ONE = 1 << 0,
	/* as table there are only the lines of output_line() */
	OUTPUT_LINES = 1 << 1
};

struct output_column {
	const char *name;
	enum output_type type;
};

#define OUTPUT_COLUMNS_MAX 20

/* Of the JSON form, hardlinkctl-json(7): raised when anything but a new member
   changes. */
#define OUTPUT_JSON_VERSION 1

struct output;
/* See output-format.h. */
struct output_format;

/* "table", "tab", "json", "flow", "pager"; HL_ERROR_USAGE for anything else. */
int output_format_parse(const char *name, const struct output_format **format_r,
			struct hl_error *err);

/* file: where the format writes; NULL if it has another place. Returns NULL
   when out of memory. */
struct output *output_init(const struct output_format *format, FILE *file);
void output_deinit(struct output **out);

/* Says what rows will follow; before anything else. columns must outlive them
   and end with one that has no name. */
void output_begin(struct output *out, enum output_flags flags,
		  const struct output_column *columns);
/* Before output_begin(), for what may be long: a reader who waits gets the
   first page as soon as it's there, and then no row is asked for before he has
   read those before; may_page: on a terminal, through a pager. */
void output_page(struct output *out, bool may_page);
/* One string for each column. Returns 1 if nobody reads any more, which is no
   error (only after output_page()). */
int output_row(struct output *out, const char *const *cells,
	       struct hl_error *err);
/* In tables only: a line as it is. */
int output_line(struct output *out, struct hl_error *err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* While held, nothing is written however much comes together. */
void output_hold(struct output *out, bool hold);
/* Writes the rest; HL_ERROR_TEMP if it can't be written. */
int output_end(struct output *out, struct hl_error *err);

#endif
