/* Small pieces of SQL text and the errors of the lowering. */
#include <stdarg.h>
#include <string.h>

#include "core/sql/lower_impl.h"

struct ex ex_of(const char *sql, struct td_type type, enum prec prec)
{
    return (struct ex){.sql = sql, .type = type, .prec = prec, .loc = -1};
}

struct ex ex_bool(const char *sql, enum prec prec)
{
    return ex_of(sql, TD_TYPE(TD_T_BOOL), prec);
}

const char *ex_in(struct lw *w, const struct ex *e, enum prec at_least)
{
    return e->prec >= at_least ? e->sql : td_arena_printf(w->a, "(%s)", e->sql);
}

const char *sql_ident(struct lw *w, const char *name)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_ident(&b, name);
    return td_buf_str(&b);
}

const char *sql_power_of_ten(struct lw *w, int n)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_char(&b, '1');
    for (int i = 0; i < n; i++)
        td_buf_char(&b, '0');
    return td_buf_str(&b);
}

const char *sql_lit(struct lw *w, const char *text)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_lit(&b, text);
    return td_buf_str(&b);
}

const char *type_name(struct lw *w, struct td_type t)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_type_print(&t, &b);
    return td_buf_str(&b);
}

/* What the registered functions are told: they know no enum or domain, only how it is stored. */
const char *type_lit(struct lw *w, struct td_type t)
{
    struct td_type base = td_type_base(t);
    base.dims = t.dims > base.dims ? t.dims : base.dims;
    if (base.kind == TD_T_ENUM || base.kind == TD_T_UNKNOWN) {
        short dims = base.dims;
        base = TD_TYPE(TD_T_TEXT);
        base.dims = dims;
    }
    return sql_lit(w, type_name(w, base));
}

struct td_type array_of(struct td_type t)
{
    t.dims++;
    return t;
}

struct td_type element_of(struct td_type t)
{
    t.dims = 0;
    return t;
}

struct td_type named_type(const char *name)
{
    struct td_type t = TD_TYPE(TD_T_OTHER);
    t.name = name;
    return t;
}

bool is_schema(const struct lw *w)
{
    return w->l->use == TD_LOWER_SCHEMA;
}

void lw_note(struct lw *w, int loc, const char *fmt, ...)
{
    va_list args;
    if (w->l->on_note == NULL)
        return;
    va_start(args, fmt);
    w->l->on_note(td_arena_vprintf(w->a, fmt, args), loc, w->l->data);
    va_end(args);
}

int lw_place(struct lw *w, int loc)
{
    if (loc >= 0 && w->l->source != NULL && w->err->line == 0)
        td_err_source(w->err, w->l->source, (size_t)loc, 0);
    return (int)w->err->rc;
}

int lw_refuse(struct lw *w, enum td_code code, int loc, const char *why, const char *next, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_err_vset(w->err, code, fmt, args);
    va_end(args);
    td_err_why(w->err, "%s", why);
    td_err_next(w->err, "%s",
                next != NULL ? next
                             : "Put `-- tandem: postgres` in the line before the statement, or "
                               "`-- tandem: sqlite` with a replacement.");
    return lw_place(w, loc);
}

int lw_error(struct lw *w, const char *sqlstate, int loc, const char *fmt, ...)
{
    va_list args;
    bool value = strncmp(sqlstate, "22", 2) == 0;
    va_start(args, fmt);
    td_err_vset(w->err, value ? TD_C_LOWER_VALUE : TD_C_LOWER_SEMANTIC, fmt, args);
    va_end(args);
    td_err_sqlstate(w->err, sqlstate);
    td_err_why(w->err, "PostgreSQL refuses this statement with the same SQLSTATE");
    td_err_next(w->err, "Correct the statement.");
    return lw_place(w, loc);
}

int lw_stock(struct lw *w, int loc, const char *what)
{
    return lw_refuse(w, TD_C_LOWER_STOCK, loc,
                     "it is kept in the SQLite file, where any program must be able to run it", NULL,
                     "%s needs a function that stock SQLite does not have", what);
}

/* --- operands --- */

bool ex_is(const struct ex *e, enum td_type_kind k)
{
    return e->type.dims == 0 && td_type_base(e->type).kind == k;
}

bool ex_is_array(const struct ex *e)
{
    return td_type_base(e->type).dims > 0;
}

bool ex_is_unknown(const struct ex *e)
{
    return e->type.kind == TD_T_UNKNOWN;
}

bool ex_is_number(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return t.dims == 0 && td_type_is_number(&t);
}

bool ex_is_time(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return t.dims == 0 && td_type_is_time(&t);
}

bool ex_is_text(const struct ex *e)
{
    struct td_type t = td_type_base(e->type);
    return td_type_is_text(&t);
}

struct ex ex_fmt(struct lw *w, struct td_type t, enum prec prec, const char *fmt, ...)
{
    va_list args;
    struct ex e;
    va_start(args, fmt);
    e = ex_of(td_arena_vprintf(w->a, fmt, args), t, prec);
    va_end(args);
    return e;
}

struct ex ex_infix(struct lw *w, const struct ex *l, const char *op, const struct ex *r, struct td_type t,
                   enum prec prec)
{
    return ex_fmt(w, t, prec, "%s %s %s", ex_in(w, l, prec), op, ex_in(w, r, prec + 1));
}

/* A function that only tandem's connections have. */
int lw_call2(struct lw *w, const char *name, const struct ex *l, const struct ex *r, const char *more, struct td_type t,
             int loc, struct ex *out)
{
    if (is_schema(w))
        return lw_stock(
            w, loc,
            td_arena_printf(w->a, "this expression of types %s and %s", type_name(w, l->type), type_name(w, r->type)));
    *out = ex_fmt(w, t, PREC_ATOM, "%s(%s, %s%s)", name, l->sql, r->sql, more);
    return TD_OK;
}

int lw_refuse_operator(struct lw *w, const char *op, const struct ex *l, const struct ex *r, int loc)
{
    return lw_refuse(w, TD_C_LOWER_OPERATOR, loc, "SQLite has nothing with the same result", NULL,
                     "the operator %s of %s and %s is not carried", op, type_name(w, l->type), type_name(w, r->type));
}
