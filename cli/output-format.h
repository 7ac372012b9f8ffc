#ifndef OUTPUT_FORMAT_H
#define OUTPUT_FORMAT_H

#include "output.h"

/* How one row looks in each format. */

/* The columns that a text takes on a terminal; bytes where the locale isn't
   UTF-8. */
size_t output_width(const char *text);

/* `name  name` and `cell  cell`, padded to widths. cells NULL: the names. */
void output_table_row(FILE *file, const struct output_column *columns,
		      const char *const *cells, const size_t *widths);
/* `name: cell` lines. */
void output_table_object(FILE *file, const struct output_column *columns,
			 const char *const *cells);
/* Escaped as doveadm does it. cells NULL: the names. */
void output_tab_row(FILE *file, const struct output_column *columns,
		    const char *const *cells);
/* An object, without a line end. */
int output_json_row(FILE *file, const struct output_column *columns,
		    const char *const *cells, struct hl_error *err);

#endif
