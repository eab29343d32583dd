#include "core/base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/mem.h"

void td_buf_init(struct td_buf *b, struct td_arena *arena)
{
    memset(b, 0, sizeof *b);
    b->arena = arena;
}

void td_buf_deinit(struct td_buf *b)
{
    if (b->arena == NULL)
        td_mem_free(b->at);
    td_buf_init(b, b->arena);
}

void td_buf_reset(struct td_buf *b)
{
    b->len = 0;
    b->failed = TD_OK;
    if (b->at != NULL)
        b->at[0] = '\0';
}

/* Room for `more` bytes and a NUL, or false. */
static bool reserve(struct td_buf *b, size_t more)
{
    if (b->failed != TD_OK)
        return false;
    if (more >= TD_BUF_MAX || b->len + more >= TD_BUF_MAX) {
        b->failed = TD_EDATA;
        return false;
    }
    if (b->len + more < b->cap)
        return true;
    size_t cap = b->cap == 0 ? 64 : b->cap * 2;
    if (cap <= b->len + more)
        cap = b->len + more + 1;
    char *p = b->arena != NULL ? td_arena_alloc(b->arena, cap) : td_mem_realloc(b->at, cap);
    if (p == NULL) {
        b->failed = TD_ENOMEM;
        return false;
    }
    if (b->arena != NULL && b->len > 0)
        memcpy(p, b->at, b->len);
    b->at = p;
    b->cap = cap;
    b->at[b->len] = '\0';
    return true;
}

void td_buf_add_n(struct td_buf *b, const char *bytes, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->at + b->len, bytes, len);
    b->len += len;
    b->at[b->len] = '\0';
}

void td_buf_add(struct td_buf *b, const char *s)
{
    td_buf_add_n(b, s, strlen(s));
}

void td_buf_char(struct td_buf *b, char c)
{
    td_buf_add_n(b, &c, 1);
}

void td_buf_int(struct td_buf *b, int64_t v)
{
    td_buf_printf(b, "%" PRId64, v);
}

void td_buf_vprintf(struct td_buf *b, const char *fmt, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0 || !reserve(b, (size_t)n))
        return;
    vsnprintf(b->at + b->len, (size_t)n + 1, fmt, args);
    b->len += (size_t)n;
}

void td_buf_printf(struct td_buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    td_buf_vprintf(b, fmt, args);
    va_end(args);
}

static void quoted(struct td_buf *b, const char *s, size_t len, char quote)
{
    td_buf_char(b, quote);
    for (size_t i = 0, from = 0; i <= len; i++) {
        if (i < len && s[i] != quote)
            continue;
        td_buf_add_n(b, s + from, i - from);
        if (i < len) {
            td_buf_char(b, quote);
            from = i;
        }
    }
    td_buf_char(b, quote);
}

void td_buf_ident(struct td_buf *b, const char *name)
{
    quoted(b, name, strlen(name), '"');
}

void td_buf_lit_n(struct td_buf *b, const char *text, size_t len)
{
    quoted(b, text, len, '\'');
}

void td_buf_lit(struct td_buf *b, const char *text)
{
    td_buf_lit_n(b, text, strlen(text));
}

void td_buf_json(struct td_buf *b, const char *text)
{
    td_buf_char(b, '"');
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        switch (*p) {
        case '"': td_buf_add(b, "\\\""); break;
        case '\\': td_buf_add(b, "\\\\"); break;
        case '\n': td_buf_add(b, "\\n"); break;
        case '\r': td_buf_add(b, "\\r"); break;
        case '\t': td_buf_add(b, "\\t"); break;
        default:
            if (*p < 0x20)
                td_buf_printf(b, "\\u%04x", *p);
            else
                td_buf_char(b, (char)*p);
        }
    }
    td_buf_char(b, '"');
}

const char *td_buf_str(const struct td_buf *b)
{
    return b->at == NULL ? "" : b->at;
}

int td_buf_check(const struct td_buf *b, struct td_err *err)
{
    if (b->failed == TD_ENOMEM)
        return td_err_nomem(err);
    if (b->failed != TD_OK)
        return td_err_set(err, TD_C_TOO_LARGE, "a text grew past %zu bytes", TD_BUF_MAX);
    return TD_OK;
}

int td_buf_take(struct td_buf *b, char **out, struct td_err *err)
{
    reserve(b, 0);
    int rc = td_buf_check(b, err);
    if (rc != TD_OK)
        return rc;
    *out = b->at;
    td_buf_init(b, b->arena);
    return TD_OK;
}
