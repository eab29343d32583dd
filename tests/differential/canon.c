#include "tests/differential/canon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/mem.h"
#include "core/sql/tree.h"

#define NULL_TEXT "\x1a"

struct scalar {
    struct canon *c;
    struct td_type type;
    bool random; /* its default makes uuids */
};

bool canon_is_opaque(struct td_type type)
{
    return type.dims == 0 && (type.kind == TD_T_INTERVAL || type.kind == TD_T_OTHER);
}

/* ---- what PostgreSQL reads from a text ---- */

static const char *ask(struct canon *c, struct td_type type, const char *text)
{
    struct td_buf sql;
    struct td_err err = {0};
    char *got = NULL;
    td_buf_init(&sql, c->arena);
    td_buf_add(&sql, "SELECT CAST($1 AS ");
    td_type_print(&type, &sql);
    td_buf_char(&sql, ')');
    const char *key = td_arena_printf(c->arena, "%s %s", td_buf_str(&sql), text);
    const char *known = td_map_get(&c->known, key);
    if (known != NULL)
        return known;
    int rc = td_db_query_text(c->pg, td_buf_str(&sql), (struct td_value[]){td_text(text)}, 1, &got, &err);
    known = td_arena_printf(c->arena, rc == TD_OK ? "%s" : "not in the form of its type: %s", rc == TD_OK ? got : text);
    td_mem_free(got);
    td_map_put(c->arena, &c->known, key, (void *)known);
    return known;
}

/* ---- from PostgreSQL's text ---- */

static void add_float(struct td_type t, double d, struct td_buf *out)
{
    if (d == 0)
        td_buf_char(out, '0'); /* negative_zero */
    else if (t.kind == TD_T_FLOAT4)
        td_buf_printf(out, "%.9g", (double)(float)d);
    else
        td_buf_printf(out, "%.17g", d);
}

static bool is_now(const char *text)
{
    struct tm tm = {0};
    if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min,
               &tm.tm_sec) != 6 ||
        strstr(text, "BC") != NULL)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon--;
    double apart = difftime(timegm(&tm), time(NULL));
    return apart > -600 && apart < 600;
}

/* The same for a time of day. */
static bool is_clock_now(const char *text)
{
    int h, m, s;
    time_t t = time(NULL);
    if (sscanf(text, "%2d:%2d:%2d", &h, &m, &s) != 3)
        return false;
    long apart = (h * 60L + m) * 60 + s - (long)(t % 86400);
    return apart > -600 && apart < 600;
}

static bool is_version_4(const char *text)
{
    return strlen(text) == 36 && text[14] == '4' && strchr("89ab", text[19]) != NULL;
}

static void scalar_text(const struct scalar *s, const char *text, struct td_buf *out)
{
    switch (s->type.kind) {
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: add_float(s->type, strtod(text, NULL), out); break;
    case TD_T_TIMESTAMP:
    case TD_T_TIMESTAMPTZ: td_buf_add(out, is_now(text) ? "now" : text); break;
    case TD_T_TIME:
    case TD_T_TIMETZ: td_buf_add(out, is_clock_now(text) ? "now" : text); break;
    case TD_T_UUID: td_buf_add(out, s->random && is_version_4(text) ? "some uuid" : text); break;
    case TD_T_BOOL: td_buf_add(out, text[0] == 't' ? "t" : "f"); break;
    default: td_buf_add(out, text); break;
    }
}

static void postgres_element(void *data, const char *text, size_t len, bool number, struct td_buf *out)
{
    (void)len;
    (void)number;
    scalar_text(data, text, out);
}

static struct scalar scalar_of(struct canon *c, const struct td_column *column)
{
    struct scalar s = {.c = c, .type = td_type_base(column->type)};
    s.random = column->default_ != NULL && column->default_->node_case == PG_QUERY__NODE__NODE_FUNC_CALL;
    return s;
}

void canon_postgres(struct canon *c, const struct td_column *column, const char *text, struct td_buf *out)
{
    struct scalar s = scalar_of(c, column);
    struct canon_element e = {postgres_element, &s};
    if (text == NULL) {
        td_buf_add(out, NULL_TEXT);
    } else if (s.type.dims > 0) {
        s.type.dims = 0;
        if (!canon_array_postgres(text, &e, out))
            td_buf_add(out, text);
    } else {
        scalar_text(&s, text, out);
    }
}

/* ---- from what SQLite stores ---- */

static void wrong(const char *text, struct td_type t, struct td_buf *out)
{
    td_buf_add(out, "not in the form of ");
    td_type_print(&t, out);
    td_buf_printf(out, ": %s", text);
}

static bool digits(const char *s, size_t n)
{
    return strspn(s, "0123456789") >= n;
}

/* Without the blanks that a fixed width has: "10:19:00.120000" is "10:19:00.12". */
static void add_clock(const char *s, struct td_buf *out)
{
    size_t n = 15;
    while (n > 8 && s[n - 1] == '0')
        n--;
    td_buf_add_n(out, s, n == 9 ? 8 : n);
}

static bool is_clock(const char *s)
{
    return strlen(s) >= 15 && digits(s, 2) && s[2] == ':' && digits(s + 3, 2) && s[5] == ':' && digits(s + 6, 2) &&
           s[8] == '.' && digits(s + 9, 6);
}

/* Year and day; 0012345-01-01 with Y in front for years above 9999, / and 10000000 - year for BC. *bc_out: add it. */
static const char *read_day(const char *s, bool *bc_out, struct td_buf *out)
{
    size_t width = *s == 'Y' || *s == '/' ? 7 : 4;
    char kind = *s;
    s += width == 7;
    if (!digits(s, width) || s[width] != '-' || !digits(s + width + 1, 2) || s[width + 3] != '-' ||
        !digits(s + width + 4, 2))
        return NULL;
    long year = strtol(s, NULL, 10);
    *bc_out = kind == '/';
    if (kind == 'Y' && year <= 9999)
        return NULL;
    td_buf_printf(out, "%04ld%.6s", kind == '/' ? 10000000 - year : year, s + width);
    return s + width + 6;
}

static bool read_stamp(struct td_type t, const char *s, struct td_buf *out)
{
    const char *tail = t.kind == TD_T_TIMESTAMPTZ ? "Z" : "";
    bool bc = false;
    if (strcmp(s, "infinity") == 0 || strcmp(s, "-infinity") == 0) {
        td_buf_add(out, s);
        return true;
    }
    s = read_day(s, &bc, out);
    if (s == NULL)
        return false;
    if (t.kind != TD_T_DATE) {
        if (*s != 'T' || !is_clock(s + 1) || strcmp(s + 16, tail) != 0)
            return false;
        td_buf_char(out, ' ');
        add_clock(s + 1, out);
        td_buf_add(out, tail[0] == 'Z' ? "+00" : "");
        s += strlen(s);
    }
    td_buf_add(out, bc ? " BC" : "");
    return *s == '\0';
}

/* 10:19:00.000000+02:00 -> 10:19:00+02 */
static bool read_time(struct td_type t, const char *s, struct td_buf *out)
{
    if (!is_clock(s))
        return false;
    add_clock(s, out);
    const char *zone = s + 15;
    if (t.kind == TD_T_TIME)
        return *zone == '\0';
    bool short_form = strlen(zone) == 6 && strcmp(zone + 3, ":00") == 0;
    td_buf_add_n(out, zone, short_form ? 3 : strlen(zone));
    return *zone == '+' || *zone == '-';
}

static void text_value(const struct scalar *s, const char *text, struct td_buf *out)
{
    struct td_buf b;
    bool good = true;
    td_buf_init(&b, out->arena);
    switch (s->type.kind) {
    case TD_T_TIMESTAMP:
    case TD_T_TIMESTAMPTZ:
    case TD_T_DATE: good = read_stamp(s->type, text, &b); break;
    case TD_T_TIME:
    case TD_T_TIMETZ: good = read_time(s->type, text, &b); break;
    case TD_T_JSONB:
    case TD_T_INTERVAL:
    case TD_T_OTHER: td_buf_add(&b, ask(s->c, s->type, text)); break; /* jsonb_by_value, opaque */
    default: td_buf_add(&b, text); break;
    }
    if (good)
        scalar_text(s, td_buf_str(&b), out);
    else
        wrong(text, s->type, out);
}

static void add_numeric(struct td_type t, double d, struct td_buf *out)
{
    td_buf_printf(out, "%.*f", t.mod2, d);
}

static void scalar_value(const struct scalar *s, struct td_value v, struct td_buf *out)
{
    struct td_type t = s->type;
    enum td_storage want = td_type_storage(t);
    if (want == TD_S_INTEGER && v.kind == TD_V_INT && t.kind == TD_T_BOOL && (v.i == 0 || v.i == 1))
        td_buf_char(out, v.i == 1 ? 't' : 'f');
    else if (want == TD_S_INTEGER && v.kind == TD_V_INT && t.kind != TD_T_BOOL)
        td_buf_int(out, v.i);
    else if (want == TD_S_REAL && v.kind == TD_V_DOUBLE && t.kind == TD_T_NUMERIC)
        add_numeric(t, v.d, out);
    else if (want == TD_S_REAL && v.kind == TD_V_DOUBLE)
        add_float(t, v.d, out);
    else if (want == TD_S_TEXT && v.kind == TD_V_TEXT && strlen(v.bytes.at) == v.bytes.len)
        text_value(s, v.bytes.at, out);
    else if (want == TD_S_BLOB && v.kind == TD_V_BLOB) {
        td_buf_add(out, "\\x");
        for (size_t i = 0; i < v.bytes.len; i++)
            td_buf_printf(out, "%02x", (unsigned char)v.bytes.at[i]);
    } else {
        wrong(v.kind == TD_V_TEXT ? v.bytes.at : "(its storage class)", t, out);
    }
}

/* An element of a JSON array: numbers and booleans as such, others as strings; NaN and infinities as strings. */
static void json_element(void *data, const char *text, size_t len, bool number, struct td_buf *out)
{
    const struct scalar *s = data;
    struct td_type t = s->type;
    bool is_number = td_type_is_number(&t);
    (void)len;
    if (t.kind == TD_T_BOOL && number && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
        td_buf_char(out, text[0]);
    else if (number != is_number && !(is_number && strspn(text, "-+NaInfity") == strlen(text)))
        wrong(text, t, out);
    else if (is_number)
        scalar_text(s, text, out);
    else
        text_value(s, text, out);
}

void canon_sqlite(struct canon *c, const struct td_column *column, struct td_value v, struct td_buf *out)
{
    struct scalar s = scalar_of(c, column);
    struct canon_element e = {json_element, &s};
    if (v.kind == TD_V_NULL) {
        td_buf_add(out, NULL_TEXT);
    } else if (s.type.dims > 0) {
        s.type.dims = 0;
        if (v.kind != TD_V_TEXT || !canon_array_json(v.bytes.at, &e, c->arena, out))
            wrong("(no JSON array)", column->type, out);
    } else {
        scalar_value(&s, v, out);
    }
}
