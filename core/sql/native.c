/* Numerics in schema text: those that SQLite stores as numbers (at most 15 digits, or 18 without a fraction).
 *
 * A sum, difference or product of two of them has a known number of digits behind the point, so rounding the
 * floating-point result to them gives the number that holds exactly PostgreSQL's digits, as long as it has no more than
 * 15. Where the types do not show that it has, a test does: the expression then fails instead of losing a digit.
 * Numerics that are stored as text are compared by their digits. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

#define REAL_DIGITS  15
#define WHOLE_DIGITS 18

/* Digits before and behind the point. */
struct shape {
    int whole, scale;
};

static bool constant_shape(const char *text, struct shape *out)
{
    const char *point;
    text += *text == '-';
    if (*text == '\0' || strspn(text, "0123456789.") != strlen(text))
        return false;
    point = strchr(text, '.');
    out->whole = (int)(point == NULL ? strlen(text) : (size_t)(point - text));
    out->scale = point == NULL ? 0 : (int)strlen(point + 1);
    return out->whole + out->scale <= REAL_DIGITS;
}

/* Is it stored as a number, and of which digits? */
static bool shape_of(const struct ex *e, struct shape *out)
{
    struct td_type t = td_type_base(e->type);
    if (t.dims > 0)
        return false;
    if (e->text != NULL && (t.kind == TD_T_NUMERIC || td_type_is_integer(&t)))
        return constant_shape(e->text, out);
    switch (t.kind) {
    case TD_T_INT2: *out = (struct shape){5, 0}; return true;
    case TD_T_INT4: *out = (struct shape){10, 0}; return true;
    case TD_T_INT8: *out = (struct shape){19, 0}; return true;
    case TD_T_NUMERIC:
        if (!td_type_numeric_native(t) || t.mod2 < 0)
            return false;
        *out = (struct shape){t.mod1 > t.mod2 ? t.mod1 - t.mod2 : 0, t.mod2};
        return true;
    default: return false;
    }
}

/* The operand as a number: constants are text otherwise. */
static struct ex as_number(const struct ex *e)
{
    struct ex n = lw_unguarded(e);
    if (e->text != NULL) {
        n.sql = e->text;
        n.prec = e->text[0] == '-' ? PREC_UNARY : PREC_ATOM;
    }
    return n;
}

static struct td_type numeric_of(int precision, int scale)
{
    struct td_type t = TD_TYPE(TD_T_NUMERIC);
    t.mod1 = precision;
    t.mod2 = scale;
    return t;
}

/* The number `x` of the given digits as a value of a numeric type that is stored as a number. */
static struct ex native_value(struct lw *w, const struct ex *x, struct shape s, const struct ex *l, const struct ex *r)
{
    bool whole = s.scale == 0;
    int most = whole ? WHOLE_DIGITS : REAL_DIGITS, digits = s.whole + s.scale;
    struct td_type t = numeric_of(digits < most ? (digits > 0 ? digits : 1) : most, s.scale);
    struct ex out = whole ? *x : ex_fmt(w, t, PREC_ATOM, "round(%s, %d)", x->sql, s.scale);
    out.type = t;
    lw_guard(w, &out, l, r,
             digits <= most ? NULL
                            : td_arena_printf(w->a, "abs(%s) >= %s%s", x->sql, sql_power_of_ten(w, most - s.scale),
                                              whole ? "" : ".0"));
    return out;
}

bool lw_native_arithmetic(struct lw *w, char op, const struct ex *l, const struct ex *r, struct ex *out)
{
    struct shape a, b, s;
    struct ex x = as_number(l), y = as_number(r), z;
    if ((op != '+' && op != '-' && op != '*') || !shape_of(l, &a) || !shape_of(r, &b))
        return false;
    s.scale = op == '*' ? a.scale + b.scale : a.scale > b.scale ? a.scale : b.scale;
    s.whole = op == '*' ? a.whole + b.whole : (a.whole > b.whole ? a.whole : b.whole) + 1;
    if (s.scale > REAL_DIGITS - 1)
        return false;
    z = ex_infix(w, &x, (char[]){op, '\0'}, &y, TD_TYPE(TD_T_NUMERIC), op == '*' ? PREC_MUL : PREC_ADD);
    *out = native_value(w, &z, s, l, r);
    out->type.ragged = l->type.ragged || r->type.ragged;
    return true;
}

bool lw_native_common(struct ex *const *at, size_t n, struct td_type *out)
{
    struct shape s = {0, 0}, one;
    bool any = false, ragged = false;
    if (out->kind != TD_T_NUMERIC || out->dims > 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (at[i]->null)
            continue;
        if (!shape_of(at[i], &one))
            return false;
        s.whole = one.whole > s.whole ? one.whole : s.whole;
        ragged = ragged || at[i]->type.ragged || (any && one.scale != s.scale);
        s.scale = one.scale > s.scale ? one.scale : s.scale;
        any = true;
    }
    if (s.whole + s.scale > (s.scale == 0 ? WHOLE_DIGITS : REAL_DIGITS) || s.whole + s.scale == 0)
        return false;
    *out = numeric_of(s.whole + s.scale, s.scale);
    out->ragged = ragged;
    return true;
}

/* Ties are decided on the digits, as whole numbers: 2.675 is no tie to floating point. */
bool lw_native_round(struct lw *w, const struct ex *e, int digits, struct ex *out)
{
    struct shape s;
    struct ex x = as_number(e);
    if (!shape_of(e, &s) || digits < 0 || digits > REAL_DIGITS - 1 || s.whole + s.scale > REAL_DIGITS)
        return false;
    if (digits >= s.scale) {
        x.type = numeric_of(s.whole + digits > REAL_DIGITS ? REAL_DIGITS : s.whole + digits, digits);
        if (s.whole + digits > REAL_DIGITS)
            return false;
        *out = x;
        out->facts = NULL;
        lw_guard(w, out, e, NULL, NULL);
        return true;
    }
    *out = ex_fmt(w, numeric_of(s.whole + 1 + digits, digits), PREC_ATOM, "round(round(%s * %s) / %s)",
                  ex_in(w, &x, PREC_MUL), sql_power_of_ten(w, s.scale), sql_power_of_ten(w, s.scale - digits));
    if (digits == 0)
        out->sql = td_arena_printf(w->a, "CAST(%s AS INTEGER)", out->sql);
    else
        *out = ex_fmt(w, out->type, PREC_MUL, "%s / %s.0", out->sql, sql_power_of_ten(w, digits));
    lw_guard(w, out, e, NULL, NULL);
    return true;
}

bool lw_native_whole(struct lw *w, const struct ex *e, const char *function, struct ex *out)
{
    bool up = strncmp(function, "ceil", 4) == 0;
    struct ex x = as_number(e);
    struct shape s;
    if ((!up && strcmp(function, "floor") != 0) || !shape_of(e, &s))
        return false;
    *out = ex_fmt(w, numeric_of(s.whole + 1, 0), PREC_ATOM, "CAST(%s(%s) AS INTEGER)", up ? "ceil" : "floor", x.sql);
    lw_guard(w, out, e, NULL, NULL);
    return true;
}

bool lw_native_fit(struct lw *w, struct ex *e, struct td_type to)
{
    struct shape s;
    struct ex before = *e, x;
    int whole = to.mod1 - to.mod2;
    if (!td_type_numeric_native(to) || to.mod2 < 0 || !shape_of(e, &s))
        return false;
    if (s.scale > to.mod2 ? !lw_native_round(w, e, to.mod2, &x) : false)
        return false;
    if (s.scale <= to.mod2)
        x = as_number(e);
    else
        x = lw_unguarded(&x);
    *e = x;
    e->text = NULL;
    lw_guard(w, e, &before, NULL,
             s.whole + (s.scale > to.mod2) <= whole
                 ? NULL
                 : td_arena_printf(w->a, "abs(%s) >= %s", x.sql, sql_power_of_ten(w, whole < 0 ? 0 : whole)));
    return whole >= 0;
}

/* With PostgreSQL's digits behind the point. */
bool lw_native_text(struct lw *w, const struct ex *e, struct ex *out)
{
    struct td_type t = td_type_base(e->type);
    if (!td_type_numeric_native(t))
        return false;
    if (td_type_storage(t) == TD_S_INTEGER)
        *out = ex_fmt(w, TD_TYPE(TD_T_TEXT), PREC_ATOM, "CAST(%s AS TEXT)", e->sql);
    else
        *out = ex_fmt(w, TD_TYPE(TD_T_TEXT), PREC_ATOM, "CASE WHEN %s IS NOT NULL THEN printf('%%.%df', %s) END",
                      ex_in(w, e, PREC_CMP), t.mod2, e->sql);
    return true;
}

/* The sum, exactly: of whole numbers. */
bool lw_native_sum(struct lw *w, const struct ex *e, const char **sum_out, struct td_type *type)
{
    struct shape s;
    struct td_type t = td_type_base(e->type);
    if (t.kind != TD_T_NUMERIC || !shape_of(e, &s) || s.scale > REAL_DIGITS - 1)
        return false;
    *type = numeric_of(s.scale == 0 ? WHOLE_DIGITS : REAL_DIGITS, s.scale);
    type->ragged = t.ragged;
    *sum_out = s.scale == 0 && td_type_storage(t) == TD_S_INTEGER
                   ? e->sql
                   : td_arena_printf(w->a, "CAST(round(%s * %s) AS INTEGER)", ex_in(w, e, PREC_MUL),
                                     sql_power_of_ten(w, s.scale));
    return true;
}

const char *lw_native_sum_value(struct lw *w, const char *sum, struct td_type t)
{
    const char *most = sql_power_of_ten(w, t.mod1);
    return td_arena_printf(w->a, "CASE WHEN abs(%s) >= %s THEN abs(-9223372036854775808) ELSE %s%s%s END", sum, most,
                           sum, t.mod2 == 0 ? "" : " / ",
                           t.mod2 == 0 ? "" : td_arena_printf(w->a, "%s.0", sql_power_of_ten(w, t.mod2)));
}

/* --- numerics that are stored as text --- */

const char *lw_numeric_key_stock(struct lw *w, const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    const char *x = e->sql;
    if (td_type_numeric_native(t) || t.mod1 >= 0) /* one scale, one text */
        return x;
    return td_arena_printf(w->a, "CASE WHEN instr(%s, '.') THEN rtrim(rtrim(%s, '0'), '.') ELSE %s END", x, x, x);
}

/* Sorts by the sign and the number of digits before the point, then by the digits: upwards where they are positive. */
bool lw_numeric_sort_stock(struct lw *w, const struct ex *e, bool desc, bool nulls_first, const char *before,
                           struct td_buf *out)
{
    struct td_type t = td_type_base(e->type);
    const char *x = e->sql, *key;
    if (t.dims > 0 || t.kind != TD_T_NUMERIC || td_type_numeric_native(t))
        return false;
    key = lw_numeric_key_stock(w, e);
    td_buf_printf(out,
                  "%sCASE %s WHEN 'NaN' THEN 2e9 WHEN 'Infinity' THEN 1e9 WHEN '-Infinity' THEN -1e9 ELSE instr(%s || "
                  "'.', '.') * CASE WHEN %s GLOB '-*' THEN -1 ELSE 1 END END%s NULLS %s",
                  before, x, x, x, desc ? " DESC" : "", nulls_first ? "FIRST" : "LAST");
    td_buf_printf(out, ", CASE WHEN %s NOT GLOB '-*' THEN %s END%s, CASE WHEN %s GLOB '-*' THEN %s END%s", x, key,
                  desc ? " DESC" : "", x, key, desc ? "" : " DESC");
    return true;
}

/* The digits of a constant without zeros at the end, its sign, and where its point would be (from 1). */
static const char *constant_key(struct lw *w, const char *text, bool *minus, int *point)
{
    size_t n;
    const char *dot;
    *minus = *text == '-';
    text += *minus;
    dot = strchr(text, '.');
    n = strlen(text);
    *point = (int)(dot == NULL ? n : (size_t)(dot - text)) + 1;
    while (dot != NULL && n > 0 && (text[n - 1] == '0' || text[n - 1] == '.')) {
        bool end = text[n - 1] == '.';
        n--;
        if (end)
            break;
    }
    return td_arena_dup(w->a, text, n);
}

/* x > c, or x >= c, for c of at least 0: more digits before the point, or as many and the greater text. */
static const char *above(struct lw *w, const struct ex *x, const char *op, const char *key, int point)
{
    return td_arena_printf(w->a, "%s NOT GLOB '-*' AND (%s GLOB '[NI]*' OR (instr(%s || '.', '.'), %s) %s (%d, %s))",
                           x->sql, x->sql, x->sql, lw_numeric_key_stock(w, x), op, point, sql_lit(w, key));
}

/* x < c, or x <= c, for c below 0. */
static const char *below(struct lw *w, const struct ex *x, const char *op, const char *key, int point)
{
    return td_arena_printf(w->a, "%s GLOB '-*' AND (%s = '-Infinity' OR (instr(%s || '.', '.'), %s) %s (%d, %s))",
                           x->sql, x->sql, x->sql, lw_numeric_key_stock(w, x), op, point + 1,
                           sql_lit(w, td_arena_printf(w->a, "-%s", key)));
}

static const char *against_zero(struct lw *w, const struct ex *x, const char *op)
{
    const char *nonzero = td_arena_printf(w->a, "%s GLOB '*[1-9NI]*'", x->sql);
    if (strcmp(op, "<") == 0)
        return td_arena_printf(w->a, "%s GLOB '-*'", x->sql);
    if (strcmp(op, ">=") == 0)
        return td_arena_printf(w->a, "%s NOT GLOB '-*'", x->sql);
    if (strcmp(op, ">") == 0)
        return td_arena_printf(w->a, "%s NOT GLOB '-*' AND %s", x->sql, nonzero);
    return td_arena_printf(w->a, "NOT (%s NOT GLOB '-*' AND %s)", x->sql, nonzero);
}

bool lw_numeric_compare_stock(struct lw *w, const char *op, const struct ex *x, const char *text, struct ex *out)
{
    bool minus, or_equal = op[1] == '=', greater = op[0] == '>';
    int point;
    const char *key, *sql;
    struct td_type t = td_type_base(x->type);
    if (*text == '\0' || strspn(text + (*text == '-'), "0123456789.") != strlen(text) - (*text == '-'))
        return false;
    key = constant_key(w, text, &minus, &point);
    if (t.mod1 >= 0 && t.mod2 > 0) { /* the column's texts have all their digits: so has the constant */
        size_t have = strchr(key, '.') == NULL ? 0 : strlen(strchr(key, '.') + 1);
        if (have > (size_t)t.mod2)
            return false;
        key = td_arena_printf(w->a, "%s%s%.*s", key, have == 0 ? "." : "", (int)((size_t)t.mod2 - have),
                              "000000000000000000000000000000000000000000000000000000000000");
    }
    if (strcmp(op, "=") == 0 || strcmp(op, "<>") == 0 || strcmp(op, "!=") == 0) {
        bool zero = strspn(key, "0.") == strlen(key);
        *out = ex_fmt(w, TD_TYPE(TD_T_BOOL), PREC_EQ, "%s %s %s", lw_numeric_key_stock(w, x), op[0] == '=' ? "=" : "<>",
                      sql_lit(w, minus && !zero ? td_arena_printf(w->a, "-%s", key) : key));
        return true;
    }
    if (strspn(key, "0.") == strlen(key))
        sql = against_zero(w, x, op);
    else if (!minus)
        sql = greater ? above(w, x, op, key, point)
                      : td_arena_printf(w->a, "NOT (%s)", above(w, x, or_equal ? ">" : ">=", key, point));
    else
        sql = greater ? td_arena_printf(w->a, "NOT (%s)", below(w, x, or_equal ? ">" : ">=", key, point))
                      : below(w, x, or_equal ? ">=" : ">", key, point);
    *out = ex_of(sql, TD_TYPE(TD_T_BOOL), PREC_AND);
    if (strncmp(sql, "NOT", 3) == 0)
        out->prec = PREC_NOT;
    return true;
}
