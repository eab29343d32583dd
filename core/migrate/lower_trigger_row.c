/* NEW IS DISTINCT FROM OLD: PostgreSQL compares the two rows; SQLite has no rows as values, so that each column is
 * compared. "new.*" and ROW(new.*) say the same, and so does <>: between rows as values NULL equals NULL. */
#include <string.h>

#include "core/migrate/lower_impl.h"
#include "core/migrate/lower_trigger_impl.h"
#include "core/sql/tree.h"

struct spelling {
    struct td_arena *a;
    const struct td_table *t;
    bool rest; /* a whole row is left that nothing here can spell out */
};

/* ROW(new.*) -> new.* */
static const PgQuery__Node *unwrapped(const PgQuery__Node *n)
{
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_ROW_EXPR && n->row_expr->n_args == 1 ? n->row_expr->args[0]
                                                                                                  : n;
}

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

static PgQuery__Node *one_column(struct td_arena *a, const PgQuery__Node *comparison, bool distinct, const char *column)
{
    PgQuery__Node *n = td_arena_new(a, PgQuery__Node);
    pg_query__node__init(n);
    n->node_case = PG_QUERY__NODE__NODE_A_EXPR;
    n->a_expr = td_arena_new(a, PgQuery__AExpr);
    *n->a_expr = *comparison->a_expr;
    n->a_expr->kind = distinct ? PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT : PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT;
    n->a_expr->lexpr = column_of(a, unwrapped(comparison->a_expr->lexpr), column);
    n->a_expr->rexpr = column_of(a, unwrapped(comparison->a_expr->rexpr), column);
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
        b->args[b->n_args] = one_column(s->a, n, distinct, s->t->columns.at[b->n_args]->name);
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

/* Of two rows: 1: whether they are distinct, 0: whether they are not; -1: something else. Between ROW()s <> stops at a
 * NULL. */
static int asks_distinct(const PgQuery__AExpr *e)
{
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    if (whole_row(unwrapped(e->lexpr)) == NULL || whole_row(unwrapped(e->rexpr)) == NULL)
        return -1;
    if (e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT || e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT)
        return e->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT;
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_OP || op == NULL || unwrapped(e->lexpr) != e->lexpr ||
        unwrapped(e->rexpr) != e->rexpr)
        return -1;
    return strcmp(op, "<>") == 0 ? 1 : strcmp(op, "=") == 0 ? 0 : -1;
}

static bool visit(PgQuery__Node *n, void *data)
{
    struct spelling *s = data;
    if (whole_row(n) != NULL)
        s->rest = true;
    if (n->node_case != PG_QUERY__NODE__NODE_A_EXPR || s->t->columns.len < 2 || has_generated(s->t))
        return true;
    int distinct = asks_distinct(n->a_expr);
    if (distinct >= 0)
        spell_out(s, n, distinct > 0);
    return true;
}

bool td_trigger_spell_rows(struct td_arena *a, const struct td_table *t, PgQuery__Node *tree)
{
    struct spelling s = {.a = a, .t = t};
    td_tree_walk(tree, visit, &s);
    return !s.rest;
}
