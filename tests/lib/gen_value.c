/* Values by type: numbers here, other kinds in files of their own; arrays, domains and what is no value at all. */
#include <inttypes.h>
#include <string.h>

#include "tests/lib/gen_impl.h"

struct gen_value gen_text_value(const char *text)
{
    return (struct gen_value){.text = text, .len = strlen(text)};
}

struct gen_value gen_bare_value(const char *text)
{
    return (struct gen_value){.text = text, .len = strlen(text), .bare = true};
}

struct gen_value gen_buf_value(struct td_buf *b)
{
    return (struct gen_value){.text = td_buf_str(b), .len = b->len};
}

/* ---- numbers ---- */

static const char *const int_edges[] = {
    "0",
    "-0",
    "1",
    "-1",
    "32767",
    "-32768",
    "32768",
    "-32769",
    "2147483647",
    "-2147483648",
    "2147483648",
    "-2147483649",
    "4294967295",
    "4294967296",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "-9223372036854775809",
    " 7 ",
    "+7",
    "007",
    "0x10",
    "1_000",
    "1e3",
    "1.0",
    "1.5",
    "- 1",
    "\t8\n",
    "7\xC2\xA0",
    "\xD9\xA3",
};
static const char *const bare_numbers[] = {"1.5",
                                           "2.5",
                                           "-0.5",
                                           "-2.5",
                                           "32767.4",
                                           "32767.5",
                                           "1e3",
                                           "0.1",
                                           "1.10",
                                           "0",
                                           "100000000000",
                                           "true",
                                           "0.285",
                                           "-0.0",
                                           "1e18",
                                           "1e-7",
                                           ".5",
                                           "5.",
                                           "9007199254740993.0"};

static struct gen_value gen_int(struct gen *g, enum td_type_kind kind)
{
    unsigned bits = kind == TD_T_INT2 ? 16 : kind == TD_T_INT8 ? 64 : 32;
    if (gen_chance(g, 30))
        return EDGE(g, int_edges);
    if (gen_chance(g, 6))
        return gen_bare_value(GEN_PICK(g, bare_numbers));
    int64_t n = gen_chance(g, 70) ? gen_between(g, -3, 20) : (int64_t)gen_next(g) >> (64 - 1 - gen_below(g, bits));
    const char *text = td_arena_printf(g->arena, "%" PRId64, n);
    return gen_chance(g, 50) ? gen_bare_value(text) : gen_text_value(text);
}

static const char *const bools[] = {"t", "f",  "true", "false", "TRUE", "yes", "no", "on", "off",   "1",  "0", "y",
                                    "n", "of", "o",    " t ",   "tr",   "2",   "10", "ja", "truee", "-1", "01"};

static struct gen_value gen_bool(struct gen *g)
{
    if (gen_chance(g, 60))
        return gen_bare_value(gen_chance(g, 50) ? "true" : "false");
    return gen_chance(g, 5) ? gen_bare_value("1") : EDGE(g, bools);
}

static const char *const float_edges[] = {
    "0",
    "-0",
    "-0.0",
    "1e308",
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "1.8e308",
    "5e-324",
    "2e-324",
    "2.2250738585072014e-308",
    "2.2250738585072011e-308",
    "3.4028235e38",
    "3.4028236e38",
    "1e-45",
    "1.17549435e-38",
    "16777217",
    "9007199254740993",
    "0.1",
    "0.3",
    "0.30000000000000004",
    "1e15",
    "1e16",
    "123456789012345678",
    "1e-5",
    "0.0001",
    "NaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "-inf",
    "+Infinity",
    "infinit",
    " 1.5 ",
    "1.5x",
    "1e",
    "1e5.5",
    "0x1p3",
    "1e-400",
    "1e400",
    ".5",
    "5.",
    "+1",
    "1,5",
    "--1",
};

static struct gen_value gen_float(struct gen *g)
{
    if (gen_chance(g, 35))
        return EDGE(g, float_edges);
    if (gen_chance(g, 10))
        return gen_bare_value(GEN_PICK(g, bare_numbers));
    uint64_t bits = gen_next(g);
    double d;
    memcpy(&d, &bits, sizeof d);
    if (gen_chance(g, 50))
        d = (double)(int64_t)(bits >> 40) / 1000;
    return gen_text_value(td_arena_printf(g->arena, "%.*g", gen_between(g, 1, 17), d));
}

static const char *const numeric_edges[] = {
    "0",
    "-0",
    "-0.00",
    "0.0",
    "1",
    "1.0",
    "1.10",
    "1.100",
    "00012.50",
    ".5",
    "5.",
    "+5",
    "-.5",
    "1e20",
    "1e-20",
    "1E+5",
    "1.5e-10",
    "12345678901234567890.123",
    "123456789012345678901234567890.123456789012345678901234567890",
    "999999999999999.9",
    "0.999999999999999",
    "NaN",
    "nan",
    "Infinity",
    "-inf",
    "inf",
    " 7.0 ",
    "1 2",
    "1e",
    "e5",
    "1e200000",
    "0x1f",
    "1_0",
    "1.2.3",
    "-",
    ".",
    "+-1",
    "$1",
    "1,000.00",
    "9007199254740993",
    "999999999999999999",
    "1000000000000000000",
    "9223372036854775807",
    "9223372036854775808",
    "0.1",
    "0.285",
    "1.005",
    "2.675",
    "1.015",
    "-1.005",
    "0.5",
    "1.5",
    "2.5",
    "0.05",
    "0.005",
    "0.0005",
    "0.00000000000000000005",
    "99.995",
    "999.995",
    "9.5",
    "99.5",
    "999999.5",
    "9999999999.99999",
    "9999999999.999995",
};

static void add_digits(struct gen *g, struct td_buf *b, int n)
{
    for (int i = 0; i < n; i++)
        td_buf_char(b, (char)('0' + gen_below(g, 10)));
}

/* Around what the type can hold: one digit more in front now and then, digits that must be rounded away behind. */
static struct gen_value gen_numeric(struct gen *g, struct td_type t)
{
    if (gen_chance(g, 30))
        return EDGE(g, numeric_edges);
    if (gen_chance(g, 10))
        return gen_bare_value(GEN_PICK(g, bare_numbers));
    int scale = t.mod1 < 0 ? gen_between(g, 0, 30) : t.mod2,
        whole = t.mod1 < 0 ? gen_between(g, 0, 30) : t.mod1 - t.mod2;
    struct td_buf b;
    td_buf_init(&b, g->arena);
    td_buf_add(&b, gen_chance(g, 30) ? "-" : "");
    int front = gen_chance(g, 40) && whole > 2 ? gen_between(g, 1, 2) : whole + (gen_chance(g, 8) ? 1 : 0);
    td_buf_add(&b, front <= 0 ? "0" : "");
    if (gen_chance(g, 15))
        for (int i = 0; i < front; i++)
            td_buf_char(&b, '9');
    else
        add_digits(g, &b, front);
    int behind = scale <= 0 ? 0 : gen_chance(g, 60) ? (int)gen_below(g, (unsigned)scale + 1) : scale;
    if (behind > 0 || gen_chance(g, 20)) {
        td_buf_char(&b, '.');
        add_digits(g, &b, behind > 0 ? behind : 1);
        td_buf_add(&b, gen_chance(g, 25) ? "5" : gen_chance(g, 10) ? "49999" : "");
    }
    struct gen_value v = gen_buf_value(&b);
    v.bare = gen_chance(g, 30);
    return v;
}

/* ---- other types, carried as text ---- */

static const char *const inets[] = {"192.168.0.1",    "192.168.0.1/24", "10.0.0.0/8", "::1",         "2001:db8::/32",
                                    "::ffff:1.2.3.4", "192.168.0.0/16", "0.0.0.0/0",  "127.0.0.1/32"};
static const char *const macs[] = {"08:00:2b:01:02:03", "08-00-2b-01-02-03", "08002b:010203", "08002b010203"};
static const char *const ranges[] = {"[1,5)", "[1,5]", "(0,9]", "empty", "[,3)", "[3,]", "(,)", "[7,7]"};
static const char *const points[] = {"(1,2)", "1,2", "(0.5,-1)"};
static const char *const bits[] = {"101", "000", "111", "010"};
static const char *const vectors[] = {"a fat cat", "'it''s':1 b:2A", "", "x"};
static const char *const others[] = {"1"};

static struct gen_value gen_other(struct gen *g, const char *name)
{
    if (strcmp(name, "inet") == 0)
        return EDGE(g, inets);
    if (strcmp(name, "cidr") == 0)
        return gen_text_value(gen_chance(g, 50) ? "10.0.0.0/8" : "192.168.0.0/16");
    if (strcmp(name, "macaddr") == 0)
        return EDGE(g, macs);
    if (strcmp(name, "int4range") == 0 || strcmp(name, "int8range") == 0)
        return EDGE(g, ranges);
    if (strcmp(name, "point") == 0)
        return EDGE(g, points);
    if (strcmp(name, "bit") == 0 || strcmp(name, "varbit") == 0)
        return EDGE(g, bits);
    if (strcmp(name, "tsvector") == 0)
        return EDGE(g, vectors);
    return EDGE(g, others);
}

/* ---- all types ---- */

static struct gen_value gen_label(struct gen *g, const struct td_user_type *u)
{
    const char *label = u->labels.at[gen_below(g, (unsigned)u->labels.len)];
    if (gen_chance(g, 94))
        return gen_text_value(label);
    return gen_text_value(td_arena_printf(g->arena, gen_chance(g, 50) ? "%s " : "x%s", label));
}

static struct gen_value gen_scalar(struct gen *g, struct td_type t)
{
    switch (t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: return gen_int(g, t.kind);
    case TD_T_BOOL: return gen_bool(g);
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return gen_float(g);
    case TD_T_NUMERIC: return gen_numeric(g, t);
    case TD_T_VARCHAR:
    case TD_T_BPCHAR: return gen_string(g, t.mod1);
    case TD_T_UUID: return gen_uuid(g);
    case TD_T_TIMESTAMPTZ: return gen_stamp(g, true);
    case TD_T_TIMESTAMP: return gen_stamp(g, false);
    case TD_T_DATE: return gen_date(g);
    case TD_T_TIME: return gen_clock(g, false);
    case TD_T_TIMETZ: return gen_clock(g, true);
    case TD_T_INTERVAL: return gen_interval(g);
    case TD_T_JSON:
    case TD_T_JSONB: return gen_json(g);
    case TD_T_BYTEA: return gen_bytes(g);
    case TD_T_ENUM: return gen_label(g, t.user);
    case TD_T_DOMAIN: return gen_value(g, t.user->base);
    case TD_T_OTHER: return gen_other(g, t.name);
    default: return gen_string(g, -1);
    }
}

/* An element within { }: quoted as it likes, always where it must be. */
static void add_element(struct gen *g, struct td_buf *b, const struct gen_value *v)
{
    bool plain = v->len > 0 && strspn(v->text, "0123456789abcdefghijklmnopqrstuvwxyz.:-") == v->len;
    if (plain && gen_chance(g, 70) && strcmp(v->text, "null") != 0) {
        td_buf_add_n(b, v->text, v->len);
        return;
    }
    td_buf_char(b, '"');
    for (size_t i = 0; i < v->len; i++) {
        if (v->text[i] == '"' || v->text[i] == '\\')
            td_buf_char(b, '\\');
        td_buf_char(b, v->text[i]);
    }
    td_buf_char(b, '"');
}

static void add_array(struct gen *g, struct td_buf *b, struct td_type element, int depth, unsigned len)
{
    static const char *const gaps[] = {",", ",", ",", ", ", " , "};
    td_buf_char(b, '{');
    for (unsigned i = 0; i < len; i++) {
        td_buf_add(b, i > 0 ? GEN_PICK(g, gaps) : "");
        if (depth > 1) {
            add_array(g, b, element, depth - 1, gen_chance(g, 95) ? len : len + 1);
        } else if (gen_chance(g, 15)) {
            td_buf_add(b, gen_chance(g, 80) ? "NULL" : "null");
        } else {
            struct gen_value v = gen_chance(g, 75) ? gen_plain_value(g, element) : gen_scalar(g, element);
            add_element(g, b, &v);
        }
    }
    td_buf_char(b, '}');
}

static struct gen_value gen_array(struct gen *g, struct td_type t)
{
    static const char *const edges[] = {"{}",  "{NULL}", "{\"NULL\"}", "{\"\"}",      "{",           "}",
                                        "{,}", "{{}}",   " {} ",       "{{1,2},{3}}", "[2:3]={1,2}", "[1:2]={1,2}",
                                        "[]",  "",       "{1,}",       "{{1},{2}}",   "{1}x"};
    if (gen_chance(g, 15))
        return EDGE(g, edges);
    struct td_buf b;
    td_buf_init(&b, g->arena);
    t.dims = 0;
    add_array(g, &b, t, gen_chance(g, 88) ? 1 : gen_between(g, 2, 3), gen_below(g, 4));
    return gen_buf_value(&b);
}

static const char *const junk[] = {"",      " ",   "x", "1",    "null", "NULL", "NaN",     "{}",
                                   "\\x00", "now", "0", "true", "-",    "'",    "\xC3\xA4"};

struct gen_value gen_value(struct gen *g, struct td_type type)
{
    if (gen_chance(g, 8))
        return (struct gen_value){0};
    /* what is carried opaque is not looked into: only what PostgreSQL takes is offered for it */
    if (gen_chance(g, 3) && td_type_base(type).kind != TD_T_OTHER)
        return EDGE(g, junk);
    if (gen_chance(g, 20))
        return gen_plain_value(g, type);
    return type.dims > 0 ? gen_array(g, type) : gen_scalar(g, type);
}

/* ---- plain ones ---- */

static const char *const days[] = {"2024-02-29", "2026-11-22", "1999-12-31", "0001-01-01", "9999-12-31"};
static const char *const clocks[] = {"00:00:00", "10:19:00.123456", "23:59:59.999999", "12:30:00"};

static const char *plain_stamp(struct gen *g, struct td_type t)
{
    const char *day = GEN_PICK(g, days), *clock = GEN_PICK(g, clocks);
    return td_arena_printf(g->arena, "%s %s%s", day, t.mod1 >= 0 ? "12:30:00" : clock,
                           t.kind == TD_T_TIMESTAMPTZ ? "+00" : "");
}

static const char *plain_text(struct gen *g, struct td_type t)
{
    static const char *const words[] = {"a", "b", "ab", "x y", "", "Z", "\xC3\xA9"};
    switch (t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: return td_arena_printf(g->arena, "%d", gen_between(g, 0, 9));
    case TD_T_NUMERIC:
        return t.mod1 >= 0 && t.mod1 - t.mod2 < 1
                   ? "0"
                   : td_arena_printf(g->arena, "%d", t.mod2 < 0 ? 0 : gen_between(g, 0, 9));
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return td_arena_printf(g->arena, "%d.5", gen_between(g, 0, 9));
    case TD_T_BOOL: return gen_chance(g, 50) ? "t" : "f";
    case TD_T_VARCHAR: return t.mod1 > 0 && t.mod1 < 3 ? "a" : GEN_PICK(g, words);
    case TD_T_BPCHAR: return gen_chance(g, 50) ? "a" : "b";
    case TD_T_UUID: return td_arena_printf(g->arena, "00000000-0000-4000-8000-%012x", gen_below(g, 6));
    case TD_T_DATE: return GEN_PICK(g, days);
    case TD_T_TIMESTAMP:
    case TD_T_TIMESTAMPTZ: return plain_stamp(g, t);
    case TD_T_TIME: return t.mod1 >= 0 ? "12:30:00" : GEN_PICK(g, clocks);
    case TD_T_TIMETZ: return "12:30:00+02";
    case TD_T_INTERVAL: return gen_chance(g, 50) ? "1 day" : "02:03:04";
    case TD_T_JSON:
    case TD_T_JSONB: return gen_chance(g, 50) ? "{}" : "[1, \"a\", null]";
    case TD_T_BYTEA: return gen_chance(g, 50) ? "\\x" : "\\x00ff10";
    case TD_T_ENUM: return t.user->labels.at[gen_below(g, (unsigned)t.user->labels.len)];
    case TD_T_OTHER: return gen_other(g, t.name).text;
    default: return GEN_PICK(g, words);
    }
}

struct gen_value gen_plain_value(struct gen *g, struct td_type type)
{
    struct td_type base = td_type_base(type);
    if (base.dims > 0)
        return gen_text_value("{}");
    return gen_text_value(plain_text(g, base));
}

void gen_value_sql(struct td_buf *out, const struct gen_value *v)
{
    if (v->text == NULL)
        td_buf_add(out, "NULL");
    else if (v->bare)
        td_buf_add(out, v->text);
    else
        td_buf_lit_n(out, v->text, v->len);
}
