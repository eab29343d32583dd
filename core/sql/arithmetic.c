/* Arithmetic of numbers. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

struct td_type lw_wider(const struct ex *l, const struct ex *r)
{
    struct td_type a = td_type_base(l->type), b = td_type_base(r->type);
    static const int rank[] = {[TD_T_INT2] = 1,   [TD_T_INT4] = 2,   [TD_T_INT8] = 3, [TD_T_NUMERIC] = 4,
                               [TD_T_FLOAT4] = 5, [TD_T_FLOAT8] = 6, [TD_T_OID] = 3};
    if ((a.kind == TD_T_FLOAT4 || b.kind == TD_T_FLOAT4) && a.kind != b.kind)
        return TD_TYPE(TD_T_FLOAT8);
    return TD_TYPE(rank[a.kind] >= rank[b.kind] ? a.kind : b.kind);
}

static enum prec prec_of(char op)
{
    return op == '+' || op == '-' ? PREC_ADD : PREC_MUL;
}

static struct ex infix(struct lw *w, char op, const struct ex *l, const struct ex *r, struct td_type t)
{
    return ex_infix(w, l, (char[]){op, '\0'}, r, t, prec_of(op));
}

/* NULL divided by zero is NULL. */
static const char *by_zero(struct lw *w, const struct ex *l, const struct ex *r)
{
    if (l->text != NULL)
        return td_arena_printf(w->a, "%s = 0", ex_in(w, r, PREC_CMP));
    return td_arena_printf(w->a, "%s = 0 AND %s IS NOT NULL", ex_in(w, r, PREC_CMP), ex_in(w, l, PREC_CMP));
}

/* --- integers --- */

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

static bool holds(struct range all, struct range some)
{
    return some.lo >= all.lo && some.hi <= all.hi;
}

/* What the operation can give when nothing overflows 64 bits; false: it can overflow them. */
static bool range_of_sum(char op, struct range l, struct range r, struct range *out)
{
    long long at[4];
    bool over;
    if (op == '+') {
        over = __builtin_add_overflow(l.lo, r.lo, &out->lo);
        over |= __builtin_add_overflow(l.hi, r.hi, &out->hi);
        return !over;
    }
    if (op == '-') {
        over = __builtin_sub_overflow(l.lo, r.hi, &out->lo);
        over |= __builtin_sub_overflow(l.hi, r.lo, &out->hi);
        return !over;
    }
    over = __builtin_mul_overflow(l.lo, r.lo, &at[0]);
    over |= __builtin_mul_overflow(l.lo, r.hi, &at[1]);
    over |= __builtin_mul_overflow(l.hi, r.lo, &at[2]);
    over |= __builtin_mul_overflow(l.hi, r.hi, &at[3]);
    *out = (struct range){at[0], at[0]};
    for (size_t i = 1; i < 4 && !over; i++) {
        out->lo = at[i] < out->lo ? at[i] : out->lo;
        out->hi = at[i] > out->hi ? at[i] : out->hi;
    }
    return !over;
}

/* x is the operation. SQLite's 64-bit integers overflow into REAL. */
static const char *outside(struct lw *w, const char *x, enum prec prec, struct range type)
{
    if (type.lo == INT64_MIN)
        return td_arena_printf(w->a, "typeof(%s) = 'real'", x);
    return td_arena_printf(w->a, prec > PREC_CMP ? "%s NOT BETWEEN %lld AND %lld" : "(%s) NOT BETWEEN %lld AND %lld", x,
                           type.lo, type.hi);
}

static void sum_stock(struct lw *w, char op, const struct ex *l, const struct ex *r, struct td_type t, struct ex *out)
{
    struct ex a = lw_unguarded(l), b = lw_unguarded(r);
    struct range type = lw_type_range(t), range = type;
    bool fits = range_of_sum(op, lw_range(l), lw_range(r), &range) && holds(type, range);
    *out = infix(w, op, &a, &b, t);
    lw_set_range(w, out, fits ? range : type);
    lw_guard(w, out, l, r, fits ? NULL : outside(w, out->sql, out->prec, type));
}

static struct range quotient_range(char op, struct range l, struct range r, struct range type)
{
    long long most = r.lo == INT64_MIN || r.hi == INT64_MIN ? INT64_MAX
                     : llabs(r.lo) > llabs(r.hi)            ? llabs(r.lo)
                                                            : llabs(r.hi);
    if (op == '%' && most > 0)
        return (struct range){l.lo < 0 ? 1 - most : 0, l.hi > 0 ? most - 1 : 0};
    return l.lo >= 0 && r.lo >= 0 ? (struct range){0, l.hi} : type;
}

static void quotient_stock(struct lw *w, char op, const struct ex *l, const struct ex *r, struct td_type t,
                           struct ex *out)
{
    struct ex a = lw_unguarded(l), b = lw_unguarded(r);
    struct range lr = lw_range(l), rr = lw_range(r), type = lw_type_range(t);
    bool zero = rr.lo <= 0 && rr.hi >= 0;
    bool over = op == '/' && lr.lo == type.lo && rr.lo <= -1 && rr.hi >= -1;
    const char *fails = zero ? by_zero(w, &a, &b) : NULL;
    *out = infix(w, op, &a, &b, t);
    if (over)
        fails = td_arena_printf(w->a, "%s%s%s > %lld", zero ? fails : "", zero ? " OR " : "", out->sql, type.hi);
    lw_set_range(w, out, quotient_range(op, lr, rr, type));
    lw_guard(w, out, l, r, fails);
}

static int integer_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, struct td_type t, int loc,
                              struct ex *out)
{
    const char *check = t.kind == TD_T_INT2 ? "pg_check_int2" : t.kind == TD_T_INT4 ? "pg_check_int4" : "pg_check_int8";
    int rc = constant_arithmetic(w, op, l, r, t, loc, out);
    if (rc != TD_ENOTFOUND)
        return rc;
    if (is_schema(w)) {
        (op == '/' || op == '%' ? quotient_stock : sum_stock)(w, op, l, r, t, out);
        return TD_OK;
    }
    if (op == '/')
        *out = ex_fmt(w, t, PREC_ATOM, "pg_div(%s, %s, %s)", l->sql, r->sql, type_lit(w, t));
    else if (op == '%')
        *out = ex_fmt(w, t, PREC_ATOM, "pg_mod(%s, %s)", l->sql, r->sql);
    else
        *out = ex_fmt(w, t, PREC_ATOM, "%s(%s)", check, infix(w, op, l, r, t).sql);
    return TD_OK;
}

/* --- floating point --- */

static bool finite_constant(const struct ex *e, double *out)
{
    char *end;
    if (e->text == NULL)
        return false;
    *out = strtod(e->text, &end);
    return *end == '\0' && *out - *out == 0;
}

/* Can the result be too small to be told from zero, as a constant operand shows? */
static bool shrinks(char op, const struct ex *l, const struct ex *r)
{
    double value = 0;
    if (op == '*')
        return !((finite_constant(l, &value) || finite_constant(r, &value)) && fabs(value) >= 1);
    return op == '/' && !(finite_constant(r, &value) && fabs(value) <= 1);
}

/* What gives an infinity or a NaN (NULL to SQLite) fails, also where an operand was one already: that is told, where
 * a NULL would not be. */
static const char *float_fails(struct lw *w, char op, const char *x, const struct ex *l, const struct ex *r)
{
    double value = 0;
    bool constant = (finite_constant(l, &value) || finite_constant(r, &value)) && value != 0;
    const char *a = l->sql, *b = r->sql;
    struct td_buf fails;
    td_buf_init(&fails, w->a);
    if (op == '/' && !finite_constant(r, &value))
        td_buf_printf(&fails, "%s OR ", by_zero(w, l, r));
    if (constant)
        td_buf_printf(&fails, "abs(%s) = 9e999", x);
    else
        td_buf_printf(&fails, "coalesce(abs(%s), abs(%s) + abs(%s)) = 9e999", x, a, b);
    if (shrinks(op, l, r))
        td_buf_printf(&fails, " OR %s = 0 AND %s <> 0 AND %s", x, ex_in(w, l, PREC_CMP),
                      op == '*' ? td_arena_printf(w->a, "%s <> 0", ex_in(w, r, PREC_CMP))
                                : td_arena_printf(w->a, "abs(%s) <> 9e999", b));
    return td_buf_str(&fails);
}

static int float_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, struct td_type t, int loc,
                            struct ex *out)
{
    bool real = t.kind == TD_T_FLOAT4;
    double divisor;
    TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (op == '%')
        return lw_error(w, "42883", loc, "operator does not exist: double precision %% double precision");
    if (is_schema(w) && real)
        return lw_stock(w, loc, "arithmetic of real");
    if (is_schema(w) && op == '/' && finite_constant(r, &divisor) && divisor == 0)
        return lw_error(w, "22012", loc, "division by zero");
    if (is_schema(w)) {
        struct ex a = lw_unguarded(l), b = lw_unguarded(r);
        *out = infix(w, op, &a, &b, t);
        lw_guard(w, out, l, r, float_fails(w, op, out->sql, &a, &b));
        return TD_OK;
    }
    *out = ex_fmt(w, t, PREC_ATOM, "pg_%s_float(%s, %s)",
                  op == '+'   ? "add"
                  : op == '-' ? "sub"
                  : op == '*' ? "mul"
                              : "div",
                  l->sql, r->sql);
    if (real)
        out->sql = td_arena_printf(w->a, "pg_float4(%s)", out->sql);
    return TD_OK;
}

/* --- numerics --- */

static int numeric_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    const char *name = op == '+'   ? "pg_numeric_add"
                       : op == '-' ? "pg_numeric_sub"
                       : op == '*' ? "pg_numeric_mul"
                       : op == '/' ? "pg_numeric_div"
                                   : "pg_numeric_mod";
    if (is_schema(w) && lw_native_arithmetic(w, op, l, r, out))
        return TD_OK;
    TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
    return lw_call2(w, name, l, r, "", TD_TYPE(TD_T_NUMERIC), loc, out);
}

int lw_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    if (ex_is_unknown(l))
        TD_TRY(lw_cast(w, l, TD_TYPE(td_type_base(r->type).kind), TD_CAST_IMPLICIT));
    if (ex_is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(td_type_base(l->type).kind), TD_CAST_IMPLICIT));
    t = lw_wider(l, r);
    if (t.kind == TD_T_NUMERIC)
        return numeric_arithmetic(w, op, l, r, loc, out);
    if (t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8)
        return float_arithmetic(w, op, l, r, t, loc, out);
    return integer_arithmetic(w, op, l, r, t, loc, out);
}

/* --- one operand --- */

/* -x and abs(x): the smallest integer has no counterpart. */
static void turned_integer(struct lw *w, struct ex *x, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    struct range all = lw_type_range(t), range = lw_range(x);
    if (!is_schema(w)) {
        *out = ex_fmt(w, t, PREC_ATOM, "pg_check_int%d(%s)",
                      t.kind == TD_T_INT2   ? 2
                      : t.kind == TD_T_INT4 ? 4
                                            : 8,
                      out->sql);
        return;
    }
    {
        struct ex bare = lw_unguarded(x);
        const char *fails = td_arena_printf(w->a, "%s = %lld", ex_in(w, &bare, PREC_CMP), all.lo);
        lw_guard(w, out, x, NULL, range.lo > all.lo ? NULL : fails);
    }
}

int lw_negate(struct lw *w, struct ex *x, int loc, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    struct ex bare = lw_unguarded(x);
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
        *out = ex_fmt(w, x->type, PREC_ATOM, "%s(%s)", t.kind == TD_T_INTERVAL ? "pg_interval_neg" : "pg_numeric_neg",
                      x->sql);
        return TD_OK;
    }
    if (!td_type_is_number(&t))
        return lw_error(w, "42883", loc, "operator does not exist: - %s", type_name(w, x->type));
    *out = ex_fmt(w, t, PREC_UNARY, "- %s", ex_in(w, &bare, PREC_ATOM));
    if (td_type_is_integer(&t))
        turned_integer(w, x, out);
    else if (is_schema(w))
        lw_guard(w, out, x, NULL, NULL);
    return TD_OK;
}

int lw_abs(struct lw *w, struct ex *x, int loc, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    struct ex bare = lw_unguarded(x);
    if (ex_is_unknown(x))
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (t.kind == TD_T_NUMERIC && !(is_schema(w) && td_type_numeric_native(t))) {
        if (is_schema(w))
            return lw_stock(w, loc, "abs() of a numeric that is stored as text");
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_NUMERIC), TD_CAST_IMPLICIT));
        *out = ex_fmt(w, x->type, PREC_ATOM, "pg_numeric_abs(%s)", x->sql);
        return TD_OK;
    }
    *out = ex_fmt(w, ex_is_unknown(x) ? x->type : t, PREC_ATOM, "abs(%s)", bare.sql);
    if (t.kind == TD_T_INT8 && !is_schema(w)) /* SQLite's fails without a SQLSTATE */
        out->sql = td_arena_printf(w->a, "pg_abs(%s)", x->sql);
    else if (td_type_is_integer(&t))
        turned_integer(w, x, out);
    else if (is_schema(w))
        lw_guard(w, out, x, NULL, NULL);
    return TD_OK;
}
