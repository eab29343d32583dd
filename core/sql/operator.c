/* Operators, by the types of their operands; comparisons are in compare.c, arithmetic of numbers in arithmetic.c. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

#define IS(op, s) (strcmp((op), (s)) == 0)

static bool is_comparison(const char *op)
{
    static const char *const ops[] = {"=", "<>", "!=", "<", ">", "<=", ">="};
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        if (IS(op, ops[i]))
            return true;
    }
    return false;
}

static int time_plus_interval(struct lw *w, struct ex *x, struct ex *i, int sign, int loc, struct ex *out)
{
    struct td_type t = td_type_base(x->type);
    if (x->now && i->text != NULL && is_schema(w))
        return lw_now_shift(w, x, i->text, sign, out);
    if (is_schema(w) && i->text != NULL && t.kind == TD_T_DATE)
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_TIMESTAMP), TD_CAST_IMPLICIT));
    if (is_schema(w) && i->text != NULL && lw_stock_add_interval(w, x, i->text, sign, out))
        return TD_OK;
    if (is_schema(w))
        return lw_stock(w, loc, "adding an interval");
    *out = ex_fmt(w, t.kind == TD_T_DATE ? TD_TYPE(TD_T_TIMESTAMP) : TD_TYPE(t.kind), PREC_ATOM, "%s(%s, %s, %s)",
                  sign > 0 ? "pg_time_add" : "pg_time_sub", x->sql, i->sql, type_lit(w, t));
    return TD_OK;
}

static bool is_clock(const struct ex *e)
{
    return ex_is_time(e) || ex_is(e, TD_T_TIME) || ex_is(e, TD_T_TIMETZ);
}

static int time_minus_time(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t;
    TD_TRY(lw_operand_type(w, "-", l, r, loc, &t));
    t.mod1 = -1;
    TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (is_schema(w) && t.kind == TD_T_DATE)
        return lw_stock_days_between(w, l, r, out);
    if (is_schema(w))
        return lw_stock(w, loc, "the difference of two times");
    *out = ex_fmt(w, TD_TYPE(t.kind == TD_T_DATE ? TD_T_INT4 : TD_T_INTERVAL), PREC_ATOM, "pg_time_diff(%s, %s, %s)",
                  l->sql, r->sql, type_lit(w, t));
    return TD_OK;
}

static int interval_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = TD_TYPE(TD_T_INTERVAL);
    if ((op == '+' || op == '-') && (ex_is(r, TD_T_INTERVAL) || ex_is_unknown(r)) &&
        (ex_is(l, TD_T_INTERVAL) || ex_is_unknown(l))) {
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
        return lw_call2(w, op == '+' ? "pg_interval_add" : "pg_interval_sub", l, r, "", t, loc, out);
    }
    if (op == '*' && ex_is_number(l))
        return lw_call2(w, "pg_interval_mul", r, l, "", t, loc, out);
    if ((op == '*' || op == '/') && ex_is_number(r))
        return lw_call2(w, op == '*' ? "pg_interval_mul" : "pg_interval_div", l, r, "", t, loc, out);
    return lw_refuse_operator(w, (char[]){op, '\0'}, l, r, loc);
}

static int date_arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (op == '+' && (ex_is_number(l) || ex_is(l, TD_T_TIME))) {
        struct ex *t = l;
        l = r;
        r = t;
    }
    if (op == '+' && ex_is(r, TD_T_TIME))
        return lw_call2(w, "pg_date_time", l, r, "", TD_TYPE(TD_T_TIMESTAMP), loc, out);
    if (is_schema(w) && td_type_is_integer(&r->type) && lw_stock_add_days(w, l, r, op == '+' ? 1 : -1, out))
        return TD_OK;
    if (is_schema(w))
        return lw_stock(w, loc, "adding days to a date");
    *out = ex_fmt(w, TD_TYPE(TD_T_DATE), PREC_ATOM, op == '+' ? "pg_date_add(%s, %s)" : "pg_date_add(%s, -(%s))",
                  l->sql, r->sql);
    return TD_OK;
}

static int arithmetic(struct lw *w, char op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if ((ex_is_number(l) || ex_is_unknown(l)) && (ex_is_number(r) || ex_is_unknown(r)) &&
        !(ex_is_unknown(l) && ex_is_unknown(r)))
        return lw_arithmetic(w, op, l, r, loc, out);
    if (op == '+' && is_clock(l) && ex_is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_INTERVAL), TD_CAST_IMPLICIT));
    if (op == '+' && is_clock(r) && ex_is(l, TD_T_INTERVAL))
        return time_plus_interval(w, r, l, 1, loc, out);
    if ((op == '+' || op == '-') && is_clock(l) && ex_is(r, TD_T_INTERVAL))
        return time_plus_interval(w, l, r, op == '+' ? 1 : -1, loc, out);
    if (op == '-' && is_clock(l) && (is_clock(r) || ex_is_unknown(r)))
        return time_minus_time(w, l, r, loc, out);
    if (op == '-' && ex_is_unknown(l) && is_clock(r))
        return time_minus_time(w, l, r, loc, out);
    if ((op == '+' || op == '-') && (ex_is(l, TD_T_DATE) || ex_is(r, TD_T_DATE)))
        return date_arithmetic(w, op, l, r, loc, out);
    if (ex_is(l, TD_T_INTERVAL) || ex_is(r, TD_T_INTERVAL))
        return interval_arithmetic(w, op, l, r, loc, out);
    return lw_refuse_operator(w, (char[]){op, '\0'}, l, r, loc);
}

/* --- || --- */

static int array_concat(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = td_type_base(ex_is_array(l) ? l->type : r->type), el;
    if (ex_is_array(l) && ex_is_array(r))
        TD_TRY(lw_operand_type(w, "||", l, r, loc, &t));
    t.mod1 = t.mod2 = -1;
    el = element_of(t);
    if (ex_is_unknown(l))
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    if (ex_is_unknown(r))
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (ex_is_array(l) && ex_is_array(r)) {
        TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    }
    if (ex_is_array(l) && ex_is_array(r))
        return lw_call2(w, "pg_array_cat", l, r, "", t, loc, out);
    if (ex_is_array(l)) {
        TD_TRY(lw_cast(w, r, el, TD_CAST_IMPLICIT));
        return lw_call2(w, "pg_array_append", l, r, td_arena_printf(w->a, ", %s", type_lit(w, el)), t, loc, out);
    }
    TD_TRY(lw_cast(w, l, el, TD_CAST_IMPLICIT));
    return lw_call2(w, "pg_array_prepend", l, r, td_arena_printf(w->a, ", %s", type_lit(w, el)), t, loc, out);
}

static int concat(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    if (ex_is_array(l) || ex_is_array(r))
        return array_concat(w, l, r, loc, out);
    if ((ex_is(l, TD_T_JSONB) && (ex_is_unknown(r) || ex_is(r, TD_T_JSONB))) ||
        (ex_is(r, TD_T_JSONB) && ex_is_unknown(l))) {
        struct td_type j = TD_TYPE(TD_T_JSONB);
        TD_TRY(lw_cast(w, l, j, TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, j, TD_CAST_IMPLICIT));
        return lw_call2(w, "pg_jsonb_concat", l, r, "", j, loc, out);
    }
    if (ex_is(l, TD_T_BYTEA) || ex_is(r, TD_T_BYTEA)) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_BYTEA), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_BYTEA), TD_CAST_IMPLICIT));
        *out = ex_infix(w, l, "||", r, TD_TYPE(TD_T_BYTEA), PREC_CONCAT);
        *out = ex_fmt(w, TD_TYPE(TD_T_BYTEA), PREC_ATOM, "CAST(%s AS BLOB)", out->sql);
        return TD_OK;
    }
    if (!ex_is_text(l) && !ex_is_text(r) && !ex_is_unknown(l) && !ex_is_unknown(r))
        return lw_error(w, "42883", loc, "operator does not exist: %s || %s", type_name(w, l->type),
                        type_name(w, r->type));
    TD_TRY(lw_cast(w, l, text, TD_CAST_EXPLICIT));
    TD_TRY(lw_cast(w, r, text, TD_CAST_EXPLICIT));
    *out = ex_infix(w, l, "||", r, text, PREC_CONCAT);
    return TD_OK;
}

/* --- json, arrays --- */

static bool is_json(const struct ex *e)
{
    return ex_is(e, TD_T_JSON) || ex_is(e, TD_T_JSONB);
}

static bool is_plain_key(const char *s)
{
    return s != NULL && *s != '\0' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(s);
}

/* -> and ->>: SQLite has them, but gives booleans as 1 and 0, and containers without PostgreSQL's blanks: as jsonb that
 * is the same value, as text it is another, so there it fails. */
static int json_at_stock(struct lw *w, struct ex *l, const char *path, bool as_text, struct ex *out)
{
    path = sql_lit(w, path);
    if (as_text)
        *out = ex_fmt(w, TD_TYPE(TD_T_TEXT), PREC_ATOM,
                      "CASE json_type(%s, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'text' THEN "
                      "json_extract(%s, %s) WHEN 'object' THEN abs(-9223372036854775808) WHEN 'array' THEN "
                      "abs(-9223372036854775808) ELSE nullif(%s -> %s, 'null') END",
                      l->sql, path, l->sql, path, ex_in(w, l, PREC_UNARY), path);
    else
        *out = ex_fmt(w, l->type, PREC_CONCAT, "%s -> %s", ex_in(w, l, PREC_CONCAT), path);
    return TD_OK;
}

static int json_get_stock(struct lw *w, struct ex *l, struct ex *r, bool as_text, int loc, struct ex *out)
{
    if (r->text == NULL || (ex_is_text(r) && !is_plain_key(r->text)))
        return lw_stock(w, loc, "-> with this key");
    if (ex_is_text(r))
        return json_at_stock(w, l, td_arena_printf(w->a, "$.\"%s\"", r->text), as_text, out);
    if (strcmp(r->text, "0") == 0 || strcmp(r->text, "-1") == 0) /* of a scalar it is the scalar */
        *l = ex_fmt(
            w, l->type, PREC_ATOM,
            "CASE WHEN json_type(%s) IN ('array', 'object') THEN %s WHEN %s IS NOT NULL THEN json_array(json(%s)) END",
            l->sql, l->sql, ex_in(w, l, PREC_CMP), l->sql);
    return json_at_stock(w, l, td_arena_printf(w->a, r->text[0] == '-' ? "$[#%s]" : "$[%s]", r->text), as_text, out);
}

/* #> and #>> by a constant path of names: a number in it may be a name or a place, so that it is refused. */
static int json_path_stock(struct lw *w, struct ex *l, struct ex *r, bool as_text, int loc, struct ex *out)
{
    struct td_buf path;
    td_buf_init(&path, w->a);
    td_buf_char(&path, '$');
    for (const char *p = r->text == NULL ? "" : r->text; *p != '\0'; p++) {
        size_t len;
        if (*p != '"')
            continue;
        len = strcspn(++p, "\"");
        if (!is_plain_key(td_arena_dup(w->a, p, len)) || strspn(p, "0123456789") == len)
            return lw_stock(w, loc, "#> with this path");
        td_buf_printf(&path, ".\"%.*s\"", (int)len, p);
        p += len;
    }
    if (path.len == 1)
        return lw_stock(w, loc, "#> with this path");
    return json_at_stock(w, l, td_buf_str(&path), as_text, out);
}

static int json_get(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    bool as_text = op[2] == '>', path = op[0] == '#';
    bool binary = ex_is(l, TD_T_JSONB);
    const char *name = path ? (binary ? "pg_jsonb_path" : "pg_json_path") : binary ? "pg_jsonb_get" : "pg_json_get";
    if (path)
        TD_TRY(lw_cast(w, r, array_of(TD_TYPE(TD_T_TEXT)), TD_CAST_IMPLICIT));
    else if (!td_type_is_integer(&r->type))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    if (is_schema(w) && ex_is(l, TD_T_JSON))
        return lw_refuse(w, TD_C_LOWER_STOCK, loc,
                         "SQLite takes the first of two members with one name, and prints what it finds anew",
                         "Make the column jsonb.", "%s of json stands in schema text", op);
    if (is_schema(w))
        return (path ? json_path_stock : json_get_stock)(w, l, r, as_text, loc, out);
    return lw_call2(w, name, l, r, as_text ? ", 1" : ", 0", as_text ? TD_TYPE(TD_T_TEXT) : l->type, loc, out);
}

static int jsonb_minus(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    const char *name = ex_is_array(r) ? "pg_jsonb_delete_keys" : "pg_jsonb_delete";
    if (ex_is_unknown(r))
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    return lw_call2(w, name, l, r, "", TD_TYPE(TD_T_JSONB), loc, out);
}

/* Are elements equal where what SQLite finds in the JSON is equal? */
static bool elements_are_plain(struct td_type t)
{
    struct td_type e = td_type_base(element_of(td_type_base(t)));
    return e.dims == 0 && (td_type_is_integer(&e) || e.kind == TD_T_TEXT || e.kind == TD_T_VARCHAR ||
                           e.kind == TD_T_UUID || e.kind == TD_T_ENUM);
}

/* Atoms are the elements at any depth, as PostgreSQL takes them here; NULL is in no array. */
static struct ex overlap(struct lw *w, const struct ex *l, const struct ex *r)
{
    return ex_fmt(w, TD_TYPE(TD_T_BOOL), PREC_ATOM,
                  "CASE WHEN %s IS NOT NULL AND %s IS NOT NULL THEN EXISTS (SELECT 1 FROM json_tree(%s) WHERE atom IN "
                  "(SELECT atom FROM json_tree(%s) WHERE atom IS NOT NULL)) END",
                  ex_in(w, l, PREC_CMP), ex_in(w, r, PREC_CMP), l->sql, r->sql);
}

static struct ex contains(struct lw *w, const struct ex *whole, const struct ex *part)
{
    return ex_fmt(
        w, TD_TYPE(TD_T_BOOL), PREC_ATOM,
        "CASE WHEN %s IS NOT NULL AND %s IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM json_tree(%s) WHERE type "
        "<> 'array' AND (atom IS NULL OR atom NOT IN (SELECT atom FROM json_tree(%s) WHERE atom IS NOT NULL))) END",
        ex_in(w, whole, PREC_CMP), ex_in(w, part, PREC_CMP), part->sql, whole->sql);
}

static int containment(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type boolean = TD_TYPE(TD_T_BOOL), t;
    bool turned = IS(op, "<@");
    TD_TRY(lw_operand_type(w, op, l, r, loc, &t));
    if (t.dims == 0 && t.kind != TD_T_JSONB)
        return lw_refuse_operator(w, op, l, r, loc);
    TD_TRY(lw_cast(w, l, t, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, r, t, TD_CAST_IMPLICIT));
    if (is_schema(w) && t.dims > 0 && elements_are_plain(t)) {
        *out = IS(op, "&&") ? overlap(w, l, r) : contains(w, turned ? r : l, turned ? l : r);
        return TD_OK;
    }
    if (IS(op, "&&"))
        return t.dims > 0 ? lw_call2(w, "pg_array_overlap", l, r, "", boolean, loc, out)
                          : lw_refuse_operator(w, op, l, r, loc);
    return lw_call2(w, t.dims > 0 ? "pg_array_contains" : "pg_jsonb_contains", turned ? r : l, turned ? l : r, "",
                    boolean, loc, out);
}

static int json_exists(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT), boolean = TD_TYPE(TD_T_BOOL);
    bool any = op[1] == '|', all = op[1] == '&';
    TD_TRY(lw_cast(w, r, any || all ? array_of(text) : text, TD_CAST_IMPLICIT));
    return lw_call2(w,
                    any   ? "pg_jsonb_exists_any"
                    : all ? "pg_jsonb_exists_all"
                          : "pg_jsonb_exists",
                    l, r, "", boolean, loc, out);
}

/* --- bits --- */

/* PostgreSQL counts modulo 32 or 64; what stays below that SQLite does alike, to the right. */
static bool shifts_plainly(const struct ex *l, const struct ex *r)
{
    if (r->text == NULL || r->text[strspn(r->text, "0123456789")] != '\0' || strlen(r->text) > 2)
        return false;
    return strtol(r->text, NULL, 10) < (td_type_base(l->type).kind == TD_T_INT8 ? 64 : 32);
}

static int bits(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    struct td_type t = lw_wider(l, r);
    if (!td_type_is_integer(&l->type) || !td_type_is_integer(&r->type))
        return lw_refuse_operator(w, op, l, r, loc);
    if (IS(op, ">>") && shifts_plainly(l, r)) {
        *out = ex_infix(w, l, op, r, l->type, PREC_BIT);
        return TD_OK;
    }
    if (IS(op, "<<") || IS(op, ">>"))
        return lw_call2(w, IS(op, "<<") ? "pg_bit_shift_left" : "pg_bit_shift_right", l, r,
                        td_arena_printf(w->a, ", %s", type_lit(w, l->type)), l->type, loc, out);
    if (IS(op, "#"))
        *out = ex_fmt(w, t, PREC_BIT, "(%s | %s) - (%s & %s)", ex_in(w, l, PREC_ADD), ex_in(w, r, PREC_ADD),
                      ex_in(w, l, PREC_ADD), ex_in(w, r, PREC_ADD));
    else
        *out = ex_infix(w, l, op, r, t, PREC_BIT);
    return TD_OK;
}

static int power(struct lw *w, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (!ex_is(l, TD_T_NUMERIC) && !ex_is(r, TD_T_NUMERIC)) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    }
    return lw_call_args(w, "power", (struct ex *[]){l, r}, 2, loc, out);
}

int lw_operator(struct lw *w, const char *op, struct ex *l, struct ex *r, int loc, struct ex *out)
{
    if (is_comparison(op))
        return lw_compare(w, op, l, r, loc, out);
    if (IS(op, "||"))
        return concat(w, l, r, loc, out);
    if (IS(op, "->") || IS(op, "->>") || IS(op, "#>") || IS(op, "#>>"))
        return is_json(l) ? json_get(w, op, l, r, loc, out) : lw_refuse_operator(w, op, l, r, loc);
    if (IS(op, "-") && ex_is(l, TD_T_JSONB))
        return jsonb_minus(w, l, r, loc, out);
    if (op[1] == '\0' && strchr("+-*/%", op[0]) != NULL)
        return arithmetic(w, op[0], l, r, loc, out);
    if (IS(op, "@>") || IS(op, "<@") || IS(op, "&&"))
        return containment(w, op, l, r, loc, out);
    if ((IS(op, "?") || IS(op, "?|") || IS(op, "?&")) && ex_is(l, TD_T_JSONB))
        return json_exists(w, op, l, r, loc, out);
    if (IS(op, "#-") && ex_is(l, TD_T_JSONB)) {
        TD_TRY(lw_cast(w, r, array_of(TD_TYPE(TD_T_TEXT)), TD_CAST_IMPLICIT));
        return lw_call2(w, "pg_jsonb_delete_path", l, r, "", TD_TYPE(TD_T_JSONB), loc, out);
    }
    if (IS(op, "~") || IS(op, "~*") || IS(op, "!~") || IS(op, "!~*"))
        return lw_regex(w, l, r, op[strlen(op) - 1] == '*', op[0] == '!', out);
    if (IS(op, "~~") || IS(op, "~~*") || IS(op, "!~~") || IS(op, "!~~*"))
        return lw_like(w, l, r, NULL, op[strlen(op) - 1] == '*', op[0] == '!', out);
    if (IS(op, "^@")) {
        TD_TRY(lw_cast(w, l, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
        TD_TRY(lw_cast(w, r, TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
        if (is_schema(w))
            return lw_stock_text(w, "starts_with", (struct ex *[]){l, r}, 2, out);
        return lw_call2(w, "pg_starts_with", l, r, "", TD_TYPE(TD_T_BOOL), loc, out);
    }
    if (IS(op, "^"))
        return power(w, l, r, loc, out);
    if (IS(op, "&") || IS(op, "|") || IS(op, "#") || IS(op, "<<") || IS(op, ">>"))
        return bits(w, op, l, r, loc, out);
    return lw_refuse_operator(w, op, l, r, loc);
}

int lw_unary(struct lw *w, const char *op, struct ex *x, int loc, struct ex *out)
{
    if (ex_is_unknown(x) && (IS(op, "-") || IS(op, "+")))
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT));
    if (IS(op, "-"))
        return lw_negate(w, x, loc, out);
    *out = *x;
    if (IS(op, "+"))
        return TD_OK;
    if (IS(op, "~") && td_type_is_integer(&x->type)) {
        *out = ex_fmt(w, x->type, PREC_UNARY, "~ %s", ex_in(w, x, PREC_ATOM));
        return TD_OK;
    }
    if (IS(op, "@"))
        return lw_abs(w, x, loc, out);
    if (IS(op, "|/")) {
        struct ex *args[] = {x};
        TD_TRY(lw_cast(w, x, TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT)); /* the operator is of these alone */
        return lw_call_args(w, "sqrt", args, 1, loc, out);
    }
    return lw_refuse_operator(w, op, x, x, loc);
}
