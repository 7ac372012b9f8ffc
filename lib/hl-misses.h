#ifndef HL_MISSES_H
#define HL_MISSES_H

#include <stdbool.h>

/* Index keys that a store doesn't hold, remembered by a hash under a random
   key, within a bound: a quarter of a megabyte. Whoever uses it forgets all
   when the store may have changed. */

struct hl_misses;

/* The memory is taken at the first hl_misses_add(). */
struct hl_misses *hl_misses_init(void);
void hl_misses_deinit(struct hl_misses **misses);

void hl_misses_forget(struct hl_misses *misses);
/* May forget another one. */
void hl_misses_add(struct hl_misses *misses, const char *key);
bool hl_misses_has(const struct hl_misses *misses, const char *key);

#endif
