/* Arrays: PostgreSQL's braces and SQLite's JSON, read into one form: [ element, ... ], each element marked N for NULL
 * or followed by its length, so that no two different arrays look alike. */
#include <stdlib.h>
#include <string.h>

#include "tests/differential/canon.h"

static void add_element(const struct canon_element *e, const char *text, size_t len, bool number, struct td_buf *out)
{
    struct td_buf one;
    td_buf_init(&one, out->arena);
    e->add(e->data, text, len, number, &one);
    td_buf_printf(out, "%zu:%s,", one.len, td_buf_str(&one));
}

/* One unit of a quoted or bare element; backslash takes the next character as it is. */
static const char *read_unit(const char *p, struct td_buf *text)
{
    if (*p == '\\' && p[1] != '\0')
        p++;
    td_buf_char(text, *p);
    return p + 1;
}

static const char *postgres_level(const char *p, const struct canon_element *e, struct td_buf *out)
{
    td_buf_char(out, '[');
    for (p++; *p != '\0' && *p != '}';) {
        if (*p == '{') {
            p = postgres_level(p, e, out);
        } else {
            struct td_buf text;
            bool quoted = *p == '"';
            td_buf_init(&text, out->arena);
            for (p += quoted; *p != '\0' && (quoted ? *p != '"' : *p != ',' && *p != '}');)
                p = read_unit(p, &text);
            p += quoted && *p == '"';
            if (!quoted && strcmp(td_buf_str(&text), "NULL") == 0)
                td_buf_add(out, "N,");
            else
                add_element(e, td_buf_str(&text), text.len, false, out);
        }
        p += *p == ',';
    }
    td_buf_char(out, ']');
    return *p == '}' ? p + 1 : p;
}

bool canon_array_postgres(const char *text, const struct canon_element *e, struct td_buf *out)
{
    return text[0] == '{' && *postgres_level(text, e, out) == '\0';
}

/* ---- JSON ---- */

struct reader {
    const char *p;
    const struct canon_element *e;
    struct td_buf *out;
    bool failed;
};

static void skip_blank(struct reader *r)
{
    r->p += strspn(r->p, " \t\r\n");
}

static unsigned hex4(const char *p)
{
    char digits[5] = {0};
    strncpy(digits, p, 4);
    return strlen(digits) == 4 ? (unsigned)strtoul(digits, NULL, 16) : 0xFFFD;
}

static void add_utf8(struct td_buf *b, unsigned c)
{
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned first[] = {0, 0xC0, 0xE0, 0xF0};
    td_buf_char(b, (char)(first[more] | c >> 6 * more));
    while (more-- > 0)
        td_buf_char(b, (char)(0x80 | (c >> 6 * more & 63)));
}

static void read_escape(struct reader *r, struct td_buf *text)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    const char *at = *r->p == '\0' ? NULL : strchr(letters, *r->p);
    if (*r->p != 'u') {
        td_buf_char(text, at != NULL ? meant[at - letters] : *r->p);
        r->p += *r->p != '\0';
        return;
    }
    unsigned c = hex4(r->p + 1);
    r->p += strnlen(r->p, 5);
    if (c >= 0xD800 && c < 0xDC00 && r->p[0] == '\\' && r->p[1] == 'u') {
        c = 0x10000 + ((c - 0xD800) << 10) + (hex4(r->p + 2) - 0xDC00);
        r->p += strnlen(r->p, 6);
    }
    add_utf8(text, c);
}

static void read_string(struct reader *r)
{
    struct td_buf text;
    td_buf_init(&text, r->out->arena);
    for (r->p++; *r->p != '\0' && *r->p != '"';) {
        if (*r->p == '\\') {
            r->p++;
            read_escape(r, &text);
        } else {
            td_buf_char(&text, *r->p++);
        }
    }
    r->failed = r->failed || *r->p != '"';
    r->p += *r->p == '"';
    add_element(r->e, td_buf_str(&text), text.len, false, r->out);
}

/* A number, true, false or null. */
static void read_word(struct reader *r)
{
    size_t n = strcspn(r->p, ",] \t\r\n");
    r->failed = r->failed || n == 0;
    if (n == 4 && strncmp(r->p, "null", 4) == 0) {
        td_buf_add(r->out, "N,");
    } else {
        struct td_buf text;
        td_buf_init(&text, r->out->arena);
        td_buf_add_n(&text, r->p, n);
        add_element(r->e, td_buf_str(&text), n, true, r->out);
    }
    r->p += n;
}

static void read_level(struct reader *r)
{
    td_buf_char(r->out, '[');
    r->p++;
    skip_blank(r);
    while (!r->failed && *r->p != ']') {
        if (*r->p == '[')
            read_level(r);
        else if (*r->p == '"')
            read_string(r);
        else
            read_word(r);
        skip_blank(r);
        r->failed = r->failed || (*r->p != ',' && *r->p != ']');
        r->p += *r->p == ',';
        skip_blank(r);
    }
    td_buf_char(r->out, ']');
    r->p += *r->p == ']';
}

bool canon_array_json(const char *text, const struct canon_element *e, struct td_arena *a, struct td_buf *out)
{
    struct reader r = {.p = text, .e = e, .out = out};
    (void)a;
    skip_blank(&r);
    if (*r.p != '[')
        return false;
    read_level(&r);
    skip_blank(&r);
    return !r.failed && *r.p == '\0';
}
