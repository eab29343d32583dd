/* INSERT ... ON CONFLICT DO UPDATE that meets one row twice: PostgreSQL refuses it, SQLite changes the row twice. So
 * the rows are counted by their keys before they go in. A key may be made of columns that the statement does not give:
 * of defaults, of generated columns, and of an index's expressions over all of these. */
#include <string.h>

#include "core/sql/dml_impl.h"
#include "core/sql/same.h"

struct counting {
    struct lw *w;
    const struct td_table *t;
    const struct dml_given *given;
    struct scope_rel *row;     /* the table's columns, in what the row is known by */
    const char *condition;     /* of a partial index: the rows that are in it; NULL: all */
    struct td_buf keys, known; /* PARTITION BY, and where that has no NULL */
    bool differs;              /* each row has another key */
    const char *drawn;         /* a default that each row gets anew, read by an expression; NULL: none */
};

static int row_expression(struct counting *k, const PgQuery__Node *n, const struct td_type *to, struct ex *out);

/* What the column will be. *drawn_out: it is something else in each row, and not known before. */
static int column_value(struct counting *k, const struct td_column *c, struct ex *out, bool *drawn_out)
{
    *drawn_out = false;
    for (size_t i = 0; i < k->given->columns.len; i++) {
        if (strcmp(k->given->columns.at[i]->name, c->name) != 0)
            continue;
        *out = ex_of(td_arena_printf(k->w->a, "c%zu", i + 1), c->type, PREC_ATOM);
        return TD_OK;
    }
    if (c->generated != NULL)
        return row_expression(k, c->generated, &c->type, out);
    TD_TRY(dml_column_default(k->w, c, out));
    *drawn_out = lw_calls_changing(out->sql);
    return TD_OK;
}

struct reading {
    const char *column;
    bool found;
};

static bool find_column(PgQuery__Node *n, void *data)
{
    struct reading *r = data;
    if (n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF)
        return !r->found;
    const char *name = td_tree_string(n->column_ref->fields[n->column_ref->n_fields - 1]);
    r->found = r->found || name == NULL || strcmp(name, r->column) == 0; /* NULL: the whole row */
    return false;
}

static bool reads(const PgQuery__Node *n, const char *column)
{
    struct reading r = {.column = column};
    td_tree_walk((PgQuery__Node *)n, find_column, &r);
    return r.found;
}

/* The columns of the row that the expression reads get their values: others may have a default that is not carried. */
static int fill_row(struct counting *k, const PgQuery__Node *n)
{
    for (size_t i = 0; i < k->row->columns.len; i++) {
        struct scope_column *c = &k->row->columns.at[i];
        struct ex e;
        bool drawn;
        if (!reads(n, c->name))
            continue;
        TD_TRY(column_value(k, td_column_on_sqlite(td_table_column(k->t, c->name)), &e, &drawn));
        c->sql = ex_in(k->w, &e, PREC_ATOM);
        if (drawn)
            k->drawn = c->name;
    }
    return TD_OK;
}

/* Over the row's columns; assigned to the type `to` (NULL: as it comes). */
static int row_expression(struct counting *k, const PgQuery__Node *n, const struct td_type *to, struct ex *out)
{
    TD_TRY(fill_row(k, n));
    if (to != NULL)
        return lw_expr_to(k->w, n, *to, TD_CAST_ASSIGNMENT, out);
    TD_TRY(lw_expr(k->w, n, out));
    return lw_settle(k->w, out);
}

static int add_key(struct counting *k, struct ex e)
{
    const char *key;
    if (k->condition != NULL) {
        e.sql = td_arena_printf(k->w->a, "CASE WHEN %s THEN %s END", k->condition, e.sql);
        e.prec = PREC_ATOM;
    }
    TD_TRY(lw_group_key(k->w, &e, &key));
    td_buf_printf(&k->keys, "%s%s", k->keys.len == 0 ? "" : ", ", key);
    td_buf_printf(&k->known, "%s%s IS NOT NULL", k->known.len == 0 ? "" : " AND ", ex_in(k->w, &e, PREC_CMP));
    return TD_OK;
}

static int add_column(struct counting *k, const struct td_column *c)
{
    struct ex e;
    bool drawn;
    TD_TRY(column_value(k, td_column_on_sqlite(c), &e, &drawn));
    k->differs = k->differs || drawn || e.null;
    return k->differs ? TD_OK : add_key(k, e);
}

static int add_element(struct counting *k, const PgQuery__IndexElem *e, int loc)
{
    const struct td_column *c;
    struct ex value;
    if (e->expr == NULL) {
        TD_TRY(dml_find_column(k->w, k->t, e->name, loc, &c));
        return add_column(k, c);
    }
    TD_TRY(row_expression(k, e->expr, NULL, &value));
    return add_key(k, value);
}

static bool has_element(struct lw *w, const PgQuery__InferClause *c, const struct td_column *column,
                        const PgQuery__Node *expr)
{
    for (size_t i = 0; i < c->n_index_elems; i++) {
        const PgQuery__IndexElem *e = c->index_elems[i]->index_elem;
        if (column != NULL && e->expr == NULL && strcmp(e->name, column->name) == 0)
            return true;
        if (column == NULL && e->expr != NULL && td_tree_same(w->a, TD_SAME_EXPR, e->expr, expr))
            return true;
    }
    return false;
}

/* Is there a unique key over the same that is not partial? It counts too, and for every row. */
static bool has_whole_key(struct lw *w, const struct td_table *t, const PgQuery__InferClause *c)
{
    bool found = false;
    for (size_t i = 0; !found && i < t->constraints.len; i++) {
        const struct td_constraint *k = t->constraints.at[i];
        found = (k->kind == TD_K_PRIMARY || k->kind == TD_K_UNIQUE) && k->columns.len == c->n_index_elems;
        for (size_t n = 0; found && n < k->columns.len; n++)
            found = has_element(w, c, k->columns.at[n], NULL);
    }
    for (size_t i = 0; !found && i < t->indexes.len; i++) {
        const struct td_index *ix = t->indexes.at[i];
        found = ix->unique && ix->where == NULL && ix->keys.len == c->n_index_elems;
        for (size_t n = 0; found && n < ix->keys.len; n++)
            found = has_element(w, c, ix->keys.at[n].column, ix->keys.at[n].expr);
    }
    return found;
}

static int add_condition(struct counting *k, const PgQuery__InferClause *c)
{
    struct ex e;
    if (c->where_clause == NULL || has_whole_key(k->w, k->t, c))
        return TD_OK;
    TD_TRY(fill_row(k, c->where_clause));
    TD_TRY(lw_condition(k->w, c->where_clause, TD_COND_TESTED, &e));
    k->condition = e.sql;
    return TD_OK;
}

/* The elements of the key that ON CONFLICT names. */
static int add_keys(struct counting *k, const PgQuery__InferClause *c)
{
    bool named = c->conname != NULL && c->conname[0] != '\0';
    const struct td_constraint *constraint = named ? td_table_constraint(k->t, c->conname) : NULL;
    TD_TRY(add_condition(k, c));
    for (size_t i = 0; constraint != NULL && i < constraint->columns.len; i++)
        TD_TRY(add_column(k, constraint->columns.at[i]));
    for (size_t i = 0; i < c->n_index_elems; i++)
        TD_TRY(add_element(k, c->index_elems[i]->index_elem, c->location));
    return TD_OK;
}

int dml_rows_of_key(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, const struct dml_given *given,
                    const char **out)
{
    const PgQuery__OnConflictClause *c = s->on_conflict_clause;
    struct counting k = {.w = w, .t = t, .given = given};
    struct scope *here = w->scope;
    *out = NULL;
    if (c == NULL || c->action != PG_QUERY__ON_CONFLICT_ACTION__ONCONFLICT_UPDATE || c->infer == NULL ||
        w->l->use != TD_LOWER_QUERY)
        return TD_OK;
    td_buf_init(&k.keys, w->a);
    td_buf_init(&k.known, w->a);
    w->scope = NULL;
    scope_push(w);
    k.row = scope_add(w, t->name);
    scope_add_table(w, k.row, t, "");
    TD_TRY(add_keys(&k, c->infer));
    w->scope = here;
    if (k.differs || k.keys.len == 0)
        return TD_OK;
    if (k.drawn != NULL)
        return lw_refuse(
            w, TD_C_LOWER_CLAUSE, s->relation->location,
            "the rows' keys have to be told apart before the default is drawn",
            "Give the column's values, or insert one row at a time.",
            "ON CONFLICT over an expression that reads the default of \"%s\" is not carried for several rows", k.drawn);
    *out = td_arena_printf(w->a, "CASE WHEN %s THEN count(*) OVER (PARTITION BY %s) END", td_buf_str(&k.known),
                           td_buf_str(&k.keys));
    return TD_OK;
}
