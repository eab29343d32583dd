/* Expressions, node by node. */
#include <string.h>

#include "core/sql/lower_impl.h"

/* SQLite's parser has a stack of 100 entries; a nested expression takes two or three. */
#define NESTING_MAX 400

static struct ex boolean(const char *sql, enum prec prec)
{
    return ex_of(sql, TD_TYPE(TD_T_BOOL), prec);
}

static int constant(struct lw *w, const PgQuery__AConst *c, struct ex *out)
{
    int loc = c->location;
    if (c->isnull) {
        *out = lw_null(TD_TYPE(TD_T_UNKNOWN));
        return TD_OK;
    }
    switch (c->val_case) {
    case PG_QUERY__A__CONST__VAL_IVAL:
        return lw_fold(w, td_arena_printf(w->a, "%d", c->ival->ival), TD_TYPE(TD_T_INT4), TD_CAST_IMPLICIT, loc, out);
    case PG_QUERY__A__CONST__VAL_FVAL: {
        const char *s = c->fval->fval;
        bool whole = strspn(s, "0123456789") == strlen(s) &&
                     (strlen(s) < 19 || (strlen(s) == 19 && strcmp(s, "9223372036854775807") <= 0));
        return lw_fold(w, s, TD_TYPE(whole ? TD_T_INT8 : TD_T_NUMERIC), TD_CAST_IMPLICIT, loc, out);
    }
    case PG_QUERY__A__CONST__VAL_BOOLVAL:
        return lw_fold(w, c->boolval->boolval ? "true" : "false", TD_TYPE(TD_T_BOOL), TD_CAST_IMPLICIT, loc, out);
    case PG_QUERY__A__CONST__VAL_SVAL: {
        const char *s = c->sval->sval == NULL ? "" : c->sval->sval;
        *out = ex_of(sql_lit(w, s), TD_TYPE(TD_T_UNKNOWN), PREC_ATOM);
        out->text = s;
        return TD_OK;
    }
    case PG_QUERY__A__CONST__VAL_BSVAL:
        return lw_fold(w, c->bsval->bsval, named_type("bit"), TD_CAST_IMPLICIT, loc, out);
    default:
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite has no such constants", NULL,
                         "this kind of literal is not carried");
    }
}

int lw_exprs(struct lw *w, PgQuery__Node *const *at, size_t n, struct ex ***out)
{
    struct ex **list = td_arena_alloc(w->a, (n + 1) * sizeof *list);
    for (size_t i = 0; i < n; i++) {
        list[i] = td_arena_new(w->a, struct ex);
        TD_TRY(lw_expr(w, at[i], list[i]));
    }
    *out = list;
    return TD_OK;
}

int lw_expr_to(struct lw *w, const PgQuery__Node *n, struct td_type to, enum td_cast_context context, struct ex *out)
{
    TD_TRY(lw_expr(w, n, out));
    return lw_cast(w, out, to, context);
}

int lw_bool(struct lw *w, const PgQuery__Node *n, struct ex *out)
{
    TD_TRY(lw_expr(w, n, out));
    if (out->type.kind != TD_T_UNKNOWN && (td_type_base(out->type).kind != TD_T_BOOL || out->type.dims > 0))
        return lw_error(w, "42804", td_tree_location(n), "the argument must be type boolean, not type %s",
                        type_name(w, out->type));
    return lw_cast(w, out, TD_TYPE(TD_T_BOOL), TD_CAST_IMPLICIT);
}

/* --- AND, OR, NOT --- */

/* A long list is printed as a balanced tree: SQLite takes 1,000 levels. */
static const char *join_balanced(struct lw *w, struct ex *const *at, size_t n, const char *word, enum prec p)
{
    struct td_buf b;
    if (n > 200)
        return td_arena_printf(w->a, "(%s)%s(%s)", join_balanced(w, at, n / 2, word, p), word,
                               join_balanced(w, at + n / 2, n - n / 2, word, p));
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s%s", i == 0 ? "" : word, ex_in(w, at[i], p));
    return td_buf_str(&b);
}

static int bool_expr(struct lw *w, const PgQuery__BoolExpr *b, struct ex *out)
{
    struct ex **args = td_arena_alloc(w->a, (b->n_args + 1) * sizeof *args);
    for (size_t i = 0; i < b->n_args; i++) {
        args[i] = td_arena_new(w->a, struct ex);
        TD_TRY(lw_bool(w, b->args[i], args[i]));
    }
    if (b->boolop == PG_QUERY__BOOL_EXPR_TYPE__NOT_EXPR)
        *out = boolean(td_arena_printf(w->a, "NOT %s", ex_in(w, args[0], PREC_NOT)), PREC_NOT);
    else if (b->boolop == PG_QUERY__BOOL_EXPR_TYPE__AND_EXPR)
        *out = boolean(join_balanced(w, args, b->n_args, " AND ", PREC_AND), PREC_AND);
    else
        *out = boolean(join_balanced(w, args, b->n_args, " OR ", PREC_OR), PREC_OR);
    return TD_OK;
}

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
        *out = boolean(td_buf_str(&b), equal ? PREC_AND : PREC_OR);
    else
        *out = boolean(td_arena_printf(w->a, "(%s) %s (%s)", td_buf_str(&lefts), op, td_buf_str(&rights)), PREC_CMP);
    return TD_OK;
}

/* --- IN, ANY, ALL --- */

static int compare_nodes(struct lw *w, const char *op, const PgQuery__Node *l, const PgQuery__Node *r, int loc,
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
            TD_TRY(compare_nodes(w, op, l, items[i], loc, &x, &y, parts[i]));
        }
        plain = plain && lw_is_plain(w, &x, &y, op, parts[i]) &&
                (left == NULL || strcmp(left, ex_in(w, &x, PREC_CMP)) == 0);
        left = plain ? ex_in(w, &x, PREC_CMP) : NULL;
        td_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", y.sql == NULL ? "" : y.sql);
    }
    if (n == 0)
        *out = boolean(any ? "0" : "1", PREC_ATOM);
    else if (plain)
        *out = boolean(td_arena_printf(w->a, "%s %s (%s)", left, any ? "IN" : "NOT IN", td_buf_str(&list)), PREC_EQ);
    else
        *out = boolean(join_balanced(w, parts, n, any ? " OR " : " AND ", any ? PREC_OR : PREC_AND),
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
    *out = boolean(sql, array.text == NULL ? PREC_ATOM : PREC_NOT);
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
    *out = boolean(td_arena_printf(w->a, "%s %s %s", a, same ? "IS" : "IS NOT", b), PREC_EQ);
    return TD_OK;
}

static int between(struct lw *w, const PgQuery__AExpr *e, bool symmetric, bool negate, struct ex *out)
{
    const PgQuery__List *bounds = e->rexpr->list;
    struct ex x, lo, hi, a, b, c, d;
    TD_TRY(compare_nodes(w, ">=", e->lexpr, bounds->items[0], e->location, &x, &lo, &a));
    TD_TRY(compare_nodes(w, "<=", e->lexpr, bounds->items[1], e->location, &x, &hi, &b));
    *out = boolean(td_arena_printf(w->a, "%s AND %s", ex_in(w, &a, PREC_NOT), ex_in(w, &b, PREC_NOT)), PREC_AND);
    if (symmetric) {
        TD_TRY(compare_nodes(w, ">=", e->lexpr, bounds->items[1], e->location, &x, &hi, &c));
        TD_TRY(compare_nodes(w, "<=", e->lexpr, bounds->items[0], e->location, &x, &lo, &d));
        *out =
            boolean(td_arena_printf(w->a, "%s OR %s AND %s", out->sql, ex_in(w, &c, PREC_NOT), ex_in(w, &d, PREC_NOT)),
                    PREC_OR);
    }
    if (negate)
        *out = boolean(td_arena_printf(w->a, "NOT %s", ex_in(w, out, PREC_ATOM)), PREC_NOT);
    return TD_OK;
}

static int null_if(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
{
    struct ex l, r, cmp;
    TD_TRY(compare_nodes(w, "=", e->lexpr, e->rexpr, e->location, &l, &r, &cmp));
    if (lw_is_plain(w, &l, &r, "=", &cmp))
        *out = ex_of(td_arena_printf(w->a, "nullif(%s, %s)", l.sql, r.sql), l.type, PREC_ATOM);
    else
        *out = ex_of(td_arena_printf(w->a, "CASE WHEN %s THEN NULL ELSE %s END", cmp.sql, l.sql), l.type, PREC_ATOM);
    return TD_OK;
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
    TD_TRY(lw_settle(w, &l));
    TD_TRY(lw_settle(w, &r));
    *out = boolean(td_arena_printf(w->a, escape == NULL ? "%spg_similar(%s, %s)" : "%spg_similar(%s, %s, %s)",
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
    *out = ex_of(join_balanced(w, items, n + 1, " || ", PREC_CONCAT), TD_TYPE(TD_T_TEXT), PREC_OR);
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
        TD_TRY(lw_expr(w, link->rexpr, &r));
        TD_TRY(lw_operator(w, td_tree_name(link->name, link->n_name, NULL), &l, &r, link->location, out));
        l = *out;
        l.loc = link->location;
    }
    return TD_OK;
}

static int a_expr(struct lw *w, const PgQuery__AExpr *e, struct ex *out)
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

/* --- CASE, COALESCE, GREATEST --- */

static int case_expr(struct lw *w, const PgQuery__CaseExpr *c, struct ex *out)
{
    size_t n = c->n_args;
    struct ex **results = td_arena_alloc(w->a, (n + 2) * sizeof *results);
    struct ex *tests = td_arena_alloc(w->a, (n + 1) * sizeof *tests);
    struct td_type t;
    struct td_buf b;
    for (size_t i = 0; i < n; i++) {
        const PgQuery__CaseWhen *when = c->args[i]->case_when;
        struct ex x, y;
        if (c->arg == NULL)
            TD_TRY(lw_bool(w, when->expr, &tests[i]));
        else
            TD_TRY(compare_nodes(w, "=", c->arg, when->expr, when->location, &x, &y, &tests[i]));
        results[i + 1] = td_arena_new(w->a, struct ex);
        TD_TRY(lw_expr(w, when->result, results[i + 1]));
    }
    /* ELSE is the first to say the type, as in PostgreSQL */
    results[0] = td_arena_new(w->a, struct ex);
    *results[0] = lw_null(TD_TYPE(TD_T_UNKNOWN));
    if (c->defresult != NULL)
        TD_TRY(lw_expr(w, c->defresult, results[0]));
    TD_TRY(lw_unify(w, results, n + 1, "CASE", &t));
    td_buf_init(&b, w->a);
    td_buf_add(&b, "CASE");
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, " WHEN %s THEN %s", tests[i].sql, results[i + 1]->sql);
    if (c->defresult != NULL)
        td_buf_printf(&b, " ELSE %s", results[0]->sql);
    td_buf_add(&b, " END");
    *out = ex_of(td_buf_str(&b), t, PREC_ATOM);
    return TD_OK;
}

const char *lw_joined(struct lw *w, struct ex *const *args, size_t n)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++)
        td_buf_printf(&b, "%s%s", i == 0 ? "" : ", ", args[i]->sql);
    return td_buf_str(&b);
}

static int coalesce(struct lw *w, const PgQuery__CoalesceExpr *c, struct ex *out)
{
    struct ex **args;
    struct td_type t;
    TD_TRY(lw_exprs(w, c->args, c->n_args, &args));
    TD_TRY(lw_unify(w, args, c->n_args, "COALESCE", &t));
    *out = *args[0];
    if (c->n_args > 1)
        *out = ex_of(td_arena_printf(w->a, "coalesce(%s)", lw_joined(w, args, c->n_args)), t, PREC_ATOM);
    return TD_OK;
}

static int min_max_by_key(struct lw *w, struct ex *const *args, size_t n, struct td_type t, bool greatest, int loc,
                          struct ex *out)
{
    struct td_buf b;
    if (is_schema(w))
        return lw_stock(w, loc, td_arena_printf(w->a, "%s of %s", greatest ? "GREATEST" : "LEAST", type_name(w, t)));
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "pg_%s_by(", greatest ? "greatest" : "least");
    for (size_t i = 0; i < n; i++) {
        const char *key;
        TD_TRY(lw_sort_key(w, args[i], &key));
        td_buf_printf(&b, "%s%s, %s", i == 0 ? "" : ", ", key, args[i]->sql);
    }
    td_buf_char(&b, ')');
    *out = ex_of(td_buf_str(&b), t, PREC_ATOM);
    return TD_OK;
}

/* NULLs are skipped, unlike in SQLite's max(a, b). */
static int min_max(struct lw *w, const PgQuery__MinMaxExpr *m, struct ex *out)
{
    bool greatest = m->op == PG_QUERY__MIN_MAX_OP__IS_GREATEST;
    struct ex **args;
    struct td_type t;
    const char *sql;
    TD_TRY(lw_exprs(w, m->args, m->n_args, &args));
    TD_TRY(lw_unify(w, args, m->n_args, greatest ? "GREATEST" : "LEAST", &t));
    if (lw_needs_key(t, true) && !(td_type_base(t).kind == TD_T_NUMERIC && td_type_base(t).dims == 0))
        return min_max_by_key(w, args, m->n_args, t, greatest, m->location, out);
    if (!is_schema(w)) {
        bool numeric = t.kind == TD_T_NUMERIC && !td_type_numeric_native(t);
        *out = ex_of(td_arena_printf(w->a, "pg_%s%s(%s)", numeric ? "numeric_" : "", greatest ? "greatest" : "least",
                                     lw_joined(w, args, m->n_args)),
                     t, PREC_ATOM);
        return TD_OK;
    }
    if (t.kind == TD_T_NUMERIC && !td_type_numeric_native(t))
        return lw_stock(w, m->location, "GREATEST of numerics that are stored as text");
    sql = args[0]->sql;
    for (size_t i = 1; i < m->n_args; i++)
        sql = td_arena_printf(w->a, "%s(coalesce(%s, %s), coalesce(%s, %s))", greatest ? "max" : "min", sql,
                              args[i]->sql, args[i]->sql, sql);
    *out = ex_of(sql, t, PREC_ATOM);
    return TD_OK;
}

/* --- tests --- */

static int null_test(struct lw *w, const PgQuery__NullTest *t, struct ex *out)
{
    struct ex x;
    TD_TRY(lw_expr(w, t->arg, &x));
    *out = boolean(td_arena_printf(w->a, "%s IS %sNULL", ex_in(w, &x, PREC_CMP),
                                   t->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL ? "" : "NOT "),
                   PREC_EQ);
    return TD_OK;
}

static int boolean_test(struct lw *w, const PgQuery__BooleanTest *t, struct ex *out)
{
    static const char *const tests[] = {"", "IS 1", "IS NOT 1", "IS 0", "IS NOT 0", "IS NULL", "IS NOT NULL"};
    struct ex x;
    TD_TRY(lw_bool(w, t->arg, &x));
    *out = boolean(td_arena_printf(w->a, "%s %s", ex_in(w, &x, PREC_CMP), tests[t->booltesttype]), PREC_EQ);
    return TD_OK;
}

/* --- arrays --- */

static int array_expr(struct lw *w, const PgQuery__AArrayExpr *e, const struct td_type *element, struct ex *out)
{
    struct ex **items;
    struct td_type t;
    TD_TRY(lw_exprs(w, e->elements, e->n_elements, &items));
    if (element != NULL) {
        t = *element;
        for (size_t i = 0; i < e->n_elements; i++)
            TD_TRY(lw_cast(w, items[i],
                           e->elements[i]->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR ? array_of(t) : t,
                           TD_CAST_EXPLICIT));
    } else {
        TD_TRY(lw_unify(w, items, e->n_elements, "ARRAY", &t));
    }
    if (e->n_elements == 0) {
        if (element == NULL)
            return lw_error(w, "42P18", e->location, "cannot determine type of empty array");
        *out = ex_of("'[]'", array_of(t), PREC_ATOM);
        out->text = "[]";
        return TD_OK;
    }
    {
        /* constants alone become a literal */
        struct td_buf b;
        bool literal = true;
        td_buf_init(&b, w->a);
        td_buf_char(&b, '{');
        for (size_t i = 0; i < e->n_elements && literal; i++) {
            const struct ex *x = items[i];
            literal = x->null || x->text != NULL;
            td_buf_add(&b, i == 0 ? "" : ",");
            if (x->null) {
                td_buf_add(&b, "NULL");
                continue;
            }
            if (!literal || x->type.dims > 0) {
                literal = false;
                break;
            }
            td_buf_char(&b, '"');
            for (const char *p = x->text; *p != '\0'; p++) {
                if (*p == '"' || *p == '\\')
                    td_buf_char(&b, '\\');
                td_buf_char(&b, *p);
            }
            td_buf_char(&b, '"');
        }
        td_buf_char(&b, '}');
        if (literal)
            return lw_fold(w, td_buf_str(&b), array_of(t), TD_CAST_EXPLICIT, e->location, out);
    }
    if (is_schema(w))
        return lw_stock(w, e->location, "ARRAY of expressions");
    *out =
        ex_of(td_arena_printf(w->a, "pg_array(%s, %s)", type_lit(w, element_of(t)), lw_joined(w, items, e->n_elements)),
              array_of(t), PREC_ATOM);
    return TD_OK;
}

static int array_slice(struct lw *w, struct ex *x, const PgQuery__AIndices *i, struct ex *out)
{
    struct ex lo = lw_null(TD_TYPE(TD_T_INT4)), hi = lo;
    if (i->lidx != NULL)
        TD_TRY(lw_expr_to(w, i->lidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &lo));
    if (i->uidx != NULL)
        TD_TRY(lw_expr_to(w, i->uidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &hi));
    *out = ex_of(td_arena_printf(w->a, "pg_array_slice(%s, %s, %s)", x->sql, lo.sql, hi.sql), x->type, PREC_ATOM);
    return TD_OK;
}

static int indirection(struct lw *w, const PgQuery__AIndirection *e, struct ex *out)
{
    struct ex x, index;
    struct td_type t;
    struct td_buf b;
    int loc = td_tree_location(e->arg);
    TD_TRY(lw_expr(w, e->arg, &x));
    t = td_type_base(x.type);
    for (size_t i = 0; i < e->n_indirection; i++) {
        if (e->indirection[i]->node_case != PG_QUERY__NODE__NODE_A_INDICES)
            return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite has no composite values", NULL,
                             "a field of a composite value is not carried");
    }
    if (is_schema(w))
        return lw_stock(w, loc, "a subscript");
    if (t.dims == 0 && t.kind == TD_T_JSONB) {
        *out = x;
        for (size_t i = 0; i < e->n_indirection; i++) {
            struct ex key;
            x = *out;
            TD_TRY(lw_expr(w, e->indirection[i]->a_indices->uidx, &key));
            TD_TRY(lw_operator(w, "->", &x, &key, loc, out));
        }
        return TD_OK;
    }
    if (t.dims == 0)
        return lw_error(w, "42804", loc, "cannot subscript type %s because it does not support subscripting",
                        type_name(w, t));
    if (e->n_indirection == 1 && e->indirection[0]->a_indices->is_slice)
        return array_slice(w, &x, e->indirection[0]->a_indices, out);
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "pg_array_get(%s, %s", x.sql, type_lit(w, element_of(t)));
    for (size_t i = 0; i < e->n_indirection; i++) {
        TD_TRY(lw_expr_to(w, e->indirection[i]->a_indices->uidx, TD_TYPE(TD_T_INT4), TD_CAST_ASSIGNMENT, &index));
        td_buf_printf(&b, ", %s", index.sql);
    }
    td_buf_char(&b, ')');
    *out = ex_of(td_buf_str(&b), element_of(t), PREC_ATOM);
    return TD_OK;
}

/* --- casts, values --- */

static int type_cast(struct lw *w, const PgQuery__TypeCast *c, struct ex *out)
{
    struct td_type t;
    TD_TRY(lw_type(w, c->type_name, &t));
    if (t.dims > 0 && c->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
        struct td_type el = element_of(t);
        return array_expr(w, c->arg->a_array_expr, &el, out);
    }
    TD_TRY(lw_expr(w, c->arg, out));
    if (out->loc < 0)
        out->loc = c->location;
    return lw_cast(w, out, t, TD_CAST_EXPLICIT);
}

static int value_function(struct lw *w, const PgQuery__SQLValueFunction *f, struct ex *out)
{
    struct td_type t;
    switch (f->op) {
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_DATE: t = TD_TYPE(TD_T_DATE); break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIME_N: t = TD_TYPE(TD_T_TIMETZ); break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N: t = TD_TYPE(TD_T_TIMESTAMPTZ); break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIME_N: t = TD_TYPE(TD_T_TIME); break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP:
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N: t = TD_TYPE(TD_T_TIMESTAMP); break;
    case PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_SCHEMA:
        return lw_fold(w, "public", TD_TYPE(TD_T_NAME), TD_CAST_IMPLICIT, f->location, out);
    default:
        return lw_refuse(w, TD_C_LOWER_FUNCTION, f->location, "SQLite has no users or roles", NULL,
                         "the current user or database is not known on SQLite");
    }
    if (f->typmod > 0 || f->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_CURRENT_TIMESTAMP_N ||
        f->op == PG_QUERY__SQLVALUE_FUNCTION_OP__SVFOP_LOCALTIMESTAMP_N)
        t.mod1 = f->typmod;
    *out = lw_now(w, t);
    out->loc = f->location;
    return TD_OK;
}

/* Which collation decides order only; the engines agree on the bytes' order. */
static int collate(struct lw *w, const PgQuery__CollateClause *c, struct ex *out)
{
    const char *name = td_tree_name(c->collname, c->n_collname, NULL);
    TD_TRY(lw_expr(w, c->arg, out));
    TD_TRY(lw_settle(w, out));
    if (strcmp(name, "C") != 0 && strcmp(name, "POSIX") != 0 && strcmp(name, "ucs_basic") != 0)
        lw_note(w, c->location, "COLLATE \"%s\" is left out: SQLite compares text by its bytes", name);
    return TD_OK;
}

static int dispatch(struct lw *w, const PgQuery__Node *n, struct ex *out)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return constant(w, n->a_const, out);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return scope_column(w, n->column_ref, out);
    case PG_QUERY__NODE__NODE_A_EXPR: return a_expr(w, n->a_expr, out);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return bool_expr(w, n->bool_expr, out);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return type_cast(w, n->type_cast, out);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return lw_call(w, n->func_call, out);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_expr(w, n->case_expr, out);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return coalesce(w, n->coalesce_expr, out);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return min_max(w, n->min_max_expr, out);
    case PG_QUERY__NODE__NODE_NULL_TEST: return null_test(w, n->null_test, out);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return boolean_test(w, n->boolean_test, out);
    case PG_QUERY__NODE__NODE_SUB_LINK: return lw_sub_link(w, n->sub_link, out);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return array_expr(w, n->a_array_expr, NULL, out);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return indirection(w, n->a_indirection, out);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return value_function(w, n->sqlvalue_function, out);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return collate(w, n->collate_clause, out);
    case PG_QUERY__NODE__NODE_PARAM_REF:
        if (w->inlined > 0)
            return lw_inline_parameter(w, n->param_ref->number, out);
        *out = ex_of(td_arena_printf(w->a, "?%d", n->param_ref->number), TD_TYPE(TD_T_UNKNOWN), PREC_ATOM);
        w->constant = false;
        return TD_OK;
    case PG_QUERY__NODE__NODE_SET_TO_DEFAULT:
        return lw_error(w, "42601", n->set_to_default->location, "DEFAULT is not allowed in this context");
    case PG_QUERY__NODE__NODE_ROW_EXPR:
        return lw_refuse(w, TD_C_LOWER_TYPE, n->row_expr->location, "SQLite has no row values outside of comparisons",
                         NULL, "a row as a value is not carried");
    default: break;
    }
    return lw_refuse(w, TD_C_LOWER_OPERATOR, td_tree_location(n), "SQLite has no counterpart", NULL,
                     "this kind of expression is not carried");
}

int lw_expr(struct lw *w, const PgQuery__Node *n, struct ex *out)
{
    int rc;
    if (w->depth >= NESTING_MAX)
        return lw_refuse(w, TD_C_LOWER_DEEP, td_tree_location(n), "SQLite's parser does not take more",
                         "Split the expression.", "an expression is nested more than %d levels deep", NESTING_MAX);
    memset(out, 0, sizeof *out);
    w->depth++;
    rc = dispatch(w, n, out);
    if (rc == TD_EREFUSED && w->err->code == TD_C_LOWER_STOCK && lw_folds(w)) {
        int folded = lw_fold_node(w, n, NULL, out);
        rc = folded == TD_ENOTFOUND ? rc : folded;
    }
    w->depth--;
    if (rc == TD_OK && out->loc <= 0)
        out->loc = td_tree_location(n);
    return rc;
}
