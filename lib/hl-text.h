#ifndef HL_TEXT_H
#define HL_TEXT_H

#include "hl-error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Text documents of schema/FORMAT.md section 1: a magic line, then `name=value`
   lines in a fixed order. Reading is strict: what isn't the one right encoding
   fails. */

struct hl_text_reader {
	const char *pos, *end;
	/* names the document in errors ("payload") */
	const char *what;
	struct hl_error *err;
};

int hl_text_read_init(struct hl_text_reader *reader, const char *what,
		      const void *data, size_t size, const char *magic,
		      struct hl_error *err);
/* The value of the next line, which must have this name. It points into the
   document and isn't terminated. */
int hl_text_read(struct hl_text_reader *reader, const char *name,
		 const char **value_r, size_t *size_r);
/* Values of a fixed form; an empty one is an error. */
int hl_text_read_number(struct hl_text_reader *reader, const char *name,
			uint64_t min, uint64_t max, uint64_t *number_r);
int hl_text_read_hex(struct hl_text_reader *reader, const char *name,
		     unsigned char *bytes_r, size_t size);
/* text_r is terminated; text_r_size is the largest length plus one. */
int hl_text_read_utf8(struct hl_text_reader *reader, const char *name,
		      char *text_r, size_t text_r_size);
/* One of names (NULL-terminated); gives its place. */
int hl_text_read_name(struct hl_text_reader *reader, const char *name,
		      const char *const *names, unsigned int *place_r);
/* Nothing may follow. */
int hl_text_read_end(struct hl_text_reader *reader);
/* Fills the reader's error: "<what>: <name>: …". Returns -1. */
int hl_text_read_error(struct hl_text_reader *reader, const char *name,
		       const char *problem);

/* A decimal number without sign and leading zeros. */
bool hl_text_parse_number(const char *text, size_t size, uint64_t *number_r);
/* Well-formed UTF-8 (RFC 3629) without control characters (C0, DEL, C1)? */
bool hl_text_is_clean_utf8(const char *text, size_t size);

/* A document being written into a buffer of the caller. Overflow is
   remembered and reported by hl_text_write_end() alone. */
struct hl_text_writer {
	char *buf;
	size_t size, used;
	bool overflow;
};

void hl_text_write_init(struct hl_text_writer *writer, char *buf, size_t size,
			const char *magic);
void hl_text_write(struct hl_text_writer *writer, const char *name,
		   const char *value);
void hl_text_write_bytes(struct hl_text_writer *writer, const char *name,
			 const char *value, size_t size);
void hl_text_write_number(struct hl_text_writer *writer, const char *name,
			  uint64_t number);
void hl_text_write_hex(struct hl_text_writer *writer, const char *name,
		       const unsigned char *bytes, size_t size);
/* The document's length, or 0 if it didn't fit. */
size_t hl_text_write_end(struct hl_text_writer *writer);

#endif
