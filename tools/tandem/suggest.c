#include "tools/tandem/suggest.h"

#include <string.h>

enum { MAX = 64 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits, swaps of neighbours counted once (optimal string alignment). */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), d[3][MAX + 1];
    if (n >= MAX || m >= MAX)
        return MAX;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = d[i % 3], *up = d[(i - 1) % 3], *upup = d[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && upup[j - 2] + 1 < row[j])
                row[j] = upup[j - 2] + 1;
        }
    }
    return d[n % 3][m];
}

void td_suggest_init(struct td_suggest *s, const char *word, size_t len)
{
    memset(s, 0, sizeof *s);
    len = len < sizeof s->word - 1 ? len : sizeof s->word - 1;
    memcpy(s->word, word, len);
    s->distance = len / 3 + 1; /* further away is no suggestion */
}

void td_suggest_try(struct td_suggest *s, const char *candidate)
{
    if (candidate == NULL || *candidate == '\0')
        return;
    size_t d = distance(s->word, candidate);
    if (d > s->distance || (d == s->distance && s->best != NULL))
        return;
    s->distance = d;
    s->best = candidate;
}
