#ifndef HL_FILTER_H
#define HL_FILTER_H

#include "hl-entry.h"

#include <sys/types.h>

/* A set of index keys in memory that the processes of a machine share, which
   may say "perhaps" for a key that a log doesn't hold, but "no" only for one
   that it doesn't: nearly all recipients never moved, and a "no" saves the
   store. A Bloom filter in a file of /run, mapped; schema/FILTER.md says who
   does what when, and why no committed hard-link is ever hidden.

   A filter is never needed: where there's none that can be believed, the store
   itself is asked. So nothing here gives an error but the building of one. */

struct hl_filter;

/* Where the filter of a log lies. HL_ERROR_CONFIG if the path is too long. */
int hl_filter_path(const char *dir, const unsigned char origin[HL_ORIGIN_SIZE],
		   char *path_r, size_t path_r_size, struct hl_error *err);

/* The filter at path, if it is whole, was made since the machine started, and
   isn't retired; otherwise NULL. owner is the store's: nobody but that user,
   root and this process's may own or write to it. */
struct hl_filter *hl_filter_open(const char *path, uid_t owner, bool write);
void hl_filter_close(struct hl_filter **filter);

/* Is this still what lies at path? */
bool hl_filter_is_at(const struct hl_filter *filter, const char *path);
/* Does it know all keys of the log whose tree has this root? Costs nothing. */
bool hl_filter_covers(const struct hl_filter *filter,
		      const unsigned char root[HL_HASH_SIZE]);
/* FALSE: no entry of a log that it covers has this index key. */
bool hl_filter_may_hold(const struct hl_filter *filter, const char *key);
/* For how many keys it was made. */
uint64_t hl_filter_capacity(const struct hl_filter *filter);

/* --- With the store's write lock held, or on one that nobody else knows. */

void hl_filter_add(struct hl_filter *filter, const char *key);
/* The keys of the log that will have the root next are all in it, if it covers
   the present one. Before the commit. */
void hl_filter_expect(struct hl_filter *filter,
		      const unsigned char present[HL_HASH_SIZE],
		      const unsigned char next[HL_HASH_SIZE]);
/* From now on nobody believes it, who has it open either. */
void hl_filter_retire(struct hl_filter *filter);

/* A new one, empty, for about so many keys, beside path, which covers no log;
   owner and group are those of the file owner_like. HL_ERROR_TEMP if there's no
   space or somebody else is making one. */
int hl_filter_create(const char *path, uint64_t keys, const char *owner_like,
		     struct hl_filter **filter_r, struct hl_error *err);
/* Puts it in its place: it covers the log whose tree has this root. One that is
   closed without that is removed. */
int hl_filter_publish(struct hl_filter *filter,
		      const unsigned char root[HL_HASH_SIZE],
		      struct hl_error *err);

#endif
