/* Names that PostgreSQL makes itself; its indexcmds.c and namestring rules, byte for byte. */
#include <string.h>

#include "core/catalog/catalog.h"

enum { NAME_MAX_BYTES = 63 };

/* The longest whole-character prefix of at most `limit` bytes. */
static size_t clip(const char *s, size_t limit)
{
    size_t n = strlen(s);
    if (n <= limit)
        return n;
    n = limit;
    while (n > 0 && ((unsigned char)s[n] & 0xC0) == 0x80)
        n--;
    return n;
}

const char *td_name_truncate(struct td_arena *a, const char *name)
{
    size_t n = clip(name, NAME_MAX_BYTES);
    return name[n] == '\0' ? name : td_arena_dup(a, name, n);
}

const char *td_name_make(struct td_arena *a, const char *name1, const char *name2, const char *label)
{
    size_t n1 = strlen(name1), n2 = name2 == NULL ? 0 : strlen(name2);
    size_t over = (name2 == NULL ? 0 : 1) + (label == NULL ? 0 : strlen(label) + 1);
    size_t room = over < NAME_MAX_BYTES ? NAME_MAX_BYTES - over : 0;
    while (n1 + n2 > room) {
        if (n1 > n2)
            n1--;
        else
            n2--;
    }
    n1 = clip(name1, n1);
    n2 = name2 == NULL ? 0 : clip(name2, n2);
    return td_arena_printf(a, "%.*s%s%.*s%s%s", (int)n1, name1, name2 == NULL ? "" : "_", (int)n2,
                           name2 == NULL ? "" : name2, label == NULL ? "" : "_", label == NULL ? "" : label);
}

const char *td_name_choose(struct td_arena *a, const char *name1, const char *name2, const char *label,
                           bool (*taken)(const char *name, void *data), void *data)
{
    const char *name = td_name_make(a, name1, name2, label);
    for (unsigned pass = 1; taken != NULL && taken(name, data); pass++)
        name = td_name_make(a, name1, name2, td_arena_printf(a, "%s%u", label, pass));
    return name;
}

const char *td_table_sqlite_name(struct td_arena *a, const struct td_table *t)
{
    if (strcmp(t->schema, "public") == 0 || strcmp(t->schema, "pg_temp") == 0)
        return t->name;
    return td_arena_printf(a, "%s.%s", t->schema, t->name);
}
