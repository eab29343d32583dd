/* Sub-queries inside expressions: scalar ones, EXISTS, IN, ANY, ALL, ARRAY. */
#include <string.h>

#include "core/sql/lower_impl.h"

static struct ex boolean(const char *sql, enum prec prec)
{
    return ex_of(sql, TD_TYPE(TD_T_BOOL), prec);
}

static int sub_select(struct lw *w, const PgQuery__SubLink *s, const struct td_type *to, size_t n_to, const char **sql,
                      struct columns *columns)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    w->constant = false;
    TD_TRY(lw_select_to(w, s->subselect->select_stmt, to, n_to, &b, columns));
    *sql = td_buf_str(&b);
    return TD_OK;
}

static int in_select(struct lw *w, const PgQuery__SubLink *s, struct ex *out)
{
    const char *op = s->n_oper_name == 0 ? "=" : td_tree_name(s->oper_name, s->n_oper_name, NULL), *sql;
    bool any = s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK;
    const PgQuery__RowExpr *row =
        s->testexpr != NULL && s->testexpr->node_case == PG_QUERY__NODE__NODE_ROW_EXPR ? s->testexpr->row_expr : NULL;
    struct columns columns = {0};
    struct ex x, y, cmp;
    if (row != NULL) {
        struct ex **args;
        struct td_buf b;
        if (strcmp(op, "=") != 0 || !any)
            return lw_refuse(w, TD_C_LOWER_CLAUSE, s->location, "SQLite compares rows with a sub-query by IN alone",
                             NULL, "a row is compared with a sub-query by %s", op);
        TD_TRY(lw_exprs(w, row->args, row->n_args, &args));
        TD_TRY(sub_select(w, s, NULL, 0, &sql, &columns));
        td_buf_init(&b, w->a);
        for (size_t i = 0; i < row->n_args && i < columns.len; i++) {
            y = ex_of(columns.at[i].name, columns.at[i].type, PREC_ATOM);
            TD_TRY(lw_compare(w, "=", args[i], &y, s->location, &cmp));
        }
        *out = boolean(td_arena_printf(w->a, "(%s) IN (%s)", lw_joined(w, args, row->n_args), sql), PREC_EQ);
        return TD_OK;
    }
    TD_TRY(lw_expr(w, s->testexpr, &x));
    TD_TRY(sub_select(w, s, NULL, 0, &sql, &columns));
    if (columns.len != 1)
        return lw_error(w, "42601", s->location, "subquery has too many columns");
    y = ex_of(scope_label(w, &columns.at[0]), columns.at[0].type, PREC_ATOM);
    TD_TRY(lw_operator(w, op, &x, &y, s->location, &cmp));
    if (lw_is_plain(w, &x, &y, "=", &cmp) && any && y.sql[0] == '"')
        *out = boolean(td_arena_printf(w->a, "%s IN (%s)", ex_in(w, &x, PREC_CMP), sql), PREC_EQ);
    else if (lw_is_plain(w, &x, &y, "<>", &cmp) && !any && y.sql[0] == '"')
        *out = boolean(td_arena_printf(w->a, "%s NOT IN (%s)", ex_in(w, &x, PREC_CMP), sql), PREC_EQ);
    else
        *out = boolean(td_arena_printf(w->a,
                                       any ? "EXISTS (SELECT 1 FROM (%s) WHERE %s)"
                                           : "NOT EXISTS (SELECT 1 FROM (%s) WHERE NOT (%s))",
                                       sql, cmp.sql),
                       any ? PREC_ATOM : PREC_NOT);
    return TD_OK;
}

int lw_sub_link(struct lw *w, const PgQuery__SubLink *s, struct ex *out)
{
    struct columns columns = {0};
    const char *sql;
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK ||
        s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ALL_SUBLINK)
        return in_select(w, s, out);
    TD_TRY(sub_select(w, s, NULL, 0, &sql, &columns));
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__EXISTS_SUBLINK) {
        *out = boolean(td_arena_printf(w->a, "EXISTS (%s)", sql), PREC_ATOM);
        return TD_OK;
    }
    if (columns.len != 1)
        return lw_error(w, "42601", s->location, "subquery must return only one column");
    if (s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK) {
        struct td_type t = columns.at[0].type;
        if (is_schema(w))
            return lw_stock(w, s->location, "ARRAY(SELECT ...)");
        *out = ex_of(td_arena_printf(w->a, "coalesce((SELECT pg_array_agg(%s, %s) FROM (%s)), '[]')",
                                     scope_label(w, &columns.at[0]), type_lit(w, t), sql),
                     array_of(t), PREC_ATOM);
        return TD_OK;
    }
    *out = ex_of(td_arena_printf(w->a, "(%s)", sql), columns.at[0].type, PREC_ATOM);
    return TD_OK;
}
