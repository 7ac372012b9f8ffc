#ifndef LINK_SOURCE_H
#define LINK_SOURCE_H

#include "link-line.h"

/* A file of hard-links, read one at a time. */

enum link_format {
	LINK_JSON,
	LINK_CSV,
	/* the source of a Postfix map for relocated_maps */
	LINK_RELOCATED,
	/* for export alone: of a Postfix table of recipients */
	LINK_RECIPIENTS
};

/* The first line of CSV. */
#define LINK_CSV_HEADER "address,kind,target,expires"

/* HL_ERROR_USAGE if there is no such format. */
int link_format_parse(const char *name, enum link_format *format_r,
		      struct hl_error *err);

struct link_source;

/* path may be "-". zone is for dates; expiry is that of formats which don't
   say one. Both must outlive the source. */
int link_source_open(const char *path, enum link_format format,
		     const char *zone, const struct cli_expiry *expiry,
		     struct link_source **source_r, struct hl_error *err);
void link_source_close(struct link_source **source);

/* As messages call it. */
const char *link_source_name(const struct link_source *source);
/* Makes sure that reading it won't have to wait: what comes from elsewhere than
   a file is copied into one that has no name. */
int link_source_spool(struct link_source *source, struct hl_error *err);

/* 1: there was one, 0 at the end. HL_ERROR_DATA, with the place in front: this
   one is bad, the next may not be. Any other error is the end. */
int link_source_next(struct link_source *source, struct link_line **line_r,
		     struct hl_error *err);
/* Puts the place in front of what is wrong with the line. Returns -1. */
int link_source_prefix(const struct link_source *source, uint64_t number,
		       struct hl_error *err);

#endif
