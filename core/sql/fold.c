/* Constants of schema text. Where stock SQLite has no way to say what PostgreSQL computes, but nothing in it depends on
 * a row or on the moment, the value itself is stored: the caller runs the query form once (td_lower.evaluate). */
#include <ctype.h>
#include <string.h>

#include "core/sql/lower_impl.h"

bool lw_folds(const struct lw *w)
{
    return w->l->evaluate != NULL && is_schema(w);
}

static bool is_literal(const struct ex *e)
{
    return e->text != NULL || e->null;
}

static bool is_volatile(const char *name, size_t len)
{
    enum { PURE, VOLATILE, AGGREGATE };
    static const struct {
        const char *name;
        int kind;
    } list[] = {
#define TD_FUNCTION(name, min_args, max_args, kind) {#name, kind},
#include "core/sql/functions.def"
#undef TD_FUNCTION
    };
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (list[i].kind == VOLATILE && strlen(list[i].name) == len && strncmp(list[i].name, name, len) == 0)
            return true;
    }
    return false;
}

/* The time of the transaction, as any type. */
static bool is_now(const char *name, size_t len)
{
    static const char *const list[] = {"pg_now", "pg_localtimestamp", "pg_current_date", "pg_localtime",
                                       "pg_current_time"};
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
        if (strlen(list[i]) == len && strncmp(list[i], name, len) == 0)
            return true;
    return false;
}

static bool calls_volatile(const char *template, bool now)
{
    for (const char *p = template; (p = strstr(p, "pg_")) != NULL;) {
        size_t len = 0;
        while (isalnum((unsigned char)p[len]) || p[len] == '_')
            len++;
        if (is_volatile(p, len) && (now || !is_now(p, len)))
            return true;
        p += len;
    }
    return false;
}

bool lw_calls_volatile(const char *template)
{
    return calls_volatile(template, true);
}

bool lw_calls_changing(const char *sql)
{
    return calls_volatile(sql, false);
}

/* A copy of `w` that lowers for the driver's functions. */
static void as_query(const struct lw *w, struct td_lower *l, struct lw *out)
{
    *l = *w->l;
    l->use = TD_LOWER_QUERY;
    l->on_note = NULL;
    *out = *w;
    out->l = l;
    out->constant = true;
}

static int value_of(struct lw *w, const char *sql, int loc, struct td_buf *out)
{
    if (w->l->evaluate(sql, out, w->l->data, w->err) == TD_OK)
        return td_buf_check(out, w->err);
    w->err->line = w->err->column = 0;
    if (w->err->next[0] == '\0')
        td_err_next(w->err, "Correct the expression: PostgreSQL fails too, as soon as it is used.");
    return lw_place(w, loc);
}

/* 'it''s' -> it's */
static const char *unquoted(struct lw *w, const char *literal)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (const char *p = literal + 1; p[0] != '\0' && p[1] != '\0'; p++) {
        td_buf_char(&b, *p);
        p += p[0] == '\'';
    }
    return td_buf_str(&b);
}

/* e->sql, in query form and without columns, becomes its value. */
static int evaluate(struct lw *w, struct ex *e)
{
    struct td_buf literal, text;
    int loc = e->loc;
    td_buf_init(&literal, w->a);
    td_buf_init(&text, w->a);
    TD_TRY(value_of(w, e->sql, loc, &literal));
    if (strcmp(td_buf_str(&literal), "NULL") == 0) {
        *e = lw_null(e->type);
        e->loc = loc;
        return TD_OK;
    }
    *e = ex_of(td_buf_str(&literal), e->type, td_buf_str(&literal)[0] == '-' ? PREC_UNARY : PREC_ATOM);
    e->loc = loc;
    if (td_type_base(e->type).dims > 0) { /* an array's text is its JSON */
        e->text = unquoted(w, e->sql);
        return TD_OK;
    }
    TD_TRY(value_of(w, td_arena_printf(w->a, "pg_out(%s, %s)", e->sql, type_lit(w, e->type)), loc, &text));
    e->text = unquoted(w, td_buf_str(&text));
    return TD_OK;
}

int lw_fold_node(struct lw *w, const PgQuery__Node *n, const struct td_type *to, struct ex *out)
{
    struct td_lower l;
    struct td_err err = {0};
    struct lw query;
    int rc;
    as_query(w, &l, &query);
    query.err = &err;
    rc = lw_expr(&query, n, out);
    if (rc == TD_OK && to != NULL)
        rc = lw_cast(&query, out, *to, TD_CAST_ASSIGNMENT);
    if (rc != TD_OK || !query.constant)
        return TD_ENOTFOUND;
    return is_literal(out) ? TD_OK : evaluate(w, out);
}

int lw_fold_cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context)
{
    struct td_lower l;
    struct lw query;
    as_query(w, &l, &query);
    TD_TRY(lw_cast(&query, e, to, context));
    return is_literal(e) ? TD_OK : evaluate(w, e);
}
