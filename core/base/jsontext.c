/* One parser for checking and for jsonb. It reads the text into a flat list of nodes whose texts lie in one buffer, so
 * that sorting keys copies nothing; a check alone builds no nodes. */
#include "core/base/jsontext.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/decimal.h"
#include "core/base/mem.h"
#include "core/base/utf8.h"

enum node_kind { WORD, STRING, ARRAY, OBJECT }; /* WORD: a number, true, false, null: printed as it is */

struct node {
    enum node_kind kind;
    bool has_key;
    size_t key_at, key_len; /* in parser.text */
    size_t at, len;
    size_t next;  /* index of the next sibling, 0 for none: node 0 is the root and nobody's sibling */
    size_t first; /* of the children, 0 for none */
    size_t count;
};

struct parser {
    const char *s;
    size_t len, pos;
    int depth;
    bool build, trim_numbers;
    struct td_buf text; /* decoded strings and canonical numbers */
    struct node *nodes;
    size_t n, cap;
    struct td_err *err;
};

void td_jsontext_place(const char *text, size_t len, size_t offset, unsigned *line, unsigned *column)
{
    size_t from = 0;
    *line = 1;
    if (offset > len)
        offset = len;
    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            ++*line;
            from = i + 1;
        }
    }
    *column = (unsigned)td_utf8_chars(text + from, offset - from) + 1;
}

static int fail_at(struct parser *p, size_t offset, const char *state, const char *what)
{
    td_err_set(p->err, TD_C_JSON, "invalid JSON: %s", what);
    td_jsontext_place(p->s, p->len, offset, &p->err->line, &p->err->column);
    return td_err_sqlstate(p->err, state);
}

static int fail(struct parser *p, const char *what)
{
    return fail_at(p, p->pos, "22P02", p->pos < p->len ? what : "the text ends too early");
}

static void blanks(struct parser *p)
{
    while (p->pos < p->len && memchr(" \t\n\r", p->s[p->pos], 4) != NULL)
        p->pos++;
}

static char peek(const struct parser *p)
{
    return p->pos < p->len ? p->s[p->pos] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex4(struct parser *p, uint32_t *out)
{
    uint32_t v = 0;
    for (int i = 0; i < 4; i++, p->pos++) {
        char c = peek(p);
        if (is_digit(c))
            v = v << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            v = v << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail(p, "\"\\u\" must be followed by four hexadecimal digits");
    }
    *out = v;
    return TD_OK;
}

/* After "\u". PostgreSQL's json keeps any escape as it is; only jsonb has to make a character of it. */
static int unicode_escape(struct parser *p)
{
    uint32_t cp, low;
    size_t start = p->pos;
    int rc = hex4(p, &cp);
    if (rc != TD_OK || !p->build)
        return rc;
    if (cp == 0)
        return fail_at(p, start, "22P05", "\\u0000 cannot be converted to text");
    if (cp >= 0xDC00 && cp <= 0xDFFF)
        return fail_at(p, start, "22P02", "a Unicode low surrogate must follow a high surrogate");
    if (cp >= 0xD800 && cp <= 0xDBFF) {
        if (p->pos + 1 >= p->len || p->s[p->pos] != '\\' || p->s[p->pos + 1] != 'u')
            return fail_at(p, start, "22P02", "a Unicode high surrogate must be followed by a low surrogate");
        p->pos += 2;
        rc = hex4(p, &low);
        if (rc != TD_OK)
            return rc;
        if (low < 0xDC00 || low > 0xDFFF)
            return fail_at(p, start, "22P02", "a Unicode high surrogate must be followed by a low surrogate");
        cp = 0x10000 + ((cp & 0x3FF) << 10 | (low & 0x3FF));
    }
    char bytes[4];
    td_buf_add_n(&p->text, bytes, td_utf8_encode(cp, bytes));
    return TD_OK;
}

static int escape(struct parser *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    p->pos++;
    char c = peek(p);
    if (c == 'u') {
        p->pos++;
        return unicode_escape(p);
    }
    const char *hit = c == '\0' ? NULL : strchr(from, c);
    if (hit == NULL)
        return fail(p, "no such escape sequence in a string");
    if (p->build)
        td_buf_char(&p->text, to[hit - from]);
    p->pos++;
    return TD_OK;
}

/* At the opening quote; the decoded text is parser.text from *at on. */
static int string(struct parser *p, size_t *at, size_t *len)
{
    *at = p->text.len;
    p->pos++;
    while (peek(p) != '"') {
        size_t from = p->pos;
        while (p->pos < p->len && p->s[p->pos] != '"' && p->s[p->pos] != '\\' && (unsigned char)p->s[p->pos] >= 0x20)
            p->pos++;
        if (p->build)
            td_buf_add_n(&p->text, p->s + from, p->pos - from);
        if (p->pos >= p->len || (unsigned char)p->s[p->pos] < 0x20)
            return fail(p, "a control character in a string must be escaped");
        if (p->s[p->pos] != '\\')
            continue;
        int rc = escape(p);
        if (rc != TD_OK)
            return rc;
    }
    p->pos++;
    *len = p->text.len - *at;
    return TD_OK;
}

static size_t digits(struct parser *p)
{
    size_t from = p->pos;
    while (is_digit(peek(p)))
        p->pos++;
    return p->pos - from;
}

/* As numeric prints it. Plain numerals are canonical already, but for the sign of a zero. */
static int put_number(struct parser *p, size_t from, bool has_exponent)
{
    size_t len = p->pos - from;
    const char *s = p->s + from;
    if (!has_exponent && !p->trim_numbers && s[0] != '-' && len < 10000) {
        td_buf_add_n(&p->text, s, len);
        return TD_OK;
    }
    char *copy = td_mem_dup(s, len);
    if (copy == NULL)
        return td_err_nomem(p->err);
    int rc = p->trim_numbers ? td_decimal_trim(copy, &p->text, p->err) : td_decimal_canon(copy, &p->text, p->err);
    if (rc == TD_EDATA)
        td_jsontext_place(p->s, p->len, from, &p->err->line, &p->err->column);
    td_mem_free(copy);
    return rc;
}

static int number(struct parser *p)
{
    size_t from = p->pos;
    bool has_exponent = false;
    p->pos += peek(p) == '-';
    if (peek(p) == '0')
        p->pos++;
    else if (digits(p) == 0)
        return fail(p, "a number needs a digit here");
    if (peek(p) == '.') {
        p->pos++;
        if (digits(p) == 0)
            return fail(p, "a number needs a digit after the point");
    }
    if (peek(p) == 'e' || peek(p) == 'E') {
        has_exponent = true;
        p->pos++;
        p->pos += peek(p) == '+' || peek(p) == '-';
        if (digits(p) == 0)
            return fail(p, "a number needs a digit in its exponent");
    }
    if (is_digit(peek(p)) || (peek(p) | 0x20) == 'e' || peek(p) == '.')
        return fail(p, "a number may not go on like this");
    return p->build ? put_number(p, from, has_exponent) : TD_OK;
}

static int word(struct parser *p)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if (p->len - p->pos < n || memcmp(p->s + p->pos, words[i], n) != 0)
            continue;
        char after = p->len - p->pos > n ? p->s[p->pos + n] : ' ';
        if (is_digit(after) || after == '_' || (unsigned char)after >= 0x80 ||
            ((after | 0x20) >= 'a' && (after | 0x20) <= 'z'))
            break;
        p->pos += n;
        if (p->build)
            td_buf_add_n(&p->text, words[i], n);
        return TD_OK;
    }
    return fail(p, "expected a value: object, array, string, number, true, false or null");
}

/* Index of a new node in *out; indexes, as the array moves. */
static int new_node(struct parser *p, enum node_kind kind, size_t *out)
{
    *out = p->n;
    if (!p->build)
        return TD_OK;
    if (p->n == p->cap) {
        size_t cap = p->cap == 0 ? 32 : p->cap * 2;
        struct node *grown = td_mem_realloc(p->nodes, cap * sizeof *grown);
        if (grown == NULL)
            return td_err_nomem(p->err);
        p->nodes = grown;
        p->cap = cap;
    }
    p->nodes[p->n++] = (struct node){.kind = kind};
    return TD_OK;
}

static int value(struct parser *p, size_t *out);

static int member_key(struct parser *p, size_t *at, size_t *len)
{
    blanks(p);
    if (peek(p) != '"')
        return fail(p, "expected a string as a key");
    int rc = string(p, at, len);
    if (rc != TD_OK)
        return rc;
    blanks(p);
    if (peek(p) != ':')
        return fail(p, "expected \":\" after the key");
    p->pos++;
    return TD_OK;
}

static int items(struct parser *p, size_t self, bool object)
{
    size_t last = 0, key_at = 0, key_len = 0, item;
    int rc;
    for (;;) {
        if (object && (rc = member_key(p, &key_at, &key_len)) != TD_OK)
            return rc;
        rc = value(p, &item);
        if (rc != TD_OK)
            return rc;
        if (p->build) {
            struct node *n = &p->nodes[item];
            n->has_key = object;
            n->key_at = key_at;
            n->key_len = key_len;
            *(last == 0 ? &p->nodes[self].first : &p->nodes[last].next) = item;
            p->nodes[self].count++;
            last = item;
        }
        blanks(p);
        char c = peek(p);
        if (c != ',' && c != (object ? '}' : ']'))
            return fail(p, object ? "expected \",\" or \"}\"" : "expected \",\" or \"]\"");
        p->pos++;
        if (c != ',')
            return TD_OK;
    }
}

static int container(struct parser *p, size_t *out)
{
    bool object = peek(p) == '{';
    if (++p->depth > TD_JSONTEXT_DEPTH)
        return fail_at(p, p->pos, "54001", "nested too deeply");
    int rc = new_node(p, object ? OBJECT : ARRAY, out);
    if (rc != TD_OK)
        return rc;
    p->pos++;
    blanks(p);
    if (peek(p) == (object ? '}' : ']'))
        p->pos++;
    else
        rc = items(p, *out, object);
    p->depth--;
    return rc;
}

static int value(struct parser *p, size_t *out)
{
    blanks(p);
    char c = peek(p);
    if (c == '{' || c == '[')
        return container(p, out);
    int rc = new_node(p, c == '"' ? STRING : WORD, out);
    if (rc != TD_OK)
        return rc;
    size_t at = p->text.len, len;
    rc = c == '"' ? string(p, &at, &len) : c == '-' || is_digit(c) ? number(p) : word(p);
    if (rc == TD_OK && p->build) {
        p->nodes[*out].at = at;
        p->nodes[*out].len = p->text.len - at;
    }
    return rc;
}

static int parse(struct parser *p)
{
    size_t root, bad = td_utf8_find_bad(p->s, p->len);
    if (bad != TD_UTF8_VALID)
        return fail_at(p, bad, "22021", "the text is not UTF-8");
    int rc = value(p, &root);
    if (rc != TD_OK)
        return rc;
    blanks(p);
    if (p->pos < p->len)
        return fail(p, "nothing may follow the value");
    return td_buf_check(&p->text, p->err);
}

int td_jsontext_check(const char *text, size_t len, struct td_err *err)
{
    struct parser p = {.s = text, .len = len, .err = err};
    return parse(&p);
}

void td_jsontext_string(struct td_buf *out, const char *bytes, size_t len)
{
    static const char plain[] = "\b\f\n\r\t\"\\", letter[] = "bfnrt\"\\";
    td_buf_char(out, '"');
    for (size_t i = 0, from = 0; i <= len; i++) {
        if (i < len && (unsigned char)bytes[i] >= 0x20 && bytes[i] != '"' && bytes[i] != '\\')
            continue;
        td_buf_add_n(out, bytes + from, i - from);
        from = i + 1;
        if (i == len)
            break;
        const char *hit = bytes[i] == '\0' ? NULL : strchr(plain, bytes[i]);
        if (hit != NULL) {
            td_buf_char(out, '\\');
            td_buf_char(out, letter[hit - plain]);
        } else {
            td_buf_printf(out, "\\u%04x", (unsigned char)bytes[i]);
        }
    }
    td_buf_char(out, '"');
}

/* A member in the order of jsonb: length of the key, bytes, then place in the text. */
struct member {
    const char *key;
    size_t key_len, node;
};

static int by_key(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    if (x->key_len != y->key_len)
        return x->key_len < y->key_len ? -1 : 1;
    int order = x->key_len == 0 ? 0 : memcmp(x->key, y->key, x->key_len);
    return order != 0 ? order : (x->node > y->node) - (x->node < y->node);
}

static bool same_key(const struct member *a, const struct member *b)
{
    return a->key_len == b->key_len && (a->key_len == 0 || memcmp(a->key, b->key, a->key_len) == 0);
}

static int print(const struct parser *p, size_t i, struct td_buf *out);

static int print_object(const struct parser *p, const struct node *n, struct td_buf *out)
{
    int rc = TD_OK;
    size_t count = 0;
    bool filled = false;
    struct member *m = td_mem_alloc(n->count * sizeof *m);
    if (m == NULL)
        return td_err_nomem(p->err);
    for (size_t i = n->first; i != 0; i = p->nodes[i].next)
        m[count++] = (struct member){td_buf_str(&p->text) + p->nodes[i].key_at, p->nodes[i].key_len, i};
    if (count > 1)
        qsort(m, count, sizeof *m, by_key);
    td_buf_char(out, '{');
    for (size_t i = 0; rc == TD_OK && i < count; i++) {
        if (i + 1 < count && same_key(&m[i], &m[i + 1]))
            continue; /* the last one wins */
        if (filled)
            td_buf_add(out, ", ");
        filled = true;
        td_jsontext_string(out, m[i].key, m[i].key_len);
        td_buf_add(out, ": ");
        rc = print(p, m[i].node, out);
    }
    td_buf_char(out, '}');
    td_mem_free(m);
    return rc;
}

static int print(const struct parser *p, size_t i, struct td_buf *out)
{
    const struct node *n = &p->nodes[i];
    int rc = TD_OK;
    switch (n->kind) {
    case WORD: td_buf_add_n(out, td_buf_str(&p->text) + n->at, n->len); break;
    case STRING: td_jsontext_string(out, td_buf_str(&p->text) + n->at, n->len); break;
    case OBJECT: return print_object(p, n, out);
    case ARRAY:
        td_buf_char(out, '[');
        for (size_t k = n->first; rc == TD_OK && k != 0; k = p->nodes[k].next) {
            if (k != n->first)
                td_buf_add(out, ", ");
            rc = print(p, k, out);
        }
        td_buf_char(out, ']');
        break;
    }
    return rc;
}

static int normalise(const char *text, size_t len, bool trim_numbers, struct td_buf *out, struct td_err *err)
{
    struct parser p = {.s = text, .len = len, .build = true, .trim_numbers = trim_numbers, .err = err};
    int rc = parse(&p);
    if (rc == TD_OK)
        rc = print(&p, 0, out);
    if (rc == TD_OK)
        rc = td_buf_check(out, err);
    td_buf_deinit(&p.text);
    td_mem_free(p.nodes);
    return rc;
}

int td_jsonb_normalise(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    return normalise(text, len, false, out, err);
}

int td_jsonb_equal(const char *a, size_t a_len, const char *b, size_t b_len, bool *out, struct td_err *err)
{
    struct td_buf x = {0}, y = {0};
    int rc = normalise(a, a_len, true, &x, err);
    if (rc == TD_OK)
        rc = normalise(b, b_len, true, &y, err);
    if (rc == TD_OK)
        *out = x.len == y.len && memcmp(x.at, y.at, x.len) == 0;
    td_buf_deinit(&x);
    td_buf_deinit(&y);
    return rc;
}

static size_t string_end(const char *text, size_t len, size_t pos)
{
    for (pos++; pos < len && text[pos] != '"'; pos++)
        pos += text[pos] == '\\';
    return pos + 1 < len ? pos + 1 : len;
}

static size_t past(const char *text, size_t len, size_t pos, const char *set)
{
    while (pos < len && text[pos] != '\0' && strchr(set, text[pos]) != NULL)
        pos++;
    return pos;
}

bool td_jsontext_locate(const char *text, size_t len, size_t index, size_t *key_out, size_t *value_out)
{
    size_t key = SIZE_MAX, seen = 0;
    for (size_t pos = past(text, len, 0, " \t\n\r,]}"); pos < len; pos = past(text, len, pos, " \t\n\r,]}")) {
        size_t start = pos;
        if (text[pos] == '"') {
            pos = string_end(text, len, pos);
            size_t colon = past(text, len, pos, " \t\n\r");
            if (colon < len && text[colon] == ':') {
                key = start;
                pos = colon + 1;
                continue;
            }
        } else if (text[pos] == '{' || text[pos] == '[') {
            pos++;
        } else {
            while (pos < len && (text[pos] == '\0' || strchr(" \t\n\r,]}", text[pos]) == NULL))
                pos++;
        }
        if (seen++ == index) {
            *key_out = key == SIZE_MAX ? start : key;
            *value_out = start;
            return true;
        }
        key = SIZE_MAX;
    }
    return false;
}
