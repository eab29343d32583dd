/* Form of arrays, to PostgreSQL: [1, null, "a b"] -> {1,NULL,"a b"}, as array_out prints it. The JSON may be any
 * program's, with blanks and escapes as it likes. */
#include <string.h>
#include <strings.h>

#include "core/base/arraybounds.h"
#include "core/base/decimal.h"
#include "core/base/utf8.h"
#include "core/db/shortest.h"
#include "sync/form_impl.h"

struct reader {
    const struct form *f; /* of the array */
    struct form element;
    struct td_value whole;
    const char *p, *end;
    char delimiter;
    struct td_buf string;          /* of one element that has escapes */
    struct td_buf text;            /* of one element, where it must be made */
    int depth;                     /* of the first element; 0: none yet. All are as deep, */
    size_t lengths[TD_ARRAY_DIMS]; /* and all arrays of a level as long; plus 1 */
    struct td_buf *out;
};

char td_form_delimiter(struct td_type t)
{
    return t.kind == TD_T_OTHER && t.name != NULL && strcmp(t.name, "box") == 0 ? ';' : ',';
}

static int malformed(const struct reader *r)
{
    return td_form_wrong(r->f, r->whole);
}

static bool at(const struct reader *r, char c)
{
    return r->p < r->end && *r->p == c;
}

static void skip_blanks(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

/* ---- JSON's strings ---- */

/* Four hexadecimal digits; false: they are none. */
static bool hex4(struct reader *r, uint32_t *out)
{
    *out = 0;
    if (r->end - r->p < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        char c = *r->p++, lower = (char)(c | 32);
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *out = *out << 4 | (uint32_t)(lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

static int half_a_pair(const struct reader *r)
{
    return td_err_set(r->f->err, TD_C_SYNC_ENCODING, "the text has half a pair of surrogates as an escape");
}

/* From behind \u on. */
static int escaped_character(struct reader *r)
{
    uint32_t c, low;
    char utf8[4];
    if (!hex4(r, &c))
        return malformed(r);
    if (c == 0)
        return td_err_set(r->f->err, TD_C_SYNC_NUL, "nul-in-text: PostgreSQL cannot store the character NUL in a text");
    if (c >= 0xDC00 && c <= 0xDFFF)
        return half_a_pair(r);
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
            return half_a_pair(r);
        r->p += 2;
        if (!hex4(r, &low))
            return malformed(r);
        if (low < 0xDC00 || low > 0xDFFF)
            return half_a_pair(r);
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    td_buf_add_n(&r->string, utf8, td_utf8_encode(c, utf8));
    return TD_OK;
}

static int escape(struct reader *r)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = r->p < r->end ? *r->p++ : '\0';
    if (c == 'u')
        return escaped_character(r);
    const char *hit = c == '\0' ? NULL : strchr(letters, c);
    if (hit == NULL)
        return malformed(r);
    td_buf_char(&r->string, meant[hit - letters]);
    return TD_OK;
}

static bool is_plain(const struct reader *r)
{
    return r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20;
}

/* From behind the quote on. Without an escape it is taken where it stands. */
static int read_string(struct reader *r, struct td_value *out)
{
    const char *from = r->p;
    int rc = TD_OK;
    while (is_plain(r))
        r->p++;
    if (at(r, '"')) {
        *out = td_bytes(TD_V_TEXT, from, (size_t)(r->p++ - from));
        return TD_OK;
    }
    td_buf_reset(&r->string);
    td_buf_add_n(&r->string, from, (size_t)(r->p - from));
    while (rc == TD_OK && !at(r, '"')) {
        if (is_plain(r))
            td_buf_char(&r->string, *r->p++);
        else if (at(r, '\\'))
            rc = (r->p++, escape(r));
        else
            return malformed(r);
    }
    r->p++;
    *out = td_bytes(TD_V_TEXT, td_buf_str(&r->string), r->string.len);
    return rc;
}

/* ---- elements ---- */

static bool is(struct td_value v, const char *word)
{
    return v.bytes.len == strlen(word) && memcmp(v.bytes.at, word, v.bytes.len) == 0;
}

static int wrong(const struct reader *r, struct td_value v)
{
    return td_form_wrong(&r->element, v);
}

static int integer_element(struct reader *r, struct td_value v, bool string)
{
    int64_t i;
    if (string || !td_form_read_int(v.bytes.at, v.bytes.len, &i) || !td_form_fits_int(r->element.t, i))
        return wrong(r, v);
    td_form_text(r->element.t, td_int(i), &r->text);
    return TD_OK;
}

static int bool_element(struct reader *r, struct td_value v, bool string)
{
    if (string || (!is(v, "true") && !is(v, "false")))
        return wrong(r, v);
    td_buf_char(&r->text, *v.bytes.at);
    return TD_OK;
}

/* In a string stand the words alone. */
static bool is_word(struct td_value v)
{
    return is(v, "NaN") || is(v, "Infinity") || is(v, "-Infinity");
}

static int float_element(struct reader *r, struct td_value v, bool string)
{
    struct td_value made;
    double d = 0;
    if (string && is_word(v)) {
        td_buf_add_n(&r->text, v.bytes.at, v.bytes.len);
        return TD_OK;
    }
    int rc = string ? wrong(r, v) : td_form_read_double(&r->element, v, &d);
    if (rc == TD_OK) /* its range */
        rc = td_form_float_to_postgres(&r->element, td_double(d), &made);
    if (rc != TD_OK)
        return rc;
    if (made.d - made.d != 0)
        return wrong(r, v); /* 1e999 */
    td_buf_add_n(&r->text, "-", d == 0 && *v.bytes.at == '-');
    td_form_text(r->element.t, made, &r->text);
    return TD_OK;
}

/* Digits as numeric has them, or a number with an exponent, which SQLite's own functions make. */
static int numeric_element(struct reader *r, struct td_value v, bool string)
{
    const struct td_type *t = &r->element.t;
    struct td_err ignored = {0};
    if (string != is_word(v))
        return wrong(r, v);
    if (td_form_is_numeric(*t, v.bytes.at, v.bytes.len)) {
        td_buf_add_n(&r->text, v.bytes.at, v.bytes.len);
        return TD_OK;
    }
    double ignored_value;
    int rc = string ? wrong(r, v) : td_form_read_double(&r->element, v, &ignored_value); /* is it a number at all? */
    if (rc != TD_OK)
        return rc;
    const char *text = td_arena_dup(r->f->a, v.bytes.at, v.bytes.len);
    rc = t->mod1 < 0 ? td_decimal_canon(text, &r->text, &ignored)
                     : td_decimal_fit(text, t->mod1, t->mod2, &r->text, &ignored);
    if (rc == TD_ENOMEM)
        return td_err_nomem(r->f->err);
    return rc == TD_OK ? TD_OK : wrong(r, v);
}

/* "\\x00ff" is what PostgreSQL prints. */
static int bytes_element(struct reader *r, struct td_value v)
{
    struct td_value bytes;
    int rc = td_form_scalar_to_sqlite(&r->element, v, &bytes);
    if (rc == TD_OK)
        td_buf_add_n(&r->text, v.bytes.at, v.bytes.len);
    return rc;
}

/* `*out` is what PostgreSQL prints of the element. */
static int element_text(struct reader *r, struct td_value v, bool string, struct td_value *out)
{
    int rc;
    td_buf_reset(&r->text);
    switch (r->element.t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: rc = integer_element(r, v, string); break;
    case TD_T_BOOL: rc = bool_element(r, v, string); break;
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: rc = float_element(r, v, string); break;
    case TD_T_NUMERIC: rc = numeric_element(r, v, string); break;
    case TD_T_BYTEA: rc = string ? bytes_element(r, v) : wrong(r, v); break;
    default: return string ? td_form_scalar_to_postgres(&r->element, v, out) : wrong(r, v);
    }
    *out = td_bytes(TD_V_TEXT, td_buf_str(&r->text), r->text.len);
    return rc;
}

/* ---- array_out ---- */

static bool needs_quotes(const struct reader *r, struct td_value v)
{
    if (v.bytes.len == 0 || (v.bytes.len == 4 && strncasecmp(v.bytes.at, "NULL", 4) == 0))
        return true;
    for (size_t i = 0; i < v.bytes.len; i++) {
        char c = v.bytes.at[i];
        if (c == '"' || c == '\\' || c == '{' || c == '}' || c == r->delimiter || c == ' ' || (c >= '\t' && c <= '\r'))
            return true;
    }
    return false;
}

static void add_quoted(const struct reader *r, struct td_value v)
{
    td_buf_char(r->out, '"');
    for (size_t i = 0, from = 0; i <= v.bytes.len; i++) {
        if (i < v.bytes.len && v.bytes.at[i] != '"' && v.bytes.at[i] != '\\')
            continue;
        td_buf_add_n(r->out, v.bytes.at + from, i - from);
        if (i < v.bytes.len)
            td_buf_char(r->out, '\\');
        from = i;
    }
    td_buf_char(r->out, '"');
}

static int add_element(struct reader *r, struct td_value v, bool string)
{
    struct td_value text;
    int rc = element_text(r, v, string, &text);
    if (rc != TD_OK)
        return rc;
    if (needs_quotes(r, text))
        add_quoted(r, text);
    else
        td_buf_add_n(r->out, text.bytes.at, text.bytes.len);
    return TD_OK;
}

/* ---- brackets ---- */

static bool fits_depth(struct reader *r, int depth)
{
    if (r->depth == 0)
        r->depth = depth;
    return r->depth == depth;
}

static bool fits_length(struct reader *r, int depth, size_t length)
{
    if (r->lengths[depth - 1] == 0)
        r->lengths[depth - 1] = length + 1;
    return r->lengths[depth - 1] == length + 1 && (length > 0 || depth == 1);
}

static int item(struct reader *r, int depth)
{
    struct td_value v;
    const char *from = r->p;
    if (!fits_depth(r, depth))
        return malformed(r);
    if (at(r, '"')) {
        r->p++;
        int rc = read_string(r, &v);
        return rc == TD_OK ? add_element(r, v, true) : rc;
    }
    while (r->p < r->end && strchr(",]} \t\r\n\"[{", *r->p) == NULL)
        r->p++;
    v = td_bytes(TD_V_TEXT, from, (size_t)(r->p - from));
    if (v.bytes.len == 0)
        return malformed(r);
    if (!is(v, "null"))
        return add_element(r, v, false);
    td_buf_add_n(r->out, "NULL", 4);
    return TD_OK;
}

static int level(struct reader *r, int depth)
{
    size_t length = 0;
    int rc = TD_OK;
    if (!at(r, '[') || depth > TD_ARRAY_DIMS)
        return malformed(r);
    r->p++;
    td_buf_char(r->out, '{');
    skip_blanks(r);
    for (; rc == TD_OK && (length == 0 ? !at(r, ']') : at(r, ',')); length++) {
        if (length > 0) {
            r->p++;
            td_buf_char(r->out, r->delimiter);
            skip_blanks(r);
        }
        rc = at(r, '[') ? level(r, depth + 1) : item(r, depth);
        skip_blanks(r);
    }
    if (rc != TD_OK)
        return rc;
    if (!at(r, ']') || !fits_length(r, depth, length))
        return malformed(r);
    r->p++;
    td_buf_char(r->out, '}');
    return TD_OK;
}

int td_form_array_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    struct td_buf b;
    struct reader r = {.f = f, .element = *f, .whole = v, .p = v.bytes.at, .end = v.bytes.at + v.bytes.len, .out = &b};
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    int rc = td_form_check_text(f, v);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&b, f->a);
    td_buf_init(&r.string, f->a);
    td_buf_init(&r.text, f->a);
    r.element.t.dims = 0;
    r.delimiter = td_form_delimiter(r.element.t);
    skip_blanks(&r);
    rc = level(&r, 1);
    skip_blanks(&r);
    if (rc == TD_OK && r.p != r.end)
        rc = malformed(&r);
    return rc != TD_OK ? rc : td_form_take(f, TD_V_TEXT, &b, out);
}
