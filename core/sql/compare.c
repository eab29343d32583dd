/* Comparison, and the keys by which SQLite groups and sorts values as PostgreSQL does. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

#define IS(op, s) (strcmp((op), (s)) == 0)

/* --- keys --- */

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

static bool text_numeric(struct td_type t)
{
    return t.kind == TD_T_NUMERIC && !td_type_numeric_native(t);
}

/* Are the texts of two equal arrays of these equal, and their JSON's order the arrays' order? */
static bool plain_element(struct td_type t)
{
    return td_type_is_integer(&t) || (td_type_is_text(&t) && t.kind != TD_T_BPCHAR && t.kind != TD_T_CITEXT) ||
           t.kind == TD_T_UUID || t.kind == TD_T_BOOL || t.kind == TD_T_ENUM || lw_is_network(t);
}

/* Is its text kept as it was written, though PostgreSQL reads many texts as one value? */
static bool is_opaque(struct td_type t)
{
    static const char *const one_text[] = {"char", "ltree", "refcursor", "tid"};
    for (size_t i = 0; t.name != NULL && i < sizeof one_text / sizeof *one_text; i++)
        if (IS(t.name, one_text[i]))
            return false;
    return t.kind == TD_T_OTHER && !lw_is_bits(element_of(t));
}

/* The registered function that makes the key, for what needs one; `sort`: its order counts too. */
static const char *key_call(struct lw *w, const struct ex *e, struct td_type t, bool sort)
{
    if (t.dims > 0)
        return sort || !plain_element(element_of(t))
                   ? td_arena_printf(w->a, "pg_array_sort(%s, %s)", e->sql, type_lit(w, element_of(t)))
                   : NULL;
    if (text_numeric(t))
        return td_arena_printf(w->a, sort ? "pg_numeric_sort(%s)" : "pg_numeric_key(%s)", e->sql);
    if (t.kind == TD_T_JSONB)
        return td_arena_printf(w->a, sort ? "pg_jsonb_sort(%s)" : "pg_jsonb_key(%s)", e->sql);
    if (t.kind == TD_T_INTERVAL)
        return td_arena_printf(w->a, "pg_interval_key(%s)", e->sql);
    if (sort && lw_is_inet(t))
        return td_arena_printf(w->a, "pg_inet_sort(%s)", e->sql);
    return NULL;
}

static int key(struct lw *w, const struct ex *e, bool sort, const char **out)
{
    struct td_type t = td_type_base(e->type);
    const char *call = key_call(w, e, t, sort);
    *out = e->sql;
    if (is_opaque(t))
        return lw_refuse(w, TD_C_LOWER_TYPE, e->loc,
                         "SQLite keeps their text as it was written, and PostgreSQL reads many texts as one value",
                         NULL, "values of type %s are compared", type_name(w, e->type));
    if (t.dims == 0 && t.kind == TD_T_CITEXT) {
        *out = td_arena_printf(w->a, "%s COLLATE NOCASE", ex_in(w, e, PREC_ATOM));
    } else if (call != NULL && is_schema(w)) {
        if (!text_numeric(t) || t.dims > 0 || sort)
            return lw_stock(w, e->loc,
                            td_arena_printf(w->a, "%s values of type %s", sort ? "ordering" : "telling apart",
                                            type_name(w, e->type)));
        *out = lw_numeric_key_stock(w, e);
    } else if (call != NULL) {
        *out = call;
    } else if (t.dims == 0 && t.kind == TD_T_BPCHAR && (sort || t.mod1 < 0)) {
        *out = trim_blanks(w, e); /* values of one length are filled up alike */
    }
    return TD_OK;
}

int lw_group_key(struct lw *w, const struct ex *e, const char **out)
{
    return key(w, e, false, out);
}

int lw_sort_key(struct lw *w, const struct ex *e, const char **out)
{
    struct td_type t = td_type_base(e->type);
    if (t.dims == 0 && t.kind == TD_T_ENUM) {
        *out = enum_position(w, e, t.user);
        return TD_OK;
    }
    if (t.dims == 0 && t.kind == TD_T_TIMETZ)
        return lw_refuse(w, TD_C_LOWER_TYPE, e->loc, "SQLite orders the texts, which differ by zone", NULL,
                         "values of type %s are put in order", type_name(w, e->type));
    return key(w, e, true, out);
}

bool lw_needs_key(struct td_type type, bool sort)
{
    struct td_type t = td_type_base(type);
    if (t.dims > 0)
        return sort || !plain_element(element_of(t));
    return text_numeric(t) || t.kind == TD_T_JSONB || t.kind == TD_T_INTERVAL || is_opaque(t) ||
           (t.kind == TD_T_BPCHAR && (sort || t.mod1 < 0)) || (sort && (t.kind == TD_T_ENUM || lw_is_inet(t)));
}

/* --- comparison --- */

static const char *spelled(const char *op)
{
    return IS(op, "!=") ? "<>" : op;
}

static bool is_equality(const char *op)
{
    return IS(op, "=") || IS(op, "<>") || IS(op, "!=");
}

static enum prec comparison_prec(const char *op)
{
    return is_equality(op) ? PREC_EQ : PREC_CMP;
}

static struct ex compare_plain(struct lw *w, const char *op, const struct ex *l, const struct ex *r)
{
    enum prec p = comparison_prec(op);
    return ex_fmt(w, TD_TYPE(TD_T_BOOL), p, "%s %s %s", ex_in(w, l, p + 1), spelled(op), ex_in(w, r, p + 1));
}

static struct ex compare_texts(struct lw *w, const char *op, const char *l, const char *r)
{
    return ex_fmt(w, TD_TYPE(TD_T_BOOL), comparison_prec(op), "%s %s %s", l, spelled(op), r);
}

/* --- numbers --- */

static bool is_floating(struct td_type t)
{
    return t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8;
}

static bool native_number(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return td_type_is_integer(&t) || is_floating(t) || td_type_numeric_native(t);
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

static const char *turned(const char *op)
{
    return IS(op, "<") ? ">" : IS(op, ">") ? "<" : IS(op, "<=") ? ">=" : IS(op, ">=") ? "<=" : op;
}

/* A real column against a constant that is no real: PostgreSQL compares the column's value widened, SQLite has its
 * shortest digits. The next real on the side that counts says the same of both. */
static bool compare_real(struct lw *w, const char *op, const struct ex *real, const struct ex *constant, struct ex *out)
{
    bool above = IS(op, ">=") || IS(op, "<");
    char digits[40];
    double value;
    float near;
    struct ex bound;
    if (constant->text == NULL || !is_floating(td_type_base(constant->type)))
        return false;
    value = strtod(constant->text, NULL);
    near = (float)value;
    if (!isfinite(near) || fabs(value) < FLT_MIN)
        return value == 0;
    if ((double)near == value || is_equality(op)) {
        if ((double)near != value) { /* no real is equal to it */
            *out = compare_texts(w, IS(op, "=") ? "<>" : "=", real->sql, real->sql);
            return true;
        }
    } else if (above ? (double)near < value : (double)near > value) {
        near = nextafterf(near, above ? INFINITY : -INFINITY);
    }
    for (int p = 1; p <= 9; p++) {
        snprintf(digits, sizeof digits, "%.*g", p, (double)near);
        if (strtof(digits, NULL) == near)
            break;
    }
    bound = ex_of(td_arena_printf(w->a, "%s%s", digits, strpbrk(digits, ".e") == NULL ? ".0" : ""), real->type,
                  near < 0 ? PREC_UNARY : PREC_ATOM);
    *out = compare_plain(w, op, real, &bound);
    return true;
}

static int compare_floats(struct lw *w, const char *op, const struct ex *left, const struct ex *right, struct ex *out)
{
    struct td_type t = TD_TYPE(TD_T_FLOAT8);
    struct ex x = *left, y = *right, *l = &x, *r = &y;
    bool real_l = ex_is(l, TD_T_FLOAT4), real_r = ex_is(r, TD_T_FLOAT4);
    if (real_l == real_r) { /* the digits of reals sort as the reals do */
        if (!real_l) {
            TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
            TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
        }
        *out = compare_plain(w, op, l, r);
        return TD_OK;
    }
    TD_TRY(lw_cast(w, real_l ? r : l, t, TD_CAST_IMPLICIT));
    *out = ex_of("", TD_TYPE(TD_T_BOOL), PREC_ATOM);
    if (real_l ? compare_real(w, op, l, r, out) : compare_real(w, turned(op), r, l, out)) {
        if (out->sql[0] == '\0')
            *out = compare_plain(w, op, l, r);
        return TD_OK;
    }
    TD_TRY(lw_cast(w, real_l ? l : r, t, TD_CAST_IMPLICIT));
    *out = compare_plain(w, op, l, r);
    return TD_OK;
}

static int compare_stored_text(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (l->text == NULL && r->text != NULL && lw_numeric_compare_stock(w, op, l, r->text, out))
        return TD_OK;
    if (r->text == NULL && l->text != NULL && lw_numeric_compare_stock(w, turned(op), r, l->text, out))
        return TD_OK;
    if (is_equality(op) && text_numeric(td_type_base(l->type)) && text_numeric(td_type_base(r->type))) {
        struct td_type a = td_type_base(l->type), b = td_type_base(r->type);
        if (a.mod2 != b.mod2) /* a text of another scale has other zeros at its end */
            l->type = r->type = TD_TYPE(TD_T_NUMERIC);
        *out = compare_texts(w, op, lw_numeric_key_stock(w, l), lw_numeric_key_stock(w, r));
        return TD_OK;
    }
    return lw_stock(w, loc, "comparing numerics that are stored as text");
}

static int compare_numbers(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct ex a, b;
    struct td_type lt = td_type_base(l->type), rt = td_type_base(r->type);
    bool numeric = lt.kind == TD_T_NUMERIC || rt.kind == TD_T_NUMERIC;
    if (is_floating(lt) || is_floating(rt))
        return compare_floats(w, op, l, r, out);
    if (!numeric) {
        *out = compare_plain(w, op, l, r);
        return TD_OK;
    }
    if (as_number(l, &a) && as_number(r, &b) && (native_number(l) || native_number(r))) {
        *out = compare_plain(w, op, &a, &b);
        return TD_OK;
    }
    if (is_schema(w))
        return compare_stored_text(w, op, l, r, loc, out);
    *out = compare_texts(w, op, td_arena_printf(w->a, "pg_numeric_cmp(%s, %s)", l->sql, r->sql), "0");
    return TD_OK;
}

/* --- other types --- */

/* jsonb against a constant, in schema text: json() gives one text for one value where there are no numbers (1.0 equals
 * 1), no strings (they may be escaped) and no members that another program may have put in another order. */
static bool compare_json_constant(struct lw *w, const char *op, const struct ex *json, const char *text, struct ex *out)
{
    static const char *const plain[] = {"{}", "[]", "null", "true", "false"};
    for (size_t i = 0; text != NULL && i < sizeof plain / sizeof plain[0]; i++) {
        if (strcmp(text, plain[i]) == 0) {
            *out = compare_texts(w, op, td_arena_printf(w->a, "json(%s)", json->sql), sql_lit(w, text));
            return true;
        }
    }
    return false;
}

static int compare_by_key(struct lw *w, const char *op, struct ex *l, struct ex *r, struct ex *out)
{
    bool sort = !is_equality(op);
    const char *a, *b;
    if (is_schema(w) && !sort && ex_is(l, TD_T_JSONB) &&
        (compare_json_constant(w, op, l, r->text, out) || compare_json_constant(w, op, r, l->text, out)))
        return TD_OK;
    if (ex_is(l, TD_T_BPCHAR) && ex_is(r, TD_T_BPCHAR) && td_type_base(l->type).mod1 != td_type_base(r->type).mod1)
        l->type = r->type = TD_TYPE(TD_T_BPCHAR);
    TD_TRY(sort ? lw_sort_key(w, l, &a) : lw_group_key(w, l, &a));
    TD_TRY(sort ? lw_sort_key(w, r, &b) : lw_group_key(w, r, &b));
    *out = compare_texts(w, op, a == l->sql ? ex_in(w, l, PREC_BIT) : a, b == r->sql ? ex_in(w, r, PREC_BIT) : b);
    return TD_OK;
}

int lw_operand_type(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct td_type *out)
{
    struct ex *both[] = {l, r};
    struct td_type a = l->type, b = r->type;
    if (ex_is_unknown(l) && ex_is_unknown(r)) {
        *out = TD_TYPE(TD_T_TEXT);
    } else if (ex_is_unknown(l) || ex_is_unknown(r)) { /* a literal has no length of its own */
        *out = td_type_base(ex_is_unknown(l) ? b : a);
        if (out->dims > 0 || out->kind != TD_T_ENUM)
            out->mod1 = out->mod2 = -1;
    } else if (!lw_castable(a, b, TD_CAST_IMPLICIT) && !lw_castable(b, a, TD_CAST_IMPLICIT)) {
        return lw_error(w, "42883", loc, "operator does not exist: %s %s %s", type_name(w, a), op, type_name(w, b));
    } else {
        TD_TRY(lw_common_type(w, both, 2, "operand", out));
        if (ex_is(l, TD_T_BPCHAR) != ex_is(r, TD_T_BPCHAR)) { /* text is preferred, varchar is not */
            bool text = ex_is(l, TD_T_TEXT) || ex_is(r, TD_T_TEXT);
            if (text || ex_is(l, TD_T_VARCHAR) || ex_is(r, TD_T_VARCHAR))
                *out = TD_TYPE(text ? TD_T_TEXT : TD_T_BPCHAR);
        }
    }
    return TD_OK;
}

int lw_compare(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    TD_TRY(lw_operand_type(w, op, l, r, loc, &t));
    t = td_type_base(t);
    if (t.kind == TD_T_CIDR && t.dims == 0 && (ex_is_unknown(l) || ex_is_unknown(r)))
        t = TD_TYPE(TD_T_INET); /* whose operators these are: they read the literal */
    if (ex_is_unknown(l) || (!ex_is_number(l) && l->type.kind != t.kind))
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    if (ex_is_unknown(r) || (!ex_is_number(r) && r->type.kind != t.kind))
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (t.dims > 0)
        return compare_by_key(w, op, l, r, out);
    if (td_type_is_number(&t))
        return compare_numbers(w, op, l, r, loc, out);
    switch (t.kind) {
    case TD_T_JSONB:
    case TD_T_INTERVAL:
    case TD_T_BPCHAR: return compare_by_key(w, op, l, r, out);
    case TD_T_CITEXT:
        *out = compare_texts(w, op, td_arena_printf(w->a, "%s COLLATE NOCASE", ex_in(w, l, PREC_ATOM)),
                             ex_in(w, r, PREC_ATOM));
        return TD_OK;
    case TD_T_ENUM:
    case TD_T_INET:
    case TD_T_CIDR:
    case TD_T_TIMETZ:
        if (!is_equality(op))
            return compare_by_key(w, op, l, r, out);
        break;
    case TD_T_JSON:
    case TD_T_COMPOSITE:
        return lw_error(w, "42883", loc, "operator does not exist: %s %s %s", type_name(w, t), op, type_name(w, t));
    case TD_T_OTHER:
        if (is_equality(op))
            return compare_by_key(w, op, l, r, out);
        return lw_refuse_operator(w, op, l, r, loc);
    default: break;
    }
    *out = compare_plain(w, op, l, r);
    return TD_OK;
}
