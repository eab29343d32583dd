/* The CHECK of a column: only the canonical form of its type. Stock SQLite alone. */
#include <string.h>

#include "core/sql/lower_impl.h"

#define D         "[0-9]"
#define D2        D D
#define D4        D2 D2
#define H         "[0-9a-f]"
#define H4        H H H H
#define DATE_TAIL "-" D2 "-" D2
#define Z         "[+-]" D2
#define M         ":[0-5]" D
#define CLOCK     "T" D2 ":" D2 ":" D2 "." D4 D2

static const char *fraction(struct lw *w, struct td_type t)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, t.mod1 == 0 ? ".000000" : ".");
    for (int i = 0; t.mod1 != 0 && i < 6; i++)
        td_buf_add(&b, t.mod1 < 0 || i < t.mod1 ? D : "0");
    return td_buf_str(&b);
}

/* Years outside of 0001 to 9999 and the infinities: by their form. */
static const char *far_forms(struct lw *w, const char *c, const char *tail)
{
    return td_arena_printf(w->a,
                           "%s IN ('infinity', '-infinity') OR %s GLOB 'Y" D4 D2 D DATE_TAIL
                           "%s' OR %s GLOB '/" D4 D2 D DATE_TAIL "%s'",
                           c, c, tail, c, tail);
}

static void timestamp_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    const char *z = t.kind == TD_T_TIMESTAMPTZ ? "Z" : "";
    const char *tail = td_arena_printf(w->a, CLOCK "%s", z);
    /* the calendar by SQLite's own: 30 February comes back as 2 March (given a modifier: else it prints what it
     * read); without the fraction, which it would round. IS, as what it cannot read gives NULL, which a CHECK lets pass
     */
    td_buf_printf(out,
                  "strftime('%%Y-%%m-%%dT%%H:%%M:%%S', substr(%s, 1, 19), '+0 days') IS substr(%s, 1, 19) AND "
                  "substr(%s, 20) GLOB '%s%s' "
                  "AND %s NOT GLOB '0000*' OR %s",
                  c, c, c, fraction(w, t), z, c, far_forms(w, c, tail));
}

static void date_check(struct lw *w, const char *c, struct td_buf *out)
{
    td_buf_printf(out, "strftime('%%Y-%%m-%%d', %s, '+0 days') IS %s AND %s NOT GLOB '0000*' OR %s", c, c, c,
                  far_forms(w, c, ""));
}

enum { TIME_CHARS = sizeof "10:19:00.123456" - 1 };

/* +02:00, -00:30, +15:59:59: seconds only where there are any. */
static void zone_check(struct lw *w, const char *c, size_t at, struct td_buf *out)
{
    const char *z = td_arena_printf(w->a, "substr(%s, %zu)", c, at);
    td_buf_printf(out, " AND substr(%s, %zu, 2) BETWEEN '00' AND '15' AND %s <> '-00:00' AND ", c, at + 1, z);
    td_buf_printf(out, "(%s GLOB '" Z M "' OR %s GLOB '" Z M M "' AND %s NOT GLOB '*:00')", z, z, z);
}

static void time_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    const char *zone = t.kind == TD_T_TIMETZ ? "[+-]*" : "";
    td_buf_printf(
        out,
        "(strftime('%%H:%%M:%%S', substr(%s, 1, 8), '+0 days') IS substr(%s, 1, 8) OR %s GLOB '24:00:00.000000*') AND "
        "substr(%s, 9) GLOB '%s%s'",
        c, c, c, c, fraction(w, t), zone);
    if (t.kind == TD_T_TIMETZ)
        zone_check(w, c, TIME_CHARS + 1, out);
}

/* numeric(20,-3): the last three digits are 0. */
static const char *zeros_at_end(struct lw *w, struct td_type t, const char *c)
{
    if (t.mod2 >= 0)
        return "";
    return td_arena_printf(w->a, " AND (%s = '0' OR %s GLOB '*%s')", c, c, sql_power_of_ten(w, -t.mod2) + 1);
}

static void numeric_text_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    const char *x = td_arena_printf(w->a, "ltrim(%s, '-')", c);
    int s = t.mod2 < 0 ? 0 : t.mod2, whole = t.mod1 - t.mod2;
    td_buf_printf(out, t.mod1 < 0 ? "%s IN ('NaN', 'Infinity', '-Infinity') OR " : "%s = 'NaN' OR ", c);
    td_buf_printf(out,
                  "%s GLOB '" D "*' AND %s GLOB '*" D
                  "' AND %s NOT GLOB '*[^0-9.]*' AND %s NOT GLOB '*.*.*' AND %s NOT GLOB "
                  "'0" D "*' AND %s NOT GLOB '--*' AND (%s NOT GLOB '-*' OR %s GLOB '*[1-9]*')",
                  x, x, x, x, x, c, c, c);
    if (t.mod1 >= 0 && s > 0)
        td_buf_printf(out, " AND instr(%s, '.') = length(%s) - %d AND length(%s) <= %d", c, c, s, x,
                      t.mod1 > s ? t.mod1 + 1 : s + 2);
    else if (t.mod1 >= 0)
        td_buf_printf(out, " AND instr(%s, '.') = 0 AND length(%s) <= %d%s", c, x, whole, zeros_at_end(w, t, c));
}

static void numeric_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    int s = t.mod2 < 0 ? 0 : t.mod2;
    if (!td_type_numeric_native(t))
        numeric_text_check(w, t, c, out);
    else if (td_type_storage(t) == TD_S_INTEGER && t.mod2 < 0)
        td_buf_printf(out, "%s > -%s AND %s < %s AND %s %% %s = 0", c, sql_power_of_ten(w, t.mod1 - t.mod2), c,
                      sql_power_of_ten(w, t.mod1 - t.mod2), c, sql_power_of_ten(w, -t.mod2));
    else if (td_type_storage(t) == TD_S_INTEGER)
        td_buf_printf(out, "%s > -%s AND %s < %s", c, sql_power_of_ten(w, t.mod1), c, sql_power_of_ten(w, t.mod1));
    else
        td_buf_printf(out, "round(%s, %d) = %s AND abs(%s) < %s%s", c, s, c, c,
                      sql_power_of_ten(w, t.mod1 > s ? t.mod1 - s : 0), ".0");
}

/* What a float4 can hold: not rounded to infinity, nor to 0. */
static void real_check(const char *c, struct td_buf *out)
{
    td_buf_printf(out, "abs(%s) BETWEEN 7.0064923216240862e-46 AND 3.4028235677973362e38 OR %s IN (0.0, 9e999, -9e999)",
                  c, c);
}

/* Escapes that PostgreSQL refuses (\u0000, half a pair of surrogates) or turns into the character (both halves). What
 * is left without pairs of backslashes is an escape where it looks like one. */
static void jsonb_check(const char *c, struct td_buf *out)
{
    td_buf_printf(
        out,
        "json_valid(%s) AND replace(%s, '\\\\', '') NOT GLOB '*\\u0000*' AND replace(%s, '\\\\', '') NOT GLOB "
        "'*\\u[dD][89a-fA-F]*' OR %s IS NULL", /* json_valid(NULL) gives 0 before 3.42 */
        c, c, c, c);
}

static void enum_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    td_buf_printf(out, "%s IN (", c);
    for (size_t i = 0; i < t.user->labels.len; i++)
        td_buf_printf(out, "%s%s", i == 0 ? "" : ", ", sql_lit(w, t.user->labels.at[i]));
    td_buf_char(out, ')');
}

static void bits_check(struct td_type t, const char *c, struct td_buf *out)
{
    if (!lw_is_bits(t))
        return;
    td_buf_printf(out, "%s NOT GLOB '*[^01]*'", c);
    if (t.mod1 >= 0)
        td_buf_printf(out, " AND length(%s) %s %d", c, strcmp(t.name, "bit") == 0 ? "=" : "<=", t.mod1);
}

static void scalar_check(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    switch (t.kind) {
    case TD_T_INT2: td_buf_printf(out, "%s BETWEEN -32768 AND 32767", c); break;
    case TD_T_INT4: td_buf_printf(out, "%s BETWEEN -2147483648 AND 2147483647", c); break;
    case TD_T_OID: td_buf_printf(out, "%s BETWEEN 0 AND 4294967295", c); break;
    case TD_T_BOOL: td_buf_printf(out, "%s IN (0, 1)", c); break;
    case TD_T_NUMERIC: numeric_check(w, t, c, out); break;
    case TD_T_VARCHAR:
        if (t.mod1 >= 0)
            td_buf_printf(out, "length(%s) <= %d", c, t.mod1);
        break;
    case TD_T_BPCHAR:
        if (t.mod1 >= 0)
            td_buf_printf(out, "length(%s) = %d", c, t.mod1);
        break;
    case TD_T_UUID: td_buf_printf(out, "%s GLOB '" H4 H4 "-" H4 "-" H4 "-" H4 "-" H4 H4 H4 "'", c); break;
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP: timestamp_check(w, t, c, out); break;
    case TD_T_DATE: date_check(w, c, out); break;
    case TD_T_TIME:
    case TD_T_TIMETZ: time_check(w, t, c, out); break;
    case TD_T_FLOAT4: real_check(c, out); break;
    case TD_T_JSONB: jsonb_check(c, out); break;
    case TD_T_JSON: td_buf_printf(out, "json_valid(%s) OR %s IS NULL", c, c); break; /* NULL gives 0 before 3.42 */
    case TD_T_ENUM: enum_check(w, t, c, out); break;
    case TD_T_NAME: td_buf_printf(out, "length(CAST(%s AS BLOB)) <= 63", c); break;
    case TD_T_INET:
    case TD_T_CIDR:
    case TD_T_MACADDR:
    case TD_T_MACADDR8: lw_network_check(w, t, c, out); break;
    case TD_T_OTHER: bits_check(t, c, out); break;
    default: break;
    }
}

/* A JSON text of these characters has no other elements than whole numbers (or truth values) and nulls. Others cannot
 * be told apart without a sub-query, which no CHECK may have. */
static void array_check(struct td_type t, const char *c, struct td_buf *out)
{
    const char *has = td_type_is_integer(&(struct td_type){.kind = t.kind}) ? "0-9,nul -"
                      : t.kind == TD_T_BOOL                                 ? ",truefalsn "
                                                                            : NULL;
    td_buf_printf(out, "CASE WHEN json_valid(%s) THEN json_type(%s) = 'array'", c, c);
    if (has != NULL)
        td_buf_printf(out, " AND %s NOT GLOB '*[^][%s]*'", c, has);
    td_buf_printf(out, " ELSE %s IS NULL END", c);
}

/* Each domain on the way down adds its own checks. */
static int domain_checks(struct lw *w, struct td_type t, const char *c, struct td_buf *out)
{
    while (t.dims == 0 && t.kind == TD_T_DOMAIN && t.user != NULL) {
        for (size_t i = 0; i < t.user->checks.len; i++) {
            struct td_type base = td_type_base(t);
            td_buf_add(out, out->len > 0 ? ") AND (" : "");
            TD_TRY(td_lower_domain_check(w->l, t.user->checks.at[i].expr, &base, c, out, w->err));
        }
        t = t.user->base;
    }
    return TD_OK;
}

int td_lower_type_check(const struct td_lower *l, struct td_type type, const char *column, struct td_buf *out,
                        struct td_err *err)
{
    struct td_lower schema = *l;
    struct lw w = {.l = &schema, .a = l->arena, .err = err};
    struct td_type base = td_type_base(type);
    struct td_buf b;
    schema.use = TD_LOWER_SCHEMA;
    td_buf_init(&b, l->arena);
    if (base.dims > 0)
        array_check(base, column, &b);
    else
        scalar_check(&w, base, column, &b);
    TD_TRY(domain_checks(&w, type, column, &b));
    if (strstr(td_buf_str(&b), ") AND (") != NULL && type.kind == TD_T_DOMAIN)
        td_buf_printf(out, "(%s)", td_buf_str(&b));
    else
        td_buf_add(out, td_buf_str(&b));
    return td_buf_check(out, err);
}
