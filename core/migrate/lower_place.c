/* Where a constraint is written in the statement at hand, for the error that refuses it. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/sql/tree.h"

struct place {
    const struct td_constraint *k;
    int at;
};

static bool is_kind(const PgQuery__Constraint *c, const struct td_constraint *k)
{
    switch (k->kind) {
    case TD_K_PRIMARY: return c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_PRIMARY;
    case TD_K_UNIQUE: return c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_UNIQUE;
    case TD_K_FOREIGN: return c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN;
    default: return false;
    }
}

static bool is_over(PgQuery__Node *const *names, size_t n, const struct td_constraint *k)
{
    bool same = n == k->columns.len;
    for (size_t i = 0; same && i < n; i++)
        same = td_tree_string(names[i]) != NULL && strcmp(td_tree_string(names[i]), k->columns.at[i]->name) == 0;
    return same;
}

static bool is_it(const PgQuery__Constraint *c, const struct td_constraint *k)
{
    if (!is_kind(c, k))
        return false;
    if (c->conname != NULL && c->conname[0] != '\0')
        return strcmp(c->conname, k->name) == 0;
    return c->contype == PG_QUERY__CONSTR_TYPE__CONSTR_FOREIGN ? is_over(c->fk_attrs, c->n_fk_attrs, k)
                                                               : is_over(c->keys, c->n_keys, k);
}

/* Those of a column name no columns. */
static void in_column(const PgQuery__ColumnDef *d, struct place *p)
{
    if (p->k->columns.len != 1 || strcmp(d->colname, p->k->columns.at[0]->name) != 0)
        return;
    for (size_t i = 0; i < d->n_constraints; i++)
        if (d->constraints[i]->node_case == PG_QUERY__NODE__NODE_CONSTRAINT &&
            is_kind(d->constraints[i]->constraint, p->k))
            p->at = d->constraints[i]->constraint->location;
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct place *p = data;
    if (n->node_case == PG_QUERY__NODE__NODE_COLUMN_DEF)
        in_column(n->column_def, p);
    else if (n->node_case == PG_QUERY__NODE__NODE_CONSTRAINT && is_it(n->constraint, p->k))
        p->at = n->constraint->location;
    return p->at < 0;
}

int td_lowering_place(struct td_lowering *l, const struct td_constraint *k, struct td_err *err)
{
    struct place p = {k, -1};
    const PgQuery__Node *n = l->file == NULL ? NULL : l->file->at[l->stmt].node;
    if (n != NULL && err->line == 0)
        td_tree_walk((PgQuery__Node *)n, visit, &p);
    return p.at < 0 ? (int)err->rc : td_err_source(err, &l->file->src, (size_t)p.at, 0);
}
