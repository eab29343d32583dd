/* Just enough of SQLite's lexical rules to compare two CREATE texts. */
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"
#include "core/migrate/facts.h"

/* The length of the word at `p` (at least 1); blanks and comments count as one, too. */
static size_t quoted(const char *p, const char *end, char close)
{
    const char *q = p + 1;
    while (q < end) {
        if (*q != close)
            q++;
        else if (close != ']' && q + 1 < end && q[1] == close)
            q += 2;
        else
            return (size_t)(q + 1 - p);
    }
    return (size_t)(end - p);
}

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
           (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

static size_t comment(const char *p, const char *end)
{
    const char *q = p + 2;
    if (p[0] == '-') {
        while (q < end && *q != '\n')
            q++;
        return (size_t)(q - p);
    }
    while (q + 1 < end && !(q[0] == '*' && q[1] == '/'))
        q++;
    return q + 2 <= end ? (size_t)(q + 2 - p) : (size_t)(end - p);
}

static bool starts_comment(const char *p, const char *end)
{
    return p + 1 < end && ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'));
}

static size_t word(const char *p, const char *end)
{
    size_t n = 1;
    if (starts_comment(p, end))
        return comment(p, end);
    switch (*p) {
    case '\'':
    case '"':
    case '`': return quoted(p, end, *p);
    case '[': return quoted(p, end, ']');
    default: break;
    }
    bool (*more)(char) = is_blank(*p) ? is_blank : in_word(*p) ? in_word : NULL;
    while (more != NULL && p + n < end && more(p[n]))
        n++;
    return n;
}

static bool is_quoted_name(const char *p, size_t n)
{
    return (*p == '"' || *p == '`' || *p == '[') && n >= 2;
}

const char *td_facts_name(struct td_arena *a, const char *p, size_t n)
{
    struct td_buf b;
    char close = *p == '[' ? ']' : *p;
    if (!is_quoted_name(p, n))
        return td_arena_dup(a, p, n);
    td_buf_init(&b, a);
    for (size_t i = 1; i + 1 < n; i++) {
        td_buf_char(&b, p[i]);
        if (p[i] == close && close != ']' && i + 2 < n)
            i++; /* doubled */
    }
    return td_buf_str(&b);
}

/* One that reads as one word without its quotes, and as nothing else that we look for. */
static bool is_plain(const char *name)
{
    size_t n = 0;
    while (in_word(name[n]))
        n++;
    return n > 0 && name[n] == '\0' && strcasecmp(name, "constraint") != 0;
}

/* A plain name without its quotes, any other within quotes of one kind; anything else as it is. */
static void add_word(struct td_arena *a, struct td_buf *b, const char *p, size_t n)
{
    const char *name = is_quoted_name(p, n) ? td_facts_name(a, p, n) : NULL;
    if (name == NULL)
        td_buf_add_n(b, p, n);
    else if (is_plain(name))
        td_buf_add(b, name);
    else
        td_buf_ident(b, name);
}

size_t td_facts_word(const char *words)
{
    return *words == '\0' ? 0 : word(words, words + strlen(words));
}

const char *td_facts_words(struct td_arena *a, const char *sql, size_t len)
{
    const char *end = sql + len;
    struct td_buf b;
    td_buf_init(&b, a);
    for (const char *p = sql; p < end;) {
        size_t n = word(p, end);
        if (!is_blank(*p) && !starts_comment(p, end)) {
            td_buf_add(&b, b.len > 0 ? " " : "");
            add_word(a, &b, p, n);
        }
        p += n;
    }
    return td_buf_str(&b);
}

/* Where they lie: offsets of each part's begin and end, and of what comes behind. */
static void find_parts(struct td_arena *a, const char *sql,
                       void (*part)(struct td_arena *a, const char *at, size_t len, struct td_strings *out),
                       struct td_strings *parts_out, const char **rest_out)
{
    const char *end = sql + strlen(sql), *start = NULL;
    int depth = 0;
    *rest_out = end;
    for (const char *p = sql; p < end;) {
        size_t n = word(p, end);
        if (*p == '(' && depth++ == 0)
            start = p + 1;
        bool closes = *p == ')' && --depth == 0;
        if (closes || (*p == ',' && depth == 1)) {
            part(a, start, (size_t)(p - start), parts_out);
            start = p + 1;
        }
        p += n;
        if (closes) {
            *rest_out = p;
            return;
        }
    }
}

static void add_words(struct td_arena *a, const char *at, size_t len, struct td_strings *out)
{
    td_strings_add(a, out, td_facts_words(a, at, len));
}

static void add_slice(struct td_arena *a, const char *at, size_t len, struct td_strings *out)
{
    td_strings_add(a, out, td_arena_dup(a, at, len));
}

void td_facts_parts(struct td_arena *a, const char *create_table, struct td_strings *parts_out, const char **rest_out)
{
    const char *rest;
    find_parts(a, create_table, add_words, parts_out, &rest);
    *rest_out = td_facts_words(a, rest, strlen(rest));
}

void td_facts_slices(struct td_arena *a, const char *create, struct td_strings *parts_out)
{
    const char *rest;
    find_parts(a, create, add_slice, parts_out, &rest);
}
