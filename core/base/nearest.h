/* "Did you mean": the known word that is nearest to a mistyped one. */
#ifndef TD_BASE_NEAREST_H
#define TD_BASE_NEAREST_H

#include <stddef.h>

struct td_nearest {
    char word[65];
    const char *best; /* NULL: nothing is near enough to be meant */
    size_t distance;
};

/* Edits are a letter more, less, other, or two swapped; letter case aside. Near enough is a third of the word's
 * length, at least one. Of equally near candidates the first stays. */
void td_nearest_init(struct td_nearest *s, const char *word, size_t len);
void td_nearest_try(struct td_nearest *s, const char *candidate); /* borrowed; NULL is passed over */

/* Of `n` candidates at once; NULL when none is near enough. */
const char *td_nearest(const char *word, const char *const *candidates, size_t n);

#endif
