/* Texts of all planes, bytes, uuids. */
#include <string.h>

#include "tests/lib/gen_impl.h"

static void add_utf8(struct td_buf *b, unsigned c)
{
    if (c < 0x80) {
        td_buf_char(b, (char)c);
    } else if (c < 0x800) {
        td_buf_char(b, (char)(0xC0 | c >> 6));
        td_buf_char(b, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        td_buf_char(b, (char)(0xE0 | c >> 12));
        td_buf_char(b, (char)(0x80 | (c >> 6 & 63)));
        td_buf_char(b, (char)(0x80 | (c & 63)));
    } else {
        td_buf_char(b, (char)(0xF0 | c >> 18));
        td_buf_char(b, (char)(0x80 | (c >> 12 & 63)));
        td_buf_char(b, (char)(0x80 | (c >> 6 & 63)));
        td_buf_char(b, (char)(0x80 | (c & 63)));
    }
}

void gen_add_character(struct gen *g, struct td_buf *b)
{
    static const unsigned edges[] = {1,       9,       10,      13,      0x1F,    0x22,   0x25,    0x27,    0x2A,
                                     0x3F,    0x5B,    0x5C,    0x5F,    0x7F,    0x80,   0xA0,    0xAD,    0xDF,
                                     0x130,   0x131,   0x301,   0x345,   0x7FF,   0x800,  0x200D,  0x2028,  0x202E,
                                     0xD7FF,  0xE000,  0xFEFF,  0xFFFD,  0xFFFE,  0xFFFF, 0x10000, 0x1F43C, 0x1F3FD,
                                     0x2FFFF, 0x30000, 0xE0001, 0xF0000, 0x10FFFF};
    if (gen_chance(g, 60)) {
        td_buf_char(b, (char)gen_between(g, ' ', '~'));
        return;
    }
    unsigned c = gen_chance(g, 40) ? GEN_PICK(g, edges) : gen_below(g, gen_chance(g, 50) ? 0x10FFFF : 0x3000) + 1;
    add_utf8(b, c >= 0xD800 && c < 0xE000 ? 0xE9 : c);
}

struct gen_value gen_string(struct gen *g, int length)
{
    static const char *const edges[] = {"",          " ",        "a",           "A",        "a ",   " a",
                                        "abc",       "O'Neill",  "back\\slash", "\\",       "\"",   "%_*?[x]",
                                        "e\xCC\x81", "\xC3\xA9", "\xC3\x89",    "\xC3\x9F", "NULL", "12345",
                                        "1.10",      "{a,b}",    "\\x41",       "$1",       "?1",   "tab\t",
                                        "line\n",    "\r\n",     "2026-11-22",  "true"};
    if (gen_chance(g, 35))
        return EDGE(g, edges);
    struct td_buf b;
    td_buf_init(&b, g->arena);
    int n = length < 0 ? gen_between(g, 0, 12) : length + gen_between(g, -2, 1);
    for (int i = 0; i < n; i++)
        gen_add_character(g, &b);
    for (int i = gen_chance(g, 15) ? gen_between(g, 1, 3) : 0; i > 0; i--)
        td_buf_char(&b, ' ');
    return gen_buf_value(&b);
}

struct gen_value gen_bytes(struct gen *g)
{
    static const char *const edges[] = {
        "",    "\\x",   "\\x00", "\\x00ff10", "\\xDEADbeef", "\\x0",     "\\xzz",   "plain", "oct\\000\\377\\\\",
        "\\1", "\\400", "\\",    "\\x 41 42", "\\x4 1",      "\xC3\xA4", "\\\\x41", "\\X41"};
    if (gen_chance(g, 40))
        return EDGE(g, edges);
    struct td_buf b;
    td_buf_init(&b, g->arena);
    td_buf_add(&b, "\\x");
    const char *digits = gen_chance(g, 50) ? "0123456789ABCDEF" : "0123456789abcdef";
    for (int n = 2 * gen_between(g, 0, 20); n > 0; n--)
        td_buf_char(&b, digits[gen_below(g, 16)]);
    return gen_buf_value(&b);
}

/* Hyphens may stand after any four digits, braces around it. */
static void add_uuid(struct gen *g, struct td_buf *b, bool upper, unsigned hyphens)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        bool usual = i == 8 || i == 12 || i == 16 || i == 20;
        if (i > 0 && i % 4 == 0 && (hyphens == 0 ? usual : hyphens == 1 ? gen_chance(g, 50) : false))
            td_buf_char(b, '-');
        td_buf_char(b, digits[gen_below(g, 16)]);
    }
}

struct gen_value gen_uuid(struct gen *g)
{
    static const char *const edges[] = {
        "00000000-0000-0000-0000-000000000000",  "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1",   "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1g",
        " a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-", "a0e-ebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "a0eebc99--9c0b-4ef8-bb6d-6bb9bd380a11"};
    if (gen_chance(g, 15))
        return EDGE(g, edges);
    struct td_buf b;
    td_buf_init(&b, g->arena);
    bool braces = gen_chance(g, 15), upper = gen_chance(g, 30);
    unsigned hyphens = gen_chance(g, 60) ? 0 : 1 + gen_below(g, 2);
    td_buf_add(&b, braces ? "{" : "");
    add_uuid(g, &b, upper, hyphens);
    td_buf_add(&b, braces ? "}" : "");
    return gen_buf_value(&b);
}
