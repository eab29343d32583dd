/* Text: parts, trimming, padding, searching. Positions count characters, from 1. */
#include <string.h>

#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"

/* Characters that lpad and rpad may make: PostgreSQL's own bound. */
#define MAX_PADDED (1 << 28)

/* What could not be returned is not begun. */
static bool is_too_long(const struct td_fn_call *c, int64_t bytes)
{
    return bytes >= sqlite3_limit(sqlite3_context_db_handle(c->ctx), SQLITE_LIMIT_LENGTH, -1);
}

static int give(struct td_fn_call *c, const char *at, const char *end)
{
    return td_fn_give_text(c, at, end > at ? (size_t)(end - at) : 0);
}

static bool is_blob(const struct td_fn_call *c)
{
    return sqlite3_value_type(c->v[0]) == SQLITE_BLOB;
}

static int length(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    (void)err;
    return td_fn_give_int(c, (int64_t)(is_blob(c) ? s.len : td_utf8_chars(s.at, s.len)));
}

static int octet_length(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return td_fn_give_int(c, (int64_t)td_fn_text(c, 0).len);
}

static int bit_length(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return td_fn_give_int(c, (int64_t)td_fn_text(c, 0).len * 8);
}

static const char *find_char(struct td_fn_str set, const char *ch, size_t len)
{
    for (size_t i = 0, n; i < set.len; i += n) {
        n = td_utf8_next(set.at + i, set.len - i, NULL);
        if (n == len && memcmp(set.at + i, ch, n) == 0)
            return set.at + i;
    }
    return NULL;
}

/* Start of the character that ends at `end`. */
static const char *last_char(const char *start, const char *end)
{
    const char *p = end - 1;
    while (p > start && ((unsigned char)*p & 0xc0) == 0x80)
        p--;
    return p;
}

static int trim(struct td_fn_call *c, bool left, bool right)
{
    struct td_fn_str s = td_fn_text(c, 0), set = {" ", 1};
    const char *at = s.at, *end = s.at + s.len;
    if (c->n > 1)
        set = td_fn_text(c, 1);
    while (left && at < end) {
        size_t n = td_utf8_next(at, (size_t)(end - at), NULL);
        if (find_char(set, at, n) == NULL)
            break;
        at += n;
    }
    while (right && at < end) {
        const char *p = last_char(at, end);
        if (find_char(set, p, (size_t)(end - p)) == NULL)
            break;
        end = p;
    }
    return is_blob(c) ? td_fn_give_blob(c, at, (size_t)(end - at)) : give(c, at, end);
}

static int btrim(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return trim(c, true, true);
}

static int ltrim(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return trim(c, true, false);
}

static int rtrim(struct td_fn_call *c, struct td_err *err)
{
    (void)err;
    return trim(c, false, true);
}

/* How many characters left(x, n) keeps; for right(), how many it leaves out is the rest. */
static size_t kept(int64_t n, size_t chars)
{
    if (n < 0)
        return -n > (int64_t)chars ? 0 : chars - (size_t)-n;
    return n > (int64_t)chars ? chars : (size_t)n;
}

static int left(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    int32_t n = 0;
    int rc = td_fn_int4(c, 1, &n, err);
    return rc != TD_OK ? rc : give(c, s.at, s.at + td_utf8_bytes(s.at, s.len, kept(n, td_utf8_chars(s.at, s.len))));
}

static int right(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    size_t chars = td_utf8_chars(s.at, s.len);
    int32_t n = 0;
    int rc = td_fn_int4(c, 1, &n, err);
    return rc != TD_OK ? rc : give(c, s.at + td_utf8_bytes(s.at, s.len, chars - kept(n, chars)), s.at + s.len);
}

static void add_fill(struct td_buf *out, struct td_fn_str fill, size_t chars)
{
    for (size_t at = 0; chars > 0; chars--) {
        size_t n = td_utf8_next(fill.at + at, fill.len - at, NULL);
        td_buf_add_n(out, fill.at + at, n);
        at = at + n >= fill.len ? 0 : at + n;
    }
}

static int pad(struct td_fn_call *c, bool on_left, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), fill = {" ", 1};
    int32_t n = 0;
    int rc = td_fn_int4(c, 1, &n, err);
    if (rc != TD_OK)
        return rc;
    if (c->n > 2)
        fill = td_fn_text(c, 2);
    if (n > MAX_PADDED || is_too_long(c, n))
        return td_fn_fail(err, "54000", "requested length too large");
    size_t chars = td_utf8_chars(s.at, s.len), want = n > 0 ? (size_t)n : 0;
    if (chars >= want || fill.len == 0)
        return give(c, s.at, s.at + td_utf8_bytes(s.at, s.len, want));
    if (on_left)
        add_fill(&c->out, fill, want - chars);
    td_buf_add_n(&c->out, s.at, s.len);
    if (!on_left)
        add_fill(&c->out, fill, want - chars);
    return td_fn_done(c, err);
}

static int lpad(struct td_fn_call *c, struct td_err *err)
{
    return pad(c, true, err);
}

static int rpad(struct td_fn_call *c, struct td_err *err)
{
    return pad(c, false, err);
}

static int repeat(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    int32_t n = 0;
    int rc = td_fn_int4(c, 1, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n > 0 && is_too_long(c, (int64_t)s.len * n))
        return td_fn_fail(err, "54000", "requested length too large");
    for (int32_t i = 0; i < n && s.len > 0; i++)
        td_buf_add_n(&c->out, s.at, s.len);
    return td_fn_done(c, err);
}

static int reverse(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    for (const char *end = s.at + s.len, *p; end > s.at; end = p) {
        p = last_char(s.at, end);
        td_buf_add_n(&c->out, p, (size_t)(end - p));
    }
    return td_fn_done(c, err);
}

static int replace(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), from = td_fn_text(c, 1), to = td_fn_text(c, 2);
    const char *at = s.at, *end = s.at + s.len, *next;
    while (from.len > 0 && (next = memmem(at, (size_t)(end - at), from.at, from.len)) != NULL) {
        td_buf_add_n(&c->out, at, (size_t)(next - at));
        td_buf_add_n(&c->out, to.at, to.len);
        at = next + from.len;
    }
    td_buf_add_n(&c->out, at, (size_t)(end - at));
    return td_fn_done(c, err);
}

static int translate(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), from = td_fn_text(c, 1), to = td_fn_text(c, 2);
    for (size_t i = 0, n; i < s.len; i += n) {
        n = td_utf8_next(s.at + i, s.len - i, NULL);
        const char *found = find_char(from, s.at + i, n);
        if (found == NULL) {
            td_buf_add_n(&c->out, s.at + i, n);
            continue;
        }
        size_t at = td_utf8_bytes(to.at, to.len, td_utf8_chars(from.at, (size_t)(found - from.at)));
        if (at < to.len) /* without a partner: dropped */
            td_buf_add_n(&c->out, to.at + at, td_utf8_next(to.at + at, to.len - at, NULL));
    }
    return td_fn_done(c, err);
}

/* Byte range of `count` characters (or bytes of a blob) from position `from`; count < 0: to the end. */
static void range(const struct td_fn_call *c, struct td_fn_str s, int64_t from, int64_t count, size_t *start_out,
                  size_t *end_out)
{
    int64_t end = count < 0 ? INT64_MAX : from + count;
    int64_t start = from < 1 ? 1 : from;
    if (end < start)
        end = start;
    if (is_blob(c)) {
        *start_out = start - 1 > (int64_t)s.len ? s.len : (size_t)(start - 1);
        *end_out = end - 1 > (int64_t)s.len ? s.len : (size_t)(end - 1);
        return;
    }
    *start_out = td_utf8_bytes(s.at, s.len, (size_t)(start - 1));
    *end_out = *start_out + td_utf8_bytes(s.at + *start_out, s.len - *start_out, (size_t)(end - start));
}

static int substr(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    int32_t from = 0, count = 0;
    size_t start, end;
    int rc = td_fn_int4(c, 1, &from, err);
    if (rc == TD_OK && c->n > 2)
        rc = td_fn_int4(c, 2, &count, err);
    if (rc != TD_OK)
        return rc;
    if (count < 0)
        return td_fn_fail(err, "22011", "negative substring length not allowed");
    range(c, s, from, c->n > 2 ? count : -1, &start, &end);
    if (is_blob(c))
        return td_fn_give_blob(c, s.at + start, end - start);
    return td_fn_give_text(c, s.at + start, end - start);
}

static int overlay(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), with = td_fn_text(c, 1);
    int32_t from = 0, count = (int32_t)td_utf8_chars(with.at, with.len);
    size_t head, head_end, tail, tail_end;
    int rc = td_fn_int4(c, 2, &from, err);
    if (rc == TD_OK && c->n > 3)
        rc = td_fn_int4(c, 3, &count, err);
    if (rc != TD_OK)
        return rc;
    if (from <= 0)
        return td_fn_fail(err, "22011", "negative substring length not allowed");
    range(c, s, 1, from - 1, &head, &head_end);
    range(c, s, (int64_t)from + count, -1, &tail, &tail_end);
    td_buf_add_n(&c->out, s.at, head_end);
    td_buf_add_n(&c->out, with.at, with.len);
    td_buf_add_n(&c->out, s.at + tail, tail_end - tail);
    if (is_blob(c))
        return td_fn_give_blob(c, td_buf_str(&c->out), c->out.len);
    return td_fn_done(c, err);
}

static int strpos(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), part = td_fn_text(c, 1);
    const char *found = part.len == 0 ? s.at : memmem(s.at, s.len, part.at, part.len);
    (void)err;
    if (found == NULL)
        return td_fn_give_int(c, 0);
    size_t before = (size_t)(found - s.at);
    return td_fn_give_int(c, (int64_t)(is_blob(c) ? before : td_utf8_chars(s.at, before)) + 1);
}

static int64_t count_parts(struct td_fn_str s, struct td_fn_str d)
{
    int64_t parts = 1;
    const char *at = s.at, *end = s.at + s.len;
    while ((at = memmem(at, (size_t)(end - at), d.at, d.len)) != NULL) {
        at += d.len;
        parts++;
    }
    return parts;
}

static int split_part(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), d = td_fn_text(c, 1);
    int32_t n = 0;
    int rc = td_fn_int4(c, 2, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n == 0)
        return td_fn_fail(err, "22023", "field position must not be zero");
    int64_t parts = d.len == 0 ? 1 : count_parts(s, d), want = n < 0 ? parts + n + 1 : n;
    if (want < 1 || want > parts || s.len == 0)
        return td_fn_give_text(c, "", 0);
    const char *at = s.at, *end = s.at + s.len, *next = end;
    for (int64_t i = 1; d.len > 0; i++) {
        next = memmem(at, (size_t)(end - at), d.at, d.len);
        if (i == want)
            break;
        at = next + d.len;
    }
    return give(c, at, next != NULL ? next : end);
}

static int starts_with(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0), head = td_fn_text(c, 1);
    (void)err;
    return td_fn_give_int(c, head.len <= s.len && memcmp(s.at, head.at, head.len) == 0);
}

static int ascii(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    uint32_t cp = 0;
    (void)err;
    td_utf8_next(s.at, s.len, &cp);
    return td_fn_give_int(c, s.len == 0 ? 0 : cp);
}

static int chr(struct td_fn_call *c, struct td_err *err)
{
    int32_t cp = 0;
    char utf8[4];
    int rc = td_fn_int4(c, 0, &cp, err);
    if (rc != TD_OK)
        return rc;
    if (cp < 0)
        return td_fn_fail(err, "54000", "character number must be positive");
    if (cp == 0)
        return td_fn_fail(err, "54000", "null character not permitted");
    if (cp > 0x10ffff)
        return td_fn_fail(err, "54000", "requested character too large for encoding: %u", (unsigned)cp);
    size_t n = td_utf8_encode((uint32_t)cp, utf8);
    if (n == 0)
        return td_fn_fail(err, "54000", "requested character not valid for encoding: %u", (unsigned)cp);
    return td_fn_give_text(c, utf8, n);
}

const struct td_fn td_fn_texts[] = {
    {"pg_length", 1, 1, TD_FN_STRICT, length},
    {"pg_octet_length", 1, 1, TD_FN_STRICT, octet_length},
    {"pg_bit_length", 1, 1, TD_FN_STRICT, bit_length},
    {"pg_btrim", 1, 2, TD_FN_STRICT, btrim},
    {"pg_ltrim", 1, 2, TD_FN_STRICT, ltrim},
    {"pg_rtrim", 1, 2, TD_FN_STRICT, rtrim},
    {"pg_left", 2, 2, TD_FN_STRICT, left},
    {"pg_right", 2, 2, TD_FN_STRICT, right},
    {"pg_lpad", 2, 3, TD_FN_STRICT, lpad},
    {"pg_rpad", 2, 3, TD_FN_STRICT, rpad},
    {"pg_repeat", 2, 2, TD_FN_STRICT, repeat},
    {"pg_reverse", 1, 1, TD_FN_STRICT, reverse},
    {"pg_replace", 3, 3, TD_FN_STRICT, replace},
    {"pg_translate", 3, 3, TD_FN_STRICT, translate},
    {"pg_overlay", 3, 4, TD_FN_STRICT, overlay},
    {"pg_substr", 2, 3, TD_FN_STRICT, substr},
    {"pg_strpos", 2, 2, TD_FN_STRICT, strpos},
    {"pg_split_part", 3, 3, TD_FN_STRICT, split_part},
    {"pg_starts_with", 2, 2, TD_FN_STRICT, starts_with},
    {"pg_ascii", 1, 1, TD_FN_STRICT, ascii},
    {"pg_chr", 1, 1, TD_FN_STRICT, chr},
    {NULL, 0, 0, 0, NULL},
};
