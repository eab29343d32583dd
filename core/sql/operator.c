/* Operators, by the types of their operands. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

#define IS(op, s) (strcmp((op), (s)) == 0)

static int refuse_operator(struct lw *w, const char *op, const struct ex *l, const struct ex *r, int loc)
{
    return lw_refuse(w, TD_C_LOWER_OPERATOR, loc, "SQLite has nothing with the same result", NULL,
                     "the operator %s of %s and %s is not carried", op, type_name(w, l->type), type_name(w, r->type));
}

static bool is_comparison(const char *op)
{
    static const char *const ops[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (IS(op, ops[i]))
            return true;
    }
    return false;
}

static bool is_kind(const struct ex *e, enum td_type_kind k)
{
    return e->type.dims == 0 && td_type_base(e->type).kind == k;
}

static bool is_array(const struct ex *e)
{
    return td_type_base(e->type).dims > 0;
}

static bool is_unknown(const struct ex *e)
{
    return e->type.kind == TD_T_UNKNOWN;
}

static bool is_number(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return t.dims == 0 && td_type_is_number(&t);
}

static bool is_time(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return t.dims == 0 && td_type_is_time(&t);
}

static bool is_textual(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return td_type_is_text(&t);
}

static struct ex result(struct lw *w, struct td_type t, enum prec prec, const char *fmt, ...) TD_PRINTF(4, 5);
static struct ex result(struct lw *w, struct td_type t, enum prec prec, const char *fmt, ...)
{
    va_list args;
    struct ex e;
    va_start(args, fmt);
    e = ex_of(td_arena_vprintf(w->a, fmt, args), t, prec);
    va_end(args);
    return e;
}

static struct ex infix(struct lw *w, const struct ex *l, const char *op, const struct ex *r, struct td_type t,
                       enum prec prec)
{
    return result(w, t, prec, "%s %s %s", ex_in(w, l, prec), op, ex_in(w, r, prec + 1));
}

/* A function that only tandem's connections have. */
static int call2(struct lw *w, const char *name, const struct ex *l, const struct ex *r, const char *more,
                 struct td_type t, int loc, struct ex *out)
{
    if (is_schema(w))
        return lw_stock(w, loc, td_arena_printf(w->a, "this expression (%s)", name));
    *out = result(w, t, PREC_ATOM, "%s(%s, %s%s)", name, l->sql, r->sql, more);
    return TD_OK;
}

/* --- comparison --- */

static const char *trim_blanks(struct lw *w, const struct ex *e)
{
    return td_arena_printf(w->a, "rtrim(%s, ' ')", e->sql);
}

/* Enums sort by position. */
static const char *enum_position(struct lw *w, const struct ex *e, const struct td_user_type *u)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_printf(&b, "CASE %s", ex_in(w, e, PREC_ATOM));
    for (size_t i = 0; u != NULL && i < u->labels.len; i++)
        td_buf_printf(&b, " WHEN %s THEN %zu", sql_lit(w, u->labels.at[i]), i + 1);
    td_buf_add(&b, " END");
    return td_buf_str(&b);
}

const char *lw_group_key(struct lw *w, const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    if (is_schema(w) || t.dims > 0)
        return e->sql;
    if (t.kind == TD_T_NUMERIC && !td_type_numeric_native(t))
        return td_arena_printf(w->a, "pg_numeric_key(%s)", e->sql);
    if (t.kind == TD_T_JSONB)
        return td_arena_printf(w->a, "pg_jsonb_key(%s)", e->sql);
    if (t.kind == TD_T_INTERVAL)
        return td_arena_printf(w->a, "pg_interval_key(%s)", e->sql);
    return e->sql;
}

const char *lw_sort_key(struct lw *w, const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    if (t.dims == 0 && t.kind == TD_T_ENUM)
        return enum_position(w, e, t.user);
    if (t.dims == 0 && t.kind == TD_T_CITEXT)
        return td_arena_printf(w->a, "%s COLLATE NOCASE", ex_in(w, e, PREC_ATOM));
    if (t.dims == 0 && t.kind == TD_T_NUMERIC && !td_type_numeric_native(t))
        return td_arena_printf(w->a, is_schema(w) ? "CAST(%s AS REAL)" : "pg_numeric_sort(%s)", e->sql);
    return lw_group_key(w, e);
}

static const char *spelled(const char *op)
{
    return IS(op, "!=") ? "<>" : op;
}

static enum prec comparison_prec(const char *op)
{
    return IS(op, "=") || IS(op, "<>") || IS(op, "!=") ? PREC_EQ : PREC_CMP;
}

static struct ex compare_plain(struct lw *w, const char *op, const struct ex *l, const struct ex *r)
{
    enum prec p = comparison_prec(op);
    return result(w, TD_TYPE(TD_T_BOOL), p, "%s %s %s", ex_in(w, l, p + 1), spelled(op), ex_in(w, r, p + 1));
}

static struct ex compare_texts(struct lw *w, const char *op, const char *l, const char *r)
{
    return result(w, TD_TYPE(TD_T_BOOL), comparison_prec(op), "%s %s %s", l, spelled(op), r);
}

static bool native_number(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return td_type_is_integer(&t) || t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8 || td_type_numeric_native(t);
}

/* A numeric constant as a number, where SQLite's comparison with a native number is exact enough: it is the same
 * double that the column holds. */
static bool as_number(const struct ex *e, struct ex *out)
{
    *out = *e;
    if (native_number(e))
        return true;
    if (e->text == NULL || strspn(e->text, "0123456789.") != strlen(e->text) || strlen(e->text) > 16)
        return false;
    out->sql = e->text;
    return true;
}

static int compare_numbers(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct ex a, b;
    struct td_type lt = td_type_base(l->type), rt = td_type_base(r->type);
    bool numeric = lt.kind == TD_T_NUMERIC || rt.kind == TD_T_NUMERIC;
    bool floating =
        lt.kind == TD_T_FLOAT8 || rt.kind == TD_T_FLOAT8 || lt.kind == TD_T_FLOAT4 || rt.kind == TD_T_FLOAT4;
    if (!numeric || (as_number(l, &a) && as_number(r, &b) && (native_number(l) || native_number(r)))) {
        *out = numeric ? compare_plain(w, op, &a, &b) : compare_plain(w, op, l, r);
        return TD_OK;
    }
    if (floating) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
        *out = compare_plain(w, op, l, r);
        return TD_OK;
    }
    if (is_schema(w)) {
        if (!as_number(r, &b) && !as_number(l, &a))
            return lw_stock(w, loc, "comparing numerics that are stored as text");
        lw_note(w, loc, "a numeric that is stored as text is compared as a floating-point number");
        *out = compare_texts(w, op, as_number(l, &a) ? a.sql : td_arena_printf(w->a, "CAST(%s AS REAL)", l->sql),
                             as_number(r, &b) ? b.sql : td_arena_printf(w->a, "CAST(%s AS REAL)", r->sql));
        return TD_OK;
    }
    *out = compare_texts(w, op, td_arena_printf(w->a, "pg_numeric_cmp(%s, %s)", l->sql, r->sql), "0");
    return TD_OK;
}

static int compare_by(struct lw *w, const char *function, const char *op, struct ex *l, struct ex *r, struct ex *out)
{
    if (is_schema(w) && (IS(op, "=") || IS(op, "<>") || IS(op, "!="))) {
        *out = compare_plain(w, op, l, r); /* both are kept in one normal form */
        return TD_OK;
    }
    if (is_schema(w))
        return lw_stock(w, l->loc, "comparing these types by order");
    *out = compare_texts(w, op, td_arena_printf(w->a, "%s(%s, %s)", function, l->sql, r->sql), "0");
    return TD_OK;
}

static int same_type(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct td_type *out)
{
    struct ex *both[] = {l, r};
    struct td_type a = l->type, b = r->type;
    if (is_unknown(l) && is_unknown(r)) {
        *out = TD_TYPE(TD_T_TEXT);
    } else if (is_unknown(l) || is_unknown(r)) {
        *out = td_type_base(is_unknown(l) ? b : a);
        if (td_type_is_text(out))
            out->mod1 = out->kind == TD_T_BPCHAR ? -1 : out->mod1, out->mod1 = -1;
        else if (out->dims == 0 && out->kind != TD_T_ENUM)
            out->mod1 = out->kind == TD_T_NUMERIC ? out->mod1 : -1;
        if (out->kind == TD_T_NUMERIC)
            out->mod1 = out->mod2 = -1;
    } else if (!lw_castable(a, b, TD_CAST_IMPLICIT) && !lw_castable(b, a, TD_CAST_IMPLICIT)) {
        return lw_error(w, "42883", loc, "operator does not exist: %s %s %s", type_name(w, a), op, type_name(w, b));
    } else {
        TD_TRY(lw_common_type(w, both, 2, "operand", out));
    }
    return TD_OK;
}

int lw_compare(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    TD_TRY(same_type(w, op, l, r, loc, &t));
    t = td_type_base(t);
    if (is_unknown(l) || (!is_number(l) && l->type.kind != t.kind))
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    if (is_unknown(r) || (!is_number(r) && r->type.kind != t.kind))
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (t.dims > 0)
        return compare_by(w, "pg_array_cmp", op, l, r, out);
    if (td_type_is_number(&t))
        return compare_numbers(w, op, l, r, loc, out);
    switch (t.kind) {
    case TD_T_JSONB: return compare_by(w, "pg_jsonb_cmp", op, l, r, out);
    case TD_T_INTERVAL: return compare_by(w, "pg_interval_cmp", op, l, r, out);
    case TD_T_BPCHAR: *out = compare_texts(w, op, trim_blanks(w, l), trim_blanks(w, r)); return TD_OK;
    case TD_T_CITEXT:
        *out = compare_texts(w, op, td_arena_printf(w->a, "%s COLLATE NOCASE", ex_in(w, l, PREC_ATOM)),
                             ex_in(w, r, PREC_ATOM));
        return TD_OK;
    case TD_T_ENUM:
        if (comparison_prec(op) == PREC_CMP) {
            *out = compare_texts(w, op, enum_position(w, l, t.user), enum_position(w, r, t.user));
            return TD_OK;
        }
        break;
    case TD_T_JSON:
    case TD_T_COMPOSITE:
        return lw_error(w, "42883", loc, "operator does not exist: %s %s %s", type_name(w, t), op, type_name(w, t));
    case TD_T_OTHER:
        if (comparison_prec(op) == PREC_CMP)
            return refuse_operator(w, op, l, r, loc);
        break;
    default: break;
    }
    *out = compare_plain(w, op, l, r);
    return TD_OK;
}

/* --- arithmetic --- */

static struct td_type wider(const struct ex *l, const struct ex *r)
{
    struct td_type a = td_type_base(l->type), b = td_type_base(r->type);
    static const int rank[] = {[TD_T_INT2] = 1,   [TD_T_INT4] = 2,   [TD_T_INT8] = 3, [TD_T_NUMERIC] = 4,
                               [TD_T_FLOAT4] = 5, [TD_T_FLOAT8] = 6, [TD_T_OID] = 3};
    if ((a.kind == TD_T_FLOAT4 || b.kind == TD_T_FLOAT4) && a.kind != b.kind)
        return TD_TYPE(TD_T_FLOAT8);
    return TD_TYPE(rank[a.kind] >= rank[b.kind] ? a.kind : b.kind);
}

/* Constants are counted here: PostgreSQL does so too, and a long chain of them would nest too deep for SQLite. */
static int constant_arithmetic(struct lw *w, char op, const struct ex *l, const struct ex *r, struct td_type t, int loc,
                               struct ex *out)
{
    long long a, b, v;
    bool over;
    if (l->text == NULL || r->text == NULL || (op != '+' && op != '-' && op != '*'))
        return TD_ENOTFOUND;
    a = strtoll(l->text, NULL, 10);
    b = strtoll(r->text, NULL, 10);
    over = op == '+'   ? __builtin_add_overflow(a, b, &v)
           : op == '-' ? __builtin_sub_overflow(a, b, &v)
                       : __builtin_mul_overflow(a, b, &v);
    if (over)
        return lw_error(w, "22003", loc, "%s out of range", type_name(w, t));
    return lw_fold(w, td_arena_printf(w->a, "%lld", v), t, TD_CAST_IMPLICIT, loc, out);
}

static int integer_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, struct td_type t, int loc,
                              struct ex *out)
{
    const char *check = t.kind == TD_T_INT2 ? "pg_check_int2" : t.kind == TD_T_INT4 ? "pg_check_int4" : "pg_check_int8";
    char spelling[2] = {op, '\0'};
    int rc = constant_arithmetic(w, op, l, r, t, loc, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    if (op == '/' && !is_schema(w)) {
        *out = result(w, t, PREC_ATOM, "pg_div(%s, %s, %s)", l->sql, r->sql, type_lit(w, t));
        return TD_OK;
    }
    if (op == '%' && !is_schema(w)) {
        *out = result(w, t, PREC_ATOM, "pg_mod(%s, %s)", l->sql, r->sql);
        return TD_OK;
    }
    *out = infix(w, l, spelling, r, t, op == '+' || op == '-' ? PREC_ADD : PREC_MUL);
    if (!is_schema(w))
        *out = result(w, t, PREC_ATOM, "%s(%s)", check, out->sql);
    return TD_OK;
}

static int float_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, struct td_type t, int loc,
                            struct ex *out)
{
    char spelling[2] = {op, '\0'};
    TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (op == '%')
        return lw_error(w, "42883", loc, "operator does not exist: double precision %% double precision");
    if (op == '/' && !is_schema(w)) {
        *out = result(w, t, PREC_ATOM, "pg_div_float(%s, %s)", l->sql, r->sql);
        return TD_OK;
    }
    *out = infix(w, l, spelling, r, t, op == '+' || op == '-' ? PREC_ADD : PREC_MUL);
    if (!is_schema(w))
        *out = result(w, t, PREC_ATOM, "pg_check_float8(%s)", out->sql);
    return TD_OK;
}

static int numeric_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    const char *name = op == '+'   ? "pg_numeric_add"
                       : op == '-' ? "pg_numeric_sub"
                       : op == '*' ? "pg_numeric_mul"
                       : op == '/' ? "pg_numeric_div"
                                   : "pg_numeric_mod";
    TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    return call2(w, name, l, r, "", TD_TYPE(TD_T_NUMERIC), loc, out);
}

static int number_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    if (is_unknown(l))
        TD_TRY(lw_cast(w, l, TD_TYPE(td_type_base(r->type).kind), TD_CAST_IMPLICIT));
    if (is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(td_type_base(l->type).kind), TD_CAST_IMPLICIT));
    t = wider(l, r);
    if (t.kind == TD_T_NUMERIC)
        return numeric_arithmetic(w, op, l, r, loc, out);
    if (t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8)
        return float_arithmetic(w, op, l, r, t, loc, out);
    return integer_arithmetic(w, op, l, r, t, loc, out);
}

static int time_plus_interval(struct lw *w, struct ex *x, struct ex *i, int sign, int loc, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    if (x->now && i->text != NULL && is_schema(w))
        return lw_now_shift(w, x, i->text, sign, out);
    if (is_schema(w))
        return lw_stock(w, loc, "adding an interval");
    *out = result(w, t.kind == TD_T_DATE ? TD_TYPE(TD_T_TIMESTAMP) : TD_TYPE(t.kind), PREC_ATOM, "%s(%s, %s, %s)",
                  sign > 0 ? "pg_time_add" : "pg_time_sub", x->sql, i->sql, type_lit(w, t));
    return TD_OK;
}

static bool is_clock(const struct ex *e)
{
    return is_time(e) || is_kind(e, TD_T_TIME) || is_kind(e, TD_T_TIMETZ);
}

static int time_minus_time(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    TD_TRY(same_type(w, "-", l, r, loc, &t));
    t.mod1 = -1;
    TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (is_schema(w))
        return lw_stock(w, loc, "the difference of two times");
    *out = result(w, TD_TYPE(t.kind == TD_T_DATE ? TD_T_INT4 : TD_T_INTERVAL), PREC_ATOM, "pg_time_diff(%s, %s, %s)",
                  l->sql, r->sql, type_lit(w, t));
    return TD_OK;
}

static int interval_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = TD_TYPE(TD_T_INTERVAL);
    if ((op == '+' || op == '-') && (is_kind(r, TD_T_INTERVAL) || is_unknown(r)) &&
        (is_kind(l, TD_T_INTERVAL) || is_unknown(l))) {
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
        return call2(w, op == '+' ? "pg_interval_add" : "pg_interval_sub", l, r, "", t, loc, out);
    }
    if (op == '*' && is_number(l))
        return call2(w, "pg_interval_mul", r, l, "", t, loc, out);
    if ((op == '*' || op == '/') && is_number(r))
        return call2(w, op == '*' ? "pg_interval_mul" : "pg_interval_div", l, r, "", t, loc, out);
    return refuse_operator(w, (char[]){op, '\0'}, l, r, loc);
}

static int date_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (op == '+' && is_number(l)) {
        struct ex *t = l;
        l = r;
        r = t;
    }
    if (op == '+' && is_kind(r, TD_T_TIME))
        return call2(w, "pg_date_time", l, r, "", TD_TYPE(TD_T_TIMESTAMP), loc, out);
    if (is_schema(w))
        return lw_stock(w, loc, "adding days to a date");
    *out = result(w, TD_TYPE(TD_T_DATE), PREC_ATOM, op == '+' ? "pg_date_add(%s, %s)" : "pg_date_add(%s, -(%s))",
                  l->sql, r->sql);
    return TD_OK;
}

static int arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if ((is_number(l) || is_unknown(l)) && (is_number(r) || is_unknown(r)) && !(is_unknown(l) && is_unknown(r)))
        return number_arithmetic(w, op, l, r, loc, out);
    if (op == '+' && is_clock(l) && is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_INTERVAL), TD_CAST_IMPLICIT));
    if (op == '+' && is_clock(r) && is_kind(l, TD_T_INTERVAL))
        return time_plus_interval(w, r, l, 1, loc, out);
    if ((op == '+' || op == '-') && is_clock(l) && is_kind(r, TD_T_INTERVAL))
        return time_plus_interval(w, l, r, op == '+' ? 1 : -1, loc, out);
    if (op == '-' && is_clock(l) && (is_clock(r) || is_unknown(r)))
        return time_minus_time(w, l, r, loc, out);
    if (op == '-' && is_unknown(l) && is_clock(r))
        return time_minus_time(w, l, r, loc, out);
    if ((op == '+' || op == '-') && (is_kind(l, TD_T_DATE) || is_kind(r, TD_T_DATE)))
        return date_arithmetic(w, op, l, r, loc, out);
    if (is_kind(l, TD_T_INTERVAL) || is_kind(r, TD_T_INTERVAL))
        return interval_arithmetic(w, op, l, r, loc, out);
    return refuse_operator(w, (char[]){op, '\0'}, l, r, loc);
}

/* --- || --- */

static int array_concat(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = td_type_base(is_array(l) ? l->type : r->type), el = element_of(t);
    if (is_unknown(l))
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    if (is_unknown(r))
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (is_array(l) && is_array(r))
        return call2(w, "pg_array_cat", l, r, "", t, loc, out);
    if (is_array(l)) {
        TD_TRY(lw_cast(w, r, el, TD_CAST_IMPLICIT));
        return call2(w, "pg_array_append", l, r, td_arena_printf(w->a, ", %s", type_lit(w, el)), t, loc, out);
    }
    TD_TRY(lw_cast(w, l, el, TD_CAST_IMPLICIT));
    return call2(w, "pg_array_prepend", l, r, td_arena_printf(w->a, ", %s", type_lit(w, el)), t, loc, out);
}

static int concat(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    if (is_array(l) || is_array(r))
        return array_concat(w, l, r, loc, out);
    if ((is_kind(l, TD_T_JSONB) && (is_unknown(r) || is_kind(r, TD_T_JSONB))) ||
        (is_kind(r, TD_T_JSONB) && is_unknown(l))) {
        struct td_type j = TD_TYPE(TD_T_JSONB);
        TD_TRY(lw_cast(w, l, j, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, j, TD_CAST_IMPLICIT));
        return call2(w, "pg_jsonb_concat", l, r, "", j, loc, out);
    }
    if (is_kind(l, TD_T_BYTEA) || is_kind(r, TD_T_BYTEA)) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_BYTEA), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_BYTEA), TD_CAST_IMPLICIT));
        *out = infix(w, l, "||", r, TD_TYPE(TD_T_BYTEA), PREC_CONCAT);
        *out = result(w, TD_TYPE(TD_T_BYTEA), PREC_ATOM, "CAST(%s AS BLOB)", out->sql);
        return TD_OK;
    }
    if (!is_textual(l) && !is_textual(r) && !is_unknown(l) && !is_unknown(r))
        return lw_error(w, "42883", loc, "operator does not exist: %s || %s", type_name(w, l->type),
                        type_name(w, r->type));
    TD_TRY(lw_cast(w, l, text, TD_CAST_EXPLICIT));
    TD_TRY(lw_cast(w, r, text, TD_CAST_EXPLICIT));
    *out = infix(w, l, "||", r, text, PREC_CONCAT);
    return TD_OK;
}

/* --- json, arrays --- */

static bool is_json(const struct ex *e)
{
    return is_kind(e, TD_T_JSON) || is_kind(e, TD_T_JSONB);
}

static bool is_plain_key(const char *s)
{
    return s != NULL && *s != '\0' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(s);
}

/* -> and ->>: SQLite has them, but prints numbers anew (1.10 becomes 1.1) and booleans as 1 and 0; for schema text
 * the type tells the cases apart. */
static int json_get_stock(struct lw *w, struct ex *l, struct ex *r, bool as_text, int loc, struct ex *out)
{
    const char *path;
    if (r->text == NULL || (is_textual(r) && !is_plain_key(r->text)))
        return lw_stock(w, loc, "-> with this key");
    path = td_type_is_integer(&r->type) ? td_arena_printf(w->a, r->text[0] == '-' ? "$[#%s]" : "$[%s]", r->text)
                                        : td_arena_printf(w->a, "$.\"%s\"", r->text);
    path = sql_lit(w, path);
    if (as_text)
        *out = result(w, TD_TYPE(TD_T_TEXT), PREC_ATOM,
                      "CASE json_type(%s, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'text' THEN "
                      "json_extract(%s, %s) ELSE nullif(%s -> %s, 'null') END",
                      l->sql, path, l->sql, path, ex_in(w, l, PREC_UNARY), path);
    else
        *out = result(w, l->type, PREC_CONCAT, "%s -> %s", ex_in(w, l, PREC_CONCAT), path);
    return TD_OK;
}

static int json_get(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    bool as_text = op[2] == '>', path = op[0] == '#';
    bool binary = is_kind(l, TD_T_JSONB);
    const char *name = path ? (binary ? "pg_jsonb_path" : "pg_json_path") : binary ? "pg_jsonb_get" : "pg_json_get";
    if (path)
        TD_TRY(lw_cast(w, r, array_of(TD_TYPE(TD_T_TEXT)), TD_CAST_IMPLICIT));
    else if (!td_type_is_integer(&r->type))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    if (is_schema(w) && !path)
        return json_get_stock(w, l, r, as_text, loc, out);
    return call2(w, name, l, r, as_text ? ", 1" : ", 0", as_text ? TD_TYPE(TD_T_TEXT) : l->type, loc, out);
}

static int jsonb_minus(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    const char *name = is_array(r) ? "pg_jsonb_delete_keys" : "pg_jsonb_delete";
    if (is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    return call2(w, name, l, r, "", TD_TYPE(TD_T_JSONB), loc, out);
}

static int containment(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type boolean = TD_TYPE(TD_T_BOOL), t;
    bool turned = IS(op, "<@");
    TD_TRY(same_type(w, op, l, r, loc, &t));
    if (t.dims == 0 && t.kind != TD_T_JSONB)
        return refuse_operator(w, op, l, r, loc);
    TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (IS(op, "&&"))
        return t.dims > 0 ? call2(w, "pg_array_overlap", l, r, "", boolean, loc, out)
                          : refuse_operator(w, op, l, r, loc);
    return call2(w, t.dims > 0 ? "pg_array_contains" : "pg_jsonb_contains", turned ? r : l, turned ? l : r, "", boolean,
                 loc, out);
}

static int json_exists(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT), boolean = TD_TYPE(TD_T_BOOL);
    bool any = op[1] == '|', all = op[1] == '&';
    TD_TRY(lw_cast(w, r, any || all ? array_of(text) : text, TD_CAST_IMPLICIT));
    return call2(w,
                 any   ? "pg_jsonb_exists_any"
                 : all ? "pg_jsonb_exists_all"
                       : "pg_jsonb_exists",
                 l, r, "", boolean, loc, out);
}

/* --- bits --- */

static int bits(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = wider(l, r);
    if (!td_type_is_integer(&l->type) || !td_type_is_integer(&r->type))
        return refuse_operator(w, op, l, r, loc);
    if (IS(op, "<<") || IS(op, ">>"))
        return call2(w, IS(op, "<<") ? "pg_bit_shift_left" : "pg_bit_shift_right", l, r,
                     td_arena_printf(w->a, ", %s", type_lit(w, l->type)), l->type, loc, out);
    if (IS(op, "#"))
        *out = result(w, t, PREC_BIT, "(%s | %s) - (%s & %s)", ex_in(w, l, PREC_ADD), ex_in(w, r, PREC_ADD),
                      ex_in(w, l, PREC_ADD), ex_in(w, r, PREC_ADD));
    else
        *out = infix(w, l, op, r, t, PREC_BIT);
    return TD_OK;
}

static int power(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (td_type_base(l->type).kind == TD_T_NUMERIC || td_type_base(r->type).kind == TD_T_NUMERIC)
        return refuse_operator(w, "^", l, r, loc);
    TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    return call2(w, "pg_power_float", l, r, "", TD_TYPE(TD_T_FLOAT8), loc, out);
}

int lw_operator(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (is_comparison(op))
        return lw_compare(w, op, l, r, loc, out);
    if (IS(op, "||"))
        return concat(w, l, r, loc, out);
    if (IS(op, "->") || IS(op, "->>") || IS(op, "#>") || IS(op, "#>>"))
        return is_json(l) ? json_get(w, op, l, r, loc, out) : refuse_operator(w, op, l, r, loc);
    if (IS(op, "-") && is_kind(l, TD_T_JSONB))
        return jsonb_minus(w, l, r, loc, out);
    if (op[1] == '\0' && strchr("+-*/%", op[0]) != NULL)
        return arithmetic(w, op[0], l, r, loc, out);
    if (IS(op, "@>") || IS(op, "<@") || IS(op, "&&"))
        return containment(w, op, l, r, loc, out);
    if ((IS(op, "?") || IS(op, "?|") || IS(op, "?&")) && is_kind(l, TD_T_JSONB))
        return json_exists(w, op, l, r, loc, out);
    if (IS(op, "#-") && is_kind(l, TD_T_JSONB)) {
        TD_TRY(lw_cast(w, r, array_of(TD_TYPE(TD_T_TEXT)), TD_CAST_IMPLICIT));
        return call2(w, "pg_jsonb_delete_path", l, r, "", TD_TYPE(TD_T_JSONB), loc, out);
    }
    if (IS(op, "~") || IS(op, "~*") || IS(op, "!~") || IS(op, "!~*"))
        return lw_regex(w, l, r, op[strlen(op) - 1] == '*', op[0] == '!', out);
    if (IS(op, "~~") || IS(op, "~~*") || IS(op, "!~~") || IS(op, "!~~*"))
        return lw_like(w, l, r, NULL, op[strlen(op) - 1] == '*', op[0] == '!', out);
    if (IS(op, "^@")) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
        return call2(w, "pg_starts_with", l, r, "", TD_TYPE(TD_T_BOOL), loc, out);
    }
    if (IS(op, "^"))
        return power(w, l, r, loc, out);
    if (IS(op, "&") || IS(op, "|") || IS(op, "#") || IS(op, "<<") || IS(op, ">>"))
        return bits(w, op, l, r, loc, out);
    return refuse_operator(w, op, l, r, loc);
}

static int negate(struct lw *w, struct ex *x, int loc, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    if (x->text != NULL && td_type_is_number(&t)) {
        /* -9223372036854775808 is one number; its digits alone are a numeric */
        const char *text = x->text[0] == '-' ? x->text + 1 : td_arena_printf(w->a, "-%s", x->text);
        if (t.kind == TD_T_NUMERIC && strcmp(text, "-9223372036854775808") == 0)
            t = TD_TYPE(TD_T_INT8);
        return lw_fold(w, text, t, TD_CAST_IMPLICIT, loc, out);
    }
    if (t.kind == TD_T_INTERVAL || (t.kind == TD_T_NUMERIC && !(is_schema(w) && td_type_numeric_native(t)))) {
        if (is_schema(w))
            return lw_stock(w, loc, "this negation");
        TD_TRY(lw_cast(w, x, t.kind == TD_T_INTERVAL ? t : TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
        *out = result(w, x->type, PREC_ATOM, "%s(%s)", t.kind == TD_T_INTERVAL ? "pg_interval_neg" : "pg_numeric_neg",
                      x->sql);
        return TD_OK;
    }
    if (!td_type_is_number(&t))
        return lw_error(w, "42883", loc, "operator does not exist: - %s", type_name(w, x->type));
    *out = result(w, t, PREC_UNARY, "- %s", ex_in(w, x, PREC_ATOM));
    return TD_OK;
}

int lw_unary(struct lw *w, const char *op, struct ex *x, int loc, struct ex *out)
{
    if (is_unknown(x) && (IS(op, "-") || IS(op, "+")))
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (IS(op, "-"))
        return negate(w, x, loc, out);
    *out = *x;
    if (IS(op, "+"))
        return TD_OK;
    if (IS(op, "~") && td_type_is_integer(&x->type)) {
        *out = result(w, x->type, PREC_UNARY, "~ %s", ex_in(w, x, PREC_ATOM));
        return TD_OK;
    }
    if (IS(op, "@") || IS(op, "|/")) {
        struct ex *args[] = {x};
        return lw_call_args(w, IS(op, "@") ? "abs" : "sqrt", args, 1, loc, out);
    }
    return refuse_operator(w, op, x, x, loc);
}
