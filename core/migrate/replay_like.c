/* What a new table takes over from another: LIKE, INHERITS, PARTITION OF. */
#include <string.h>

#include "core/migrate/replay_impl.h"

/* PostgreSQL's own bits; libpg_query hands them on as they are. */
enum {
    LIKE_COMMENTS = 1 << 0,
    LIKE_CONSTRAINTS = 1 << 2,
    LIKE_DEFAULTS = 1 << 3,
    LIKE_GENERATED = 1 << 4,
    LIKE_IDENTITY = 1 << 5,
    LIKE_INDEXES = 1 << 6
};

static int copy_identity(const struct td_replaying *p, struct td_table *t, struct td_column *c,
                         const struct td_column *from)
{
    const char *name = td_replay_choose_relation(p, t->schema, t->name, c->name, "seq", false);
    struct td_sequence *s = td_replay_new_sequence(p, t->schema, name, from->serial->type);
    unsigned id = s->id;
    *s = *from->serial;
    s->id = id;
    s->schema = t->schema;
    s->name = name;
    s->comment = NULL;
    s->type = TD_TYPE(TD_T_INT8); /* PostgreSQL copies the bounds, not the type */
    s->owner = t;
    s->owner_column = c;
    c->serial = s;
    c->identity = from->identity;
    td_catalog_add_sequence(p->c, s);
    return TD_OK;
}

static int copy_column(const struct td_replaying *p, struct td_table *t, const struct td_column *from, unsigned options)
{
    if (td_table_column(t, from->name) != NULL)
        return td_replay_fail(p, -1, TD_C_SCHEMA_EXISTS, "42701", "column \"%s\" specified more than once", from->name);
    struct td_column *c = td_replay_new_column(p, t, from->name, from->type);
    c->not_null = from->not_null;
    c->collation = from->collation;
    if ((options & LIKE_DEFAULTS) != 0)
        c->default_ = from->default_;
    if ((options & LIKE_GENERATED) != 0)
        c->generated = from->generated;
    if ((options & LIKE_COMMENTS) != 0)
        c->comment = from->comment;
    if ((options & LIKE_IDENTITY) != 0 && from->identity != TD_ID_NONE && from->serial != NULL)
        return copy_identity(p, t, c, from);
    return TD_OK;
}

int td_replay_like_columns(const struct td_replaying *p, struct td_table *t, const PgQuery__TableLikeClause *like)
{
    struct td_table *from;
    int rc = td_replay_find_table(p, like->relation, false, &from);
    for (size_t i = 0; rc == TD_OK && i < from->columns.len; i++)
        rc = copy_column(p, t, from->columns.at[i], like->options);
    return rc;
}

/* The column of the same name: LIKE and PARTITION OF copy them all. */
static struct td_columns same_names(const struct td_replaying *p, const struct td_table *t, const struct td_columns *v)
{
    struct td_columns out = {0};
    for (size_t i = 0; i < v->len; i++)
        *td_vec_add(p->a, &out) = td_table_column(t, v->at[i]->name);
    return out;
}

static void copy_check(const struct td_replaying *p, struct td_table *t, const struct td_constraint *from)
{
    struct td_constraint *k = td_replay_new_constraint(p, TD_K_CHECK, from->name);
    k->named = from->named;
    k->columns = same_names(p, t, &from->columns);
    k->expr = from->expr;
    k->no_inherit = from->no_inherit;
    td_table_add_constraint(p->c, t, k);
}

static void copy_key(const struct td_replaying *p, struct td_table *t, const struct td_constraint *from)
{
    struct td_constraint *k = td_replay_new_constraint(p, from->kind, NULL);
    k->columns = same_names(p, t, &from->columns);
    k->nulls_not_distinct = from->nulls_not_distinct;
    k->deferrable = from->deferrable;
    k->deferred = from->deferred;
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < k->columns.len && n < 64; i++)
        names[n++] = k->columns.at[i]->name;
    for (size_t i = 0; i < from->include.len; i++) {
        td_strings_add(p->a, &k->include, from->include.at[i]);
        if (n < 64)
            names[n++] = from->include.at[i];
    }
    if (k->kind == TD_K_PRIMARY)
        k->name = td_replay_choose_relation(p, t->schema, t->name, NULL, "pkey", true);
    else
        k->name = td_replay_choose_relation(p, t->schema, t->name, td_replay_join_names(p, names, n), "key", true);
    td_table_add_constraint(p->c, t, k);
}

static void copy_index(const struct td_replaying *p, struct td_table *t, const struct td_index *from)
{
    struct td_index *ix = td_arena_new(p->a, struct td_index);
    *ix = *from;
    ix->id = td_catalog_next_id(p->c);
    ix->stmt = p->c->stmt;
    ix->on = p->r->on;
    memset(&ix->keys, 0, sizeof ix->keys);
    for (size_t i = 0; i < from->keys.len; i++) {
        struct td_index_key *key = td_vec_add(p->a, &ix->keys);
        *key = from->keys.at[i];
        if (key->column != NULL)
            key->column = td_table_column(t, key->column->name);
    }
    ix->include = same_names(p, t, &from->include);
    ix->name = td_replay_choose_relation(p, t->schema, t->name, td_replay_index_columns_name(p, ix), "idx", false);
    td_table_add_index(p->c, t, ix);
}

static void copy_indexes(const struct td_replaying *p, struct td_table *t, const struct td_table *from)
{
    for (size_t i = 0; i < from->constraints.len; i++) {
        enum td_constraint_kind kind = from->constraints.at[i]->kind;
        if (kind == TD_K_PRIMARY || kind == TD_K_UNIQUE)
            copy_key(p, t, from->constraints.at[i]);
    }
    for (size_t i = 0; i < from->indexes.len; i++)
        copy_index(p, t, from->indexes.at[i]);
}

static void copy_checks(const struct td_replaying *p, struct td_table *t, const struct td_table *from, bool inherit)
{
    for (size_t i = 0; i < from->constraints.len; i++) {
        const struct td_constraint *k = from->constraints.at[i];
        if (k->kind == TD_K_CHECK && !(inherit && k->no_inherit) && td_table_constraint(t, k->name) == NULL)
            copy_check(p, t, k);
    }
}

int td_replay_like_rest(const struct td_replaying *p, struct td_table *t, const PgQuery__TableLikeClause *like)
{
    struct td_table *from;
    int rc = td_replay_find_table(p, like->relation, false, &from);
    if (rc != TD_OK)
        return rc;
    if ((like->options & LIKE_CONSTRAINTS) != 0)
        copy_checks(p, t, from, false);
    if ((like->options & LIKE_INDEXES) != 0)
        copy_indexes(p, t, from);
    return TD_OK;
}

int td_replay_inherit(const struct td_replaying *p, struct td_table *t, const PgQuery__RangeVar *rv, bool partition)
{
    struct td_table *parent;
    int rc = td_replay_find_table(p, rv, false, &parent);
    if (rc != TD_OK)
        return rc;
    if (t->parent == NULL)
        t->parent = parent;
    for (size_t i = 0; rc == TD_OK && i < parent->columns.len; i++) {
        struct td_column *same = td_table_column(t, parent->columns.at[i]->name);
        if (same == NULL)
            rc = copy_column(p, t, parent->columns.at[i], LIKE_DEFAULTS | LIKE_GENERATED);
        if (rc == TD_OK && same == NULL)
            t->columns.at[t->columns.len - 1]->inherited = true;
    }
    if (rc != TD_OK)
        return rc;
    copy_checks(p, t, parent, true);
    if (partition)
        copy_indexes(p, t, parent);
    return TD_OK;
}
