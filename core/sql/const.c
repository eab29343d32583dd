/* Literals: text as PostgreSQL's input functions read it, folded to the form in which SQLite stores the value. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/arraybounds.h"
#include "core/base/decimal.h"
#include "core/base/jsontext.h"
#include "core/base/time.h"
#include "core/base/utf8.h"
#include "core/base/uuid.h"
#include "core/sql/lower_impl.h"

struct ex lw_null(struct td_type t)
{
    struct ex e = ex_of("NULL", t, PREC_ATOM);
    e.null = true;
    return e;
}

static struct ex constant(const char *sql, struct td_type t, const char *text)
{
    struct ex e = ex_of(sql, t, PREC_ATOM);
    e.text = text;
    return e;
}

static int bad_input(struct lw *w, const char *text, struct td_type t, int loc)
{
    return lw_error(w, "22P02", loc, "invalid input syntax for type %s: \"%s\"", type_name(w, t), text);
}

/* An error of the base layer gets our place. */
static int placed(struct lw *w, int rc, int loc)
{
    if (rc == TD_OK)
        return TD_OK;
    w->err->line = w->err->column = 0;
    if (w->err->next[0] == '\0')
        td_err_next(w->err, "Correct the literal.");
    return lw_place(w, loc);
}

static const char *trimmed(struct lw *w, const char *s)
{
    size_t n;
    while (*s == ' ' || (*s >= '\t' && *s <= '\r'))
        s++;
    n = strlen(s);
    while (n > 0 && (s[n - 1] == ' ' || (s[n - 1] >= '\t' && s[n - 1] <= '\r')))
        n--;
    return td_arena_dup(w->a, s, n);
}

static int fold_integer(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    const char *s = trimmed(w, text);
    char *end;
    long long v;
    errno = 0;
    v = strtoll(s, &end, 10);
    if (*s == '\0' || *end != '\0')
        return bad_input(w, text, t, loc);
    if (errno == ERANGE || (t.kind == TD_T_INT4 && (v < INT32_MIN || v > INT32_MAX)) ||
        (t.kind == TD_T_INT2 && (v < INT16_MIN || v > INT16_MAX)) ||
        (t.kind == TD_T_OID && (v < INT32_MIN || v > UINT32_MAX)))
        return lw_error(w, "22003", loc, "value \"%s\" is out of range for type %s", text, type_name(w, t));
    if (t.kind == TD_T_OID)
        v = (uint32_t)v; /* as PostgreSQL reads -1 */
    s = td_arena_printf(w->a, "%lld", v);
    *out = constant(s, t, s);
    out->prec = v < 0 ? PREC_UNARY : PREC_ATOM;
    return TD_OK;
}

static int fold_bool(struct lw *w, const char *text, int loc, struct ex *out)
{
    static const struct {
        const char *word;
        size_t least;
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    const char *s = trimmed(w, text);
    size_t n = strlen(s);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (n >= words[i].least && n <= strlen(words[i].word) && strncasecmp(s, words[i].word, n) == 0) {
            *out = constant(words[i].value ? "1" : "0", TD_TYPE(TD_T_BOOL), words[i].value ? "true" : "false");
            return TD_OK;
        }
    }
    return bad_input(w, text, TD_TYPE(TD_T_BOOL), loc);
}

/* A number that the type can only keep as zero or as an infinity. */
static bool float_overflows(const char *s, double v, enum td_type_kind kind)
{
    double kept = kind == TD_T_FLOAT4 ? (double)(float)v : v;
    if (isinf(kept))
        return strpbrk(s, "0123456789") != NULL;
    return kept == 0 && strcspn(s, "123456789") < strcspn(s, "eE");
}

/* The fewest digits that read back as the value: for real they are fewer, and what is stored is their value. */
static void shortest(double v, enum td_type_kind kind, char *digits, size_t size)
{
    if (isinf(v)) {
        snprintf(digits, size, "%s9e999", v < 0 ? "-" : "");
        return;
    }
    for (int p = 1; p <= 17; p++) {
        snprintf(digits, size, "%.*g", p, v);
        if (kind == TD_T_FLOAT4 ? strtof(digits, NULL) == (float)v : strtod(digits, NULL) == v)
            break;
    }
    if (strpbrk(digits, ".e") == NULL)
        strncat(digits, ".0", 3);
}

static int fold_float(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    const char *s = trimmed(w, text);
    char *end;
    double v = strtod(s, &end);
    char digits[40];
    if (*s == '\0' || *end != '\0') /* strtod is what PostgreSQL reads them by: 0x1p3 is 8 */
        return bad_input(w, text, t, loc);
    if (isnan(v))
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite's REAL has no NaN, it would become NULL", NULL,
                         "NaN cannot be kept in a floating-point column");
    if (float_overflows(s, v, t.kind))
        return lw_error(w, "22003", loc, "\"%s\" is out of range for type %s", text, type_name(w, t));
    if (t.kind == TD_T_FLOAT4)
        v = (float)v;
    shortest(v, t.kind, digits, sizeof digits);
    *out = constant(td_arena_strdup(w->a, digits), t, s);
    out->prec = v < 0 ? PREC_UNARY : PREC_ATOM;
    return TD_OK;
}

/* Native numerics become numbers, the others canonical text. */
static int fold_numeric(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    struct td_buf b;
    const char *s;
    td_buf_init(&b, w->a);
    if (t.mod1 >= 0)
        TD_TRY(placed(w, td_decimal_fit(text, t.mod1, t.mod2, &b, w->err), loc));
    else
        TD_TRY(placed(w, td_decimal_canon(text, &b, w->err), loc));
    s = td_buf_str(&b);
    if (td_type_numeric_native(t) && strcmp(s, "NaN") == 0)
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "it is stored as a number there", NULL,
                         "NaN cannot be kept in a column of type %s on SQLite", type_name(w, t));
    *out = constant(td_type_numeric_native(t) ? s : sql_lit(w, s), t, s);
    out->prec = td_type_numeric_native(t) && s[0] == '-' ? PREC_UNARY : PREC_ATOM;
    return TD_OK;
}

static bool only_blanks(const char *s)
{
    return s[strspn(s, " ")] == '\0';
}

/* varchar(n), char(n): longer is an error unless blanks or an explicit cast, which cuts; char(n) is padded. */
static int fold_text(struct lw *w, const char *text, struct td_type t, enum td_cast_context context, int loc,
                     struct ex *out)
{
    size_t len = strlen(text), max = (size_t)t.mod1, bytes;
    struct td_buf b;
    if (t.kind == TD_T_NAME)
        text = td_name_truncate(w->a, text);
    if (t.kind == TD_T_TEXT || t.kind == TD_T_CITEXT || t.kind == TD_T_NAME || t.mod1 < 0) {
        *out = constant(sql_lit(w, text), t, text);
        return TD_OK;
    }
    bytes = td_utf8_bytes(text, len, max);
    if (bytes < len && context != TD_CAST_EXPLICIT && !only_blanks(text + bytes))
        return lw_error(w, "22001", loc, "value too long for type %s", type_name(w, t));
    td_buf_init(&b, w->a);
    td_buf_add_n(&b, text, bytes);
    for (size_t n = td_utf8_chars(text, bytes); t.kind == TD_T_BPCHAR && n < max; n++)
        td_buf_char(&b, ' ');
    *out = constant(sql_lit(w, td_buf_str(&b)), t, td_buf_str(&b));
    return TD_OK;
}

static bool is_now_word(const char *s)
{
    return strcasecmp(s, "now") == 0;
}

static int fold_time(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    static const enum td_time_kind kinds[] = {[TD_T_TIMESTAMPTZ] = TD_TIME_TIMESTAMPTZ,
                                              [TD_T_TIMESTAMP] = TD_TIME_TIMESTAMP,
                                              [TD_T_DATE] = TD_TIME_DATE,
                                              [TD_T_TIME] = TD_TIME_TIME,
                                              [TD_T_TIMETZ] = TD_TIME_TIMETZ};
    static const char *const relative[] = {"today", "tomorrow", "yesterday"};
    const char *s = trimmed(w, text);
    struct td_buf b;
    if (is_now_word(s)) {
        *out = lw_now(w, t);
        return TD_OK;
    }
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(s, relative[i]) == 0)
            return lw_refuse(w, TD_C_LOWER_TYPE, loc, "it means the day on which PostgreSQL reads the statement",
                             "Write CURRENT_DATE, or a date.", "the literal '%s' depends on the day", text);
    }
    td_buf_init(&b, w->a);
    TD_TRY(placed(w, td_time_to_canonical(kinds[t.kind], t.mod1, text, &b, w->err), loc));
    *out = constant(sql_lit(w, td_buf_str(&b)), t, td_buf_str(&b));
    return TD_OK;
}

/* `reads`: the type says what a number without a unit is. In an array it does not, as PostgreSQL sizes that afterwards.
 */
static int fold_interval(struct lw *w, const char *text, struct td_type t, bool reads, int loc, struct ex *out)
{
    struct td_interval i;
    struct td_buf b;
    td_buf_init(&b, w->a);
    TD_TRY(placed(w, td_interval_parse_as(text, reads ? t.mod2 : -1, reads ? t.mod1 : -1, &i, w->err), loc));
    td_interval_fit(&i, t.mod2, t.mod1);
    td_interval_print(&i, &b);
    *out = constant(sql_lit(w, td_buf_str(&b)), t, td_buf_str(&b));
    return TD_OK;
}

static int fold_json(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    if (t.kind == TD_T_JSON) {
        TD_TRY(placed(w, td_jsontext_check(text, strlen(text), w->err), loc));
        td_buf_add(&b, text);
    } else {
        TD_TRY(placed(w, td_jsonb_normalise(text, strlen(text), &b, w->err), loc));
    }
    *out = constant(sql_lit(w, td_buf_str(&b)), t, td_buf_str(&b));
    return TD_OK;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int fold_bytea(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    struct td_buf b;
    td_buf_init(&b, w->a);
    td_buf_add(&b, "x'");
    if (text[0] == '\\' && text[1] == 'x') {
        for (const char *p = text + 2; *p != '\0'; p++) {
            if (*p == ' ' || *p == '\n' || *p == '\t')
                continue;
            if (hex_digit(p[0]) < 0 || hex_digit(p[1]) < 0)
                return lw_error(w, "22023", loc, "invalid hexadecimal data: \"%s\"", text);
            td_buf_add_n(&b, p++, 2);
        }
    } else {
        for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
            unsigned c = *p;
            if (c == '\\' && p[1] == '\\') {
                p++;
            } else if (c == '\\') {
                if (!(p[1] >= '0' && p[1] <= '3' && p[2] >= '0' && p[2] <= '7' && p[3] >= '0' && p[3] <= '7'))
                    return bad_input(w, text, t, loc);
                c = (unsigned)((p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0'));
                p += 3;
            }
            td_buf_printf(&b, "%02x", c);
        }
    }
    td_buf_char(&b, '\'');
    *out = constant(td_buf_str(&b), t, text);
    return TD_OK;
}

static int fold_enum(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    if (t.user != NULL && td_strings_find(&t.user->labels, text) < 0)
        return lw_error(w, "22P02", loc, "invalid input value for enum %s: \"%s\"", t.user->name, text);
    *out = constant(sql_lit(w, text), t, text);
    return TD_OK;
}

static int fold_uuid(struct lw *w, const char *text, struct td_type t, int loc, struct ex *out)
{
    char canonical[TD_UUID_TEXT];
    if (!td_uuid_parse(text, strlen(text), canonical))
        return bad_input(w, text, t, loc);
    *out = constant(sql_lit(w, canonical), t, td_arena_strdup(w->a, canonical));
    return TD_OK;
}

/* --- bit strings --- */

bool lw_is_bits(struct td_type t)
{
    return t.dims == 0 && t.kind == TD_T_OTHER && t.name != NULL &&
           (strcmp(t.name, "bit") == 0 || strcmp(t.name, "varbit") == 0);
}

/* B'101', X'1F' and '101' -> their binary digits; an explicit cast cuts, and fills up bit(n). */
static int fold_bits(struct lw *w, const char *text, struct td_type t, enum td_cast_context context, int loc,
                     struct ex *out)
{
    bool hex = *text == 'x' || *text == 'X', fixed = strcmp(t.name, "bit") == 0;
    struct td_buf b;
    td_buf_init(&b, w->a);
    for (const char *p = text + (hex || *text == 'b' || *text == 'B'); *p != '\0'; p++) {
        int digit = hex_digit(*p);
        if (digit < 0 || (!hex && digit > 1))
            return lw_error(w, "22P02", loc, "\"%c\" is not a valid %s digit", *p, hex ? "hexadecimal" : "binary");
        for (int bit = hex ? 3 : 0; bit >= 0; bit--)
            td_buf_char(&b, (char)('0' + ((digit >> bit) & 1)));
    }
    if (t.mod1 >= 0 && context != TD_CAST_EXPLICIT && (fixed ? b.len != (size_t)t.mod1 : b.len > (size_t)t.mod1))
        return lw_error(w, fixed ? "22026" : "22001", loc, "a bit string of length %zu does not fit type %s", b.len,
                        type_name(w, t));
    while (fixed && t.mod1 >= 0 && b.len < (size_t)t.mod1)
        td_buf_char(&b, '0');
    text = td_buf_str(&b);
    if (t.mod1 >= 0 && b.len > (size_t)t.mod1)
        text = td_arena_dup(w->a, text, (size_t)t.mod1);
    *out = constant(sql_lit(w, text), t, text);
    return TD_OK;
}

/* --- arrays: '{a,"b c",NULL,{..}}' --- */

struct array_text {
    struct lw *w;
    const char *p, *whole;
    struct td_type element;
    enum td_cast_context context;
    int loc;
    struct td_buf *out;
    int depth;         /* of the first element; 0: none yet. All are as deep, */
    size_t lengths[6]; /* and all arrays of a level as long */
};

static void array_blanks(struct array_text *s)
{
    while (*s->p == ' ' || (*s->p >= '\t' && *s->p <= '\r'))
        s->p++;
}

static int array_bad(struct array_text *s)
{
    return lw_error(s->w, "22P02", s->loc, "malformed array literal: \"%s\"", s->whole);
}

/* x'00FF' (from behind its quote) as PostgreSQL prints bytea. */
static void array_bytes(struct array_text *s, const char *hex)
{
    td_buf_add(s->out, "\"\\\\x");
    for (; *hex != '\''; hex++)
        td_buf_char(s->out, *hex >= 'A' && *hex <= 'F' ? (char)(*hex | 32) : *hex);
    td_buf_char(s->out, '"');
}

/* In an array, numbers and booleans are JSON's, all else are strings. */
static int array_element(struct array_text *s, const char *text)
{
    struct ex e;
    struct td_type t = td_type_base(s->element);
    TD_TRY(t.kind == TD_T_INTERVAL ? fold_interval(s->w, text, t, false, s->loc, &e)
                                   : lw_fold(s->w, text, s->element, s->context, s->loc, &e));
    if (e.text == NULL)
        return array_bad(s);
    if (td_type_is_integer(&t))
        td_buf_add(s->out, e.sql);
    else if (t.kind == TD_T_BYTEA)
        array_bytes(s, e.sql + 2);
    else if (t.kind == TD_T_FLOAT4 || t.kind == TD_T_FLOAT8)
        td_buf_add(s->out, strcmp(e.sql, "9e999") == 0    ? "\"Infinity\""
                           : strcmp(e.sql, "-9e999") == 0 ? "\"-Infinity\""
                                                          : e.sql);
    else if (t.kind == TD_T_BOOL)
        td_buf_add(s->out, e.text);
    else if (td_type_is_number(&t) && strspn(e.text, "+-0123456789.eE") == strlen(e.text))
        td_buf_add(s->out, e.text);
    else
        td_jsontext_string(s->out, e.text, strlen(e.text));
    return TD_OK;
}

static int array_quoted(struct array_text *s)
{
    struct td_buf b;
    td_buf_init(&b, s->w->a);
    for (s->p++; *s->p != '"'; s->p++) {
        if (*s->p == '\\')
            s->p++;
        if (*s->p == '\0')
            return array_bad(s);
        td_buf_char(&b, *s->p);
    }
    s->p++;
    return array_element(s, td_buf_str(&b));
}

static int array_bare(struct array_text *s)
{
    struct td_buf b;
    size_t keep = 0;
    td_buf_init(&b, s->w->a);
    for (; *s->p != ',' && *s->p != '}'; s->p++) {
        bool escaped = *s->p == '\\';
        s->p += escaped;
        if (*s->p == '\0' || (!escaped && (*s->p == '{' || *s->p == '"')))
            return array_bad(s);
        td_buf_char(&b, *s->p);
        if (escaped || !(*s->p == ' ' || (*s->p >= '\t' && *s->p <= '\r')))
            keep = b.len;
    }
    if (keep == 0)
        return array_bad(s);
    b.at[keep] = '\0';
    if (strcasecmp(b.at, "null") == 0) {
        td_buf_add(s->out, "null");
        return TD_OK;
    }
    return array_element(s, b.at);
}

/* Of one shape: an element at this depth; an array of this length. */
static bool fits_depth(struct array_text *s, int depth)
{
    if (s->depth == 0)
        s->depth = depth;
    return s->depth == depth;
}

static bool fits_length(struct array_text *s, int depth, size_t length)
{
    if (s->lengths[depth - 1] == 0)
        s->lengths[depth - 1] = length + 1;
    return s->lengths[depth - 1] == length + 1;
}

static int array_item(struct array_text *s, int depth)
{
    if (!fits_depth(s, depth))
        return array_bad(s);
    return *s->p == '"' ? array_quoted(s) : array_bare(s);
}

static int array_level(struct array_text *s, int depth)
{
    size_t length = 0;
    if (*s->p != '{' || depth > 6)
        return array_bad(s);
    s->p++;
    td_buf_char(s->out, '[');
    array_blanks(s);
    for (; *s->p != '}'; length++) {
        if (length > 0) {
            if (*s->p != ',')
                return array_bad(s);
            s->p++;
            td_buf_char(s->out, ',');
            array_blanks(s);
        }
        TD_TRY(*s->p == '{' ? array_level(s, depth + 1) : array_item(s, depth));
        array_blanks(s);
    }
    if (!fits_length(s, depth, length) || (length == 0 && depth > 1))
        return array_bad(s);
    s->p++;
    td_buf_char(s->out, ']');
    return TD_OK;
}

static bool fits_bounds(const struct array_text *s, const struct td_array_bounds *b)
{
    bool fits = b->n == 0 || b->n == s->depth;
    for (int i = 0; fits && i < b->n; i++)
        fits = s->lengths[i] == (size_t)(b->upper[i] - b->lower[i] + 2);
    return fits;
}

static int fold_array(struct lw *w, const char *text, struct td_type element, enum td_cast_context context, int loc,
                      const char **json_out)
{
    struct td_buf b;
    struct array_text s = {w, text, text, element, context, loc, &b, 0, {0}};
    struct td_array_bounds bounds;
    td_buf_init(&b, w->a);
    s.p = td_array_bounds_read(text, &bounds);
    if (s.p == NULL)
        return array_bad(&s);
    TD_TRY(array_level(&s, 1));
    array_blanks(&s);
    if (*s.p != '\0' || !fits_bounds(&s, &bounds))
        return array_bad(&s);
    if (!td_array_bounds_plain(&bounds))
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite keeps arrays as JSON, which has no bounds",
                         "Leave the bounds out.", "the lower bound of the array \"%s\" cannot be kept", text);
    *json_out = td_buf_str(&b);
    return TD_OK;
}

int lw_fold(struct lw *w, const char *text, struct td_type to, enum td_cast_context context, int loc, struct ex *out)
{
    struct td_type t = td_type_base(to);
    int rc;
    t.dims = to.dims > t.dims ? to.dims : t.dims;
    if (t.dims > 0) {
        const char *json = NULL;
        TD_TRY(fold_array(w, text, element_of(t), context, loc, &json));
        *out = constant(sql_lit(w, json), to, json);
        return TD_OK;
    }
    switch (t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: rc = fold_integer(w, text, t, loc, out); break;
    case TD_T_BOOL: rc = fold_bool(w, text, loc, out); break;
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: rc = fold_float(w, text, t, loc, out); break;
    case TD_T_NUMERIC: rc = fold_numeric(w, text, t, loc, out); break;
    case TD_T_UUID: rc = fold_uuid(w, text, t, loc, out); break;
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP:
    case TD_T_DATE:
    case TD_T_TIME:
    case TD_T_TIMETZ: rc = fold_time(w, text, t, loc, out); break;
    case TD_T_INTERVAL: rc = fold_interval(w, text, t, true, loc, out); break;
    case TD_T_JSON:
    case TD_T_JSONB: rc = fold_json(w, text, t, loc, out); break;
    case TD_T_BYTEA: rc = fold_bytea(w, text, t, loc, out); break;
    case TD_T_ENUM: rc = fold_enum(w, text, t, loc, out); break;
    case TD_T_INET:
    case TD_T_CIDR:
    case TD_T_MACADDR:
    case TD_T_MACADDR8: rc = lw_fold_network(w, text, t, loc, out); break;
    case TD_T_COMPOSITE:
    case TD_T_RECORD:
        return lw_refuse(w, TD_C_LOWER_TYPE, loc, "SQLite has no composite values", NULL,
                         "a literal of the composite type %s", type_name(w, t));
    default:
        rc = lw_is_bits(t) ? fold_bits(w, text, t, context, loc, out) : fold_text(w, text, t, context, loc, out);
        break;
    }
    out->type = to;
    out->loc = loc;
    return rc;
}
