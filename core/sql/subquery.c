/* Sub-queries inside expressions: scalar ones, EXISTS, IN, ANY, ALL, ARRAY. */
#include <string.h>

#include "core/sql/lower_impl.h"

static int sub_select(struct lw *w, const PgQuery__SubLink *s, const struct td_type *to, size_t n_to, const char **sql,
                      struct columns *columns)
{
    bool shows = w->order_shows;
    struct td_buf b;
    td_buf_init(&b, w->a);
    w->constant = false;
    w->order_shows = s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ARRAY_SUBLINK;
    TD_TRY(lw_select_to(w, s->subselect->select_stmt, to, n_to, &b, columns));
    w->order_shows = shows;
    for (size_t i = 0; i < columns->len; i++)
        if (columns->at[i].type.kind == TD_T_UNKNOWN) /* what stands around a sub-query does not type its literals */
            columns->at[i].type = TD_TYPE(TD_T_TEXT);
    *sql = td_buf_str(&b);
    return TD_OK;
}

/* The left side of IN (SELECT ...): one value, or those of a row. */
static int left_values(struct lw *w, const PgQuery__Node *n, struct ex ***out, size_t *count)
{
    if (n->node_case != PG_QUERY__NODE__NODE_ROW_EXPR) {
        *count = 1;
        return lw_exprs(w, (PgQuery__Node *const[]){(PgQuery__Node *)n}, 1, out);
    }
    *count = n->row_expr->n_args;
    return lw_exprs(w, n->row_expr->args, n->row_expr->n_args, out);
}

/* Equality with any of the rows: as SQLite's IN, where it compares as PostgreSQL does; else by the values' keys. */
static int in_rows(struct lw *w, const PgQuery__SubLink *s, struct ex **left, struct ex *right, size_t n, bool plain,
                   const char *sql, bool in, struct ex *out)
{
    struct td_buf keys, rows;
    const char *key;
    td_buf_init(&keys, w->a);
    td_buf_init(&rows, w->a);
    for (size_t i = 0; i < n; i++) {
        struct td_type t;
        if (!plain) {
            TD_TRY(lw_operand_type(w, "=", left[i], &right[i], s->location, &t));
            TD_TRY(lw_cast(w, left[i], t, TD_CAST_IMPLICIT));
            TD_TRY(lw_cast(w, &right[i], t, TD_CAST_IMPLICIT));
        }
        key = n == 1 ? ex_in(w, left[i], PREC_CMP) : left[i]->sql;
        if (!plain && lw_needs_key(left[i]->type, false))
            TD_TRY(lw_group_key(w, left[i], &key));
        td_buf_printf(&keys, "%s%s", i == 0 ? "" : ", ", key);
        TD_TRY(lw_group_key(w, &right[i], &key));
        td_buf_printf(&rows, "%s%s", i == 0 ? "SELECT " : ", ", key);
    }
    if (!plain)
        sql = td_arena_printf(w->a, "%s FROM (%s)", td_buf_str(&rows), sql);
    *out = ex_bool(
        td_arena_printf(w->a, n == 1 ? "%s %s (%s)" : "(%s) %s (%s)", td_buf_str(&keys), in ? "IN" : "NOT IN", sql),
        PREC_EQ);
    return TD_OK;
}

static int in_select(struct lw *w, const PgQuery__SubLink *s, struct ex *out)
{
    const char *op = s->n_oper_name == 0 ? "=" : td_tree_name(s->oper_name, s->n_oper_name, NULL), *sql;
    bool any = s->sub_link_type == PG_QUERY__SUB_LINK_TYPE__ANY_SUBLINK, plain = true;
    bool in = strcmp(op, "=") == 0 && any, not_in = strcmp(op, "<>") == 0 && !any;
    struct columns columns = {0};
    struct ex **left, *right, cmp;
    size_t n;
    TD_TRY(left_values(w, s->testexpr, &left, &n));
    TD_TRY(sub_select(w, s, NULL, 0, &sql, &columns));
    if (columns.len != n)
        return lw_error(w, "42601", s->location, "subquery has too %s columns", columns.len > n ? "many" : "few");
    right = td_arena_alloc(w->a, (n + 1) * sizeof *right);
    for (size_t i = 0; i < n; i++) {
        right[i] = ex_of(scope_label(w, &columns.at[i]), columns.at[i].type, PREC_ATOM);
        TD_TRY(lw_operator(w, op, left[i], &right[i], s->location, &cmp));
        plain = plain && lw_is_plain(w, left[i], &right[i], op, &cmp) && right[i].sql[0] == '"';
    }
    if (in || not_in)
        return in_rows(w, s, left, right, n, plain, sql, in, out);
    if (n > 1)
        return lw_refuse(w, TD_C_LOWER_CLAUSE, s->location, "SQLite compares rows with a sub-query by IN alone", NULL,
                         "a row is compared with a sub-query by %s", op);
    *out = ex_bool(lw_quantified(w, any, cmp.sql, td_arena_printf(w->a, "(%s)", sql)), PREC_ATOM);
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
        *out = ex_bool(td_arena_printf(w->a, "EXISTS (%s)", sql), PREC_ATOM);
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
