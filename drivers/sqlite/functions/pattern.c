/* LIKE, ILIKE and SIMILAR TO. */
#include "drivers/sqlite/functions/pattern.h"

#include <string.h>

#include <utf8proc.h>

#include "core/base/utf8.h"

struct like {
    const char *t, *t_end, *p, *p_end;
    struct td_fn_str escape;
    bool fold;
};

static bool is_escape(const struct like *l, const char *p)
{
    return l->escape.len > 0 && (size_t)(l->p_end - p) >= l->escape.len && memcmp(p, l->escape.at, l->escape.len) == 0;
}

static bool same_char(const struct like *l, const char *t, size_t t_len, const char *p, size_t p_len)
{
    uint32_t a, b;
    if (t_len == p_len && memcmp(t, p, t_len) == 0)
        return true;
    if (!l->fold)
        return false;
    td_utf8_next(t, t_len, &a);
    td_utf8_next(p, p_len, &b);
    return utf8proc_tolower((utf8proc_int32_t)a) == utf8proc_tolower((utf8proc_int32_t)b);
}

/* Going back to the last % is enough: an earlier one can only match what a later one can, too. */
static bool like_match(struct like *l)
{
    const char *back_p = NULL, *back_t = NULL;
    while (l->t < l->t_end || l->p < l->p_end) {
        if (l->p < l->p_end && *l->p == '%' && !is_escape(l, l->p)) {
            back_p = ++l->p;
            back_t = l->t;
            continue;
        }
        if (l->p < l->p_end && l->t < l->t_end) {
            bool escaped = is_escape(l, l->p);
            const char *p = l->p + (escaped ? l->escape.len : 0);
            size_t p_len = td_utf8_next(p, (size_t)(l->p_end - p), NULL);
            size_t t_len = td_utf8_next(l->t, (size_t)(l->t_end - l->t), NULL);
            if ((!escaped && *p == '_') || same_char(l, l->t, t_len, p, p_len)) {
                l->p = p + p_len;
                l->t += t_len;
                continue;
            }
        }
        if (back_p == NULL || back_t == l->t_end)
            return false;
        back_t += td_utf8_next(back_t, (size_t)(l->t_end - back_t), NULL);
        l->t = back_t;
        l->p = back_p;
    }
    return true;
}

static int check_escape(const struct like *l, struct td_err *err)
{
    if (td_utf8_chars(l->escape.at, l->escape.len) > 1)
        return td_fn_fail(err, "22025", "invalid escape string");
    for (const char *p = l->p; p < l->p_end;) {
        if (!is_escape(l, p)) {
            p += td_utf8_next(p, (size_t)(l->p_end - p), NULL);
            continue;
        }
        p += l->escape.len;
        if (p == l->p_end)
            return td_fn_fail(err, "22025", "LIKE pattern must not end with escape character");
        p += td_utf8_next(p, (size_t)(l->p_end - p), NULL);
    }
    return TD_OK;
}

static int like_with(struct td_fn_call *c, bool fold, struct td_err *err)
{
    struct td_fn_str t = td_fn_text(c, 0), p = td_fn_text(c, 1), escape = {"\\", 1};
    if (c->n > 2)
        escape = td_fn_text(c, 2);
    struct like l = {t.at, t.at + t.len, p.at, p.at + p.len, escape, fold};
    int rc = check_escape(&l, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, like_match(&l));
}

static int like(struct td_fn_call *c, struct td_err *err)
{
    return like_with(c, false, err);
}

static int ilike(struct td_fn_call *c, struct td_err *err)
{
    return like_with(c, true, err);
}

/* One character of the pattern outside of an escape; in_class: inside [ ]. */
static void similar_char(char ch, bool *in_class, struct td_buf *out)
{
    if (*in_class) {
        if (ch == '\\')
            td_buf_char(out, '\\');
        td_buf_char(out, ch);
        *in_class = ch != ']';
        return;
    }
    switch (ch) {
    case '[':
        td_buf_char(out, '[');
        *in_class = true;
        break;
    case '%': td_buf_add(out, ".*"); break;
    case '_': td_buf_char(out, '.'); break;
    case '(': td_buf_add(out, "(?:"); break;
    case '\\':
    case '.':
    case '^':
    case '$':
        td_buf_char(out, '\\');
        td_buf_char(out, ch);
        break;
    default: td_buf_char(out, ch);
    }
}

int td_similar_to_regex(struct td_fn_str pattern, struct td_fn_str escape, struct td_buf *out, struct td_err *err)
{
    bool in_class = false;
    int separators = 0;
    if (td_utf8_chars(escape.at, escape.len) > 1)
        return td_fn_fail(err, "22025", "invalid escape string");
    td_buf_add(out, "^(?:");
    for (size_t i = 0; i < pattern.len;) {
        const char *p = pattern.at + i;
        bool escaped = escape.len > 0 && pattern.len - i >= escape.len && memcmp(p, escape.at, escape.len) == 0;
        size_t n = td_utf8_next(p, pattern.len - i, NULL);
        i += n;
        if (!escaped) {
            if (n == 1)
                similar_char(*p, &in_class, out);
            else
                td_buf_add_n(out, p, n);
            continue;
        }
        if (i >= pattern.len)
            break; /* PostgreSQL ignores an escape at the end */
        p = pattern.at + i;
        n = td_utf8_next(p, pattern.len - i, NULL);
        i += n;
        if (*p == '"' && !in_class) {
            if (++separators > 2)
                return td_fn_fail(
                    err, "2200C",
                    "SQL regular expression may not contain more than two escape-double-quote separators");
            td_buf_add(out, separators == 1 ? "){1,1}?(" : "){1,1}(?:");
            continue;
        }
        if (n == 1) /* escaping a letter must not make a regex escape of it */
            td_buf_char(out, '\\');
        if (n == 1 && ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9')))
            td_buf_printf(out, "x%02x", (unsigned)*p);
        else
            td_buf_add_n(out, p, n);
    }
    td_buf_add(out, ")$");
    return TD_OK;
}

const struct td_fn td_fn_patterns[] = {
    {"pg_like", 2, 3, TD_FN_STRICT, like},
    {"pg_ilike", 2, 3, TD_FN_STRICT, ilike},
    {NULL, 0, 0, 0, NULL},
};
