/* Functions of text that stock SQLite can do by a longer form. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

/* --- concat, concat_ws: NULLs are skipped --- */

/* The output function's text: booleans are t and f there, char(n) keeps its blanks. */
static int output(struct lw *w, struct ex *e)
{
    TD_TRY(lw_settle(w, e));
    if (ex_is(e, TD_T_BOOL)) {
        *e = ex_fmt(w, TD_TYPE(TD_T_TEXT), PREC_ATOM, "CASE %s WHEN 1 THEN 't' WHEN 0 THEN 'f' END",
                    ex_in(w, e, PREC_ATOM));
        return TD_OK;
    }
    return ex_is_text(e) ? TD_OK : lw_cast(w, e, TD_TYPE(TD_T_TEXT), TD_CAST_EXPLICIT);
}

static int concat(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (size_t i = 0; i < n; i++) {
        TD_TRY(output(w, args[i]));
        td_buf_printf(&b, args[i]->text != NULL ? "%s%s" : "%scoalesce(%s, '')", i == 0 ? "" : " || ", args[i]->sql);
    }
    *out = ex_of(n == 0 ? "''" : td_buf_str(&b), TD_TYPE(TD_T_TEXT), PREC_CONCAT);
    return TD_OK;
}

/* The separator stands before each, and the first one is cut off. */
static int concat_ws(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    const char *separator;
    struct td_buf b;
    td_buf_init(&b, w->a);
    if (n < 2)
        return TD_ENOTFOUND;
    for (size_t i = 0; i < n; i++)
        TD_TRY(output(w, args[i]));
    separator = ex_in(w, args[0], PREC_CONCAT);
    for (size_t i = 1; i < n; i++)
        td_buf_printf(&b, "%scoalesce(%s || %s, '')", i == 1 ? "" : " || ", separator,
                      ex_in(w, args[i], PREC_CONCAT + 1));
    *out = ex_fmt(w, TD_TYPE(TD_T_TEXT), PREC_ATOM, "substr(%s, length(%s) + 1)", td_buf_str(&b), args[0]->sql);
    return TD_OK;
}

/* --- parts --- */

static bool constant_int(const struct ex *e, long long *out)
{
    if (e->text == NULL || !td_type_is_integer(&e->type))
        return false;
    *out = strtoll(e->text, NULL, 10);
    return true;
}

/* substring(x from a for b): places before the first count, but hold nothing; a length below 0 fails. */
static int substring(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    long long from = 0, count = 0;
    bool known = constant_int(args[1], &from) && (n < 3 || constant_int(args[2], &count));
    const char *start;
    if (n < 2 || n > 3 || !td_type_is_integer(&args[1]->type) || (n == 3 && !td_type_is_integer(&args[2]->type)))
        return TD_ENOTFOUND;
    TD_TRY(lw_cast(w, args[0], text, TD_CAST_IMPLICIT));
    if (known && from >= 1 && count >= 0) {
        *out = ex_fmt(w, text, PREC_ATOM, n == 3 ? "substr(%s, %lld, %lld)" : "substr(%s, %lld)", args[0]->sql, from,
                      count);
        return TD_OK;
    }
    start = td_arena_printf(w->a, "max(%s, 1)", args[1]->sql);
    if (n == 2) {
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, %s)", args[0]->sql, start);
        return TD_OK;
    }
    *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, %s, max(%s + %s - %s, 0))", args[0]->sql, start,
                  ex_in(w, args[1], PREC_ADD), ex_in(w, args[2], PREC_MUL), start);
    lw_guard(w, out, NULL, NULL, td_arena_printf(w->a, "%s < 0", ex_in(w, args[2], PREC_BIT)));
    return TD_OK;
}

/* left(x, n), right(x, n): below 0 all but so many at the other end. */
static int end_part(struct lw *w, bool left, struct ex **args, size_t n, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    long long count;
    if (n != 2 || !td_type_is_integer(&args[1]->type))
        return TD_ENOTFOUND;
    TD_TRY(lw_cast(w, args[0], text, TD_CAST_IMPLICIT));
    if (!constant_int(args[1], &count)) {
        if (!left)
            return TD_ENOTFOUND;
        *out =
            ex_fmt(w, text, PREC_ATOM, "substr(%s, 1, CASE WHEN %s < 0 THEN max(length(%s) + %s, 0) ELSE %s END)",
                   args[0]->sql, ex_in(w, args[1], PREC_BIT), args[0]->sql, ex_in(w, args[1], PREC_ADD), args[1]->sql);
        return TD_OK;
    }
    if (left && count >= 0)
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, 1, %lld)", args[0]->sql, count);
    else if (left)
        *out =
            ex_fmt(w, text, PREC_ATOM, "substr(%s, 1, max(length(%s) - %lld, 0))", args[0]->sql, args[0]->sql, -count);
    else if (count > 0)
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, -%lld)", args[0]->sql, count);
    else if (count == 0)
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, 1, 0)", args[0]->sql);
    else
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, %lld)", args[0]->sql, 1 - count);
    return TD_OK;
}

/* split_part(x, 'd', 1) and 2. */
static int split_part(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    const char *x, *d, *rest;
    long long at;
    if (n != 3 || !constant_int(args[2], &at) || at < 1 || at > 2 || args[1]->text == NULL || args[1]->text[0] == '\0')
        return TD_ENOTFOUND;
    TD_TRY(lw_cast(w, args[0], text, TD_CAST_IMPLICIT));
    TD_TRY(lw_cast(w, args[1], text, TD_CAST_IMPLICIT));
    x = args[0]->sql;
    d = args[1]->sql;
    rest = td_arena_printf(w->a, "substr(%s, instr(%s, %s) + length(%s))", x, x, d, d);
    if (at == 1)
        *out = ex_fmt(w, text, PREC_ATOM, "substr(%s, 1, instr(%s || %s, %s) - 1)", x, ex_in(w, args[0], PREC_CONCAT),
                      d, d);
    else
        *out = ex_fmt(w, text, PREC_ATOM,
                      "CASE WHEN instr(%s, %s) = 0 THEN '' ELSE substr(%s, 1, instr(%s || %s, %s) - 1) END", x, d, rest,
                      rest, d, d);
    return TD_OK;
}

enum { PAD_MAX = 255 }; /* the blanks stand in the text */

/* lpad(x, n, 'fill') and rpad: what is longer is cut at its end. */
static int pad(struct lw *w, bool left, struct ex **args, size_t n, struct ex *out)
{
    struct td_type text = TD_TYPE(TD_T_TEXT);
    long long width;
    const char *fill = n == 2 ? " " : args[2]->text;
    struct td_buf blanks;
    if (n < 2 || n > 3 || !constant_int(args[1], &width) || width < 0 || width > PAD_MAX || fill == NULL ||
        (n == 3 && ex_is(args[2], TD_T_BPCHAR)))
        return TD_ENOTFOUND;
    TD_TRY(lw_cast(w, args[0], text, TD_CAST_IMPLICIT));
    td_buf_init(&blanks, w->a);
    for (long long i = 0; fill[0] != '\0' && i < width; i++)
        td_buf_add(&blanks, fill); /* as many characters or more; substr() cuts them */
    const char *x = args[0]->sql, *cut = td_arena_printf(w->a, "substr(%s, 1, %lld)", x, width);
    const char *missing =
        td_arena_printf(w->a, "substr(%s, 1, max(%lld - length(%s), 0))", sql_lit(w, td_buf_str(&blanks)), width, x);
    *out = ex_fmt(w, text, PREC_CONCAT, "%s || %s", left ? missing : cut, left ? cut : missing);
    return TD_OK;
}

static int starts_with(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    if (n != 2)
        return TD_ENOTFOUND;
    for (size_t i = 0; i < 2; i++)
        TD_TRY(lw_cast(w, args[i], TD_TYPE(TD_T_TEXT), TD_CAST_IMPLICIT));
    *out = ex_fmt(w, TD_TYPE(TD_T_BOOL), PREC_EQ, "substr(%s, 1, length(%s)) = %s", args[0]->sql, args[1]->sql,
                  ex_in(w, args[1], PREC_CMP));
    return TD_OK;
}

/* get_bit(b, n) of a bit string, which is stored as its digits: the first is number 0. */
static int get_bit(struct lw *w, struct ex **args, size_t n, struct ex *out)
{
    struct td_type t = td_type_base(args[0]->type);
    const char *x = args[0]->sql, *fails;
    long long at = 0;
    bool fixed;
    if (n != 2 || !lw_is_bits(t) || !td_type_is_integer(&args[1]->type))
        return TD_ENOTFOUND;
    fixed = constant_int(args[1], &at) && at >= 0 && strcmp(t.name, "bit") == 0 && at < t.mod1;
    fails = td_arena_printf(w->a, "%s NOT BETWEEN 0 AND length(%s) - 1", ex_in(w, args[1], PREC_BIT), x);
    if (fixed)
        *out = ex_fmt(w, TD_TYPE(TD_T_INT4), PREC_ATOM, "CAST(substr(%s, %lld, 1) AS INTEGER)", x, at + 1);
    else
        *out = ex_fmt(w, TD_TYPE(TD_T_INT4), PREC_ATOM, "CAST(substr(%s, %s + 1, 1) AS INTEGER)", x,
                      ex_in(w, args[1], PREC_ADD));
    lw_set_range(w, out, (struct range){0, 1});
    lw_guard(w, out, NULL, NULL, fixed ? NULL : fails);
    return TD_OK;
}

int lw_stock_text(struct lw *w, const char *name, struct ex **args, size_t n, struct ex *out)
{
    bool bytes = n > 0 && ex_is(args[0], TD_T_BYTEA);
    if (strcmp(name, "concat") == 0)
        return concat(w, args, n, out);
    if (strcmp(name, "concat_ws") == 0)
        return concat_ws(w, args, n, out);
    if (bytes)
        return TD_ENOTFOUND;
    if (n > 1 && (strcmp(name, "substr") == 0 || strcmp(name, "substring") == 0))
        return substring(w, args, n, out);
    if (strcmp(name, "left") == 0 || strcmp(name, "right") == 0)
        return end_part(w, name[0] == 'l', args, n, out);
    if (strcmp(name, "split_part") == 0)
        return split_part(w, args, n, out);
    if (strcmp(name, "lpad") == 0 || strcmp(name, "rpad") == 0)
        return pad(w, name[0] == 'l', args, n, out);
    if (strcmp(name, "starts_with") == 0)
        return starts_with(w, args, n, out);
    if (strcmp(name, "get_bit") == 0)
        return get_bit(w, args, n, out);
    return TD_ENOTFOUND;
}
