/* NEW IS DISTINCT FROM OLD: PostgreSQL compares the two rows; SQLite has no rows as values, so that each column is
 * compared. "new.*" says the same. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/lower_trigger_impl.h"
#include "core/sql/tree.h"

struct spelling {
    struct td_arena *a;
    const struct td_table *t;
    bool rest; /* a whole row is left that nothing here can spell out */
};

/* "new" or "old" for the whole row, else NULL. */
static const char *whole_row(const PgQuery__Node *n)
{
    if (n == NULL || n->node_case != PG_QUERY__NODE__NODE_COLUMN_REF || n->column_ref->n_fields == 0)
        return NULL;
    const PgQuery__ColumnRef *ref = n->column_ref;
    const char *name = td_tree_string(ref->fields[0]);
    if (name == NULL || (strcmp(name, "new") != 0 && strcmp(name, "old") != 0))
        return NULL;
    return ref->n_fields == 1 || ref->fields[1]->node_case == PG_QUERY__NODE__NODE_A_STAR ? name : NULL;
}

static PgQuery__Node *column_of(struct td_arena *a, const PgQuery__Node *row, const char *column)
{
    PgQuery__Node *n = td_tree_clone(a, row), *name = td_arena_new(a, PgQuery__Node), **fields;
    pg_query__node__init(name);
    name->node_case = PG_QUERY__NODE__NODE_STRING;
    name->string = td_arena_new(a, PgQuery__String);
    pg_query__string__init(name->string);
    name->string->sval = td_arena_strdup(a, column);
    fields = td_arena_alloc(a, 2 * sizeof *fields);
    fields[0] = n->column_ref->fields[0];
    fields[1] = name;
    n->column_ref->fields = fields;
    n->column_ref->n_fields = 2;
    return n;
}

static PgQuery__Node *one_column(struct td_arena *a, const PgQuery__Node *comparison, const char *column)
{
    PgQuery__Node *n = td_arena_new(a, PgQuery__Node);
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_A_EXPR;
    n->a_expr = td_arena_new(a, PgQuery__AExpr);
    *n->a_expr = *comparison->a_expr;
    n->a_expr->lexpr = column_of(a, comparison->a_expr->lexpr, column);
    n->a_expr->rexpr = column_of(a, comparison->a_expr->rexpr, column);
    return n;
}

static void spell_out(const struct spelling *s, PgQuery__Node *n, bool distinct)
{
    PgQuery__BoolExpr *b = td_arena_new(s->a, PgQuery__BoolExpr);
    pg_query__bool_expr__init(b);
    b->boolop = distinct ? PG_QUERY__BOOL_EXPR_TYPE__OR_EXPR : PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    b->location = n->a_expr->location;
    b->args = td_arena_alloc(s->a, s->t->columns.len * sizeof(PgQuery__Node *));
    for (; b->n_args < s->t->columns.len; b->n_args++)
        b->args[b->n_args] = one_column(s->a, n, s->t->columns.at[b->n_args]->name);
    n->node_case = PG_QUERY__NODE__NODE_BOOL_EXPR;
    n->bool_expr = b;
}

/* In a BEFORE trigger the generated columns of NEW are not there yet. */
static bool has_generated(const struct td_table *t)
{
    for (size_t i = 0; i < t->columns.len; i++)
        if (t->columns.at[i]->generated != NULL)
            return true;
    return false;
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct spelling *s = data;
    if (whole_row(n) != NULL)
        s->rest = true;
    if (n->node_case != PG_QUERY__NODE__NODE_A_EXPR || whole_row(n->a_expr->lexpr) == NULL ||
        whole_row(n->a_expr->rexpr) == NULL || s->t->columns.len < 2 || has_generated(s->t))
        return true;
    bool distinct = n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT;
    if (distinct || n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT)
        spell_out(s, n, distinct);
    return true;
}

bool td_trigger_spell_rows(struct td_arena *a, const struct td_table *t, PgQuery__Node *tree)
{
    struct spelling s = {.a = a, .t = t};
    td_tree_walk(tree, visit, &s);
    return !s.rest;
}
