/* INSERTs that draw from the sequence that numbers their own rows.
 *
 * PostgreSQL works the values of a row out in the order of its columns, a default nextval() among them. SQLite numbers
 * the row when it stores it: an AUTOINCREMENT key from where its counter stood when the statement began, any other
 * column by a trigger afterwards. What else the statement draws, or asks of that sequence, would be off. */
#include <string.h>

#include "core/sql/dml_impl.h"
#include "core/sql/draw.h"

struct calls {
    const struct td_catalog *catalog;
    const struct td_sequence *sequence;
    size_t n;
    int location; /* of the first */
};

static bool names(const struct calls *c, const PgQuery__FuncCall *f)
{
    const PgQuery__Node *arg = f->n_args == 0 ? NULL : f->args[0];
    while (arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_TYPE_CAST)
        arg = arg->type_cast->arg;
    if (arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_FUNC_CALL)
        return true; /* pg_get_serial_sequence(), most likely its own */
    return arg != NULL && arg->node_case == PG_QUERY__NODE__NODE_A_CONST &&
           arg->a_const->val_case == PG_QUERY__A__CONST__VAL_SVAL &&
           td_draw_named(c->catalog, arg->a_const->sval->sval) == c->sequence;
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct calls *c = data;
    if (n->node_case != PG_QUERY__NODE__NODE_FUNC_CALL)
        return true;
    const PgQuery__FuncCall *f = n->func_call;
    const char *name = td_tree_builtin(f);
    bool asks = strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 || strcmp(name, "setval") == 0;
    if (strcmp(name, "lastval") != 0 && (!asks || !names(c, f)))
        return true;
    if (c->n++ == 0)
        c->location = f->location;
    return true;
}

/* The sequence that numbers the rows of a column, alone or as a part of its default. */
static const struct td_sequence *sequence_of(struct lw *w, const struct td_column *c)
{
    struct td_draws draws = {0};
    if (c->identity != TD_ID_NONE)
        return c->serial;
    if (w->l->catalog != NULL)
        td_draws_of(w->a, w->l->catalog, td_column_default(c), &draws);
    return draws.len > 0 ? draws.at[0] : NULL;
}

static bool is_default_at(const PgQuery__SelectStmt *v, size_t i)
{
    for (size_t r = 0; r < v->n_values_lists; r++) {
        const PgQuery__List *row = v->values_lists[r]->list;
        if (i >= row->n_items || row->items[i]->node_case == PG_QUERY__NODE__NODE_SET_TO_DEFAULT)
            return true;
    }
    return false;
}

/* Does the statement give the column's value itself? */
static bool gives(const PgQuery__InsertStmt *s, const struct td_table *t, const struct td_column *c)
{
    const PgQuery__SelectStmt *v = s->select_stmt->select_stmt;
    size_t n = s->n_cols > 0 ? s->n_cols : t->columns.len;
    for (size_t i = 0; i < n; i++) {
        const char *name = s->n_cols > 0 ? s->cols[i]->res_target->name : t->columns.at[i]->name;
        if (strcmp(name, c->name) == 0)
            return !is_default_at(v, i);
    }
    return false;
}

/* Calls in one row. */
static struct calls calls_of(struct lw *w, const PgQuery__InsertStmt *s, const struct td_sequence *sequence)
{
    struct calls most = {.catalog = w->l->catalog, .sequence = sequence};
    const PgQuery__SelectStmt *v = s->select_stmt->select_stmt;
    for (size_t r = 0; r < v->n_values_lists; r++) {
        struct calls c = {.catalog = w->l->catalog, .sequence = sequence};
        td_tree_walk(v->values_lists[r], visit, &c);
        if (c.n > most.n)
            most = c;
    }
    if (v->n_values_lists == 0)
        td_tree_walk(s->select_stmt, visit, &most);
    return most;
}

int dml_check_own_number(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t)
{
    for (size_t i = 0; s->select_stmt != NULL && i < t->columns.len; i++) {
        const struct td_column *c = t->columns.at[i];
        const struct td_sequence *sequence = sequence_of(w, c);
        if (sequence == NULL)
            continue;
        const struct calls calls = calls_of(w, s, sequence);
        /* one call may be the value itself; SQLite 3.40 works out the key after all other values */
        if (calls.n <= (gives(s, t, c) ? 1 : 0))
            continue;
        const char *next = td_arena_printf(
            w->a, "Draw the numbers in a statement of their own, before this one, or give \"%s\" itself.", c->name);
        return lw_refuse(w, TD_C_LOWER_SEQUENCE, calls.location,
                         "PostgreSQL numbers a row while it works out its values, SQLite when it stores it", next,
                         "an INSERT into \"%s\" asks the sequence \"%s\", which numbers its own rows", t->name,
                         sequence->name);
    }
    return TD_OK;
}
