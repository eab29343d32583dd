/* "Did you mean": the nearest of some words. */
#ifndef TD_BASE_NEAREST_H
#define TD_BASE_NEAREST_H

#include <stddef.h>

/* The candidate with the fewest edits (a letter more, less, other, or two swapped; letter case aside) from `word`, or
 * NULL when none is near enough to be meant: a third of its length, at least one. Borrowed; NULL candidates are
 * skipped. */
const char *td_nearest(const char *word, const char *const *candidates, size_t n);

#endif
