/* Types by name, and stored values in PostgreSQL's text form. */
#include "drivers/sqlite/functions/type.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/decimal.h"
#include "core/base/time.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/exact.h"

static const struct name {
    const char *name;
    enum td_fn_kind kind;
} names[] = {
    {"smallint", TD_FT_INT2},
    {"int2", TD_FT_INT2},
    {"integer", TD_FT_INT4},
    {"int", TD_FT_INT4},
    {"int4", TD_FT_INT4},
    {"bigint", TD_FT_INT8},
    {"int8", TD_FT_INT8},
    {"oid", TD_FT_OID},
    {"boolean", TD_FT_BOOL},
    {"bool", TD_FT_BOOL},
    {"real", TD_FT_FLOAT4},
    {"float4", TD_FT_FLOAT4},
    {"double precision", TD_FT_FLOAT8},
    {"float8", TD_FT_FLOAT8},
    {"numeric", TD_FT_NUMERIC},
    {"decimal", TD_FT_NUMERIC},
    {"character", TD_FT_BPCHAR},
    {"bpchar", TD_FT_BPCHAR},
    {"uuid", TD_FT_UUID},
    {"timestamp with time zone", TD_FT_TIMESTAMPTZ},
    {"timestamptz", TD_FT_TIMESTAMPTZ},
    {"timestamp without time zone", TD_FT_TIMESTAMP},
    {"timestamp", TD_FT_TIMESTAMP},
    {"date", TD_FT_DATE},
    {"time without time zone", TD_FT_TIME},
    {"time", TD_FT_TIME},
    {"time with time zone", TD_FT_TIMETZ},
    {"timetz", TD_FT_TIMETZ},
    {"interval", TD_FT_INTERVAL},
    {"json", TD_FT_JSON},
    {"jsonb", TD_FT_JSONB},
    {"bytea", TD_FT_BYTEA},
    {"inet", TD_FT_INET},
    {"cidr", TD_FT_CIDR},
    {"macaddr", TD_FT_MACADDR},
    {"macaddr8", TD_FT_MACADDR8},
};

/* Cuts "(a,b)" out of the name and reads it. */
static void take_modifiers(char *name, struct td_fn_type *t)
{
    char *open = strchr(name, '('), *close = open != NULL ? strchr(open, ')') : NULL, *end;
    if (close == NULL)
        return;
    t->mod1 = (int)strtol(open + 1, &end, 10);
    if (strncmp(name, "interval", 8) != 0)
        t->mod2 = *end == ',' ? (int)strtol(end + 1, &end, 10) : 0;
    memmove(open, close + 1, strlen(close + 1) + 1);
}

struct td_fn_type td_fn_type_parse(const char *name, size_t len)
{
    struct td_fn_type t = {.kind = TD_FT_TEXT, .mod1 = -1, .mod2 = -1};
    char buf[80];
    while (len > 2 && memcmp(name + len - 2, "[]", 2) == 0) {
        t.dims++;
        len -= 2;
    }
    if (len >= sizeof buf)
        return t;
    memcpy(buf, name, len);
    buf[len] = '\0';
    take_modifiers(buf, &t);
    if (strncmp(buf, "interval ", 9) == 0) {
        t.mod2 = td_interval_fields(buf + 9);
        buf[8] = '\0';
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(buf, names[i].name) == 0)
            t.kind = names[i].kind;
    return t;
}

bool td_fn_type_is_int(enum td_fn_kind kind)
{
    return kind == TD_FT_INT2 || kind == TD_FT_INT4 || kind == TD_FT_INT8 || kind == TD_FT_OID;
}

bool td_fn_type_is_number(enum td_fn_kind kind)
{
    return td_fn_type_is_int(kind) || kind == TD_FT_FLOAT4 || kind == TD_FT_FLOAT8 || kind == TD_FT_NUMERIC;
}

const char *td_fn_type_name(enum td_fn_kind kind)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].kind == kind)
            return names[i].name;
    return "text";
}

/* Exactly between two numbers is not near enough for PostgreSQL's shortest digits. */
static bool reads_back(const char *digits, double v, bool single)
{
    if (single) {
        double x = strtod(digits, NULL);
        return strtof(digits, NULL) == (float)v && x - v != ((double)nextafterf((float)v, INFINITY) - v) / 2 &&
               v - x != (v - (double)nextafterf((float)v, -INFINITY)) / 2;
    }
    long double x = strtold(digits, NULL), here = v;
    return strtod(digits, NULL) == v && x - here != ((long double)nextafter(v, INFINITY) - here) / 2 &&
           here - x != (here - (long double)nextafter(v, -INFINITY)) / 2;
}

/* PostgreSQL turns to an exponent below 1e-4 and from 1e15 (float4: 1e6) on, and writes it with two digits at least. */
static void print_float(double v, int from_digits, int to_digits, bool single, struct td_buf *out)
{
    char sci[64];
    if (isnan(v) || isinf(v)) {
        td_buf_add(out, isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int digits = from_digits; digits <= to_digits; digits++) {
        snprintf(sci, sizeof sci, "%.*e", digits - 1, v);
        if (reads_back(sci, v, single))
            break;
    }
    char *e = strchr(sci, 'e');
    int exponent = (int)strtol(e + 1, NULL, 10);
    char *end = e;
    while (end[-1] == '0' && memchr(sci, '.', (size_t)(end - sci)) != NULL)
        end--;
    if (end[-1] == '.')
        end--;
    int digits = 0;
    for (char *p = sci; p < end; p++)
        digits += *p >= '0' && *p <= '9';
    if (exponent < -4 || exponent >= (single ? 6 : 15)) {
        td_buf_add_n(out, sci, (size_t)(end - sci));
        td_buf_printf(out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
        return;
    }
    int after = digits - 1 - exponent;
    td_buf_printf(out, "%.*f", after > 0 ? after : 0, v);
}

void td_fn_print_float8(double v, struct td_buf *out)
{
    print_float(v, 1, 17, false, out);
}

void td_fn_print_float4(double v, struct td_buf *out)
{
    print_float((double)(float)v, 1, 9, true, out);
}

void td_fn_print_bytea(const void *bytes, size_t len, struct td_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;
    td_buf_add(out, "\\x");
    for (size_t i = 0; i < len; i++) {
        td_buf_char(out, digits[p[i] >> 4]);
        td_buf_char(out, digits[p[i] & 15]);
    }
}

static int time_kind(enum td_fn_kind kind)
{
    switch (kind) {
    case TD_FT_TIMESTAMPTZ: return TD_TIME_TIMESTAMPTZ;
    case TD_FT_TIMESTAMP: return TD_TIME_TIMESTAMP;
    case TD_FT_DATE: return TD_TIME_DATE;
    case TD_FT_TIME: return TD_TIME_TIME;
    case TD_FT_TIMETZ: return TD_TIME_TIMETZ;
    default: return -1;
    }
}

/* numeric(p,s): the digits that the type says, however it is stored. */
static int print_numeric(struct td_fn_type type, const char *text, struct td_buf *out, struct td_err *err)
{
    if (type.mod1 > 0)
        return td_exact_fit(text, type.mod1, type.mod2, out, err);
    return td_exact_canon(text, out, err);
}

int td_fn_print_text(struct td_fn_type type, const char *at, size_t len, struct td_buf *out, struct td_err *err)
{
    switch (type.kind) {
    case TD_FT_BOOL: td_buf_char(out, len > 0 && (at[0] == '1' || at[0] == 't') ? 't' : 'f'); return TD_OK;
    case TD_FT_FLOAT4: td_fn_print_float4(strtod(at, NULL), out); return TD_OK;
    case TD_FT_FLOAT8: td_fn_print_float8(strtod(at, NULL), out); return TD_OK;
    case TD_FT_NUMERIC: return print_numeric(type, at, out, err);
    case TD_FT_TIMESTAMPTZ:
    case TD_FT_TIMESTAMP:
    case TD_FT_DATE:
    case TD_FT_TIME:
    case TD_FT_TIMETZ: return td_time_to_pg((enum td_time_kind)time_kind(type.kind), at, out, err);
    default: td_buf_add_n(out, at, len); return TD_OK;
    }
}

int td_fn_print(struct td_fn_type type, sqlite3_value *v, struct td_buf *out, struct td_err *err)
{
    const char *text;
    switch (sqlite3_value_type(v)) {
    case SQLITE_BLOB: td_fn_print_bytea(sqlite3_value_blob(v), (size_t)sqlite3_value_bytes(v), out); return TD_OK;
    case SQLITE_FLOAT:
        if (type.kind == TD_FT_NUMERIC) {
            struct td_buf b = {.arena = out->arena};
            int rc = td_exact_from_double(sqlite3_value_double(v), 15, &b, err);
            if (rc == TD_OK)
                rc = print_numeric(type, td_buf_str(&b), out, err);
            td_buf_deinit(&b);
            return rc;
        }
        if (type.kind == TD_FT_FLOAT4)
            td_fn_print_float4(sqlite3_value_double(v), out);
        else
            td_fn_print_float8(sqlite3_value_double(v), out);
        return TD_OK;
    default:
        text = (const char *)sqlite3_value_text(v);
        if (text == NULL)
            return td_err_nomem(err);
        return td_fn_print_text(type, text, (size_t)sqlite3_value_bytes(v), out, err);
    }
}
