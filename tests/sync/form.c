/* Form: what a value becomes on the other engine, what is refused, what is not copied. No engine is asked; that is
 * form_engines.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/catalog/catalog.h"
#include "sync/form.h"

struct converting {
    struct td_arena *a;
    struct td_type t;
    struct td_value v, *out;
    bool to_sqlite;
};

static int convert_in_run(void *data, struct td_err *err)
{
    struct converting *c = data;
    return c->to_sqlite ? td_form_to_sqlite(c->a, c->t, c->v, c->out, err)
                        : td_form_to_postgres(c->a, c->t, c->v, c->out, err);
}

static int convert(struct td_arena *a, bool to_sqlite, struct td_type t, struct td_value v, struct td_value *out,
                   struct td_err *err)
{
    return td_arena_run(a, convert_in_run, &(struct converting){a, t, v, out, to_sqlite}, err);
}

static struct td_type type_of(const char *name, int mod1, int mod2)
{
    struct td_type t = TD_TYPE(TD_T_TEXT);
    if (!td_type_builtin(name, &t))
        fail_msg("no type %s", name);
    t.mod1 = mod1;
    t.mod2 = mod2;
    return t;
}

/* ---- the table ---- */

#define I(x)                                                                                                           \
    {                                                                                                                  \
        .kind = TD_V_INT, .i = (x)                                                                                     \
    }
#define B(x)                                                                                                           \
    {                                                                                                                  \
        .kind = TD_V_BOOL, .b = (x)                                                                                    \
    }
#define D(x)                                                                                                           \
    {                                                                                                                  \
        .kind = TD_V_DOUBLE, .d = (x)                                                                                  \
    }
#define S(k, x)                                                                                                        \
    {                                                                                                                  \
        .kind = TD_V_##k, .bytes = {(x), sizeof(x) - 1 }                                                               \
    }

struct both_ways {
    const char *type;
    int mod1, mod2;
    struct td_value postgres, sqlite;
    const char *text; /* x::text */
};

static const struct both_ways there_and_back[] = {
    {"int2", -1, -1, I(-32768), I(-32768), "-32768"},
    {"int8", -1, -1, I(INT64_MIN), I(INT64_MIN), "-9223372036854775808"},
    {"int8", -1, -1, I(INT64_MAX), I(INT64_MAX), "9223372036854775807"},
    {"oid", -1, -1, I(4294967295), I(4294967295), "4294967295"},
    {"bool", -1, -1, B(true), I(1), "true"},
    {"bool", -1, -1, B(false), I(0), "false"},
    {"float8", -1, -1, D(0.1), D(0.1), "0.1"},
    {"float8", -1, -1, D(1e15), D(1e15), "1e+15"},
    {"float8", -1, -1, D(123456789012345), D(123456789012345), "123456789012345"},
    {"float8", -1, -1, D(1e-5), D(1e-5), "1e-05"},
    {"float8", -1, -1, D(0.0001), D(0.0001), "0.0001"},
    {"float8", -1, -1, D(5e-324), D(5e-324), "5e-324"},
    {"float8", -1, -1, D(1.7976931348623157e308), D(1.7976931348623157e308), "1.7976931348623157e+308"},
    {"float8", -1, -1, D(9.999999999999999e22), D(9.999999999999999e22), "9.999999999999999e+22"},
    {"float8", -1, -1, D(1e300 * 1e300), D(1e300 * 1e300), "Infinity"},
    {"float4", -1, -1, D(0.1), D(0.1), "0.1"},
    {"float4", -1, -1, D(1e6), D(1e6), "1e+06"},
    {"float4", -1, -1, D(16777216), D(16777216), "1.6777216e+07"},
    {"float4", -1, -1, D(3.4028235e38), D(3.4028235e38), "3.4028235e+38"},
    {"float4", -1, -1, D(1e-45), D(1e-45), "1e-45"},
    {"numeric", 18, 0, S(NUMERIC, "999999999999999999"), I(999999999999999999), "999999999999999999"},
    {"numeric", 5, -2, S(NUMERIC, "-1234500"), I(-1234500), "-1234500"},
    {"numeric", 15, 2, S(NUMERIC, "9999999999999.99"), D(9999999999999.99), "9999999999999.99"},
    {"numeric", 10, 2, S(NUMERIC, "120.50"), D(120.5), "120.50"},
    {"numeric", 10, 2, S(NUMERIC, "-0.01"), D(-0.01), "-0.01"},
    {"numeric", 3, 5, S(NUMERIC, "0.00123"), D(0.00123), "0.00123"},
    {"numeric", 15, 15, S(NUMERIC, "0.000000000000001"), D(1e-15), "0.000000000000001"},
    {"numeric", 20, 2, S(NUMERIC, "0.00"), S(TEXT, "0.00"), "0.00"},
    {"numeric", 20, 2, S(NUMERIC, "NaN"), S(TEXT, "NaN"), "NaN"},
    {"numeric", -1, -1, S(NUMERIC, "-Infinity"), S(TEXT, "-Infinity"), "-Infinity"},
    {"numeric", -1, -1, S(NUMERIC, "0.10"), S(TEXT, "0.10"), "0.10"},
    {"text", -1, -1, S(TEXT, ""), S(TEXT, ""), ""},
    {"text", -1, -1, S(TEXT, "\xF0\x9F\x90\xBC"), S(TEXT, "\xF0\x9F\x90\xBC"), "\xF0\x9F\x90\xBC"},
    {"bpchar", 3, -1, S(TEXT, "a  "), S(TEXT, "a  "), "a"},
    {"varchar", 2, -1, S(TEXT, "\xC3\xA9\xC3\xA9"), S(TEXT, "\xC3\xA9\xC3\xA9"), "\xC3\xA9\xC3\xA9"},
    {"uuid", -1, -1, S(UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), S(TEXT, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
     "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"timestamptz", -1, -1, S(TIMESTAMP, "2026-11-22 10:19:00.123456+00"), S(TEXT, "2026-11-22T10:19:00.123456Z"),
     "2026-11-22 10:19:00.123456+00"},
    {"timestamptz", 3, -1, S(TIMESTAMP, "2026-11-22 10:19:00.12+00"), S(TEXT, "2026-11-22T10:19:00.120000Z"),
     "2026-11-22 10:19:00.12+00"},
    {"timestamptz", -1, -1, S(TIMESTAMP, "0044-03-15 12:00:00+00 BC"), S(TEXT, "/9999956-03-15T12:00:00.000000Z"),
     "0044-03-15 12:00:00+00 BC"},
    {"timestamp", -1, -1, S(TIMESTAMP, "294276-12-31 23:59:59.999999"), S(TEXT, "Y0294276-12-31T23:59:59.999999"),
     "294276-12-31 23:59:59.999999"},
    {"timestamp", 0, -1, S(TIMESTAMP, "0001-01-01 00:00:00"), S(TEXT, "0001-01-01T00:00:00.000000"),
     "0001-01-01 00:00:00"},
    {"timestamp", -1, -1, S(TIMESTAMP, "-infinity"), S(TEXT, "-infinity"), "-infinity"},
    {"date", -1, -1, S(TIMESTAMP, "2024-02-29"), S(TEXT, "2024-02-29"), "2024-02-29"},
    {"date", -1, -1, S(TIMESTAMP, "5874897-12-31"), S(TEXT, "Y5874897-12-31"), "5874897-12-31"},
    {"time", -1, -1, S(TIMESTAMP, "10:19:00.1"), S(TEXT, "10:19:00.100000"), "10:19:00.1"},
    {"time", -1, -1, S(TIMESTAMP, "24:00:00"), S(TEXT, "24:00:00.000000"), "24:00:00"},
    {"timetz", -1, -1, S(TIMESTAMP, "10:19:00-03:30"), S(TEXT, "10:19:00.000000-03:30"), "10:19:00-03:30"},
    {"interval", -1, -1, S(TEXT, "1 year 2 mons -3 days +04:05:06.7"), S(TEXT, "1 year 2 mons -3 days +04:05:06.7"),
     "1 year 2 mons -3 days +04:05:06.7"},
    {"json", -1, -1, S(JSON, "{ \"a\" : 1.0 }"), S(TEXT, "{ \"a\" : 1.0 }"), "{ \"a\" : 1.0 }"},
    {"jsonb", -1, -1, S(JSON, "{\"a\": 1.0}"), S(TEXT, "{\"a\": 1.0}"), "{\"a\": 1.0}"},
    {"bytea", -1, -1, S(BLOB, "\0\xFF"), S(BLOB, "\0\xFF"), "\\x00ff"},
    {"bytea", -1, -1, S(BLOB, ""), S(BLOB, ""), "\\x"},
    {"inet", -1, -1, S(TEXT, "10.0.0.1"), S(TEXT, "10.0.0.1"), "10.0.0.1/32"},
    {"inet", -1, -1, S(TEXT, "::1"), S(TEXT, "::1"), "::1/128"},
    {"inet", -1, -1, S(TEXT, "10.0.0.1/8"), S(TEXT, "10.0.0.1/8"), "10.0.0.1/8"},
    {"cidr", -1, -1, S(TEXT, "10.0.0.0/8"), S(TEXT, "10.0.0.0/8"), "10.0.0.0/8"},
    {"int4range", -1, -1, S(TEXT, "[1,5)"), S(TEXT, "[1,5)"), "[1,5)"},
    {"_int4", -1, -1, S(TEXT, "{}"), S(TEXT, "[]"), "{}"},
    {"_int4", -1, -1, S(TEXT, "{{1,NULL},{-3,4}}"), S(TEXT, "[[1,null],[-3,4]]"), "{{1,NULL},{-3,4}}"},
    {"_text", -1, -1, S(TEXT, "{\"\",\"NULL\",NULL,\"a b\",\"q\\\"\\\\\",\"{,}\",\xC3\xA9}"),
     S(TEXT, "[\"\",\"NULL\",null,\"a b\",\"q\\\"\\\\\",\"{,}\",\"\xC3\xA9\"]"),
     "{\"\",\"NULL\",NULL,\"a b\",\"q\\\"\\\\\",\"{,}\",\xC3\xA9}"},
    {"_bool", -1, -1, S(TEXT, "{t,f}"), S(TEXT, "[true,false]"), "{t,f}"},
    {"_float8", -1, -1, S(TEXT, "{1,0.5,1e+20,100000,NaN,-Infinity,-0}"),
     S(TEXT, "[1.0,0.5,1e+20,1e+05,\"NaN\",\"-Infinity\",-0.0]"), "{1,0.5,1e+20,100000,NaN,-Infinity,-0}"},
    {"_float4", -1, -1, S(TEXT, "{0.1,1e+06}"), S(TEXT, "[0.1,1e+06]"), "{0.1,1e+06}"},
    {"_numeric", -1, -1, S(TEXT, "{1.10,NaN}"), S(TEXT, "[1.10,\"NaN\"]"), "{1.10,NaN}"},
    {"_numeric", 5, 2, S(TEXT, "{1.10,0.00}"), S(TEXT, "[1.10,0.00]"), "{1.10,0.00}"},
    {"_bytea", -1, -1, S(TEXT, "{\"\\\\x00ff\"}"), S(TEXT, "[\"\\\\x00ff\"]"), "{\"\\\\x00ff\"}"},
    {"_timestamptz", -1, -1, S(TEXT, "{\"2026-11-22 10:19:00+00\",infinity}"),
     S(TEXT, "[\"2026-11-22T10:19:00.000000Z\",\"infinity\"]"), "{\"2026-11-22 10:19:00+00\",infinity}"},
    {"_jsonb", -1, -1, S(TEXT, "{\"{\\\"a\\\": 1}\"}"), S(TEXT, "[\"{\\\"a\\\": 1}\"]"), "{\"{\\\"a\\\": 1}\"}"},
    {"_bpchar", 3, -1, S(TEXT, "{\"a  \"}"), S(TEXT, "[\"a  \"]"), "{\"a  \"}"},
    {"_box", -1, -1, S(TEXT, "{(1,1),(0,0);(2,2),(1,1)}"), S(TEXT, "[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]"),
     "{(1,1),(0,0);(2,2),(1,1)}"},
};

static bool same(struct td_value x, struct td_value y)
{
    if (x.kind != y.kind)
        return false;
    switch (x.kind) {
    case TD_V_NULL: return true;
    case TD_V_BOOL: return x.b == y.b;
    case TD_V_INT: return x.i == y.i;
    case TD_V_DOUBLE: return x.d == y.d;
    default: return x.bytes.len == y.bytes.len && memcmp(x.bytes.at, y.bytes.at, x.bytes.len) == 0;
    }
}

/* For messages: the kind and what it is. */
static const char *show(struct td_arena *a, struct td_value v)
{
    struct td_buf b;
    td_buf_init(&b, a);
    td_buf_printf(&b, "kind %d: ", v.kind);
    td_form_text(TD_TYPE(TD_T_TEXT), v, &b);
    return td_buf_str(&b);
}

static void test_each_type_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof there_and_back / sizeof *there_and_back; i++) {
        const struct both_ways *c = &there_and_back[i];
        struct td_type t = type_of(c->type, c->mod1, c->mod2);
        struct td_arena a = {0};
        struct td_err err = {0};
        struct td_value got;
        struct td_buf text;
        td_buf_init(&text, &a);
        if (convert(&a, true, t, c->postgres, &got, &err) != TD_OK || !same(got, c->sqlite))
            fail_msg("%s %s: to SQLite: %s %s", c->type, c->text, show(&a, got), err.message);
        if (convert(&a, false, t, c->sqlite, &got, &err) != TD_OK || !same(got, c->postgres))
            fail_msg("%s %s: to PostgreSQL: %s %s", c->type, c->text, show(&a, got), err.message);
        td_form_text(t, got, &text);
        assert_string_equal(td_buf_str(&text), c->text);
        td_arena_deinit(&a);
    }
}

/* ---- one way ---- */

struct one_way {
    const char *type;
    int mod1, mod2;
    struct td_value from, to;
};

static const struct one_way to_sqlite[] = {
    {"float8", -1, -1, D(-0.0), D(0)},
    {"bool", -1, -1, S(TEXT, "t"), I(1)},
    {"int4", -1, -1, S(TEXT, "-7"), I(-7)},
    {"float4", -1, -1, S(TEXT, "1.5e-07"), D(1.5e-07)},
    {"bytea", -1, -1, S(TEXT, "\\x00ff"), S(BLOB, "\0\xFF")},
    {"bpchar", 3, -1, S(TEXT, "\xC3\xA9"), S(TEXT, "\xC3\xA9  ")},
    {"_int4", -1, -1, S(TEXT, "[1:2]={1,2}"), S(TEXT, "[1,2]")},
    {"text", -1, -1, {.kind = TD_V_TEXT}, S(TEXT, "")},
    {"text", -1, -1, {.kind = TD_V_NULL}, {.kind = TD_V_NULL}},
};

static const struct one_way to_postgres[] = {
    {"float8", -1, -1, D(-0.0), D(0)},
    {"float8", -1, -1, I(3), D(3)},
    {"float4", -1, -1, D(0.30000000000000004), D(0.3)},
    {"float4", -1, -1, D(16777217), D(16777216)},
    {"numeric", 10, 2, I(3), S(NUMERIC, "3.00")},
    {"numeric", 10, 2, D(-0.0), S(NUMERIC, "0.00")},
    {"numeric", 15, 15, D(0.13714024057920503), S(NUMERIC, "0.137140240579205")}, /* beside the nearest */
    {"uuid", -1, -1, S(TEXT, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), S(UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")},
    {"jsonb", -1, -1, S(TEXT, "{\"bb\":1,\"a\":1e2}"), S(JSON, "{\"a\": 100, \"bb\": 1}")},
    {"interval", -1, -1, S(TEXT, "36 hours"), S(TEXT, "36:00:00")},
    {"inet", -1, -1, S(TEXT, "2001:DB8::1"), S(TEXT, "2001:db8::1")},
    {"_int4", -1, -1, S(TEXT, " [ 1 , 2 ] "), S(TEXT, "{1,2}")},
    {"_text", -1, -1, S(TEXT, "[\"\\ud83d\\udc3c\\u00e9\\n\"]"), S(TEXT, "{\"\xF0\x9F\x90\xBC\xC3\xA9\n\"}")},
    {"_numeric", -1, -1, S(TEXT, "[1e3]"), S(TEXT, "{1000}")},
    {"_float8", -1, -1, S(TEXT, "[1,2e0]"), S(TEXT, "{1,2}")},
    {"text", -1, -1, {.kind = TD_V_NULL}, {.kind = TD_V_NULL}},
};

static void check_one_way(const struct one_way *cases, size_t n, bool sqlite)
{
    for (size_t i = 0; i < n; i++) {
        struct td_arena a = {0};
        struct td_err err = {0};
        struct td_value got;
        if (convert(&a, sqlite, type_of(cases[i].type, cases[i].mod1, cases[i].mod2), cases[i].from, &got, &err) !=
                TD_OK ||
            !same(got, cases[i].to))
            fail_msg("%s %s: %s %s", cases[i].type, show(&a, cases[i].from), show(&a, got), err.message);
        td_arena_deinit(&a);
    }
}

static void test_other_spellings_become_the_one(void **state)
{
    (void)state;
    check_one_way(to_sqlite, sizeof to_sqlite / sizeof *to_sqlite, true);
    check_one_way(to_postgres, sizeof to_postgres / sizeof *to_postgres, false);
}

/* ---- what is refused ---- */

struct refused {
    const char *type;
    int mod1, mod2;
    struct td_value v;
    enum td_code code;
};

static const struct refused not_for_sqlite[] = {
    {"float8", -1, -1, D(0.0 / 0.0), TD_C_SYNC_NAN},
    {"float4", -1, -1, S(TEXT, "NaN"), TD_C_SYNC_NAN},
    {"numeric", 10, 2, S(NUMERIC, "NaN"), TD_C_SYNC_NAN},
    {"numeric", 10, 0, S(NUMERIC, "NaN"), TD_C_SYNC_NAN},
    {"_int4", -1, -1, S(TEXT, "[0:1]={1,2}"), TD_C_SYNC_BOUNDS},
    {"_int4", -1, -1, S(TEXT, "{1,2"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "1"), TD_C_SYNC_FORM},
    {"int4", -1, -1, S(TEXT, "x"), TD_C_SYNC_FORM},
    {"text", -1, -1, I(1), TD_C_SYNC_FORM},
    {"timestamptz", -1, -1, S(TEXT, "x"), TD_C_SYNC_FORM},
};

static const struct refused not_for_postgres[] = {
    {"int2", -1, -1, I(32768), TD_C_SYNC_FORM},
    {"int4", -1, -1, I(2147483648), TD_C_SYNC_FORM},
    {"oid", -1, -1, I(-1), TD_C_SYNC_FORM},
    {"int4", -1, -1, S(TEXT, "1"), TD_C_SYNC_FORM},
    {"int4", -1, -1, D(1), TD_C_SYNC_FORM},
    {"bool", -1, -1, I(2), TD_C_SYNC_FORM},
    {"float4", -1, -1, D(1e39), TD_C_SYNC_FORM},
    {"float4", -1, -1, D(1e-50), TD_C_SYNC_FORM},
    {"float8", -1, -1, S(TEXT, "1"), TD_C_SYNC_FORM},
    {"numeric", 4, 0, I(10000), TD_C_SYNC_FORM},
    {"numeric", 4, -2, I(150), TD_C_SYNC_FORM},
    {"numeric", 4, 2, D(100), TD_C_SYNC_FORM},
    {"numeric", 4, 2, D(1.005), TD_C_SYNC_FORM},
    {"numeric", 4, 2, D(1e300 * 1e300), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, "1e3"), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, "-0"), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, "01"), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, "1."), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, ""), TD_C_SYNC_FORM},
    {"numeric", -1, -1, S(TEXT, "-"), TD_C_SYNC_FORM},
    {"numeric", 20, 2, S(TEXT, "1.0"), TD_C_SYNC_FORM},
    {"numeric", 20, 2, S(TEXT, "Infinity"), TD_C_SYNC_FORM},
    {"text", -1, -1, S(TEXT, "a\0b"), TD_C_SYNC_NUL},
    {"text", -1, -1, S(TEXT, "\xED\xA0\x80"), TD_C_SYNC_ENCODING},
    {"text", -1, -1, S(TEXT, "\xFF"), TD_C_SYNC_ENCODING},
    {"text", -1, -1, S(BLOB, "a"), TD_C_SYNC_FORM},
    {"int4range", -1, -1, S(TEXT, "\xFF"), TD_C_SYNC_ENCODING},
    {"varchar", 2, -1, S(TEXT, "abc"), TD_C_SYNC_FORM},
    {"bpchar", 2, -1, S(TEXT, "abc"), TD_C_SYNC_FORM},
    {"uuid", -1, -1, S(TEXT, "a0eebc99"), TD_C_SYNC_FORM},
    {"timestamptz", -1, -1, S(TEXT, "2026-02-30T10:19:00.000000Z"), TD_C_SYNC_FORM},
    {"timestamptz", -1, -1, S(TEXT, "2026-11-22T10:19:00Z"), TD_C_SYNC_FORM},
    {"timestamptz", -1, -1, S(TEXT, "2026-11-22T24:00:00.000000Z"), TD_C_SYNC_FORM},
    {"timestamptz", -1, -1, S(TEXT, "now"), TD_C_SYNC_FORM},
    {"timestamp", 3, -1, S(TEXT, "2026-11-22T10:19:00.123456"), TD_C_SYNC_FORM},
    {"date", -1, -1, S(TEXT, "0000-01-01"), TD_C_SYNC_FORM},
    {"time", -1, -1, S(TEXT, "25:00:00.000000"), TD_C_SYNC_FORM},
    {"timetz", -1, -1, S(TEXT, "10:19:00+02"), TD_C_SYNC_FORM},
    {"interval", -1, -1, S(TEXT, "x"), TD_C_SYNC_FORM},
    {"json", -1, -1, S(TEXT, "{"), TD_C_SYNC_FORM},
    {"jsonb", -1, -1, S(TEXT, "\"\\u0000\""), TD_C_SYNC_FORM},
    {"bytea", -1, -1, S(TEXT, "\\x00"), TD_C_SYNC_FORM},
    {"inet", -1, -1, S(TEXT, "x"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[1.5]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[\"1\"]"), TD_C_SYNC_FORM},
    {"_int2", -1, -1, S(TEXT, "[40000]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[1,]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[1"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[1] 2"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "{}"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[[1],[2,3]]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[[1],2]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[[]]"), TD_C_SYNC_FORM},
    {"_int4", -1, -1, S(TEXT, "[[[[[[[1]]]]]]]"), TD_C_SYNC_FORM},
    {"_float8", -1, -1, S(TEXT, "[1e999]"), TD_C_SYNC_FORM},
    {"_float8", -1, -1, S(TEXT, "[NaN]"), TD_C_SYNC_FORM},
    {"_text", -1, -1, S(TEXT, "[1]"), TD_C_SYNC_FORM},
    {"_text", -1, -1, S(TEXT, "[\"\\ud800\"]"), TD_C_SYNC_ENCODING},
    {"_text", -1, -1, S(TEXT, "[\"\\udc00\"]"), TD_C_SYNC_ENCODING},
    {"_text", -1, -1, S(TEXT, "[\"\\u0000\"]"), TD_C_SYNC_NUL},
    {"_text", -1, -1, S(TEXT, "[\"a"), TD_C_SYNC_FORM},
    {"_text", -1, -1, S(TEXT, "[\"\\"), TD_C_SYNC_FORM},
    {"_text", -1, -1, S(TEXT, "[\"\\u12"), TD_C_SYNC_FORM},
    {"_bytea", -1, -1, S(TEXT, "[\"\\\\x0\"]"), TD_C_SYNC_FORM},
};

static void check_refused(const struct refused *cases, size_t n, bool sqlite)
{
    for (size_t i = 0; i < n; i++) {
        struct td_arena a = {0};
        struct td_err err = {0};
        struct td_value got = td_null();
        int rc = convert(&a, sqlite, type_of(cases[i].type, cases[i].mod1, cases[i].mod2), cases[i].v, &got, &err);
        if (rc != TD_EDATA || err.code != cases[i].code)
            fail_msg("%s %s: %s %s: %s", cases[i].type, show(&a, cases[i].v), show(&a, got),
                     td_code_info(err.code)->number, err.message);
        td_arena_deinit(&a);
    }
}

static void test_what_the_other_engine_cannot_keep_is_refused(void **state)
{
    (void)state;
    check_refused(not_for_sqlite, sizeof not_for_sqlite / sizeof *not_for_sqlite, true);
    check_refused(not_for_postgres, sizeof not_for_postgres / sizeof *not_for_postgres, false);
}

static void test_a_value_that_stays_as_it_is_is_not_copied(void **state)
{
    (void)state;
    static const char *const types[] = {"text", "json", "numeric", "date", "uuid"};
    static const char *const texts[] = {"abc", "{}", "1.5", "2026-11-22", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct td_arena a = {0};
        struct td_err err = {0};
        struct td_value got;
        assert_int_equal(convert(&a, true, type_of(types[i], -1, -1), td_text(texts[i]), &got, &err), TD_OK);
        assert_ptr_equal(got.bytes.at, texts[i]);
        assert_int_equal(convert(&a, false, type_of(types[i], -1, -1), td_text(texts[i]), &got, &err), TD_OK);
        assert_ptr_equal(got.bytes.at, texts[i]);
        assert_int_equal(a.size_bytes, 0);
        td_arena_deinit(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_there_and_back),
        cmocka_unit_test(test_other_spellings_become_the_one),
        cmocka_unit_test(test_what_the_other_engine_cannot_keep_is_refused),
        cmocka_unit_test(test_a_value_that_stays_as_it_is_is_not_copied),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
