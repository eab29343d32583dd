#include "core/base/nearest.h"

#include <ctype.h>
#include <string.h>

#define LONGEST 64

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static int lower(char c)
{
    return tolower((unsigned char)c);
}

/* Optimal string alignment distance; three rows of the table are enough. */
static size_t distance(const char *a, size_t n, const char *b, size_t m)
{
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1])));
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]) &&
                above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    return rows[n % 3][m];
}

void td_nearest_init(struct td_nearest *s, const char *word, size_t len)
{
    memset(s, 0, sizeof *s);
    if (len > LONGEST)
        return; /* an empty word: nothing is near */
    memcpy(s->word, word, len);
    s->distance = len / 3 > 1 ? len / 3 : 1;
}

void td_nearest_try(struct td_nearest *s, const char *candidate)
{
    size_t len = strlen(s->word), m = candidate == NULL ? 0 : strlen(candidate);
    if (len == 0 || m == 0 || m > LONGEST)
        return;
    size_t d = distance(s->word, len, candidate, m);
    if (d > s->distance || (d == s->distance && s->best != NULL))
        return;
    s->distance = d;
    s->best = candidate;
}

const char *td_nearest(const char *word, const char *const *candidates, size_t n)
{
    struct td_nearest s;
    td_nearest_init(&s, word, strlen(word));
    for (size_t i = 0; i < n; i++)
        td_nearest_try(&s, candidates[i]);
    return s.best;
}
