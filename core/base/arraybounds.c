#include "core/base/arraybounds.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t\n\v\f\r");
}

/* One number and what must follow it. */
static const char *read_number(const char *p, int64_t *out)
{
    char *end;
    if (strchr("+-0123456789", *p) == NULL || *p == '\0')
        return NULL;
    *out = strtoll(p, &end, 10);
    return end == p ? NULL : end;
}

const char *td_array_bounds_read(const char *text, struct td_array_bounds *out)
{
    const char *p = skip_blanks(text);
    for (out->n = 0; *p == '['; out->n++) {
        if (out->n == TD_ARRAY_DIMS)
            return NULL;
        out->lower[out->n] = 1;
        p = read_number(p + 1, &out->upper[out->n]);
        if (p != NULL && *p == ':') {
            out->lower[out->n] = out->upper[out->n];
            p = read_number(p + 1, &out->upper[out->n]);
        }
        if (p == NULL || *p != ']' || out->upper[out->n] < out->lower[out->n])
            return NULL;
        p = skip_blanks(p + 1);
    }
    if (out->n == 0)
        return p;
    return *p == '=' ? skip_blanks(p + 1) : NULL;
}

bool td_array_bounds_plain(const struct td_array_bounds *b)
{
    for (int i = 0; i < b->n; i++)
        if (b->lower[i] != 1)
            return false;
    return true;
}
