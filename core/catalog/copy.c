#include <string.h>

#include "core/catalog/catalog.h"

struct copying {
    struct td_arena *a;
    const struct td_table *from;
    struct td_table *to;
};

static struct td_column *same_column(const struct copying *c, struct td_column *old)
{
    for (size_t i = 0; i < c->from->columns.len; i++)
        if (c->from->columns.at[i] == old)
            return c->to->columns.at[i];
    return old;
}

static struct td_columns copy_columns(const struct copying *c, const struct td_columns *old)
{
    struct td_columns v = {0};
    for (size_t i = 0; i < old->len; i++)
        *td_vec_add(c->a, &v) = same_column(c, old->at[i]);
    return v;
}

static struct td_strings copy_strings(struct td_arena *a, const struct td_strings *old)
{
    struct td_strings v = {0};
    for (size_t i = 0; i < old->len; i++)
        td_strings_add(a, &v, old->at[i]);
    return v;
}

#define COPY_OF(a, old) memcpy(td_arena_alloc((a), sizeof *(old)), (old), sizeof *(old))

static struct td_constraint *copy_constraint(const struct copying *c, const struct td_constraint *old)
{
    struct td_constraint *k = COPY_OF(c->a, old);
    k->columns = copy_columns(c, &old->columns);
    k->include = copy_strings(c->a, &old->include);
    k->set_columns = copy_columns(c, &old->set_columns);
    if (old->ref == c->from) {
        k->ref = c->to;
        k->ref_columns = copy_columns(c, &old->ref_columns);
    } else {
        struct td_columns shared = {0};
        for (size_t i = 0; i < old->ref_columns.len; i++)
            *td_vec_add(c->a, &shared) = old->ref_columns.at[i];
        k->ref_columns = shared;
    }
    return k;
}

static struct td_index *copy_index(const struct copying *c, const struct td_index *old)
{
    struct td_index *ix = COPY_OF(c->a, old);
    memset(&ix->keys, 0, sizeof ix->keys);
    for (size_t i = 0; i < old->keys.len; i++) {
        struct td_index_key *key = td_vec_add(c->a, &ix->keys);
        *key = old->keys.at[i];
        if (key->column != NULL)
            key->column = same_column(c, key->column);
    }
    ix->include = copy_columns(c, &old->include);
    return ix;
}

/* Keys of this table that foreign keys of the same table stand on. */
static void relink_keys(const struct copying *c)
{
    for (size_t i = 0; i < c->to->constraints.len; i++) {
        struct td_constraint *k = c->to->constraints.at[i];
        for (size_t j = 0; j < c->from->constraints.len; j++)
            if (k->ref_key == c->from->constraints.at[j])
                k->ref_key = c->to->constraints.at[j];
        for (size_t j = 0; j < c->from->indexes.len; j++)
            if (k->ref_index == c->from->indexes.at[j])
                k->ref_index = c->to->indexes.at[j];
    }
}

static void copy_rest(struct td_arena *a, struct td_table *to, const struct td_table *t)
{
    memset(&to->triggers, 0, sizeof to->triggers);
    for (size_t i = 0; i < t->triggers.len; i++)
        *td_vec_add(a, &to->triggers) = COPY_OF(a, t->triggers.at[i]);
    memset(&to->policies, 0, sizeof to->policies);
    for (size_t i = 0; i < t->policies.len; i++)
        *td_vec_add(a, &to->policies) = COPY_OF(a, t->policies.at[i]);
    memset(&to->uses, 0, sizeof to->uses);
    for (size_t i = 0; i < t->uses.len; i++)
        *td_vec_add(a, &to->uses) = t->uses.at[i];
}

struct td_table *td_table_copy(struct td_arena *a, const struct td_table *t)
{
    struct td_table *to = COPY_OF(a, t);
    memset(&to->columns, 0, sizeof to->columns);
    for (size_t i = 0; i < t->columns.len; i++)
        *td_vec_add(a, &to->columns) = COPY_OF(a, t->columns.at[i]);
    struct copying c = {a, t, to};
    memset(&to->constraints, 0, sizeof to->constraints);
    for (size_t i = 0; i < t->constraints.len; i++)
        *td_vec_add(a, &to->constraints) = copy_constraint(&c, t->constraints.at[i]);
    memset(&to->indexes, 0, sizeof to->indexes);
    for (size_t i = 0; i < t->indexes.len; i++)
        *td_vec_add(a, &to->indexes) = copy_index(&c, t->indexes.at[i]);
    relink_keys(&c);
    copy_rest(a, to, t);
    return to;
}

struct td_table *td_table_on_sqlite(struct td_arena *a, struct td_table *t)
{
    bool same = true;
    for (size_t i = 0; i < t->columns.len; i++)
        same = same && t->columns.at[i]->sqlite == NULL;
    if (same)
        return t;
    struct td_table *to = td_table_copy(a, t);
    for (size_t i = 0; i < to->columns.len; i++)
        *to->columns.at[i] = *td_column_on_sqlite(t->columns.at[i]);
    return to;
}
