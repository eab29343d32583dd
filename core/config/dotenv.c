#include "core/config/dotenv.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/mem.h"

struct scanner {
    const char *s;
    size_t len, pos;
    unsigned line;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

static char at(const struct scanner *sc, size_t pos)
{
    return pos < sc->len ? sc->s[pos] : '\n';
}

static size_t blanks(const struct scanner *sc, size_t pos)
{
    while (pos < sc->len && is_blank(sc->s[pos]))
        pos++;
    return pos;
}

static size_t name_end(const struct scanner *sc, size_t pos)
{
    while (pos < sc->len && (isalnum((unsigned char)sc->s[pos]) || strchr("_.-", sc->s[pos]) != NULL) &&
           sc->s[pos] != '\0')
        pos++;
    return pos;
}

/* "KEY =", "KEY=" or "KEY: ": the offset where the value begins, 0 when the line is none. */
static size_t assignment(const struct scanner *sc, size_t from, size_t *key, size_t *key_len)
{
    size_t end = name_end(sc, from), eq = blanks(sc, end);
    *key = from;
    *key_len = end - from;
    if (end == from)
        return 0;
    if (at(sc, eq) == '=')
        return eq + 1;
    return at(sc, end) == ':' && is_blank(at(sc, end + 1)) ? end + 2 : 0;
}

/* After "export " a key may follow; "export=1" is a key of that name. */
static size_t line_head(const struct scanner *sc, size_t *key, size_t *key_len)
{
    size_t from = blanks(sc, sc->pos);
    if (sc->len - from > 7 && memcmp(sc->s + from, "export", 6) == 0 && is_blank(sc->s[from + 6])) {
        size_t value = assignment(sc, blanks(sc, from + 6), key, key_len);
        if (value != 0)
            return value;
    }
    return assignment(sc, from, key, key_len);
}

/* May a closing quote stand right before `pos`? Only blanks and a comment may follow on its line. */
static bool ends_value(const struct scanner *sc, size_t pos)
{
    pos = blanks(sc, pos);
    return at(sc, pos) == '\n' || at(sc, pos) == '#';
}

/* The offset of the closing quote, or 0. An escaped quote closes only when no plain one does. */
static size_t closing_quote(const struct scanner *sc, size_t open)
{
    char q = sc->s[open];
    size_t pos = open + 1;
    while (pos < sc->len && sc->s[pos] != q)
        pos += sc->s[pos] == '\\' && at(sc, pos + 1) == q ? 2 : 1;
    if (pos < sc->len && ends_value(sc, pos + 1))
        return pos;
    for (pos = pos < sc->len ? pos : sc->len; pos-- > open + 1;)
        if (sc->s[pos] == q && ends_value(sc, pos + 1))
            return pos;
    return 0;
}

/* \n and \r become line ends, in place; nothing else is an escape. */
static void unescape(char *s)
{
    char *to = s;
    for (; *s != '\0'; s++) {
        if (*s == '\\' && (s[1] == 'n' || s[1] == 'r')) {
            *to++ = s[1] == 'n' ? '\n' : '\r';
            s++;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

/* Reads the value at `pos`; `*end` is where the scan goes on. NULL for want of memory. */
static char *value_at(const struct scanner *sc, size_t pos, size_t *end)
{
    size_t from = blanks(sc, pos), to;
    char first = at(sc, from);
    if (first == '"' || first == '\'' || first == '`') {
        size_t close = closing_quote(sc, from);
        if (close != 0) {
            *end = close + 1;
            char *value = td_mem_dup(sc->s + from + 1, close - from - 1);
            if (value != NULL && first == '"')
                unescape(value);
            return value;
        }
    }
    for (to = from; to < sc->len && sc->s[to] != '\n' && sc->s[to] != '#'; to++)
        ;
    *end = to;
    while (to > from && is_blank(sc->s[to - 1]))
        to--;
    bool quoted = to - from > 1 && sc->s[to - 1] == first && strchr("\"'`", first) != NULL; /* 'a' and 'b' */
    from += quoted;
    to -= quoted;
    char *value = td_mem_dup(sc->s + from, to - from);
    if (value != NULL && first == '"')
        unescape(value);
    return value;
}

static int add(struct td_dotenv *d, const char *key, size_t key_len, char *value, unsigned line, struct td_err *err)
{
    char *copy = value == NULL ? NULL : td_mem_dup(key, key_len);
    if (copy != NULL && d->len == d->cap) {
        size_t cap = d->cap == 0 ? 16 : d->cap * 2;
        struct td_dotenv_entry *grown = td_mem_realloc(d->at, cap * sizeof *grown);
        if (grown != NULL) {
            d->at = grown;
            d->cap = cap;
        }
    }
    if (copy == NULL || d->len == d->cap) {
        td_mem_free(copy);
        td_mem_free(value);
        return td_err_nomem(err);
    }
    d->at[d->len++] = (struct td_dotenv_entry){copy, value, line};
    return TD_OK;
}

static void next_line(struct scanner *sc)
{
    const char *nl = sc->pos < sc->len ? memchr(sc->s + sc->pos, '\n', sc->len - sc->pos) : NULL;
    sc->pos = nl == NULL ? sc->len : (size_t)(nl - sc->s) + 1;
    sc->line++;
}

static int scan(struct scanner *sc, struct td_dotenv *out, struct td_err *err)
{
    int rc = TD_OK;
    while (rc == TD_OK && sc->pos < sc->len) {
        size_t key, key_len, end, value = line_head(sc, &key, &key_len);
        if (value != 0) {
            rc = add(out, sc->s + key, key_len, value_at(sc, value, &end), sc->line, err);
            for (; sc->pos < end && sc->pos < sc->len; sc->pos++)
                sc->line += sc->s[sc->pos] == '\n';
        }
        next_line(sc);
    }
    return rc;
}

/* CRLF and CR are line ends as well; a byte order mark is white space to JavaScript. */
int td_dotenv_parse(const char *text, size_t len, struct td_dotenv *out, struct td_err *err)
{
    memset(out, 0, sizeof *out);
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    char *copy = td_mem_dup(text, len);
    if (copy == NULL)
        return td_err_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (copy[i] == '\r' && i + 1 < len && copy[i + 1] == '\n')
            continue;
        copy[n++] = copy[i] == '\r' ? '\n' : copy[i];
    }
    struct scanner sc = {.s = copy, .len = n, .line = 1};
    int rc = scan(&sc, out, err);
    explicit_bzero(copy, len);
    td_mem_free(copy);
    return rc;
}

int td_dotenv_read(const char *path, struct td_dotenv *out, struct td_err *err)
{
    char *text;
    size_t len;
    memset(out, 0, sizeof *out);
    int rc = td_file_read(path, (size_t)1 << 20, &text, &len, err);
    if (rc != TD_OK)
        return rc;
    rc = td_dotenv_parse(text, len, out, err);
    explicit_bzero(text, len);
    td_mem_free(text);
    if (rc == TD_OK) {
        out->path = td_mem_strdup(path);
        rc = out->path == NULL ? td_err_nomem(err) : TD_OK;
    }
    return rc;
}

const struct td_dotenv_entry *td_dotenv_find(const struct td_dotenv *d, const char *key)
{
    for (size_t i = d->len; i-- > 0;)
        if (strcmp(d->at[i].key, key) == 0)
            return &d->at[i];
    return NULL;
}

void td_dotenv_deinit(struct td_dotenv *d)
{
    for (size_t i = 0; i < d->len; i++) {
        explicit_bzero(d->at[i].value, strlen(d->at[i].value));
        td_mem_free(d->at[i].key);
        td_mem_free(d->at[i].value);
    }
    td_mem_free(d->at);
    td_mem_free(d->path);
    memset(d, 0, sizeof *d);
}
