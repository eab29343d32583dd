/* Schema text that fails where PostgreSQL fails. Stock SQLite gives NULL for a division by zero and a REAL for an
 * integer overflow; the one way to make it fail is abs() of the smallest integer. An operation that can fail is
 * therefore printed as CASE WHEN <it fails> THEN abs(-9223372036854775808) ELSE <it> END. Of a chain of operations the
 * tests are gathered into one CASE, so that its text grows with the length of the chain and does not double at every
 * step; no test is printed where the operands' ranges show that nothing can happen. */
#include <stdlib.h>
#include <string.h>

#include "core/sql/lower_impl.h"

#define RAISE "abs(-9223372036854775808)"

/* The registered functions fail as PostgreSQL's do. */
bool lw_can_fail(const char *sql)
{
    return strstr(sql, RAISE) != NULL || strstr(sql, "pg_") != NULL;
}

struct range lw_type_range(struct td_type t)
{
    t = td_type_base(t);
    switch (t.kind) {
    case TD_T_BOOL: return (struct range){0, 1};
    case TD_T_INT2: return (struct range){INT16_MIN, INT16_MAX};
    case TD_T_INT4: return (struct range){INT32_MIN, INT32_MAX};
    case TD_T_OID: return (struct range){0, UINT32_MAX};
    default: return (struct range){INT64_MIN, INT64_MAX};
    }
}

static const struct facts *facts_of(const struct ex *e)
{
    return e->facts != NULL && e->facts->of == e->sql ? e->facts : NULL;
}

struct range lw_range(const struct ex *e)
{
    const struct facts *f = facts_of(e);
    if (e->text != NULL && td_type_is_integer(&e->type)) {
        long long v = strtoll(e->text, NULL, 10);
        return (struct range){v, v};
    }
    return f != NULL ? f->range : lw_type_range(e->type);
}

void lw_set_range(struct lw *w, struct ex *e, struct range range)
{
    const struct facts *before = facts_of(e);
    struct facts *f = td_arena_new(w->a, struct facts);
    if (before != NULL)
        *f = *before;
    f->of = e->sql;
    f->range = range;
    e->facts = f;
}

struct ex lw_unguarded(const struct ex *e)
{
    const struct facts *f = facts_of(e);
    struct ex bare = *e;
    if (f == NULL || f->bare == NULL)
        return bare;
    bare.sql = f->bare;
    bare.prec = f->bare_prec;
    return bare;
}

static const char *joined(struct lw *w, const char *a, const char *b)
{
    if (a == NULL || b == NULL || strcmp(a, b) == 0)
        return a == NULL ? b : a;
    return td_arena_printf(w->a, "%s OR %s", a, b);
}

static const char *tests_of(const struct ex *e)
{
    const struct facts *f = e == NULL ? NULL : facts_of(e);
    return f == NULL || f->bare == NULL ? NULL : f->fails;
}

void lw_guard(struct lw *w, struct ex *out, const struct ex *l, const struct ex *r, const char *fails)
{
    struct facts *f = td_arena_new(w->a, struct facts);
    f->bare = out->sql;
    f->bare_prec = out->prec;
    f->range = lw_range(out);
    f->fails = joined(w, joined(w, tests_of(l), tests_of(r)), fails);
    if (f->fails != NULL) {
        out->sql = td_arena_printf(w->a, "CASE WHEN %s THEN " RAISE " ELSE %s END", f->fails, out->sql);
        out->prec = PREC_ATOM;
    }
    f->of = out->sql;
    out->facts = f;
}
