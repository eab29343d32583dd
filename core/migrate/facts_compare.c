/* Facts side by side. One change shows in several facts: those that follow from another are not told. */
#include <string.h>

#include "core/migrate/facts.h"

/* A fact that one side lacks, or that both have otherwise. */
struct pair {
    const struct td_fact *have, *want; /* NULL: it has none */
};

struct pairs {
    struct pair *at;
    size_t len, cap;
};

static const struct td_fact *fact_of(const struct pair *p)
{
    return p->want != NULL ? p->want : p->have;
}

/* Is it the object itself that is missing, or that nobody expected? */
static bool is_whole(const struct pair *p)
{
    return fact_of(p)->is_object && (p->have == NULL || p->want == NULL);
}

static bool is_part_of(const char *name, const char *table)
{
    size_t n = strlen(table);
    return strncmp(name, table, n) == 0 && name[n] == '.';
}

/* `whole` is the object: is `p` about a part of it? */
static bool follows_from(const struct pair *p, const struct pair *whole)
{
    const struct td_fact *f = fact_of(p), *w = fact_of(whole);
    if (w->object == TD_OBJ_TABLE && f->table != NULL)
        return strcmp(f->table, w->name) == 0;
    if (w->object == TD_OBJ_TABLE) /* what the file says of itself */
        return f->object == TD_OBJ_COLUMN && is_part_of(f->name, w->name);
    if (w->object == TD_OBJ_COLUMN && f->is_object && f->object == TD_OBJ_TABLE) /* the order of its columns */
        return !is_whole(p) && strcmp(f->name, w->table) == 0;
    return f->object == w->object && !f->is_object && strcmp(f->name, w->name) == 0;
}

static bool is_told(const struct pairs *all, const struct pair *p)
{
    for (size_t i = 0; i < all->len; i++)
        if (&all->at[i] != p && is_whole(&all->at[i]) && follows_from(p, &all->at[i]))
            return false;
    return true;
}

static void tell(struct td_arena *a, const struct pair *p, struct td_differences *out)
{
    const struct td_fact *have = p->have, *want = p->want;
    struct td_difference *d = td_vec_add(a, out);
    d->object = fact_of(p)->object;
    d->name = fact_of(p)->name;
    d->kind = want == NULL ? TD_DIFF_EXTRA : have == NULL ? TD_DIFF_MISSING : TD_DIFF_CHANGED;
    if (want == NULL)
        d->text = td_arena_printf(a, "%s is not expected: %s", have->subject, have->text);
    else if (have == NULL)
        d->text = td_arena_printf(a, "%s is missing: %s", want->subject, want->text);
    else
        d->text = td_arena_printf(a, "%s: %s, expected %s", want->subject, have->text, want->text);
}

void td_facts_compare(struct td_arena *a, const struct td_facts *have, const struct td_facts *want,
                      struct td_differences *out)
{
    struct pairs pairs = {0};
    size_t i = 0, k = 0;
    while (i < have->len || k < want->len) {
        const struct td_fact *h = i < have->len ? &have->at[i] : NULL, *w = k < want->len ? &want->at[k] : NULL;
        int order = h == NULL ? 1 : w == NULL ? -1 : strcmp(h->key, w->key);
        if (order != 0 || strcmp(h->text, w->text) != 0)
            *td_vec_add(a, &pairs) = (struct pair){order <= 0 ? h : NULL, order >= 0 ? w : NULL};
        i += order <= 0;
        k += order >= 0;
    }
    for (i = 0; i < pairs.len; i++)
        if (is_told(&pairs, &pairs.at[i]))
            tell(a, &pairs.at[i], out);
}
