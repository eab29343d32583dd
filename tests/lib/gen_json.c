/* JSON texts: deep ones, big numbers, duplicate keys, escapes, and some that are none. */
#include <string.h>

#include "tests/lib/gen_impl.h"

static const char *const json_edges[] = {
    "{}",
    "[]",
    "null",
    "\"\"",
    "1",
    " {\"b\": 1, \"a\" : 2} ",
    "{\"a\":1,\"a\":2}",
    "{\"aa\":1,\"b\":2,\"a\":3}",
    "{\"n\":9007199254740993,\"f\":1.10,\"d\":12345678901234567890.123456789}",
    "[1e5, -0, 0.1e-10, 1E400, 1.0, -0.0, 1e-400]",
    "\"\\u00e9\\ud83d\\ude00\"",
    "\"\\u0000\"",
    "\"\\ud83d\"",
    "\"\\ude00\"",
    "\"\\ud83d\\u0041\"",
    "\"\\ude00\\ud83d\"",
    "\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"",
    "\"\\x41\"",
    "\"\\u12\"",
    "\"\\u00E9\"",
    "{\"a\":1,}",
    "{a:1}",
    "[1,2",
    "",
    "[01]",
    "[.5]",
    "[1.]",
    "[+1]",
    "nul",
    "NaN",
    "true false",
    "{\"a\" 1}",
    "[\"tab\there\"]",
    "TRUE",
    "[1,]",
    "[,1]",
    "\"",
    "\\",
    "'a'",
    "// x",
    "[1]x",
    "{\"\":0}",
    "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
    "\t[ ]\n",
    "\v[]",
    "\xC2\xA0[]",
    "\xEF\xBB\xBF[]",
    "{\"\\u0061\":1,\"a\":2}",
    "{1:2}",
    "{\"a\":1 \"b\":2}",
    "[1 2]",
    "-",
    "--1",
    "1e",
    "0e0",
    "-01",
    "\"\x7F\"",
    "Infinity",
};

static void add_string(struct gen *g, struct td_buf *b)
{
    static const char *const escapes[] = {"\\n",     "\\\"",           "\\\\",    "\\/",    "\\u0041",
                                          "\\u00e9", "\\ud83d\\ude00", "\\u001f", "\\u2028"};
    td_buf_char(b, '"');
    for (int n = gen_between(g, 0, 6); n > 0; n--) {
        struct td_buf c;
        td_buf_init(&c, g->arena);
        gen_add_character(g, &c);
        if (gen_chance(g, 15))
            td_buf_add(b, GEN_PICK(g, escapes));
        else if ((unsigned char)c.at[0] >= ' ' && strchr("\"\\", c.at[0]) == NULL)
            td_buf_add(b, td_buf_str(&c));
    }
    td_buf_char(b, '"');
}

static void add_number(struct gen *g, struct td_buf *b)
{
    static const char *const numbers[] = {"0",
                                          "-0",
                                          "1",
                                          "-1",
                                          "1.0",
                                          "1.10",
                                          "1e5",
                                          "1E-5",
                                          "0.1e+10",
                                          "9007199254740993",
                                          "12345678901234567890.123456789012345",
                                          "1e100",
                                          "1.5E3",
                                          "-0.0",
                                          "100"};
    if (gen_chance(g, 50))
        td_buf_add(b, GEN_PICK(g, numbers));
    else
        td_buf_int(b, gen_between(g, -1000, 1000));
}

static void add_json(struct gen *g, struct td_buf *b, int depth)
{
    static const char *const keys[] = {"\"a\"",       "\"b\"",        "\"aa\"",  "\"\"",    "\"A\"",
                                       "\"\\u0061\"", "\"\xC3\xA4\"", "\"c d\"", "\"zzzz\""};
    static const char *const gaps[] = {"", "", "", " ", "\n", "  "};
    unsigned what = depth <= 0 ? 2 + gen_below(g, 4) : gen_below(g, 6);
    td_buf_add(b, GEN_PICK(g, gaps));
    if (what < 2) {
        td_buf_char(b, what == 0 ? '{' : '[');
        for (unsigned i = 0, n = gen_below(g, 4); i < n; i++) {
            td_buf_add(b, i > 0 ? "," : "");
            if (what == 0) {
                td_buf_add(b, GEN_PICK(g, keys));
                td_buf_add(b, GEN_PICK(g, gaps));
                td_buf_char(b, ':');
            }
            add_json(g, b, depth - 1);
        }
        td_buf_char(b, what == 0 ? '}' : ']');
    } else if (what == 2) {
        add_string(g, b);
    } else if (what == 3) {
        td_buf_add(b, gen_chance(g, 50) ? "null" : gen_chance(g, 50) ? "true" : "false");
    } else {
        add_number(g, b);
    }
    td_buf_add(b, GEN_PICK(g, gaps));
}

struct gen_value gen_json(struct gen *g)
{
    struct td_buf b;
    if (gen_chance(g, 30))
        return EDGE(g, json_edges);
    td_buf_init(&b, g->arena);
    int deep = gen_chance(g, 5) ? gen_between(g, 10, 200) : 0;
    for (int i = 0; i < deep; i++)
        td_buf_add(&b, i % 2 ? "{\"k\":" : "[");
    int depth = gen_between(g, 0, 4);
    add_json(g, &b, depth);
    for (int i = deep - 1; i >= 0; i--)
        td_buf_char(&b, i % 2 ? '}' : ']');
    return gen_buf_value(&b);
}
