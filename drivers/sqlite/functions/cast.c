/* Casts: text to a type with that type's input rules, numbers between types, and back to text. */
#include <math.h>
#include <string.h>

#include "core/base/arraybounds.h"
#include "core/base/decimal.h"
#include "core/base/network.h"
#include "core/base/utf8.h"
#include "drivers/sqlite/functions/call.h"
#include "drivers/sqlite/functions/element.h"
#include "drivers/sqlite/functions/exact.h"
#include "drivers/sqlite/functions/json_node.h"

static int print_value(struct td_fn_call *c, bool as_cast, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_arg(c, 1);
    int rc;
    if (type.dims > 0) {
        struct td_node *array;
        rc = td_node_read_array(c, 0, &array, err);
        if (rc == TD_OK)
            rc = td_fn_array_print(c->arena, type, array, &c->out, err);
        return rc != TD_OK ? rc : td_fn_done(c, err);
    }
    if (type.kind == TD_FT_BOOL && as_cast)
        td_buf_add(&c->out, td_fn_true(c, 0) ? "true" : "false");
    else if ((rc = td_fn_print(type, c->v[0], &c->out, err)) != TD_OK)
        return rc;
    while (as_cast && type.kind == TD_FT_BPCHAR && c->out.len > 0 && c->out.at[c->out.len - 1] == ' ')
        c->out.at[--c->out.len] = '\0'; /* char(n) loses its blanks on the way to text */
    return td_fn_done(c, err);
}

static int fn_text(struct td_fn_call *c, struct td_err *err)
{
    return print_value(c, true, err);
}

static int fn_out(struct td_fn_call *c, struct td_err *err)
{
    return print_value(c, false, err);
}

static int cast_to(struct td_fn_call *c, struct td_fn_type type, struct td_err *err)
{
    struct td_buf stored;
    td_buf_init(&stored, c->arena);
    struct td_fn_str s = td_fn_text(c, 0);
    int rc = td_fn_cast_text(type, s.at, s.len, &stored, err);
    if (rc == TD_OK)
        rc = td_buf_check(&stored, err);
    return rc != TD_OK ? rc : td_fn_give_stored(c, type, td_buf_str(&stored), stored.len, err);
}

/* (x [, mod1 [, mod2]]) */
static int cast_kind(struct td_fn_call *c, enum td_fn_kind kind, struct td_err *err)
{
    int32_t mods[2] = {-1, -1};
    for (int i = 0; i < 2 && c->n > i + 1; i++) {
        int rc = td_fn_null(c, i + 1) ? TD_OK : td_fn_int4(c, i + 1, &mods[i], err);
        if (rc != TD_OK)
            return rc;
    }
    return cast_to(c, (struct td_fn_type){.kind = kind, .mod1 = mods[0], .mod2 = mods[1]}, err);
}

#define CAST(name, kind)                                                                                               \
    static int name(struct td_fn_call *c, struct td_err *err)                                                          \
    {                                                                                                                  \
        return cast_kind(c, kind, err);                                                                                \
    }
CAST(cast_int2, TD_FT_INT2)
CAST(cast_int4, TD_FT_INT4)
CAST(cast_int8, TD_FT_INT8)
CAST(cast_oid, TD_FT_OID)
CAST(cast_bool, TD_FT_BOOL)
CAST(cast_float4, TD_FT_FLOAT4)
CAST(cast_float8, TD_FT_FLOAT8)
CAST(cast_uuid, TD_FT_UUID)
CAST(cast_timestamptz, TD_FT_TIMESTAMPTZ)
CAST(cast_timestamp, TD_FT_TIMESTAMP)
CAST(cast_date, TD_FT_DATE)
CAST(cast_time, TD_FT_TIME)
CAST(cast_timetz, TD_FT_TIMETZ)
CAST(cast_interval, TD_FT_INTERVAL)
CAST(cast_inet, TD_FT_INET)
CAST(cast_cidr, TD_FT_CIDR)
CAST(cast_macaddr, TD_FT_MACADDR)
CAST(cast_macaddr8, TD_FT_MACADDR8)
CAST(cast_json, TD_FT_JSON)
CAST(cast_jsonb, TD_FT_JSONB)

static int inet_network(struct td_fn_call *c, struct td_err *err)
{
    int rc = td_inet_network(td_fn_text(c, 0).at, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int cast_bytea(struct td_fn_call *c, struct td_err *err)
{
    return sqlite3_value_type(c->v[0]) == SQLITE_BLOB ? td_fn_give_arg(c, 0) : cast_kind(c, TD_FT_BYTEA, err);
}

/* numeric with the precision and scale of arguments 1 and 2, from the decimal text `text`. */
static int give_numeric(struct td_fn_call *c, const char *text, struct td_err *err)
{
    struct td_fn_type type = {.kind = TD_FT_NUMERIC, .mod1 = -1, .mod2 = -1};
    int32_t p = -1, s = 0;
    int rc = c->n > 1 && !td_fn_null(c, 1) ? td_fn_int4(c, 1, &p, err) : TD_OK;
    if (rc == TD_OK && c->n > 2 && !td_fn_null(c, 2))
        rc = td_fn_int4(c, 2, &s, err);
    if (rc != TD_OK)
        return rc;
    type.mod1 = p;
    type.mod2 = s;
    struct td_buf stored;
    td_buf_init(&stored, c->arena);
    rc = td_fn_cast_text(type, text, strlen(text), &stored, err);
    if (rc == TD_OK)
        rc = td_buf_check(&stored, err);
    return rc != TD_OK ? rc : td_fn_give_stored(c, type, td_buf_str(&stored), stored.len, err);
}

static int cast_numeric(struct td_fn_call *c, struct td_err *err)
{
    const char *text = NULL;
    if (td_fn_null(c, 0))
        return TD_OK;
    int rc = td_fn_decimal(c, 0, &text, err);
    return rc != TD_OK ? rc : give_numeric(c, text, err);
}

/* varchar(n) and char(n): too long is an error but for trailing blanks; an explicit cast cuts. */
static int fit_chars(struct td_fn_str s, int n, bool cuts, bool pad, struct td_buf *out, struct td_err *err)
{
    size_t keep = td_utf8_bytes(s.at, s.len, (size_t)n);
    for (size_t i = keep; i < s.len && !cuts; i++)
        if (s.at[i] != ' ')
            return td_fn_fail(err, "22001", "value too long for type %s(%d)", pad ? "character" : "character varying",
                              n);
    td_buf_add_n(out, s.at, keep);
    for (size_t have = td_utf8_chars(s.at, keep); pad && have < (size_t)n; have++)
        td_buf_char(out, ' ');
    return TD_OK;
}

static int cast_chars(struct td_fn_call *c, bool pad, struct td_err *err)
{
    if (td_fn_null(c, 0))
        return TD_OK;
    struct td_fn_str s = td_fn_text(c, 0);
    int32_t n = -1;
    int rc = td_fn_null(c, 1) ? TD_OK : td_fn_int4(c, 1, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n < 0)
        return td_fn_give_text(c, s.at, s.len);
    rc = fit_chars(s, n, td_fn_true(c, 2), pad, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int cast_varchar(struct td_fn_call *c, struct td_err *err)
{
    return cast_chars(c, false, err);
}

static int cast_bpchar(struct td_fn_call *c, struct td_err *err)
{
    return cast_chars(c, true, err);
}

static int cast_enum(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *labels;
    struct td_fn_str s = td_fn_text(c, 0);
    int rc = td_node_read_array(c, 1, &labels, err);
    if (rc != TD_OK)
        return rc;
    for (const struct td_node *l = labels->first; l != NULL; l = l->next)
        if (l->kind == TD_N_STRING && td_str_compare(l->text, s) == 0)
            return td_fn_give_text(c, s.at, s.len);
    return td_fn_fail(err, "22P02", "invalid input value for enum %s: \"%s\"", td_fn_text(c, 2).at, s.at);
}

/* Numbers to integers. Floats come as REAL and say so; REAL alone is a numeric(p,s). */
static int to_int(struct td_fn_call *c, int64_t min, int64_t max, const char *type, struct td_err *err)
{
    int64_t v = 0;
    bool is_float = c->n > 1 && td_fn_type_arg(c, 1).kind >= TD_FT_FLOAT4 && td_fn_type_arg(c, 1).kind <= TD_FT_FLOAT8;
    if (is_float && sqlite3_value_type(c->v[0]) == SQLITE_FLOAT) {
        double d = rint(sqlite3_value_double(c->v[0]));
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0))
            return td_fn_fail(err, "22003", "%s out of range", type);
        v = (int64_t)d;
    } else if (td_fn_int(c, 0, &v, err) != TD_OK) {
        return err->rc;
    }
    if (v < min || v > max)
        return td_fn_fail(err, "22003", "%s out of range", type);
    return td_fn_give_int(c, v);
}

static int to_int2(struct td_fn_call *c, struct td_err *err)
{
    return to_int(c, INT16_MIN, INT16_MAX, "smallint", err);
}

static int to_int4(struct td_fn_call *c, struct td_err *err)
{
    return to_int(c, INT32_MIN, INT32_MAX, "integer", err);
}

static int to_int8(struct td_fn_call *c, struct td_err *err)
{
    return to_int(c, INT64_MIN, INT64_MAX, "bigint", err);
}

static int to_bool(struct td_fn_call *c, struct td_err *err)
{
    int64_t v = 0;
    int rc = td_fn_int(c, 0, &v, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, v != 0);
}

static int to_float8(struct td_fn_call *c, struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    return rc != TD_OK ? rc : td_fn_give_double(c, v, err);
}

static int to_float4(struct td_fn_call *c, struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    if (rc == TD_OK && isinf((float)v) && !isinf(v))
        return td_fn_fail(err, "22003", "value out of range: overflow");
    if (rc == TD_OK && (float)v == 0 && v != 0)
        return td_fn_fail(err, "22003", "value out of range: underflow");
    struct td_buf b; /* the shortest text's value: what PostgreSQL prints and a reader of the file sees */
    td_buf_init(&b, c->arena);
    td_fn_print_float4(v, &b);
    return rc != TD_OK ? rc
                       : td_fn_give_stored(c, (struct td_fn_type){.kind = TD_FT_FLOAT4}, td_buf_str(&b), b.len, err);
}

/* 63 bytes of it at most, as whole characters. */
static int cast_name(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    size_t len = s.len < 63 ? s.len : 63;
    (void)err;
    while (len < s.len && len > 0 && ((unsigned char)s.at[len] & 0xC0) == 0x80)
        len--;
    return td_fn_give_text(c, s.at, len);
}

/* The value of the float4 whose shortest digits are stored. */
static int widen_float4(struct td_fn_call *c, struct td_err *err)
{
    double v = 0;
    int rc = td_fn_double(c, 0, &v, err);
    return rc != TD_OK ? rc : td_fn_give_double(c, (float)v, err);
}

static int to_numeric(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_type type = td_fn_type_parse("numeric", 7);
    if (c->n > 1) {
        type = td_fn_type_arg(c, 1);
        if (type.kind != TD_FT_NUMERIC)
            type.mod1 = -1;
    }
    if (type.kind == TD_FT_FLOAT4 && sqlite3_value_type(c->v[0]) == SQLITE_FLOAT) {
        int rc = td_exact_from_double(sqlite3_value_double(c->v[0]), 6, &c->out, err);
        return rc != TD_OK ? rc : td_fn_done(c, err);
    }
    type.kind = TD_FT_NUMERIC;
    int rc = td_fn_print(type, c->v[0], &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

static int numeric_fit(struct td_fn_call *c, struct td_err *err)
{
    const char *text = NULL;
    int rc = td_fn_decimal(c, 0, &text, err);
    return rc != TD_OK ? rc : give_numeric(c, text, err);
}

static int check_int(struct td_fn_call *c, int64_t min, int64_t max, const char *type, struct td_err *err)
{
    int64_t v = sqlite3_value_int64(c->v[0]);
    /* an integer operation that overflows becomes REAL in SQLite */
    if (sqlite3_value_type(c->v[0]) != SQLITE_INTEGER || v < min || v > max)
        return td_fn_fail(err, "22003", "%s out of range", type);
    return td_fn_give_int(c, v);
}

static int check_int2(struct td_fn_call *c, struct td_err *err)
{
    return check_int(c, INT16_MIN, INT16_MAX, "smallint", err);
}

static int check_int4(struct td_fn_call *c, struct td_err *err)
{
    return check_int(c, INT32_MIN, INT32_MAX, "integer", err);
}

static int check_int8(struct td_fn_call *c, struct td_err *err)
{
    return check_int(c, INT64_MIN, INT64_MAX, "bigint", err);
}

static int check_domain(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 1) || td_fn_true(c, 1))
        return td_fn_give_arg(c, 0);
    if (td_fn_null(c, 3))
        return td_fn_fail(err, "23502", "domain %s does not allow null values", td_fn_text(c, 2).at);
    return td_fn_fail(err, "23514", "value for domain %s violates check constraint \"%s\"", td_fn_text(c, 2).at,
                      td_fn_text(c, 3).at);
}

static int check_not_null(struct td_fn_call *c, struct td_err *err)
{
    if (!td_fn_null(c, 0))
        return td_fn_give_arg(c, 0);
    return td_fn_fail(err, "23502", "null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                      td_fn_text(c, 1).at, td_fn_text(c, 2).at);
}

static int raise_exception(struct td_fn_call *c, struct td_err *err)
{
    return td_fn_fail(err, "P0001", "%s", td_fn_text(c, 0).at);
}

static int check_once(struct td_fn_call *c, struct td_err *err)
{
    if (td_fn_null(c, 1) || sqlite3_value_int64(c->v[1]) < 2)
        return td_fn_give_arg(c, 0);
    return td_fn_fail(err, "21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
}

/* One level of an array literal; p is behind '{'. Elements may be quoted; unquoted NULL is null. */
struct literal {
    struct td_fn_call *c;
    struct td_fn_type type;
    const char *p, *end;
    const char *whole;
    int depth;
};

static int malformed(struct literal *l, struct td_err *err)
{
    return td_fn_fail(err, "22P02", "malformed array literal: \"%s\"", l->whole);
}

static bool is_blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

static void skip_blanks(struct literal *l)
{
    while (l->p < l->end && is_blank(*l->p))
        l->p++;
}

/* An element's characters into `b`; *quoted_out when quotes stood around it. */
static int read_item(struct literal *l, struct td_buf *b, bool *quoted_out, struct td_err *err)
{
    size_t kept = 0; /* trailing blanks outside quotes go, escaped ones stay */
    *quoted_out = l->p < l->end && *l->p == '"';
    if (*quoted_out)
        l->p++;
    while (l->p < l->end && (*quoted_out ? *l->p != '"' : strchr("{},\"", *l->p) == NULL || *l->p == '\0')) {
        bool escaped = *l->p == '\\';
        if (escaped && ++l->p == l->end)
            return malformed(l, err);
        td_buf_char(b, *l->p);
        if (escaped || !is_blank(*l->p))
            kept = b->len;
        l->p++;
    }
    if (l->p == l->end)
        return malformed(l, err);
    if (*quoted_out) {
        l->p++;
        return TD_OK;
    }
    if (kept == 0)
        return malformed(l, err);
    if (*l->p != ',' && *l->p != '}')
        return malformed(l, err);
    b->len = kept;
    b->at[kept] = '\0';
    return TD_OK;
}

static int read_level(struct literal *l, struct td_node *array, struct td_err *err);

static int read_element(struct literal *l, struct td_node *array, struct td_err *err)
{
    struct td_buf text, stored;
    bool quoted = false;
    if (*l->p == '{') {
        struct td_node *inner = td_node_new(l->c->arena, TD_N_ARRAY);
        l->p++;
        int rc =
            ++l->depth > 6
                ? td_fn_fail(err, "54000", "number of array dimensions (%d) exceeds the maximum allowed (6)", l->depth)
                : read_level(l, inner, err);
        l->depth--;
        td_node_append(array, inner);
        return rc;
    }
    td_buf_init(&text, l->c->arena);
    td_buf_init(&stored, l->c->arena);
    int rc = read_item(l, &text, &quoted, err);
    if (rc != TD_OK)
        return rc;
    if (!quoted && sqlite3_stricmp(td_buf_str(&text), "NULL") == 0) {
        td_node_append(array, td_node_new(l->c->arena, TD_N_NULL));
        return TD_OK;
    }
    rc = td_fn_cast_text(l->type, td_buf_str(&text), text.len, &stored, err);
    if (rc == TD_OK)
        td_node_append(array, td_fn_element_text(l->c->arena, l->type, td_buf_str(&stored), stored.len));
    return rc;
}

static int read_level(struct literal *l, struct td_node *array, struct td_err *err)
{
    skip_blanks(l);
    if (l->p < l->end && *l->p == '}' && l->depth == 1) {
        l->p++;
        return TD_OK;
    }
    for (;;) {
        skip_blanks(l);
        if (l->p == l->end)
            return malformed(l, err);
        int rc = read_element(l, array, err);
        if (rc != TD_OK)
            return rc;
        skip_blanks(l);
        if (l->p == l->end || (*l->p != ',' && *l->p != '}'))
            return malformed(l, err);
        if (*l->p++ == '}')
            return TD_OK;
    }
}

/* All elements of one level are arrays of the same length, or none is one. */
static bool is_regular(const struct td_node *array)
{
    for (const struct td_node *n = array->first; n != NULL; n = n->next) {
        if ((n->kind == TD_N_ARRAY) != (array->first->kind == TD_N_ARRAY) || n->count != array->first->count)
            return false;
        if (n->kind == TD_N_ARRAY && !is_regular(n))
            return false;
    }
    return true;
}

static bool fits_bounds(const struct td_node *array, const struct td_array_bounds *b)
{
    int i = 0;
    for (; i < b->n && array != NULL && array->kind == TD_N_ARRAY; i++, array = array->first)
        if ((int64_t)array->count != b->upper[i] - b->lower[i] + 1)
            return false;
    return b->n == 0 || (i == b->n && (array == NULL || array->kind != TD_N_ARRAY));
}

static int cast_array(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    struct literal l = {.c = c, .type = td_fn_type_arg(c, 1), .p = s.at, .end = s.at + s.len, .whole = s.at};
    struct td_node *array = td_node_new(c->arena, TD_N_ARRAY);
    struct td_array_bounds bounds;
    l.p = td_array_bounds_read(s.at, &bounds);
    if (l.p == NULL || *l.p != '{')
        return malformed(&l, err);
    l.p++;
    l.depth = 1;
    int rc = read_level(&l, array, err);
    skip_blanks(&l);
    if (rc == TD_OK && (l.p != l.end || !is_regular(array) || !fits_bounds(array, &bounds)))
        return malformed(&l, err);
    if (rc == TD_OK && !td_array_bounds_plain(&bounds))
        return td_fn_fail(err, "0A000", "the lower bound of the array \"%s\" cannot be kept on SQLite", l.whole);
    if (rc != TD_OK)
        return rc;
    td_node_print_array(array, &c->out);
    return td_fn_done(c, err);
}

static int array_text(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array;
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = td_fn_array_print(c->arena, td_fn_type_arg(c, 1), array, &c->out, err);
    return rc != TD_OK ? rc : td_fn_done(c, err);
}

/* (array, from, to [, cuts, pads]): the last of varchar(n) and char(n) */
static int recast_level(struct td_fn_call *c, const struct td_node *from, struct td_node *to, struct td_err *err)
{
    struct td_fn_type from_type = td_fn_type_arg(c, 1), to_type = td_fn_type_arg(c, 2);
    int rc = TD_OK;
    for (const struct td_node *n = from->first; n != NULL && rc == TD_OK; n = n->next) {
        struct td_node *item = td_node_new(c->arena, TD_N_NULL);
        if (n->kind == TD_N_ARRAY) {
            item->kind = TD_N_ARRAY;
            rc = recast_level(c, n, item, err);
        } else if (n->kind != TD_N_NULL) {
            struct td_buf text, stored;
            td_buf_init(&text, c->arena);
            td_buf_init(&stored, c->arena);
            struct td_fn_str s = td_fn_element_stored(n);
            if (from_type.kind == TD_FT_BOOL)
                td_buf_add(&text, n->kind == TD_N_TRUE ? "true" : "false");
            else
                rc = td_fn_print_text(from_type, td_arena_dup(c->arena, s.at, s.len), s.len, &text, err);
            while (from_type.kind == TD_FT_BPCHAR && to_type.kind != TD_FT_BPCHAR && text.len > 0 &&
                   text.at[text.len - 1] == ' ')
                text.at[--text.len] = '\0';
            if (rc == TD_OK && td_fn_type_is_int(to_type.kind) && !td_fn_type_is_int(from_type.kind) &&
                td_fn_type_is_number(from_type.kind)) {
                int64_t v = 0;
                rc = td_decimal_to_int(td_buf_str(&text), &v, err);
                td_buf_reset(&text);
                td_buf_int(&text, v);
            }
            if (rc == TD_OK && c->n > 4)
                rc = fit_chars((struct td_fn_str){td_buf_str(&text), text.len}, to_type.mod1, td_fn_true(c, 3),
                               td_fn_true(c, 4), &stored, err);
            else if (rc == TD_OK)
                rc = td_fn_cast_text(to_type, td_buf_str(&text), text.len, &stored, err);
            item = td_fn_element_text(c->arena, to_type, td_buf_str(&stored), stored.len);
        }
        td_node_append(to, item);
    }
    return rc;
}

static int array_recast(struct td_fn_call *c, struct td_err *err)
{
    struct td_node *array, *to = td_node_new(c->arena, TD_N_ARRAY);
    int rc = td_node_read_array(c, 0, &array, err);
    if (rc == TD_OK)
        rc = recast_level(c, array, to, err);
    if (rc != TD_OK)
        return rc;
    td_node_print_array(to, &c->out);
    return td_fn_done(c, err);
}

const struct td_fn td_fn_casts[] = {
    {"pg_text", 2, 2, TD_FN_STRICT, fn_text},
    {"pg_out", 2, 2, TD_FN_STRICT, fn_out},
    {"pg_cast_int2", 1, 1, TD_FN_STRICT, cast_int2},
    {"pg_cast_int4", 1, 1, TD_FN_STRICT, cast_int4},
    {"pg_cast_int8", 1, 1, TD_FN_STRICT, cast_int8},
    {"pg_cast_oid", 1, 1, TD_FN_STRICT, cast_oid},
    {"pg_cast_bool", 1, 1, TD_FN_STRICT, cast_bool},
    {"pg_cast_float4", 1, 1, TD_FN_STRICT, cast_float4},
    {"pg_cast_float8", 1, 1, TD_FN_STRICT, cast_float8},
    {"pg_cast_numeric", 1, 3, 0, cast_numeric},
    {"pg_cast_varchar", 3, 3, 0, cast_varchar},
    {"pg_cast_bpchar", 3, 3, 0, cast_bpchar},
    {"pg_cast_uuid", 1, 1, TD_FN_STRICT, cast_uuid},
    {"pg_cast_inet", 1, 1, TD_FN_STRICT, cast_inet},
    {"pg_cast_cidr", 1, 1, TD_FN_STRICT, cast_cidr},
    {"pg_cast_macaddr", 1, 1, TD_FN_STRICT, cast_macaddr},
    {"pg_cast_macaddr8", 1, 1, TD_FN_STRICT, cast_macaddr8},
    {"pg_inet_network", 1, 1, TD_FN_STRICT, inet_network},
    {"pg_cast_timestamptz", 1, 2, TD_FN_STRICT, cast_timestamptz},
    {"pg_cast_timestamp", 1, 2, TD_FN_STRICT, cast_timestamp},
    {"pg_cast_date", 1, 1, TD_FN_STRICT, cast_date},
    {"pg_cast_time", 1, 2, TD_FN_STRICT, cast_time},
    {"pg_cast_timetz", 1, 2, TD_FN_STRICT, cast_timetz},
    {"pg_cast_interval", 1, 3, TD_FN_STRICT, cast_interval},
    {"pg_cast_json", 1, 1, TD_FN_STRICT, cast_json},
    {"pg_cast_jsonb", 1, 1, TD_FN_STRICT, cast_jsonb},
    {"pg_cast_bytea", 1, 1, TD_FN_STRICT, cast_bytea},
    {"pg_cast_enum", 3, 3, TD_FN_STRICT, cast_enum},
    {"pg_cast_array", 2, 2, TD_FN_STRICT, cast_array},
    {"pg_array_text", 2, 2, TD_FN_STRICT, array_text},
    {"pg_array_recast", 3, 5, TD_FN_STRICT, array_recast},
    {"pg_check_domain", 4, 4, 0, check_domain},
    {"pg_check_not_null", 3, 3, 0, check_not_null},
    {"pg_check_once", 2, 2, 0, check_once},
    {"pg_raise", 1, 1, TD_FN_VOLATILE, raise_exception},
    {"pg_int2", 1, 2, TD_FN_STRICT, to_int2},
    {"pg_int4", 1, 2, TD_FN_STRICT, to_int4},
    {"pg_int8", 1, 2, TD_FN_STRICT, to_int8},
    {"pg_bool", 1, 1, TD_FN_STRICT, to_bool},
    {"pg_float4", 1, 1, TD_FN_STRICT, to_float4},
    {"pg_cast_name", 1, 1, TD_FN_STRICT, cast_name},
    {"pg_widen_float4", 1, 1, TD_FN_STRICT, widen_float4},
    {"pg_float8", 1, 1, TD_FN_STRICT, to_float8},
    {"pg_numeric", 1, 2, TD_FN_STRICT, to_numeric},
    {"pg_numeric_fit", 3, 3, TD_FN_STRICT, numeric_fit},
    {"pg_check_int2", 1, 1, TD_FN_STRICT, check_int2},
    {"pg_check_int4", 1, 1, TD_FN_STRICT, check_int4},
    {"pg_check_int8", 1, 1, TD_FN_STRICT, check_int8},
    {NULL, 0, 0, 0, NULL},
};
