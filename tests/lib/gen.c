/* The random numbers, and names. */
#include "tests/lib/gen.h"

#include <string.h>
#include <strings.h>

void gen_init(struct gen *g, struct td_arena *a, uint64_t seed)
{
    g->arena = a;
    g->state = seed;
    g->state = gen_next(g); /* neighbouring seeds would give the same numbers, one later */
}

/* splitmix64 */
uint64_t gen_next(struct gen *g)
{
    uint64_t z = g->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

unsigned gen_below(struct gen *g, unsigned n)
{
    return (unsigned)((gen_next(g) >> 32) % n);
}

int gen_between(struct gen *g, int least, int most)
{
    return least + (int)gen_below(g, (unsigned)(most - least + 1));
}

bool gen_chance(struct gen *g, unsigned percent)
{
    return gen_below(g, 100) < percent;
}

static const char *const plain_names[] = {"id",     "name",  "kind",  "amount", "note",  "owner", "state", "created_at",
                                          "parent", "label", "price", "code",   "flags", "body",  "due",   "rank"};

static const char *const hostile_names[] = {
    "select",
    "order",
    "group",
    "user",
    "table",
    "default",
    "check",
    "primary",
    "rowid",
    "oid",
    "_rowid_",
    "new",
    "old",
    "excluded",
    "main",
    "temp",
    "Upper",
    "MiXeD",
    "two words",
    "semi;colon",
    "quote\"inside",
    "it's",
    "100%s",
    "$1",
    "?1",
    ":name",
    "@name",
    "--",
    "/* x */",
    "dotted.name",
    "back\\slash",
    "tab\there",
    "\xC3\xA4\xC3\xB6\xC3\xBC",
    "\xF0\x9F\x90\xBC",
    "\xE6\x97\xA5\xE6\x9C\xAC",
    "e\xCC\x81",
    "[bracket]",
    "`tick`",
    "1st",
    "null",
    "true",
    "value",
    "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc",
    "index",
    "generated",
    "strict",
    "without",
};

static bool is_taken(const struct td_strings *taken, const char *name)
{
    for (size_t i = 0; i < taken->len; i++)
        if (strcasecmp(taken->at[i], name) == 0)
            return true;
    return false;
}

const char *gen_name(struct gen *g, const char *hint, struct td_strings *taken)
{
    const char *name = gen_chance(g, 15) ? GEN_PICK(g, hostile_names) : hint != NULL ? hint : GEN_PICK(g, plain_names);
    const char *stem = strlen(name) > 50 ? "long" : name;
    for (unsigned n = 2; is_taken(taken, name); n++)
        name = td_arena_printf(g->arena, "%s_%u", stem, n);
    td_strings_add(g->arena, taken, name);
    return name;
}

const char *gen_ident(struct gen *g, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, g->arena);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}
