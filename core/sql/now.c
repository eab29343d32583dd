/* The time of the transaction: the driver's function in queries, strftime() in schema text. */
#include <stdlib.h>

#include "core/base/time.h"
#include "core/sql/lower_impl.h"

static const char *stock_format(struct td_type t)
{
    bool whole = t.mod1 == 0;
    switch (t.kind) {
    case TD_T_TIMESTAMP: return whole ? "%Y-%m-%dT%H:%M:%S.000000" : "%Y-%m-%dT%H:%M:%f000";
    case TD_T_DATE: return "%Y-%m-%d";
    case TD_T_TIME: return whole ? "%H:%M:%S.000000" : "%H:%M:%f000";
    case TD_T_TIMETZ: return whole ? "%H:%M:%S.000000+00:00" : "%H:%M:%f000+00:00";
    default: return whole ? "%Y-%m-%dT%H:%M:%S.000000Z" : "%Y-%m-%dT%H:%M:%f000Z";
    }
}

static const char *query_call(struct lw *w, struct td_type t)
{
    const char *name = t.kind == TD_T_TIMESTAMP ? "pg_localtimestamp"
                       : t.kind == TD_T_DATE    ? "pg_current_date"
                       : t.kind == TD_T_TIME    ? "pg_localtime"
                       : t.kind == TD_T_TIMETZ  ? "pg_current_time"
                                                : "pg_now";
    if (t.mod1 < 0 || t.kind == TD_T_DATE)
        return td_arena_printf(w->a, "%s()", name);
    return td_arena_printf(w->a, "%s(%d)", name, t.mod1);
}

struct ex lw_now(struct lw *w, struct td_type type)
{
    struct ex e;
    w->constant = false;
    e = ex_of(is_schema(w) ? td_arena_printf(w->a, "strftime('%s', 'now')", stock_format(type)) : query_call(w, type),
              type, PREC_ATOM);
    e.now = true;
    return e;
}

/* PostgreSQL stays in the month that was reached (31 January + 1 month is the last of February); SQLite runs over. */
static const char *months_shifted(struct lw *w, const struct td_interval *i, int sign)
{
    int months = sign * i->months;
    return td_arena_printf(w->a,
                           "min(strftime('%%Y-%%m-%%d', 'now', '%+d months'), "
                           "strftime('%%Y-%%m-%%d', 'now', 'start of month', '%+d months', '-1 day'))",
                           months, months + 1);
}

int lw_now_shift(struct lw *w, struct ex *now, const char *interval, int sign, struct ex *out)
{
    struct td_interval i;
    struct td_type t = now->type;
    const char *format, *days;
    TD_TRY(td_interval_parse(interval, &i, w->err));
    if (t.kind == TD_T_DATE)
        t = TD_TYPE(TD_T_TIMESTAMP);
    format = stock_format(t);
    if (now->shift != NULL || (t.kind != TD_T_TIMESTAMP && t.kind != TD_T_TIMESTAMPTZ) ||
        (i.months != 0 && i.us != 0) || i.us % 1000 != 0 || (now->type.kind == TD_T_DATE && i.us != 0))
        return lw_stock(w, now->loc, "this interval");
    days = i.days == 0 ? "" : td_arena_printf(w->a, ", '%+d days'", sign * i.days);
    if (i.months != 0)
        out->sql = td_arena_printf(w->a, "strftime('%%Y-%%m-%%d', %s%s) || strftime('%s', 'now')",
                                   months_shifted(w, &i, sign), days, format + 8);
    else if (now->type.kind == TD_T_DATE)
        out->sql = td_arena_printf(w->a, "strftime('%%Y-%%m-%%dT00:00:00.000000', 'now'%s)", days);
    else
        out->sql = td_arena_printf(w->a, "strftime('%s', 'now'%s, '%+lld.%03lld seconds')", format, days,
                                   (long long)(sign * i.us / 1000000), llabs((long long)(i.us / 1000 % 1000)));
    if (i.months == 0 && i.us == 0 && now->type.kind != TD_T_DATE)
        out->sql = td_arena_printf(w->a, "strftime('%s', 'now'%s)", format, days);
    if (i.us < 0 && i.us > -1000000)
        return lw_stock(w, now->loc, "this interval");
    *out = ex_of(out->sql, t, i.months != 0 ? PREC_CONCAT : PREC_ATOM);
    out->now = true;
    out->shift = days;
    return TD_OK;
}
