/* Expressions, node by node. */
#include <string.h>

#include "core/sql/lower_impl.h"

/* SQLite's parser has a stack of 100 entries; a nested expression takes two or three. */
#define NESTING_MAX 400

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
        bool minus = s[0] == '-'; /* the grammar takes the sign into the constant */
        const char *digits = s + minus, *most = minus ? "9223372036854775808" : "9223372036854775807";
        bool whole = strspn(digits, "0123456789") == strlen(digits) &&
                     (strlen(digits) < 19 || (strlen(digits) == 19 && strcmp(digits, most) <= 0));
        enum td_type_kind kind = !whole ? TD_T_NUMERIC : strcmp(s, "-2147483648") == 0 ? TD_T_INT4 : TD_T_INT8;
        return lw_fold(w, s, TD_TYPE(kind), TD_CAST_IMPLICIT, loc, out);
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
            TD_TRY(lw_condition(w, when->expr, TD_COND_TESTED, &tests[i]));
        else
            TD_TRY(lw_compare_nodes(w, "=", c->arg, when->expr, when->location, &x, &y, &tests[i]));
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
    int rc = lw_row_null(w, t->arg, t->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    TD_TRY(lw_expr(w, t->arg, &x));
    *out = ex_bool(td_arena_printf(w->a, "%s IS %sNULL", ex_in(w, &x, PREC_CMP),
                                   t->nulltesttype == PG_QUERY__NULL_TEST_TYPE__IS_NULL ? "" : "NOT "),
                   PREC_EQ);
    return TD_OK;
}

static int boolean_test(struct lw *w, const PgQuery__BooleanTest *t, struct ex *out)
{
    static const char *const tests[] = {"", "IS 1", "IS NOT 1", "IS 0", "IS NOT 0", "IS NULL", "IS NOT NULL"};
    struct ex x;
    TD_TRY(lw_bool(w, t->arg, &x));
    *out = ex_bool(td_arena_printf(w->a, "%s %s", ex_in(w, &x, PREC_CMP), tests[t->booltesttype]), PREC_EQ);
    return TD_OK;
}

/* --- casts, values --- */

static int type_cast(struct lw *w, const PgQuery__TypeCast *c, struct ex *out)
{
    struct td_type t;
    TD_TRY(lw_type(w, c->type_name, &t));
    if (t.dims > 0 && c->arg->node_case == PG_QUERY__NODE__NODE_A_ARRAY_EXPR) {
        struct td_type el = element_of(t);
        return lw_array(w, c->arg->a_array_expr, &el, out);
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
    if (!td_lower_collation_known(name))
        return lw_refuse(w, TD_C_LOWER_OPERATOR, c->location, "SQLite compares and orders text by its bytes",
                         "Leave the collation out, or write COLLATE \"C\".", "the collation \"%s\" is not carried",
                         name);
    return TD_OK;
}

static int dispatch(struct lw *w, const PgQuery__Node *n, struct ex *out)
{
    switch (n->node_case) {
    case PG_QUERY__NODE__NODE_A_CONST: return constant(w, n->a_const, out);
    case PG_QUERY__NODE__NODE_COLUMN_REF: return scope_column(w, n->column_ref, out);
    case PG_QUERY__NODE__NODE_A_EXPR: return lw_a_expr(w, n->a_expr, out);
    case PG_QUERY__NODE__NODE_BOOL_EXPR: return lw_logic(w, n->bool_expr, out);
    case PG_QUERY__NODE__NODE_TYPE_CAST: return type_cast(w, n->type_cast, out);
    case PG_QUERY__NODE__NODE_FUNC_CALL: return lw_call(w, n->func_call, out);
    case PG_QUERY__NODE__NODE_CASE_EXPR: return case_expr(w, n->case_expr, out);
    case PG_QUERY__NODE__NODE_COALESCE_EXPR: return coalesce(w, n->coalesce_expr, out);
    case PG_QUERY__NODE__NODE_MIN_MAX_EXPR: return min_max(w, n->min_max_expr, out);
    case PG_QUERY__NODE__NODE_NULL_TEST: return null_test(w, n->null_test, out);
    case PG_QUERY__NODE__NODE_BOOLEAN_TEST: return boolean_test(w, n->boolean_test, out);
    case PG_QUERY__NODE__NODE_SUB_LINK: return lw_sub_link(w, n->sub_link, out);
    case PG_QUERY__NODE__NODE_A_ARRAY_EXPR: return lw_array(w, n->a_array_expr, NULL, out);
    case PG_QUERY__NODE__NODE_A_INDIRECTION: return lw_subscript(w, n->a_indirection, out);
    case PG_QUERY__NODE__NODE_SQLVALUE_FUNCTION: return value_function(w, n->sqlvalue_function, out);
    case PG_QUERY__NODE__NODE_COLLATE_CLAUSE: return collate(w, n->collate_clause, out);
    case PG_QUERY__NODE__NODE_PARAM_REF:
        if (w->inlined > 0)
            return lw_inline_parameter(w, n->param_ref->number, out);
        *out = ex_of(td_arena_printf(w->a, "?%d", n->param_ref->number), TD_TYPE(TD_T_UNKNOWN), PREC_ATOM);
        w->constant = false;
        return TD_OK;
    case PG_QUERY__NODE__NODE_GROUPING_FUNC:
        return lw_refuse(w, TD_C_LOWER_FUNCTION, n->grouping_func->location, "SQLite has no grouping sets",
                         "Write the groups as UNION ALL.", "GROUPING() is not carried");
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
    enum td_condition condition = w->condition;
    int rc;
    if (w->depth >= NESTING_MAX)
        return lw_refuse(w, TD_C_LOWER_DEEP, td_tree_location(n), "SQLite's parser does not take more",
                         "Split the expression.", "an expression is nested more than %d levels deep", NESTING_MAX);
    memset(out, 0, sizeof *out);
    w->depth++;
    if (n->node_case != PG_QUERY__NODE__NODE_BOOL_EXPR)
        w->condition = TD_COND_VALUE;
    rc = dispatch(w, n, out);
    w->condition = condition;
    if (rc == TD_EREFUSED && w->err->code == TD_C_LOWER_STOCK && lw_folds(w)) {
        int folded = lw_fold_node(w, n, NULL, out);
        rc = folded == TD_ENOTFOUND ? rc : folded;
    }
    w->depth--;
    if (rc == TD_OK && out->loc <= 0)
        out->loc = td_tree_location(n);
    return rc;
}
