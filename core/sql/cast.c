/* Conversions: which ones PostgreSQL has in which context, and how SQLite does them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/sql/lower_impl.h"

static bool is_text(struct td_type t)
{
    return td_type_is_text(&t);
}

static int number_rank(struct td_type t)
{
    static const enum td_type_kind order[] = {TD_T_INT2, TD_T_INT4, TD_T_INT8, TD_T_NUMERIC, TD_T_FLOAT4, TD_T_FLOAT8};
    for (int i = 0; i < 6; i++) {
        if (t.dims == 0 && t.kind == order[i])
            return i + 1;
    }
    return 0;
}

static int time_rank(struct td_type t)
{
    if (t.dims > 0)
        return 0;
    return t.kind == TD_T_DATE ? 1 : t.kind == TD_T_TIMESTAMP ? 2 : t.kind == TD_T_TIMESTAMPTZ ? 3 : 0;
}

static bool same_kind(struct td_type a, struct td_type b)
{
    if (a.dims != b.dims || a.kind != b.kind || a.user != b.user)
        return (a.dims > 0) == (b.dims > 0) && a.dims > 0 && a.kind == b.kind && a.user == b.user;
    return a.kind != TD_T_OTHER || a.name == b.name ||
           (a.name != NULL && b.name != NULL && strcmp(a.name, b.name) == 0);
}

static bool either(enum td_type_kind a, enum td_type_kind b, enum td_type_kind x, enum td_type_kind y)
{
    return a == x && b == y;
}

/* The weakest context in which PostgreSQL converts, or -1: it does not. pg_cast, and text by the input functions. */
static int cast_level(struct td_type f, struct td_type t)
{
    int fr = number_rank(f), tr = number_rank(t);
    if (same_kind(f, t))
        return TD_CAST_IMPLICIT;
    if (f.dims > 0 && t.dims > 0)
        return cast_level(element_of(f), element_of(t));
    if (f.dims > 0 || t.dims > 0)
        return is_text(t) ? TD_CAST_ASSIGNMENT : is_text(f) ? TD_CAST_EXPLICIT : -1;
    if (is_text(f) && t.kind == TD_T_CITEXT)
        return TD_CAST_ASSIGNMENT;
    if ((is_text(f) && is_text(t)) || (lw_is_bits(f) && lw_is_bits(t)))
        return TD_CAST_IMPLICIT;
    if (fr > 0 && tr > 0)
        return fr < tr ? TD_CAST_IMPLICIT : TD_CAST_ASSIGNMENT;
    if (td_type_is_integer(&f) && td_type_is_integer(&t))
        return TD_CAST_IMPLICIT;
    fr = time_rank(f);
    tr = time_rank(t);
    if (fr > 0 && tr > 0)
        return fr < tr ? TD_CAST_IMPLICIT : TD_CAST_ASSIGNMENT;
    if (fr > 1 && (t.kind == TD_T_TIME || t.kind == TD_T_TIMETZ))
        return TD_CAST_ASSIGNMENT;
    if (either(f.kind, t.kind, TD_T_TIME, TD_T_INTERVAL) || either(f.kind, t.kind, TD_T_TIME, TD_T_TIMETZ))
        return TD_CAST_IMPLICIT;
    if (either(f.kind, t.kind, TD_T_TIMETZ, TD_T_TIME) || either(f.kind, t.kind, TD_T_INTERVAL, TD_T_TIME))
        return TD_CAST_ASSIGNMENT;
    if (either(f.kind, t.kind, TD_T_CIDR, TD_T_INET) || either(f.kind, t.kind, TD_T_MACADDR, TD_T_MACADDR8) ||
        either(f.kind, t.kind, TD_T_MACADDR8, TD_T_MACADDR))
        return TD_CAST_IMPLICIT;
    if (either(f.kind, t.kind, TD_T_INET, TD_T_CIDR))
        return TD_CAST_ASSIGNMENT;
    if (either(f.kind, t.kind, TD_T_JSON, TD_T_JSONB) || either(f.kind, t.kind, TD_T_JSONB, TD_T_JSON))
        return TD_CAST_ASSIGNMENT;
    if ((lw_is_bits(f) && (t.kind == TD_T_INT4 || t.kind == TD_T_INT8)) ||
        ((f.kind == TD_T_INT4 || f.kind == TD_T_INT8) && lw_is_bits(t)))
        return TD_CAST_EXPLICIT;
    if (f.kind == TD_T_JSONB && (number_rank(t) > 0 || t.kind == TD_T_BOOL))
        return TD_CAST_EXPLICIT;
    if (either(f.kind, t.kind, TD_T_BOOL, TD_T_INT4) || either(f.kind, t.kind, TD_T_INT4, TD_T_BOOL))
        return TD_CAST_EXPLICIT;
    if (is_text(t))
        return TD_CAST_ASSIGNMENT;
    return is_text(f) || f.kind == TD_T_OTHER || t.kind == TD_T_OTHER ? TD_CAST_EXPLICIT : -1;
}

bool lw_castable(struct td_type from, struct td_type to, enum td_cast_context context)
{
    int level;
    if (from.kind == TD_T_UNKNOWN)
        return true;
    level = cast_level(td_type_base(from), td_type_base(to));
    return level >= 0 && level <= (int)context;
}

static void set(struct ex *e, const char *sql, enum prec prec)
{
    e->sql = sql;
    e->prec = prec;
    e->text = NULL;
    e->now = false;
}

static int call(struct lw *w, struct ex *e, const char *name, const char *more)
{
    if (is_schema(w))
        return lw_stock(w, e->loc, td_arena_printf(w->a, "this conversion of type %s", type_name(w, e->type)));
    set(e, td_arena_printf(w->a, "%s(%s%s)", name, e->sql, more), PREC_ATOM);
    return TD_OK;
}

/* --- by target --- */

/* What has the digits of one of several numbers shows as many as that one has, which SQLite's number does not know. */
int lw_shows_digits(struct lw *w, const struct ex *e)
{
    if (!e->type.ragged)
        return TD_OK;
    return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "SQLite keeps the number, not how many digits each value shows",
                     "Give all numbers one scale: cast them to numeric(p,s).",
                     "the digits of this numeric are those of one of several numbers");
}

static int to_text(struct lw *w, struct ex *e, struct td_type from)
{
    TD_TRY(lw_shows_digits(w, e));
    if (from.dims > 0)
        return call(w, e, "pg_array_text", td_arena_printf(w->a, ", %s", type_lit(w, element_of(from))));
    switch (from.kind) {
    case TD_T_BPCHAR: set(e, td_arena_printf(w->a, "rtrim(%s, ' ')", e->sql), PREC_ATOM); return TD_OK;
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: set(e, td_arena_printf(w->a, "CAST(%s AS TEXT)", e->sql), PREC_ATOM); return TD_OK;
    case TD_T_BOOL:
        set(e, td_arena_printf(w->a, "CASE %s WHEN 1 THEN 'true' WHEN 0 THEN 'false' END", ex_in(w, e, PREC_ATOM)),
            PREC_ATOM);
        return TD_OK;
    case TD_T_NUMERIC:
        if (!td_type_numeric_native(from))
            return TD_OK;
        if (is_schema(w)) {
            struct ex text;
            lw_native_text(w, e, &text);
            set(e, text.sql, text.prec);
            return TD_OK;
        }
        break;
    case TD_T_JSON:
    case TD_T_JSONB: /* what -> found has no blanks between its members */
        if (is_schema(w) && !(e->prec == PREC_ATOM && e->sql[strlen(e->sql) - 1] == '"'))
            set(e,
                td_arena_printf(
                    w->a, "CASE WHEN json_type(%s) IN ('object', 'array') THEN abs(-9223372036854775808) ELSE %s END",
                    e->sql, e->sql),
                PREC_ATOM);
        return TD_OK;
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP:
    case TD_T_DATE: {
        struct ex text;
        if (!is_schema(w) || !lw_stock_time_text(w, e, &text))
            break;
        set(e, text.sql, text.prec);
        return TD_OK;
    }
    case TD_T_FLOAT4:
    case TD_T_FLOAT8:
    case TD_T_TIME:
    case TD_T_TIMETZ:
    case TD_T_BYTEA: break;
    case TD_T_INET: set(e, lw_inet_text(w, e), PREC_ATOM); return TD_OK;
    default: return TD_OK; /* stored as PostgreSQL prints it */
    }
    return call(w, e, "pg_text", td_arena_printf(w->a, ", %s", type_lit(w, from)));
}

/* varchar(n) and char(n), from a text. */
static int fit_text(struct lw *w, struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    const char *name = to.kind == TD_T_BPCHAR ? "pg_cast_bpchar" : "pg_cast_varchar";
    bool fits = from.kind == to.kind && from.mod1 >= 0 &&
                (from.mod1 == to.mod1 || (from.mod1 < to.mod1 && to.kind == TD_T_VARCHAR));
    if (to.kind == TD_T_NAME && from.kind != TD_T_NAME)
        return call(w, e, "pg_cast_name", "");
    if (to.mod1 < 0 || fits || (to.kind != TD_T_VARCHAR && to.kind != TD_T_BPCHAR))
        return TD_OK;
    if (is_schema(w) && context != TD_CAST_EXPLICIT)
        return TD_OK; /* the column's CHECK refuses what is too long */
    if (is_schema(w) && to.kind == TD_T_VARCHAR) {
        set(e, td_arena_printf(w->a, "substr(%s, 1, %d)", e->sql, to.mod1), PREC_ATOM);
        return TD_OK;
    }
    return call(w, e, name, td_arena_printf(w->a, ", %d, %d", to.mod1, context == TD_CAST_EXPLICIT));
}

static int from_text(struct lw *w, struct ex *e, struct td_type to)
{
    static const char *const names[] = {[TD_T_INT2] = "pg_cast_int2",
                                        [TD_T_INT4] = "pg_cast_int4",
                                        [TD_T_INT8] = "pg_cast_int8",
                                        [TD_T_BOOL] = "pg_cast_bool",
                                        [TD_T_FLOAT4] = "pg_cast_float4",
                                        [TD_T_FLOAT8] = "pg_cast_float8",
                                        [TD_T_NUMERIC] = "pg_cast_numeric",
                                        [TD_T_UUID] = "pg_cast_uuid",
                                        [TD_T_TIMESTAMPTZ] = "pg_cast_timestamptz",
                                        [TD_T_TIMESTAMP] = "pg_cast_timestamp",
                                        [TD_T_DATE] = "pg_cast_date",
                                        [TD_T_TIME] = "pg_cast_time",
                                        [TD_T_TIMETZ] = "pg_cast_timetz",
                                        [TD_T_INTERVAL] = "pg_cast_interval",
                                        [TD_T_JSON] = "pg_cast_json",
                                        [TD_T_JSONB] = "pg_cast_jsonb",
                                        [TD_T_BYTEA] = "pg_cast_bytea",
                                        [TD_T_INET] = "pg_cast_inet",
                                        [TD_T_CIDR] = "pg_cast_cidr",
                                        [TD_T_MACADDR] = "pg_cast_macaddr",
                                        [TD_T_MACADDR8] = "pg_cast_macaddr8",
                                        [TD_T_OID] = "pg_cast_oid"};
    const char *more = "", *uuid;
    struct td_buf b;
    if (to.dims == 0 && to.kind == TD_T_UUID && lw_random_uuid(e, &uuid)) {
        set(e, uuid, PREC_ATOM);
        return TD_OK;
    }
    if (to.dims > 0)
        return call(w, e, "pg_cast_array", td_arena_printf(w->a, ", %s", type_lit(w, element_of(to))));
    if (to.kind == TD_T_ENUM) {
        td_buf_init(&b, w->a);
        td_buf_char(&b, '[');
        for (size_t i = 0; i < to.user->labels.len; i++) {
            td_buf_add(&b, i == 0 ? "" : ",");
            td_buf_json(&b, to.user->labels.at[i]);
        }
        td_buf_char(&b, ']');
        return call(w, e, "pg_cast_enum",
                    td_arena_printf(w->a, ", %s, %s", sql_lit(w, td_buf_str(&b)), sql_lit(w, to.user->name)));
    }
    if ((size_t)to.kind >= sizeof names / sizeof names[0] || names[to.kind] == NULL)
        return TD_OK; /* carried opaque */
    if (to.kind == TD_T_NUMERIC && to.mod1 >= 0)
        more = td_arena_printf(w->a, ", %d, %d", to.mod1, to.mod2);
    else if (to.kind == TD_T_INTERVAL && (to.mod1 >= 0 || to.mod2 >= 0))
        more = td_arena_printf(w->a, ", %d, %d", to.mod1, to.mod2);
    else if ((to.kind >= TD_T_TIMESTAMPTZ && to.kind <= TD_T_TIMETZ) && to.kind != TD_T_DATE && to.mod1 >= 0)
        more = td_arena_printf(w->a, ", %d", to.mod1);
    return call(w, e, names[to.kind], more);
}

/* An integer to a smaller one. */
static void narrow(struct lw *w, struct ex *e, struct td_type to)
{
    struct range all = lw_type_range(to), has = lw_range(e);
    struct ex before = *e, bare = lw_unguarded(e);
    if (has.lo >= all.lo && has.hi <= all.hi)
        return;
    set(e, bare.sql, bare.prec);
    lw_set_range(w, e, all);
    lw_guard(w, e, &before, NULL,
             td_arena_printf(w->a, "%s NOT BETWEEN %lld AND %lld", ex_in(w, &bare, PREC_BIT), all.lo, all.hi));
}

/* Stock SQLite fails where PostgreSQL does: abs() of the smallest integer overflows. Floats round half to even. */
static int to_integer_stock(struct lw *w, struct ex *e, struct td_type to, bool is_float)
{
    static const struct {
        const char *min, *max, *float_min, *float_end;
    } ranges[] = {{"-32768", "32767", "-32768.5", "32767.5"},
                  {"-2147483648", "2147483647", "-2147483648.5", "2147483647.5"},
                  {"-9223372036854775808", "9223372036854775807", "-9223372036854775808.0", "9223372036854775808.0"}};
    const char *x = ex_in(w, e, PREC_ATOM);
    size_t i = to.kind == TD_T_INT2 ? 0 : to.kind == TD_T_INT4 ? 1 : 2;
    if (is_float)
        set(e,
            td_arena_printf(w->a,
                            "CASE WHEN NOT (%s >= %s AND %s < %s) THEN abs(-9223372036854775808) WHEN "
                            "abs(%s - CAST(%s AS INTEGER)) = 0.5 THEN CAST(2 * round(%s / 2) AS INTEGER) ELSE "
                            "CAST(round(%s) AS INTEGER) END",
                            x, ranges[i].float_min, x, ranges[i].float_end, x, x, x, x),
            PREC_ATOM);
    else
        narrow(w, e, to);
    return TD_OK;
}

/* real -> double precision: what is stored are the fewest digits of the real, its value has 24 bits of them. */
static int widen(struct lw *w, struct ex *e)
{
    const char *x = e->sql;
    if (e->text != NULL) {
        double v = (float)strtod(e->text, NULL);
        int loc = e->loc;
        TD_TRY(lw_fold(w, td_arena_printf(w->a, "%.17g", v), TD_TYPE(TD_T_FLOAT8), TD_CAST_IMPLICIT, loc, e));
        return TD_OK;
    }
    if (!is_schema(w))
        return call(w, e, "pg_widen_float4", "");
    if (e->prec != PREC_ATOM || x[strlen(x) - 1] != '"')
        return lw_stock(w, e->loc, "the conversion of real to double precision");
    /* rounded to 24 bits by Dekker's splitting, which needs all bits: the smallest reals have fewer */
    set(e,
        td_arena_printf(w->a,
                        "CASE WHEN abs(%s) < 1.1754944e-38 AND %s <> 0 THEN abs(-9223372036854775808) WHEN abs(%s) = "
                        "9e999 THEN %s ELSE %s * 536870913.0 - (%s * 536870913.0 - %s) END",
                        x, x, x, x, x, x, x),
        PREC_ATOM);
    return TD_OK;
}

/* 32767.5 as it is written: PostgreSQL, too, rounds it before a row is looked at, and fails if it has to. */
static int rounded_constant(struct lw *w, struct ex *e, struct td_type to, bool *done_out)
{
    int64_t v;
    struct td_err is_no_number = {0};
    int loc = e->loc;
    *done_out = e->text != NULL && td_decimal_to_int(e->text, &v, &is_no_number) == TD_OK;
    if (!*done_out)
        return TD_OK;
    return lw_fold(w, td_arena_printf(w->a, "%" PRId64, v), to, TD_CAST_IMPLICIT, loc, e);
}

static int to_integer(struct lw *w, struct ex *e, struct td_type from, struct td_type to)
{
    bool done = false;
    if (from.kind == TD_T_NUMERIC)
        TD_TRY(rounded_constant(w, e, to, &done));
    if (done)
        return TD_OK;
    const char *name = to.kind == TD_T_INT2 ? "pg_int2" : to.kind == TD_T_INT4 ? "pg_int4" : "pg_int8";
    bool is_float = from.kind == TD_T_FLOAT4 || from.kind == TD_T_FLOAT8;
    if (from.kind == TD_T_FLOAT4)
        TD_TRY(widen(w, e));
    if (from.kind == TD_T_BOOL)
        e->text = e->text == NULL ? NULL : e->sql;
    if (from.kind == TD_T_BOOL || to.kind == TD_T_OID ||
        (td_type_is_integer(&from) && number_rank(from) < number_rank(to))) {
        lw_set_range(w, e, lw_range(e)); /* the wider type knows it no more */
        return TD_OK;
    }
    if (is_schema(w) && !w->default_use && (is_float || td_type_is_integer(&from)))
        return to_integer_stock(w, e, to, is_float);
    if (is_schema(w) && is_float) { /* now's seconds; the range is the column's CHECK */
        set(e, td_arena_printf(w->a, "CAST(round(%s) AS INTEGER)", e->sql), PREC_ATOM);
        return TD_OK;
    }
    if (is_schema(w) && from.kind == TD_T_NUMERIC && !w->default_use) {
        struct ex rounded;
        if (!lw_native_round(w, e, 0, &rounded))
            return lw_stock(w, e->loc, "rounding to an integer");
        set(e, rounded.sql, rounded.prec);
        return to_integer_stock(w, e, to, false);
    }
    if (is_schema(w)) /* where PostgreSQL gives a value, it is this one; where it fails, a range CHECK does */
        return td_type_is_integer(&from) ? TD_OK : lw_stock(w, e->loc, "rounding to an integer");
    return call(w, e, name, is_float ? ", 'float8'" : "");
}

static int to_numeric(struct lw *w, struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    bool whole = td_type_is_integer(&from);
    if (to.mod1 >= 0) {
        if (is_schema(w) && context == TD_CAST_EXPLICIT && lw_native_fit(w, e, to))
            return TD_OK;
        if (is_schema(w) && context != TD_CAST_EXPLICIT && td_type_numeric_native(to) &&
            (whole || td_type_numeric_native(from)))
            return TD_OK; /* the column's CHECK asks for the right digits */
        return call(w, e, "pg_numeric_fit", td_arena_printf(w->a, ", %d, %d", to.mod1, to.mod2));
    }
    TD_TRY(lw_shows_digits(w, e));
    if (whole) {
        set(e, td_arena_printf(w->a, "CAST(%s AS TEXT)", e->sql), PREC_ATOM);
        return TD_OK;
    }
    if (from.kind == TD_T_NUMERIC && !td_type_numeric_native(from))
        return TD_OK;
    return call(w, e, "pg_numeric", td_arena_printf(w->a, ", %s", type_lit(w, from)));
}

/* Of a numeric that is stored as text. SQLite has no NaN; a plain CAST makes 0 of all three words. */
static int numeric_to_float_stock(struct lw *w, struct ex *e)
{
    set(e,
        td_arena_printf(w->a,
                        "CASE %s WHEN 'NaN' THEN abs(-9223372036854775808) WHEN 'Infinity' THEN 9e999"
                        " WHEN '-Infinity' THEN -9e999 ELSE CAST(%s AS REAL) END",
                        e->sql, e->sql),
        PREC_ATOM);
    return TD_OK;
}

static int to_number(struct lw *w, struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    if (from.kind == TD_T_JSONB)
        return call(w, e, "pg_jsonb_number", td_arena_printf(w->a, ", %s", type_lit(w, to)));
    if (td_type_is_integer(&to))
        return to_integer(w, e, from, to);
    if (to.kind == TD_T_NUMERIC)
        return to_numeric(w, e, from, to, context);
    if (to.kind == TD_T_FLOAT4 && from.kind != TD_T_FLOAT4)
        return call(w, e, "pg_float4", "");
    if (from.kind == TD_T_FLOAT4 && to.kind == TD_T_FLOAT8)
        return widen(w, e);
    if (from.kind == TD_T_FLOAT4 || from.kind == TD_T_FLOAT8)
        return TD_OK;
    if (from.kind == TD_T_NUMERIC && !td_type_numeric_native(from))
        return is_schema(w) ? numeric_to_float_stock(w, e) : call(w, e, "pg_float8", "");
    set(e, td_arena_printf(w->a, "CAST(%s AS REAL)", e->sql), PREC_ATOM);
    return TD_OK;
}

/* The stored forms differ by what stands at the end, the infinities aside. */
static int to_time(struct lw *w, struct ex *e, struct td_type from, struct td_type to)
{
    const char *x = e->sql, *sql = x;
    const char *tail =
        to.kind == TD_T_TIMESTAMPTZ ? (from.kind == TD_T_DATE ? "T00:00:00.000000Z" : "Z") : "T00:00:00.000000";
    if (to.kind == TD_T_DATE)
        sql = td_arena_printf(w->a, "substr(%s, 1, instr(%s || 'T', 'T') - 1)", x, ex_in(w, e, PREC_CONCAT));
    else if (from.kind == TD_T_INTERVAL && is_schema(w))
        return lw_stock(w, e->loc, "the time of an interval");
    else if (from.kind == TD_T_INTERVAL) /* what is left of whole days */
        sql = td_arena_printf(w->a, "pg_time_add('00:00:00.000000', %s, 'time without time zone')", x);
    else if (from.kind == TD_T_TIMETZ && to.kind == TD_T_TIME)
        sql = td_arena_printf(w->a, "substr(%s, 1, 15)", x);
    else if (to.kind == TD_T_TIME)
        sql = td_arena_printf(w->a, "substr(%s, nullif(instr(%s, 'T'), 0) + 1, 15)", x, x); /* an infinity has none */
    else if (time_rank(from) < time_rank(to))
        sql = td_arena_printf(w->a, "CASE WHEN %s LIKE '%%infinity' THEN %s ELSE %s || '%s' END", ex_in(w, e, PREC_CMP),
                              x, ex_in(w, e, PREC_CONCAT), tail);
    else if (from.kind == TD_T_TIMESTAMPTZ && to.kind == TD_T_TIMESTAMP)
        sql = td_arena_printf(w->a, "rtrim(%s, 'Z')", x);
    else if (time_rank(from) == 0 || time_rank(to) == 0)
        return call(w, e,
                    to.kind == TD_T_TIMETZ ? "pg_cast_timetz"
                    : to.kind == TD_T_TIME ? "pg_cast_time"
                                           : "pg_cast_interval",
                    "");
    set(e, sql, PREC_ATOM);
    return TD_OK;
}

static int time_digits(struct lw *w, struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    if (to.mod1 < 0 || to.mod1 == 6 || to.kind == TD_T_DATE ||
        (from.kind == to.kind && from.mod1 >= 0 && from.mod1 <= to.mod1))
        return TD_OK;
    if (e->now && to.mod1 >= 3)
        return TD_OK;
    if (is_schema(w) && context != TD_CAST_EXPLICIT)
        return TD_OK; /* a column's CHECK asks for the right digits */
    return call(w, e,
                to.kind == TD_T_TIMESTAMPTZ ? "pg_cast_timestamptz"
                : to.kind == TD_T_TIMESTAMP ? "pg_cast_timestamp"
                : to.kind == TD_T_TIME      ? "pg_cast_time"
                                            : "pg_cast_timetz",
                td_arena_printf(w->a, ", %d", to.mod1));
}

static int convert(struct lw *w, struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    if (from.dims > 0 && to.dims > 0) {
        bool sized = to.mod1 >= 0 || to.mod2 >= 0;
        if (from.kind == to.kind && from.user == to.user && (!sized || (from.mod1 == to.mod1 && from.mod2 == to.mod2)))
            return TD_OK;
        const char *more = "";
        if (sized && (to.kind == TD_T_VARCHAR || to.kind == TD_T_BPCHAR))
            more = td_arena_printf(w->a, ", %d, %d", context == TD_CAST_EXPLICIT, to.kind == TD_T_BPCHAR);
        return call(
            w, e, "pg_array_recast",
            td_arena_printf(w->a, ", %s, %s%s", type_lit(w, element_of(from)), type_lit(w, element_of(to)), more));
    }
    if (is_text(to)) {
        if (!is_text(from) || (from.kind == TD_T_BPCHAR && to.kind != TD_T_BPCHAR))
            TD_TRY(to_text(w, e, from));
        if (from.kind == TD_T_CITEXT && to.kind != TD_T_CITEXT &&
            e->text == NULL) /* else it would keep its collation */
            set(e, td_arena_printf(w->a, "%s || ''", ex_in(w, e, PREC_CONCAT)), PREC_CONCAT);
        return fit_text(w, e, from, to, context);
    }
    if (lw_is_bits(from) != lw_is_bits(to))
        return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "SQLite has no bit strings", NULL,
                         "cannot carry the cast from %s to %s", type_name(w, e->type), type_name(w, to));
    if (is_text(from))
        return from_text(w, e, to);
    if (to.kind == TD_T_BOOL && from.kind == TD_T_INT4) {
        set(e, td_arena_printf(w->a, "%s <> 0", ex_in(w, e, PREC_CMP)), PREC_EQ);
        return TD_OK;
    }
    if (number_rank(to) > 0 || to.kind == TD_T_OID || (from.kind == TD_T_JSONB && to.kind == TD_T_BOOL)) {
        bool keeps =
            from.kind == to.kind && (to.kind != TD_T_NUMERIC || (from.mod1 == to.mod1 && from.mod2 == to.mod2));
        return keeps ? TD_OK : to_number(w, e, from, to, context);
    }
    if (time_rank(to) > 0 || to.kind == TD_T_TIME || to.kind == TD_T_TIMETZ) {
        if (from.kind != to.kind)
            TD_TRY(to_time(w, e, from, to));
        return time_digits(w, e, from, to, context);
    }
    if (lw_is_bits(from) && lw_is_bits(to) && context == TD_CAST_EXPLICIT && to.mod1 >= 0 && from.mod1 != to.mod1)
        return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "SQLite has no bit strings", NULL,
                         "cannot carry the cast of a bit string to another length");
    if (lw_is_network(from) && lw_is_network(to))
        return lw_cast_network(w, e, from, to);
    if (from.kind == TD_T_JSON && to.kind == TD_T_JSONB)
        return call(w, e, "pg_cast_jsonb", "");
    if (to.kind == TD_T_INTERVAL && (from.kind == TD_T_TIME || to.mod1 >= 0 || to.mod2 >= 0) &&
        !(from.kind == to.kind && from.mod1 == to.mod1 && from.mod2 == to.mod2))
        return call(w, e, "pg_cast_interval", td_arena_printf(w->a, ", %d, %d", to.mod1, to.mod2));
    return TD_OK;
}

/* Which text says more than the SQL: a number's own (1.10 for numeric(5,2)), not a float's, which is rounded first. */
static bool by_text(const struct ex *e, struct td_type from, struct td_type to, enum td_cast_context context)
{
    if (e->text == NULL || from.dims > 0 || to.dims > 0)
        return false;
    if (lw_is_bits(from) && lw_is_bits(to))
        return true;
    if (is_text(from))
        return !is_text(to) && context == TD_CAST_EXPLICIT;
    if (td_type_is_integer(&from))
        return td_type_is_number(&to) || is_text(to);
    return from.kind == TD_T_NUMERIC && from.mod1 < 0 && !td_type_is_integer(&to) &&
           (td_type_is_number(&to) || is_text(to));
}

static int no_cast(struct lw *w, const struct ex *e, struct td_type to, enum td_cast_context context)
{
    bool explicit_cast = context == TD_CAST_EXPLICIT;
    if (explicit_cast && to.kind == TD_T_OTHER)
        return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "the type has no counterpart on SQLite", NULL,
                         "cannot carry the cast from %s to %s", type_name(w, e->type), type_name(w, to));
    return lw_error(w, explicit_cast ? "42846" : "42804", e->loc,
                    explicit_cast ? "cannot cast type %s to %s" : "an expression of type %s cannot become %s by itself",
                    type_name(w, e->type), type_name(w, to));
}

static int cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context)
{
    struct td_type from = td_type_base(e->type), base = td_type_base(to);
    struct ex folded;
    if (to.kind == TD_T_UNKNOWN)
        return TD_OK;
    if (base.kind == TD_T_COMPOSITE || base.kind == TD_T_RECORD)
        return lw_refuse(w, TD_C_LOWER_TYPE, e->loc, "SQLite has no composite values", NULL,
                         "a value of the composite type %s", type_name(w, to));
    if (e->null && e->type.kind == TD_T_UNKNOWN) {
        e->type = to;
        return TD_OK;
    }
    if (e->type.kind == TD_T_UNKNOWN && e->text != NULL) {
        TD_TRY(lw_fold(w, e->text, to, context, e->loc, &folded));
        folded.loc = e->loc;
        *e = folded;
        return TD_OK;
    }
    if (e->type.kind == TD_T_UNKNOWN)
        from = TD_TYPE(TD_T_TEXT);
    if (!lw_castable(from, base, context))
        return no_cast(w, e, to, context);
    if (e->null) {
        e->type = to;
        return TD_OK;
    }
    if (by_text(e, from, base, context)) {
        TD_TRY(lw_fold(w, e->text, to, context, e->loc, &folded));
        folded.loc = e->loc;
        *e = folded;
        return TD_OK;
    }
    if (e->now && time_rank(from) > 0 && (time_rank(base) > 0 || base.kind == TD_T_TIME)) {
        struct ex again = lw_now(w, base);
        if (e->shift == NULL) {
            again.loc = e->loc;
            *e = again;
            e->type = to;
            return TD_OK;
        }
    }
    if (lw_folds(w) && e->text != NULL && !same_kind(from, base))
        return lw_fold_cast(w, e, to, context);
    TD_TRY(convert(w, e, from, base, context));
    e->type = to;
    return TD_OK;
}

/* One constraint of a domain; `name` NULL: its NOT NULL. */
static int test_domain(struct lw *w, struct ex *e, const struct td_user_type *domain, const char *test,
                       const char *name)
{
    const char *type = e->type.user == domain ? domain->name : type_name(w, e->type);
    if (is_schema(w))
        return lw_stock(w, e->loc, "a cast to a domain that has constraints");
    if (lw_calls_volatile(e->sql))
        return lw_refuse(w, TD_C_LOWER_CAST, e->loc, "the value would be computed once for the test and once again",
                         NULL, "a value that differs from call to call is cast to the domain %s", type);
    set(e,
        td_arena_printf(w->a, "pg_check_domain(%s, %s, %s, %s)", e->sql, test, sql_lit(w, type),
                        name == NULL ? "NULL" : sql_lit(w, name)),
        PREC_ATOM);
    e->null = false;
    return TD_OK;
}

/* What a column's CHECK does for values that are stored: innermost domain first, as PostgreSQL tests them. */
static int test_domains(struct lw *w, struct ex *e, struct td_type t)
{
    const struct td_user_type *domain = t.user;
    struct td_type base = td_type_base(t);
    if (t.kind != TD_T_DOMAIN || t.dims > 0 || domain == NULL)
        return TD_OK;
    TD_TRY(test_domains(w, e, domain->base));
    if (domain->not_null)
        TD_TRY(test_domain(w, e, domain, td_arena_printf(w->a, "(%s) IS NOT NULL", e->sql), NULL));
    for (size_t i = 0; i < domain->checks.len; i++) {
        struct td_buf test;
        td_buf_init(&test, w->a);
        TD_TRY(td_lower_domain_check(w->l, domain->checks.at[i].expr, &base, td_arena_printf(w->a, "(%s)", e->sql),
                                     &test, w->err));
        TD_TRY(test_domain(w, e, domain, td_buf_str(&test), domain->checks.at[i].name));
    }
    return TD_OK;
}

int lw_cast(struct lw *w, struct ex *e, struct td_type to, enum td_cast_context context)
{
    bool has = to.user != NULL && e->type.kind == to.kind && e->type.user == to.user;
    TD_TRY(cast(w, e, to, context));
    return context == TD_CAST_EXPLICIT && !has ? test_domains(w, e, to) : TD_OK;
}
