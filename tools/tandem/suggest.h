/* "Did you mean": the known word that is nearest to a mistyped one. */
#ifndef TD_TANDEM_SUGGEST_H
#define TD_TANDEM_SUGGEST_H

#include <stddef.h>

struct td_suggest {
    char word[64];
    const char *best; /* NULL: nothing is near enough */
    size_t distance;
};

void td_suggest_init(struct td_suggest *s, const char *word, size_t len);
void td_suggest_try(struct td_suggest *s, const char *candidate); /* borrowed; NULL is passed over */

#endif
