/* Operators as the grammar has them: rows, lists, arrays and patterns beside two operands; the operators' meaning is in
 * operator.c. */
#include <string.h>

#include "core/sql/lower_impl.h"

/* --- rows --- */

static const PgQuery__RowExpr *as_row(const PgQuery__Node *n)
{
    return n != NULL && n->node_case == PG_QUERY__NODE__NODE_ROW_EXPR ? n->row_expr : NULL;
}

/* Two values as their common type's keys. */
static int row_keys(struct lw *w, const char *op, struct ex *x, struct ex *y, int loc, const char **a, const char **b)
{
    struct td_type t;
    TD_TRY(lw_operand_type(w, op, x, y, loc, &t));
    TD_TRY(lw_cast(w, x, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, y, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_sort_key(w, x, a));
    return lw_sort_key(w, y, b);
}

static int compare_rows(struct lw *w, const char *op, const PgQuery__RowExpr *l, const PgQuery__RowExpr *r, int loc,
                        struct ex *out)
{
    bool equal = strcmp(op, "=") == 0, differ = strcmp(op, "<>") == 0;
    struct td_buf b, lefts, rights;
    if (l->n_args != r->n_args)
        return lw_error(w, "42601", loc, "unequal number of entries in row expressions");
    td_buf_init(&b, w->a);
    td_buf_init(&lefts, w->a);
    td_buf_init(&rights, w->a);
    for (size_t i = 0; i < l->n_args; i++) {
        struct ex x, y, one;
        const char *a, *b_key;
        TD_TRY(lw_expr(w, l->args[i], &x));
        TD_TRY(lw_expr(w, r->args[i], &y));
        TD_TRY(lw_compare(w, equal || differ ? op : "<", &x, &y, loc, &one));
        td_buf_printf(&b, "%s%s", i == 0 ? "" : equal ? " AND " : " OR ", ex_in(w, &one, PREC_NOT));
        if (equal || differ)
            continue;
        TD_TRY(row_keys(w, op, &x, &y, loc, &a, &b_key));
        td_buf_printf(&lefts, "%s%s", i == 0 ? "" : ", ", a);
        td_buf_printf(&rights, "%s%s", i == 0 ? "" : ", ", b_key);
    }
    if (equal || differ)
        *out = ex_bool(td_buf_str(&b), equal ? PREC_AND : PREC_OR);
    else
        *out = ex_bool(td_arena_printf(w->a, "(%s) %s (%s)", td_buf_str(&lefts), op, td_buf_str(&rights)), PREC_CMP);
    return TD_OK;
}

/* --- IN, ANY, ALL --- */

int lw_compare_nodes(struct lw *w, const char *op, const PgQuery__Node *l, const PgQuery__Node *r, int loc,
                     struct ex *x, struct ex *y, struct ex *out)
{
    if (as_row(l) != NULL && as_row(r) != NULL)
        return compare_rows(w, op, as_row(l), as_row(r), loc, out);
    TD_TRY(lw_expr(w, l, x));
    TD_TRY(lw_expr(w, r, y));
    return lw_operator(w, op, x, y, loc, out);
}

bool lw_is_plain(struct lw *w, const struct ex *l, const struct ex *r, const char *op, const struct ex *cmp)
{
    return l->sql != NULL && r->sql != NULL &&
           strcmp(cmp->sql, td_arena_printf(w->a, "%s %s %s", ex_in(w, l, PREC_CMP), op, ex_in(w, r, PREC_CMP))) == 0;
}

/* l op each of the items, joined by OR (any) or AND (all); IN where that says the same. */
static int each_item(struct lw *w, const char *op, bool any, const PgQuery__Node *l, PgQuery__Node *const *items,
                     size_t n, const struct td_type *element, int loc, struct ex *out)
{
    struct ex **parts = td_arena_alloc(w->a, (n + 1) * sizeof *parts);
    struct td_buf list;
    bool plain = (strcmp(op, "=") == 0 && any) || (strcmp(op, "<>") == 0 && !any);
    const char *left = NULL;
    td_buf_init(&list, w->a);
    for (size_t i = 0; i < n; i++) {
        struct ex x = {0}, y = {0};
        parts[i] = td_arena_new(w->a, struct ex);
        if (element != NULL) {
            TD_TRY(lw_expr(w, l, &x));
            TD_TRY(lw_expr_to(w, items[i], *element, TD_CAST_EXPLICIT, &y));
            TD_TRY(lw_operator(w, op, &x, &y, loc, parts[i]));
        } else {
            TD_TRY(lw_compare_nodes(w, op, l, items[i], loc, &x, &y, parts[i]));
        }
        plain = plain && lw_is_plain(w, &x, &y, op, parts[i]) &&
                (left == NULL || strcmp(left, ex_in(w, &x, PREC_CMP)) == 0);
        left = plain ? ex_in(w, &x, PREC_CMP) : NULL;
        td_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", y.sql == NULL ? "" : y.sql);
    }
    if (n == 0)
        *out = ex_bool(any ? "0" : "1", PREC_ATOM);
    else if (plain)
        *out = ex_bool(td_arena_printf(w->a, "%s %s (%s)", left, any ? "IN" : "NOT IN", td_buf_str(&list)), PREC_EQ);
    else
        *out = ex_bool(lw_join_balanced(w, parts, n, any ? " OR " : " AND ", any ? PREC_OR : PREC_AND),
                       any ? PREC_OR : PREC_AND);
    return TD_OK;
}

/* ARRAY[...], also under casts to an array type: its items, and the element type of the outermost cast. */
static const PgQuery__AArrayExpr *written_array(struct lw *w, const PgQuery__Node *n, struct td_type *element,
                                                bool *cast_out)
{
    *cast_out = false;
    while (n->node_case == PG_QUERY__NODE__NODE_TYPE_CAST) {
        struct td_type t;
        if (!*cast_out) {
            if (lw_type(w, n->type_cast->type_name, &t) != TD_OK || t.dims == 0)
                return NULL;
            *element = element_of(t);
            *cast_out = true;
        }
        n = n->type_cast->arg;
    }
    return n->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR ? n->a_array_expr : NULL;
}

/* A table of the array's elements, as text or number: "json_each(...)" whose value column is *value_out. */
static int array_rows(struct lw *w, struct ex *array, const char **from_out, struct ex *value_out)
{
    struct td_type el = element_of(td_type_base(array->type));
    bool plain = td_type_is_text(&el) || td_type_is_integer(&el) || el.kind == TD_T_UUID || el.kind == TD_T_ENUM;
    el = element_of(array->type);
    *value_out = ex_of("json_each.value", el, PREC_ATOM);
    if (plain || is_schema(w)) {
        *from_out = td_arena_printf(w->a, "json_each(%s)", array->sql);
        return TD_OK;
    }
    *from_out = td_arena_printf(w->a, "json_each(pg_unnest_rows(%s, %s))", array->sql, type_lit(w, el));
    value_out->type = TD_TYPE(TD_T_TEXT);
    return lw_cast(w, value_out, el, TD_CAST_EXPLICIT);
}

static int op_array(struct lw *w, const char *op, bool any, const PgQuery__AExpr *e, struct ex *out)
{
    struct ex l, array, value, cmp;
    struct td_type element;
    bool cast;
    const PgQuery__AArrayExpr *written = written_array(w, e->rexpr, &element, &cast);
    const char *from, *sql;
    if (written != NULL)
        return each_item(w, op, any, e->lexpr, written->elements, written->n_elements, cast ? &element : NULL,
                         e->location, out);
    td_err_clear(w->err);
    TD_TRY(lw_expr(w, e->lexpr, &l));
    TD_TRY(lw_expr(w, e->rexpr, &array));
    if (array.type.kind == TD_T_UNKNOWN) {
        TD_TRY(lw_settle(w, &l));
        TD_TRY(lw_cast(w, &array, array_of(l.type), TD_CAST_IMPLICIT));
    }
    if (td_type_base(array.type).dims == 0)
        return lw_error(w, "42809", e->location, "op ANY/ALL (array) requires array on right side");
    TD_TRY(array_rows(w, &array, &from, &value));
    TD_TRY(lw_operator(w, op, &l, &value, e->location, &cmp));
    if (lw_is_plain(w, &l, &value, "=", &cmp) && any)
        sql = td_arena_printf(w->a, "%s IN (SELECT %s FROM %s)", ex_in(w, &l, PREC_CMP), value.sql, from);
    else if (lw_is_plain(w, &l, &value, "<>", &cmp) && !any)
        sql = td_arena_printf(w->a, "%s NOT IN (SELECT %s FROM %s)", ex_in(w, &l, PREC_CMP), value.sql, from);
    else
        sql = lw_quantified(w, any, cmp.sql, from);
    if (array.text == NULL)
        sql = td_arena_printf(w->a, "CASE WHEN %s IS NOT NULL THEN %s END", ex_in(w, &array, PREC_CMP), sql);
    *out = ex_bool(sql, array.text == NULL ? PREC_ATOM : PREC_NOT);
    return TD_OK;
}

const char *lw_quantified(struct lw *w, bool any, const char *test, const char *from)
{
    return td_arena_printf(
        w->a,
        any ? "(SELECT CASE WHEN max(\"_t\") THEN 1 WHEN count(*) = count(\"_t\") THEN 0 END FROM "
              "(SELECT %s AS \"_t\" FROM %s))"
            : "(SELECT CASE WHEN min(\"_t\") = 0 THEN 0 WHEN count(*) = count(\"_t\") THEN 1 END FROM "
              "(SELECT %s AS \"_t\" FROM %s))",
        test, from);
}

/* --- operators with a syntax of their own --- */

static int distinct(struct lw *w, const PgQuery__AExpr *e, bool same, struct ex *out)
{
    struct ex l, r, cmp;
    struct td_type t;
    const char *a, *b;
    TD_TRY(lw_expr(w, e->lexpr, &l));
    TD_TRY(lw_expr(w, e->rexpr, &r));
    if (lw_same_json_stock(w, &l, &r, same, out))
        return TD_OK;
    TD_TRY(lw_compare(w, "=", &l, &r, e->location, &cmp));
    a = ex_in(w, &l, PREC_CMP);
    b = ex_in(w, &r, PREC_CMP);
    if (!lw_is_plain(w, &l, &r, "=", &cmp)) {
        TD_TRY(lw_operand_type(w, "=", &l, &r, e->location, &t));
        TD_TRY(lw_cast(w, &l, t, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, &r, t, TD_CAST_IMPLICIT));
        TD_TRY(lw_group_key(w, &l, &a));
        TD_TRY(lw_group_key(w, &r, &b));
        a = a == l.sql ? ex_in(w, &l, PREC_CMP) : a;
        b = b == r.sql ? ex_in(w, &r, PREC_CMP) : b;
    }
    *out = ex_bool(td_arena_printf(w->a, "%s %s %s", a, same ? "IS" : "IS NOT", b), PREC_EQ);
    return TD_OK;
}

static int between(struct lw *w, const PgQuery__AExpr *e, bool symmetric, bool negate, struct ex *out)
{
    const PgQuery__List *bounds = e->rexpr->list;
    struct ex x, lo, hi, a, b, c, d;
    TD_TRY(lw_compare_nodes(w, ">=", e->lexpr, bounds->items[0], e->location, &x, &lo, &a));
    TD_TRY(lw_compare_nodes(w, "<=", e->lexpr, bounds->items[1], e->location, &x, &hi, &b));
    *out = ex_bool(td_arena_printf(w->a, "%s AND %s", ex_in(w, &a, PREC_NOT), ex_in(w, &b, PREC_NOT)), PREC_AND);
    if (symmetric) {
        TD_TRY(lw_compare_nodes(w, ">=", e->lexpr, bounds->items[1], e->location, &x, &hi, &c));
        TD_TRY(lw_compare_nodes(w, "<=", e->lexpr, bounds->items[0], e->location, &x, &lo, &d));
        *out =
            ex_bool(td_arena_printf(w->a, "%s OR %s AND %s", out->sql, ex_in(w, &c, PREC_NOT), ex_in(w, &d, PREC_NOT)),
                    PREC_OR);
    }
    if (negate)
        *out = ex_bool(td_arena_printf(w->a, "NOT %s", ex_in(w, out, PREC_ATOM)), PREC_NOT);
    return TD_OK;
}

/* What the operator takes on the left: integers and floats have operators of their own for each pair. */
static int null_if_type(struct lw *w, struct ex *l, const struct ex *r)
{
    struct td_type a = td_type_base(l->type), b = td_type_base(r->type);
    bool floats = (a.kind == TD_T_FLOAT4 || a.kind == TD_T_FLOAT8) && (b.kind == TD_T_FLOAT4 || b.kind == TD_T_FLOAT8);
    if (ex_is(l, TD_T_VARCHAR) || (ex_is(l, TD_T_BPCHAR) && ex_is(r, TD_T_TEXT)))
        return lw_cast(w, l, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT);
    if (ex_is_number(l) && ex_is_number(r) && a.kind != lw_wider(l, r).kind && !floats &&
        !(td_type_is_integer(&a) && td_type_is_integer(&b)) && !(is_schema(w) && lw_wider(l, r).kind == TD_T_NUMERIC))
        return lw_cast(w, l, lw_wider(l, r), TD_CAST_IMPLICIT);
    l->type = a;
    return TD_OK;
}

static int null_if(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
{
    struct ex l, r, cmp;
    TD_TRY(lw_compare_nodes(w, "=", e->lexpr, e->rexpr, e->location, &l, &r, &cmp));
    if (!lw_is_plain(w, &l, &r, "=", &cmp)) {
        TD_TRY(null_if_type(w, &l, &r));
        *out = ex_of(td_arena_printf(w->a, "CASE WHEN %s THEN NULL ELSE %s END", cmp.sql, l.sql), l.type, PREC_ATOM);
        return TD_OK;
    }
    *out = ex_of(td_arena_printf(w->a, "nullif(%s, %s)", l.sql, r.sql), l.type, PREC_ATOM);
    return null_if_type(w, out, &r);
}

/* The pattern; under an ESCAPE the grammar wraps it in a call of like_escape or similar_to_escape. */
static int like(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
{
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    const PgQuery__Node *pattern = e->rexpr;
    const char *escape = NULL;
    struct ex l, r, esc;
    if (pattern->node_case == PG_QUERY__NODE__NODE_FUNC_CALL) {
        const PgQuery__FuncCall *c = pattern->func_call;
        const char *name = td_tree_name(c->funcname, c->n_funcname, NULL);
        if (strcmp(name, "like_escape") == 0 || strcmp(name, "similar_to_escape") == 0) {
            pattern = c->args[0];
            if (c->n_args > 1) {
                TD_TRY(lw_expr(w, c->args[1], &esc));
                if (esc.text == NULL)
                    return lw_refuse(w, TD_C_LOWER_OPERATOR, c->location, "only a constant can be carried", NULL,
                                     "ESCAPE is not a constant");
                escape = esc.text;
            }
        }
    }
    TD_TRY(lw_expr(w, e->lexpr, &l));
    TD_TRY(lw_expr(w, pattern, &r));
    if (e->kind != PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR)
        return lw_like(w, &l, &r, escape, op[strlen(op) - 1] == '*', op[0] == '!', out);
    if (is_schema(w))
        return lw_stock(w, e->location, "SIMILAR TO");
    if (ex_is(&l, TD_T_CITEXT))
        return lw_refuse(w, TD_C_LOWER_OPERATOR, e->location, "citext ignores case there", "Cast it to text.",
                         "SIMILAR TO of citext is not carried");
    TD_TRY(lw_settle(w, &l));
    TD_TRY(lw_cast(w, &r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    *out = ex_bool(td_arena_printf(w->a, escape == NULL ? "%spg_similar(%s, %s)" : "%spg_similar(%s, %s, %s)",
                                   op[0] == '!' ? "NOT " : "", l.sql, r.sql, escape == NULL ? "" : sql_lit(w, escape)),
                   op[0] == '!' ? PREC_NOT : PREC_ATOM);
    return TD_OK;
}

/* A long || of texts is printed as a balanced tree; *done says whether it was one. */
static int long_concat(struct lw *w, const PgQuery__AExpr *const *links, size_t n, bool *done, struct ex *out)
{
    struct ex **items = td_arena_alloc(w->a, (n + 1) * sizeof *items);
    *done = false;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && strcmp(td_tree_name(links[i]->name, links[i]->n_name, NULL), "||") != 0)
            return TD_OK;
        items[i] = td_arena_new(w->a, struct ex);
        TD_TRY(lw_expr(w, i == 0 ? links[n - 1]->lexpr : links[n - i]->rexpr, items[i]));
        if (items[i]->type.kind != TD_T_UNKNOWN && !td_type_is_text(&items[i]->type))
            return TD_OK;
        TD_TRY(lw_cast(w, items[i], TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    }
    *done = true;
    *out = ex_of(lw_join_balanced(w, items, n + 1, " || ", PREC_CONCAT), TD_TYPE(TD_T_TEXT), PREC_OR);
    return TD_OK;
}

/* A chain a || b || c leans to the left: walked in a loop, so that its length costs no stack. */
static int chain(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
{
    TD_VEC(const PgQuery__AExpr *) links = {0};
    struct ex l, r;
    while (e != NULL) {
        const PgQuery__Node *left = e->lexpr;
        *td_vec_add(w->a, &links) = e;
        e = left != NULL && left->node_case == PG_QUERY__NODE__NODE_A_EXPR &&
                    left->a_expr->kind == PG_QUERY__A__EXPR__KIND__AEXPR_OP && left->a_expr->lexpr != NULL
                ? left->a_expr
                : NULL;
    }
    if (links.len > 200) {
        bool done;
        TD_TRY(long_concat(w, links.at, links.len, &done, out));
        if (done)
            return TD_OK;
    }
    if (links.len > 900)
        return lw_refuse(w, TD_C_LOWER_DEEP, links.at[0]->location, "SQLite takes 1,000 levels of an expression",
                         "Split the expression.", "%zu operators are chained", links.len);
    TD_TRY(lw_expr(w, links.at[links.len - 1]->lexpr, &l));
    for (size_t i = links.len; i-- > 0;) {
        const PgQuery__AExpr *link = links.at[i];
        const char *op = td_tree_name(link->name, link->n_name, NULL);
        int rc = is_schema(w) && ex_is_time(&l) && (op[0] == '+' || op[0] == '-') && op[1] == '\0'
                     ? lw_stock_add_product(w, &l, link->rexpr, op[0] == '+' ? 1 : -1, out)
                     : TD_ENOTFOUND;
        if (rc == TD_ENOTFOUND) {
            TD_TRY(lw_expr(w, link->rexpr, &r));
            rc = lw_operator(w, op, &l, &r, link->location, out);
        }
        if (rc != TD_OK)
            return rc;
        l = *out;
        l.loc = link->location;
    }
    return TD_OK;
}

int lw_a_expr(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
{
    const char *op = td_tree_name(e->name, e->n_name, NULL);
    struct ex x;
    switch (e->kind) {
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP:
        if (e->lexpr == NULL) {
            TD_TRY(lw_expr(w, e->rexpr, &x));
            return lw_unary(w, op, &x, e->location, out);
        }
        if (as_row(e->lexpr) != NULL && as_row(e->rexpr) != NULL)
            return compare_rows(w, op, as_row(e->lexpr), as_row(e->rexpr), e->location, out);
        return chain(w, e, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ANY: return op_array(w, op, true, e, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_OP_ALL: return op_array(w, op, false, e, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_DISTINCT: return distinct(w, e, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_DISTINCT: return distinct(w, e, true, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NULLIF: return null_if(w, e, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_IN:
        return each_item(w, op, strcmp(op, "=") == 0, e->lexpr, e->rexpr->list->items, e->rexpr->list->n_items, NULL,
                         e->location, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_LIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_ILIKE:
    case PG_QUERY__A__EXPR__KIND__AEXPR_SIMILAR: return like(w, e, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN: return between(w, e, false, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN: return between(w, e, false, true, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_BETWEEN_SYM: return between(w, e, true, false, out);
    case PG_QUERY__A__EXPR__KIND__AEXPR_NOT_BETWEEN_SYM: return between(w, e, true, true, out);
    default: break;
    }
    return lw_refuse(w, TD_C_LOWER_OPERATOR, e->location, "SQLite has no counterpart", NULL,
                     "this operator is not carried");
}
