/* Text of a type -> its stored form; elements of arrays. */
#include "drivers/sqlite/functions/element.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/decimal.h"
#include "core/base/jsontext.h"
#include "core/base/network.h"
#include "core/base/time.h"
#include "core/base/uuid.h"
#include "drivers/sqlite/functions/exact.h"

static bool blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static struct td_fn_str trimmed(const char *text, size_t len)
{
    while (len > 0 && blank(*text))
        text++, len--;
    while (len > 0 && blank(text[len - 1]))
        len--;
    return (struct td_fn_str){text, len};
}

static int bad_input(struct td_err *err, enum td_fn_kind kind, const char *text)
{
    return td_fn_fail(err, "22P02", "invalid input syntax for type %s: \"%s\"", td_fn_type_name(kind), text);
}

static int cast_int(enum td_fn_kind kind, const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    struct td_fn_str s = trimmed(text, len);
    int64_t min = kind == TD_FT_INT2 ? INT16_MIN : kind == TD_FT_INT4 ? INT32_MIN : kind == TD_FT_OID ? 0 : INT64_MIN;
    int64_t max = kind == TD_FT_INT2   ? INT16_MAX
                  : kind == TD_FT_INT4 ? INT32_MAX
                  : kind == TD_FT_OID  ? UINT32_MAX
                                       : INT64_MAX;
    size_t i = s.len > 0 && (*s.at == '-' || *s.at == '+');
    if (i == s.len)
        return bad_input(err, kind, text);
    for (size_t k = i; k < s.len; k++)
        if (s.at[k] < '0' || s.at[k] > '9')
            return bad_input(err, kind, text);
    errno = 0;
    int64_t v = strtoll(s.at, NULL, 10);
    if (errno != 0 || v < min || v > max)
        return td_fn_fail(err, "22003", "value \"%s\" is out of range for type %s", text, td_fn_type_name(kind));
    td_buf_int(out, v);
    return TD_OK;
}

static bool is_prefix(struct td_fn_str s, const char *word, size_t min)
{
    return s.len >= min && s.len <= strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

static int cast_bool(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    struct td_fn_str s = trimmed(text, len);
    if (is_prefix(s, "true", 1) || is_prefix(s, "yes", 1) || is_prefix(s, "on", 2) || is_prefix(s, "1", 1))
        td_buf_char(out, '1');
    else if (is_prefix(s, "false", 1) || is_prefix(s, "no", 1) || is_prefix(s, "off", 2) || is_prefix(s, "0", 1))
        td_buf_char(out, '0');
    else
        return bad_input(err, TD_FT_BOOL, text);
    return TD_OK;
}

int td_fn_read_double(const char *text, const char *type, double *out, struct td_err *err)
{
    struct td_fn_str s = trimmed(text, strlen(text));
    char *end;
    errno = 0;
    /* strtod reads hexadecimal floats too, as PostgreSQL 15's does */
    *out = strtod(s.at, &end);
    if (s.len == 0 || end != s.at + s.len)
        return td_fn_fail(err, "22P02", "invalid input syntax for type %s: \"%s\"", type, text);
    if (errno == ERANGE && (*out == 0 || isinf(*out)))
        return td_fn_fail(err, "22003", "\"%s\" is out of range for type %s", text, type);
    return TD_OK;
}

static int cast_float(enum td_fn_kind kind, const char *text, struct td_buf *out, struct td_err *err)
{
    double v = 0;
    int rc = td_fn_read_double(text, td_fn_type_name(kind), &v, err);
    if (rc != TD_OK)
        return rc;
    if (kind == TD_FT_FLOAT4 && ((isinf((float)v) && !isinf(v)) || ((float)v == 0 && v != 0)))
        return td_fn_fail(err, "22003", "\"%s\" is out of range for type real", text);
    if (kind == TD_FT_FLOAT4)
        td_fn_print_float4(v, out);
    else
        td_fn_print_float8(v, out);
    return TD_OK;
}

static int hex_value(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = (char)(ch | 32);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static int cast_bytea_hex(const char *text, size_t len, struct td_buf *bytes, struct td_err *err)
{
    for (size_t i = 2; i < len; i++) {
        if (blank(text[i]))
            continue;
        int high = hex_value(text[i]);
        if (high < 0)
            return td_fn_fail(err, "22023", "invalid hexadecimal digit: \"%c\"", text[i]);
        if (i + 1 >= len)
            return td_fn_fail(err, "22023", "invalid hexadecimal data: odd number of digits");
        int low = hex_value(text[++i]);
        if (low < 0)
            return td_fn_fail(err, "22023", "invalid hexadecimal digit: \"%c\"", text[i]);
        td_buf_char(bytes, (char)(high << 4 | low));
    }
    return TD_OK;
}

static int cast_bytea(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    struct td_buf bytes = {.arena = out->arena};
    int rc = TD_OK;
    if (len >= 2 && text[0] == '\\' && text[1] == 'x') {
        rc = cast_bytea_hex(text, len, &bytes, err);
        goto out;
    }
    for (size_t i = 0; i < len && rc == TD_OK; i++) {
        if (text[i] != '\\') {
            td_buf_char(&bytes, text[i]);
        } else if (i + 1 < len && text[i + 1] == '\\') {
            td_buf_char(&bytes, text[++i]);
        } else if (i + 3 < len && text[i + 1] >= '0' && text[i + 1] <= '3' && (text[i + 2] & ~7) == '0' &&
                   (text[i + 3] & ~7) == '0') {
            td_buf_char(&bytes, (char)((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 | (text[i + 3] - '0')));
            i += 3;
        } else {
            rc = td_fn_fail(err, "22P02", "invalid input syntax for type bytea");
        }
    }
out:
    if (rc == TD_OK)
        rc = td_buf_check(&bytes, err);
    if (rc == TD_OK)
        td_fn_print_bytea(td_buf_str(&bytes), bytes.len, out);
    td_buf_deinit(&bytes);
    return rc;
}

static int cast_numeric(struct td_fn_type type, const char *text, struct td_buf *out, struct td_err *err)
{
    if (type.mod1 > 0)
        return td_exact_fit(text, type.mod1, type.mod2, out, err);
    return td_exact_canon(text, out, err);
}

static int cast_uuid(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    char uuid[TD_UUID_TEXT];
    if (!td_uuid_parse(text, len, uuid))
        return bad_input(err, TD_FT_UUID, text);
    td_buf_add(out, uuid);
    return TD_OK;
}

static int cast_interval(struct td_fn_type type, const char *text, struct td_buf *out, struct td_err *err)
{
    struct td_interval i;
    int rc = td_interval_parse(text, &i, err); /* only of literals the type says what a bare number means */
    if (rc != TD_OK)
        return rc;
    td_interval_fit(&i, type.mod2, type.mod1);
    td_interval_print(&i, out);
    return TD_OK;
}

static int cast_network(enum td_fn_kind kind, const char *text, struct td_buf *out, struct td_err *err)
{
    enum td_network_kind network = kind == TD_FT_INET      ? TD_NETWORK_INET
                                   : kind == TD_FT_CIDR    ? TD_NETWORK_CIDR
                                   : kind == TD_FT_MACADDR ? TD_NETWORK_MACADDR
                                                           : TD_NETWORK_MACADDR8;
    return td_network_canon(network, text, out, err);
}

static int cast_json(const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    int rc = td_jsontext_check(text, len, err);
    if (rc != TD_OK)
        return td_json_invalid(err);
    td_buf_add_n(out, text, len);
    return TD_OK;
}

int td_fn_cast_text(struct td_fn_type type, const char *text, size_t len, struct td_buf *out, struct td_err *err)
{
    if (memchr(text, '\0', len) != NULL && type.kind != TD_FT_TEXT)
        return td_fn_fail(err, "22021", "invalid byte sequence for encoding \"UTF8\": 0x00");
    switch (type.kind) {
    case TD_FT_INT2:
    case TD_FT_INT4:
    case TD_FT_INT8:
    case TD_FT_OID: return cast_int(type.kind, text, len, out, err);
    case TD_FT_BOOL: return cast_bool(text, len, out, err);
    case TD_FT_FLOAT4:
    case TD_FT_FLOAT8: return cast_float(type.kind, text, out, err);
    case TD_FT_NUMERIC: return cast_numeric(type, text, out, err);
    case TD_FT_UUID: return cast_uuid(text, len, out, err);
    case TD_FT_TIMESTAMPTZ: return td_time_to_canonical(TD_TIME_TIMESTAMPTZ, type.mod1, text, out, err);
    case TD_FT_TIMESTAMP: return td_time_to_canonical(TD_TIME_TIMESTAMP, type.mod1, text, out, err);
    case TD_FT_DATE: return td_time_to_canonical(TD_TIME_DATE, -1, text, out, err);
    case TD_FT_TIME: return td_time_to_canonical(TD_TIME_TIME, type.mod1, text, out, err);
    case TD_FT_TIMETZ: return td_time_to_canonical(TD_TIME_TIMETZ, type.mod1, text, out, err);
    case TD_FT_INTERVAL: return cast_interval(type, text, out, err);
    case TD_FT_JSON: return cast_json(text, len, out, err);
    case TD_FT_JSONB: return td_exact_jsonb(text, len, out, err) == TD_OK ? TD_OK : td_json_invalid(err);
    case TD_FT_BYTEA: return cast_bytea(text, len, out, err);
    case TD_FT_INET:
    case TD_FT_CIDR:
    case TD_FT_MACADDR:
    case TD_FT_MACADDR8: return cast_network(type.kind, text, out, err);
    case TD_FT_TEXT:
    case TD_FT_BPCHAR: break;
    }
    td_buf_add_n(out, text, len);
    return TD_OK;
}

/* numeric(p,s) by the type table: INTEGER up to 18 digits without a scale, REAL up to 15 with one, else TEXT. */
static enum td_fn_kind numeric_storage(struct td_fn_type type)
{
    if (type.mod1 <= 0)
        return TD_FT_TEXT;
    if (type.mod2 <= 0)
        return type.mod1 - type.mod2 <= 18 ? TD_FT_INT8 : TD_FT_TEXT;
    return type.mod1 <= 15 && type.mod2 <= 15 ? TD_FT_FLOAT8 : TD_FT_TEXT;
}

int td_fn_give_stored(struct td_fn_call *c, struct td_fn_type type, const char *text, size_t len, struct td_err *err)
{
    enum td_fn_kind kind = type.kind == TD_FT_NUMERIC ? numeric_storage(type) : type.kind;
    bool word = text[0] == 'N' || strchr(text, 'I') != NULL;
    if (kind == TD_FT_FLOAT4 || kind == TD_FT_FLOAT8) {
        if (type.kind == TD_FT_NUMERIC && word)
            return td_fn_fail(err, "22003", "SQLite cannot store %s in a column of type numeric(%d,%d)", text,
                              type.mod1, type.mod2);
        return td_fn_give_double(c, strtod(text, NULL), err);
    }
    if (td_fn_type_is_int(kind) || kind == TD_FT_BOOL) {
        if (word)
            return td_fn_fail(err, "22003", "SQLite cannot store %s in a column of type numeric(%d)", text, type.mod1);
        return td_fn_give_int(c, strtoll(text, NULL, 10));
    }
    if (kind != TD_FT_BYTEA)
        return td_fn_give_text(c, text, len);
    struct td_buf bytes;
    td_buf_init(&bytes, c->arena);
    int rc = cast_bytea_hex(text, len, &bytes, err);
    if (rc == TD_OK)
        rc = td_buf_check(&bytes, err);
    return rc != TD_OK ? rc : td_fn_give_blob(c, td_buf_str(&bytes), bytes.len);
}

struct td_node *td_fn_element_text(struct td_arena *a, struct td_fn_type type, const char *text, size_t len)
{
    if (type.kind == TD_FT_BOOL)
        return td_node_new(a, len > 0 && (*text == '1' || *text == 't') ? TD_N_TRUE : TD_N_FALSE);
    char last = len > 0 ? text[len - 1] : 'x';
    if (!td_fn_type_is_number(type.kind) || last < '0' || last > '9')
        return td_node_string(a, text, len);
    struct td_node *n = td_node_new(a, TD_N_NUMBER);
    n->raw = (struct td_fn_str){text, len};
    return n;
}

int td_fn_element(struct td_fn_call *c, sqlite3_value *v, struct td_fn_type type, struct td_node **out,
                  struct td_err *err)
{
    struct td_buf b;
    if (sqlite3_value_type(v) == SQLITE_NULL) {
        *out = td_node_new(c->arena, TD_N_NULL);
        return TD_OK;
    }
    td_buf_init(&b, c->arena);
    if (sqlite3_value_type(v) == SQLITE_TEXT && type.dims > 0) {
        const char *at = (const char *)sqlite3_value_text(v);
        struct td_fn_str s = {at, (size_t)sqlite3_value_bytes(v)};
        return td_node_read_json(c->arena, s, out, err);
    }
    if (sqlite3_value_type(v) != SQLITE_TEXT) {
        int rc = td_fn_print(type, v, &b, err);
        if (rc != TD_OK)
            return rc;
    } else {
        td_buf_add_n(&b, (const char *)sqlite3_value_text(v), (size_t)sqlite3_value_bytes(v));
    }
    *out = td_fn_element_text(c->arena, type, td_buf_str(&b), b.len);
    return TD_OK;
}

struct td_fn_str td_fn_element_stored(const struct td_node *n)
{
    switch (n->kind) {
    case TD_N_TRUE: return (struct td_fn_str){"1", 1};
    case TD_N_FALSE: return (struct td_fn_str){"0", 1};
    case TD_N_STRING: return n->text;
    default: return n->raw;
    }
}

int td_fn_give_element(struct td_fn_call *c, struct td_fn_type type, const struct td_node *n, struct td_err *err)
{
    if (n == NULL || n->kind == TD_N_NULL)
        return TD_OK;
    if (n->kind == TD_N_ARRAY) {
        td_node_print_array(n, &c->out);
        return td_fn_done(c, err);
    }
    struct td_fn_str s = td_fn_element_stored(n);
    return td_fn_give_stored(c, type, td_arena_dup(c->arena, s.at, s.len), s.len, err);
}

static bool needs_quotes(const char *at, size_t len)
{
    if (len == 0 || (len == 4 && strncasecmp(at, "NULL", 4) == 0))
        return true;
    for (size_t i = 0; i < len; i++)
        if (at[i] != '\0' && (strchr("{}\",\\", at[i]) != NULL || blank(at[i])))
            return true;
    return false;
}

int td_fn_array_print(struct td_arena *a, struct td_fn_type type, const struct td_node *array, struct td_buf *out,
                      struct td_err *err)
{
    int rc = TD_OK;
    td_buf_char(out, '{');
    for (const struct td_node *n = array->first; n != NULL && rc == TD_OK; n = n->next) {
        if (n != array->first)
            td_buf_char(out, ',');
        if (n->kind == TD_N_NULL) {
            td_buf_add(out, "NULL");
            continue;
        }
        if (n->kind == TD_N_ARRAY) {
            rc = td_fn_array_print(a, type, n, out, err);
            continue;
        }
        struct td_buf b;
        td_buf_init(&b, a);
        struct td_fn_str s = td_fn_element_stored(n);
        rc = td_fn_print_text(type, td_arena_dup(a, s.at, s.len), s.len, &b, err);
        if (!needs_quotes(td_buf_str(&b), b.len)) {
            td_buf_add_n(out, td_buf_str(&b), b.len);
            continue;
        }
        td_buf_char(out, '"');
        for (size_t i = 0; i < b.len; i++) {
            if (b.at[i] == '"' || b.at[i] == '\\')
                td_buf_char(out, '\\');
            td_buf_char(out, b.at[i]);
        }
        td_buf_char(out, '"');
    }
    td_buf_char(out, '}');
    return rc;
}

static int compare_numbers(const struct td_node *a, const struct td_node *b)
{
    char x[400], y[400];
    struct td_err err;
    int c = 0;
    if (a->raw.len >= sizeof x || b->raw.len >= sizeof y)
        return td_str_compare(a->raw, b->raw);
    memcpy(x, a->raw.at, a->raw.len);
    x[a->raw.len] = '\0';
    memcpy(y, b->raw.at, b->raw.len);
    y[b->raw.len] = '\0';
    return td_decimal_compare(x, y, &c, &err) == TD_OK ? c : td_str_compare(a->raw, b->raw);
}

int td_fn_element_compare(const struct td_node *a, const struct td_node *b)
{
    if (a->kind == TD_N_NUMBER && b->kind == TD_N_NUMBER)
        return compare_numbers(a, b);
    if (a->kind == TD_N_STRING && b->kind == TD_N_STRING)
        return td_str_compare(a->text, b->text);
    if (a->kind == TD_N_ARRAY && b->kind == TD_N_ARRAY) {
        const struct td_node *x = a->first, *y = b->first;
        for (; x != NULL && y != NULL; x = x->next, y = y->next) {
            int c = td_fn_element_compare(x, y);
            if (c != 0)
                return c;
        }
        return (x != NULL) - (y != NULL);
    }
    /* null sorts last; false before true; a number before NaN and the infinities, which are strings */
    int rank_a = a->kind == TD_N_NULL ? 10 : a->kind, rank_b = b->kind == TD_N_NULL ? 10 : b->kind;
    if (a->kind == TD_N_STRING && b->kind == TD_N_NUMBER)
        return a->text.len > 0 && a->text.at[0] == '-' ? -1 : 1;
    if (b->kind == TD_N_STRING && a->kind == TD_N_NUMBER)
        return b->text.len > 0 && b->text.at[0] == '-' ? 1 : -1;
    return (rank_a > rank_b) - (rank_a < rank_b);
}
