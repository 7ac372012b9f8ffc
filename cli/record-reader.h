#ifndef RECORD_READER_H
#define RECORD_READER_H

#include "hl-error.h"

#include <stdint.h>
#include <stdio.h>

/* Takes a file apart into the records of a text format, one at a time, in
   memory that doesn't grow with it. */

/* without the line end */
#define RECORD_MAX 65536

enum record_form {
	/* a line is a record */
	RECORD_LINE,
	/* RFC 4180: a line end between double quotes belongs to the record */
	RECORD_QUOTED,
	/* postmap(1): a line that begins with a blank continues the one before;
	   empty lines and those whose first sign is `#` aren't there, even in
	   between */
	RECORD_CONTINUED
};

struct record_reader {
	FILE *file;
	enum record_form form;
	/* the record, with a NUL behind it */
	char *buf;
	/* above RECORD_MAX if it was cut there */
	size_t size;
	/* in lines, from 1: where the record begins */
	uint64_t number;
	/* where it ends */
	uint64_t last;
};

/* The file stays the caller's. */
int record_reader_init(struct record_reader *reader, FILE *file,
		       enum record_form form, struct hl_error *err);
void record_reader_deinit(struct record_reader *reader);

/* 1: there was one (which may be empty, but not in RECORD_CONTINUED); 0 at the
   end; -1: errno says why the file can't be read. */
int record_reader_next(struct record_reader *reader);

#endif
