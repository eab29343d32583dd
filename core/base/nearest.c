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

const char *td_nearest(const char *word, const char *const *candidates, size_t n)
{
    const char *best = NULL;
    size_t len = strlen(word), least = len / 3 > 1 ? len / 3 : 1;
    if (len > LONGEST)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t m = candidates[i] == NULL ? LONGEST + 1 : strlen(candidates[i]);
        if (m > LONGEST)
            continue;
        size_t d = distance(word, len, candidates[i], m);
        if (d <= least && (best == NULL || d < least || (d == least && distance(word, len, best, strlen(best)) > d))) {
            best = candidates[i];
            least = d;
        }
    }
    return best;
}
