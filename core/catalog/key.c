#include "core/catalog/key.h"

#include <string.h>

#include "core/base/arena.h"

bool td_key_fill(char out[TD_KEY_SIZE], const char *schema, const char *name)
{
    size_t n = strlen(schema), m = strlen(name);
    if (n + m + 2 > TD_KEY_SIZE)
        return false;
    memcpy(out, schema, n);
    out[n] = '\x01';
    memcpy(out + n + 1, name, m + 1);
    return true;
}

const char *td_key_make(struct td_arena *a, const char *schema, const char *name)
{
    return td_arena_printf(a, "%s\x01%s", schema, name);
}
