/* AND, OR, NOT.
 *
 * PostgreSQL works the operands out from left to right until the result is known; a NULL does not make it known.
 * SQLite 3.40 stops too where it tests a condition (WHERE, WHEN), at a NULL as well; where it wants the value it works
 * out all of them. Both show where an operand can fail: then those before it are tried one by one first,
 *     a AND b AND c  ->  CASE 0 WHEN a THEN 0 WHEN b THEN 0 ELSE a AND b AND c END
 * Conditions that choose rows stay as they are: SQLite finds its indexes in them, and PostgreSQL promises no order. */
#include <string.h>

#include "core/sql/lower_impl.h"

/* What is printed twice, at the most; longer conditions stay as they are. */
#define TWICE_MAX 20000

/* A long list is printed as a balanced tree: SQLite takes 1,000 levels. */
const char *lw_join_balanced(struct lw *w, struct ex *const *at, size_t n, const char *word, enum prec p)
{
    struct td_buf b;
    if (n > 200)
        return td_arena_printf(w->a, "(%s)%s(%s)", lw_join_balanced(w, at, n / 2, word, p), word,
                               lw_join_balanced(w, at + n / 2, n - n / 2, word, p));
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s%s", i == 0 ? "" : word, ex_in(w, at[i], p));
    return td_buf_str(&b);
}

static bool is_never_null(const PgQuery__Node *n)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_NULL_TEST:
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return true;
    case PG_QUERY__NODE__NODE_SUB_LINK: return n->sub_link->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK;
    case PG_QUERY__NODE__NODE_A_EXPR:
        return n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT ||
               n->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT;
    case PG_QUERY__NODE__NODE_BOOL_EXPR:
        for (size_t i = 0; i < n->bool_expr->n_args; i++)
            if (!is_never_null(n->bool_expr->args[i]))
                return false;
        return true;
    default: return false;
    }
}

/* How many operands are to be tried before the whole: those before the last that can fail; 0: none. */
static size_t tried_first(const struct lw *w, const PgQuery__BoolExpr *b, struct ex *const *args)
{
    size_t last = 0, length = 0;
    bool stops_at_null = false;
    for (size_t i = 1; i < b->n_args; i++)
        last = lw_can_fail(args[i]->sql) ? i : last;
    for (size_t i = 0; i < last; i++) {
        length += strlen(args[i]->sql);
        stops_at_null = stops_at_null || !is_never_null(b->args[i]);
        if (lw_calls_volatile(args[i]->sql)) /* once is what it was asked for */
            return 0;
    }
    if (w->condition == TD_COND_CHOOSES || (w->condition == TD_COND_TESTED && !stops_at_null) || length > TWICE_MAX)
        return 0;
    return last;
}

static void and_or(struct lw *w, const PgQuery__BoolExpr *b, struct ex *const *args, struct ex *out)
{
    bool and = b->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR;
    enum prec prec = and? PREC_AND : PREC_OR;
    const char *all = lw_join_balanced(w, args, b->n_args, and? " AND " : " OR ", prec), *known = and? "0" : "1";
    size_t first = tried_first(w, b, args);
    struct td_buf s;
    *out = ex_bool(all, prec);
    if (first == 0)
        return;
    td_buf_init(&s, w->a);
    td_buf_printf(&s, "CASE %s", known);
    for (size_t i = 0; i < first; i++)
        td_buf_printf(&s, " WHEN %s THEN %s", args[i]->sql, known);
    td_buf_printf(&s, " ELSE %s END", all);
    *out = ex_bool(td_buf_str(&s), PREC_ATOM);
}

int lw_logic(struct lw *w, const PgQuery__BoolExpr *b, struct ex *out)
{
    struct ex **args = td_arena_alloc(w->a, (b->n_args + 1) * sizeof *args);
    enum td_condition condition = w->condition;
    for (size_t i = 0; i < b->n_args; i++) {
        args[i] = td_arena_new(w->a, struct ex);
        w->condition = condition;
        TD_TRY(lw_bool(w, b->args[i], args[i]));
    }
    w->condition = condition;
    if (b->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
        *out = ex_bool(td_arena_printf(w->a, "NOT %s", ex_in(w, args[0], PREC_NOT)), PREC_NOT);
    else
        and_or(w, b, args, out);
    return TD_OK;
}

int lw_condition(struct lw *w, const PgQuery__Node *n, enum td_condition condition, struct ex *out)
{
    enum td_condition before = w->condition;
    w->condition = condition;
    int rc = lw_bool(w, n, out);
    w->condition = before;
    return rc;
}
