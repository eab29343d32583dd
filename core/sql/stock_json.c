/* Are two jsonb values the same? In a trigger, by stock SQLite: one value has many texts (blanks, the order of members,
 * 1 and 1.0), so that their parts are compared, each by its path. */
#include "core/sql/lower_impl.h"

/* A number as the one text of its value: whole ones that SQLite holds exactly, others as they are written, without
 * zeros at the end. */
static const char *atom(struct lw *w, const char *json)
{
    const char *raw = td_arena_printf(w->a, "%s -> fullkey", json);
    return td_arena_printf(w->a,
                           "CASE WHEN typeof(atom) = 'integer' AND type = 'integer' THEN CAST(atom AS TEXT) WHEN type "
                           "NOT IN ('integer', 'real') THEN atom WHEN atom = 0 THEN '0' WHEN instr(%s, '.') > 0 THEN "
                           "rtrim(rtrim(%s, '0'), '.') ELSE %s END",
                           raw, raw, raw);
}

static const char *parts(struct lw *w, const char *json)
{
    return td_arena_printf(w->a, "SELECT fullkey, replace(type, 'real', 'integer'), %s FROM json_tree(%s)",
                           atom(w, json), json);
}

/* What only another program writes: a member twice, of which PostgreSQL takes the last; a name with an escape, a number
 * with an exponent. */
static const char *is_unclear(struct lw *w, const char *json)
{
    return td_arena_printf(w->a,
                           "(SELECT count(*) > count(DISTINCT fullkey) OR max(typeof(key) = 'text' AND fullkey GLOB "
                           "'*\\*') OR max(type = 'real' AND %s -> fullkey GLOB '*[eE]*') FROM json_tree(%s))",
                           json, json);
}

bool lw_same_json_stock(struct lw *w, const struct ex *l, const struct ex *r, bool same, struct ex *out)
{
    const char *a = ex_in(w, l, PREC_ATOM), *b = ex_in(w, r, PREC_ATOM), *x = parts(w, a), *y = parts(w, b);
    bool trigger = w->l->new_row != NULL || w->l->old_row != NULL; /* elsewhere a sub-query may be forbidden */
    if (!is_schema(w) || !trigger || !ex_is(l, TD_T_JSONB) || !ex_is(r, TD_T_JSONB))
        return false;
    *out =
        ex_bool(td_arena_printf(w->a,
                                "CASE WHEN %s IS %s THEN %d WHEN %s IS NULL OR %s IS NULL THEN %d WHEN %s OR %s THEN "
                                "abs(-9223372036854775808) ELSE %sEXISTS (%s EXCEPT %s) %s %sEXISTS (%s EXCEPT %s) "
                                "END",
                                a, b, same, a, b, !same, is_unclear(w, a), is_unclear(w, b), same ? "NOT " : "", x, y,
                                same ? "AND" : "OR", same ? "NOT " : "", y, x),
                PREC_ATOM);
    return true;
}
