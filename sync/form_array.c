/* Form of arrays, to SQLite: {1,NULL,"a b"} -> [1,null,"a b"], as core/sql/const.c makes it of a literal. */
#include <math.h>
#include <string.h>

#include "core/base/arraybounds.h"
#include "core/base/jsontext.h"
#include "core/db/shortest.h"
#include "sync/form_impl.h"

struct reader {
    const struct form *f; /* of the array */
    struct form element;
    struct td_value whole;
    const char *p, *end;
    char delimiter;
    struct td_buf unquoted; /* of one element that has escapes */
    struct td_buf *out;
};

static int malformed(const struct reader *r)
{
    return td_form_wrong(r->f, r->whole);
}

static bool at(const struct reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

/* ---- elements ---- */

/* The digits as the lowering writes them: 1.0, 2.5, 1e+20. */
static int add_float(struct reader *r, struct td_value text)
{
    struct td_shortest s;
    double d;
    int rc = td_form_read_double(&r->element, text, &d);
    if (rc != TD_OK)
        return rc;
    if (isnan(d) || isinf(d)) {
        td_jsontext_string(r->out, text.bytes.at, text.bytes.len);
        return TD_OK;
    }
    td_shortest_find(d, r->element.t.kind == TD_T_FLOAT4, &s);
    s.negative = signbit(d) != 0;
    td_shortest_layout(&s, s.n, r->out);
    if (s.exponent >= -4 && s.exponent == s.n - 1)
        td_buf_add_n(r->out, ".0", 2);
    return TD_OK;
}

static int add_bool(struct reader *r, struct td_value text)
{
    struct td_value v;
    int rc = td_form_scalar_to_sqlite(&r->element, text, &v);
    if (rc == TD_OK)
        td_buf_add(r->out, v.i == 1 ? "true" : "false");
    return rc;
}

static int add_numeric(struct reader *r, struct td_value text)
{
    char last = text.bytes.len > 0 ? text.bytes.at[text.bytes.len - 1] : '\0';
    if (!td_form_is_numeric(r->element.t, text.bytes.at, text.bytes.len))
        return td_form_wrong(&r->element, text);
    if (last >= '0' && last <= '9')
        td_buf_add_n(r->out, text.bytes.at, text.bytes.len);
    else
        td_jsontext_string(r->out, text.bytes.at, text.bytes.len);
    return TD_OK;
}

static int add_integer(struct reader *r, struct td_value text)
{
    struct td_value v;
    int rc = td_form_int_to_sqlite(&r->element, text, &v);
    if (rc == TD_OK)
        td_buf_add_n(r->out, text.bytes.at, text.bytes.len);
    return rc;
}

static int add_string(struct reader *r, struct td_value text)
{
    struct td_value v = text;
    int rc = r->element.t.kind == TD_T_BYTEA ? TD_OK : td_form_scalar_to_sqlite(&r->element, text, &v);
    if (rc == TD_OK)
        td_jsontext_string(r->out, v.bytes.at, v.bytes.len);
    return rc;
}

static int add_element(struct reader *r, const char *text, size_t len)
{
    struct td_value v = td_bytes(TD_V_TEXT, text, len);
    switch (r->element.t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: return add_integer(r, v);
    case TD_T_BOOL: return add_bool(r, v);
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return add_float(r, v);
    case TD_T_NUMERIC: return add_numeric(r, v);
    default: return add_string(r, v);
    }
}

/* ---- braces ---- */

/* From behind the quote on. Without a backslash it is taken where it stands. */
static int quoted(struct reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p != '"' && *r->p != '\\')
        r->p++;
    if (at(r, '"'))
        return add_element(r, from, (size_t)(r->p++ - from));
    td_buf_reset(&r->unquoted);
    td_buf_add_n(&r->unquoted, from, (size_t)(r->p - from));
    for (; r->p < r->end && *r->p != '"'; r->p++) {
        if (*r->p == '\\' && ++r->p == r->end)
            return malformed(r);
        td_buf_char(&r->unquoted, *r->p);
    }
    if (!at(r, '"'))
        return malformed(r);
    r->p++;
    return add_element(r, td_buf_str(&r->unquoted), r->unquoted.len);
}

static int bare(struct reader *r)
{
    const char *from = r->p;
    while (r->p < r->end && *r->p != r->delimiter && *r->p != '}' && *r->p != '{' && *r->p != '"' && *r->p != '\\')
        r->p++;
    size_t n = (size_t)(r->p - from);
    if (n == 0)
        return malformed(r);
    if (n == 4 && memcmp(from, "NULL", 4) == 0) {
        td_buf_add_n(r->out, "null", 4);
        return TD_OK;
    }
    return add_element(r, from, n);
}

static int level(struct reader *r, int depth)
{
    int rc = TD_OK;
    if (!at(r, '{') || depth > TD_ARRAY_DIMS)
        return malformed(r);
    r->p++;
    td_buf_char(r->out, '[');
    for (bool first = true; rc == TD_OK && !at(r, '}'); first = false) {
        if (!first && !at(r, r->delimiter))
            return malformed(r);
        if (!first) {
            r->p++;
            td_buf_char(r->out, ',');
        }
        if (at(r, '{'))
            rc = level(r, depth + 1);
        else if (at(r, '"'))
            rc = (r->p++, quoted(r));
        else
            rc = bare(r);
    }
    if (rc != TD_OK)
        return rc;
    r->p++;
    td_buf_char(r->out, ']');
    return TD_OK;
}

/* [1:2]={a,b} is {a,b}; what begins elsewhere than at 1 cannot be kept. */
static int skip_bounds(struct reader *r)
{
    struct td_array_bounds bounds;
    if (!at(r, '['))
        return TD_OK;
    const char *text = td_arena_dup(r->f->a, r->whole.bytes.at, r->whole.bytes.len);
    const char *braces = td_array_bounds_read(text, &bounds);
    if (braces == NULL)
        return malformed(r);
    if (!td_array_bounds_plain(&bounds))
        return td_err_set(r->f->err, TD_C_SYNC_BOUNDS, "the array's bounds %.*s cannot be kept on SQLite",
                          (int)(braces - text < 100 ? braces - text - 1 : 100), text);
    r->p += braces - text;
    return TD_OK;
}

int td_form_array_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    struct td_buf b;
    struct reader r = {f, *f, v, v.bytes.at, v.bytes.at + v.bytes.len, ',', {0}, &b};
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    td_buf_init(&b, f->a);
    td_buf_init(&r.unquoted, f->a);
    r.element.t.dims = 0;
    r.delimiter = td_form_delimiter(r.element.t);
    int rc = skip_bounds(&r);
    if (rc == TD_OK)
        rc = level(&r, 1);
    if (rc == TD_OK && r.p != r.end)
        rc = malformed(&r);
    return rc != TD_OK ? rc : td_form_take(f, TD_V_TEXT, &b, out);
}
