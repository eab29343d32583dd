#include "sync/form.h"

#include <string.h>

#include "core/base/jsontext.h"
#include "core/base/mem.h"
#include "core/base/network.h"
#include "core/base/utf8.h"
#include "core/base/uuid.h"
#include "core/catalog/catalog.h"
#include "core/db/shortest.h"
#include "sync/form_impl.h"

enum { NAME_BYTES = 63 };

/* ---- errors ---- */

static const char *kind_name(enum td_value_kind kind)
{
    switch (kind) {
    case TD_V_BOOL: return "a boolean";
    case TD_V_INT: return "an integer";
    case TD_V_DOUBLE: return "a floating-point number";
    case TD_V_BLOB: return "bytes";
    default: return "a text";
    }
}

bool td_form_is_text(struct td_value v)
{
    return v.kind >= TD_V_TEXT && v.kind != TD_V_BLOB;
}

/* The part of a text that an error shows: characters only. */
static const char *excerpt(const struct form *f, struct td_value v)
{
    size_t n = td_utf8_bytes(v.bytes.at, v.bytes.len < 240 ? v.bytes.len : 240, 60);
    size_t bad = td_utf8_find_bad(v.bytes.at, n);
    return td_arena_printf(f->a, "%.*s%s", (int)(bad < n ? bad : n), v.bytes.at, n < v.bytes.len ? "..." : "");
}

int td_form_wrong(const struct form *f, struct td_value v)
{
    struct td_buf type;
    td_buf_init(&type, f->a);
    td_type_print(&f->t, &type);
    if (!td_form_is_text(v))
        return td_err_set(f->err, TD_C_SYNC_FORM, "%s of this kind is no value of type %s", kind_name(v.kind),
                          td_buf_str(&type));
    return td_err_set(f->err, TD_C_SYNC_FORM, "\"%s\" is no value of type %s", excerpt(f, v), td_buf_str(&type));
}

int td_form_check_text(const struct form *f, struct td_value v)
{
    if (v.bytes.len == 0)
        return TD_OK;
    if (memchr(v.bytes.at, '\0', v.bytes.len) != NULL)
        return td_err_set(f->err, TD_C_SYNC_NUL, "nul-in-text: PostgreSQL cannot store the character NUL in a text");
    size_t bad = td_utf8_find_bad(v.bytes.at, v.bytes.len);
    if (bad == TD_UTF8_VALID)
        return TD_OK;
    return td_err_set(f->err, TD_C_SYNC_ENCODING, "the text is not UTF-8: byte 0x%02x at offset %zu",
                      (unsigned char)v.bytes.at[bad], bad);
}

int td_form_take(const struct form *f, enum td_value_kind kind, struct td_buf *b, struct td_value *out)
{
    *out = td_bytes(kind, td_buf_str(b), b->len);
    return td_buf_check(b, f->err);
}

/* ---- kinds that are a text on both sides ---- */

static int as_text(struct td_value v, enum td_value_kind kind, struct td_value *out)
{
    *out = td_bytes(kind, v.bytes.at, v.bytes.len);
    return TD_OK;
}

/* char(n) is always that long: what is missing are blanks. */
static int pad(const struct form *f, struct td_value v, struct td_value *out)
{
    size_t chars = td_utf8_chars(v.bytes.at, v.bytes.len), n = (size_t)f->t.mod1;
    if (chars > n)
        return td_form_wrong(f, v);
    if (chars == n)
        return as_text(v, TD_V_TEXT, out);
    struct td_buf b;
    td_buf_init(&b, f->a);
    td_buf_add_n(&b, v.bytes.at, v.bytes.len);
    for (; chars < n; chars++)
        td_buf_char(&b, ' ');
    return td_form_take(f, TD_V_TEXT, &b, out);
}

static bool is_label(struct td_type t, struct td_value v)
{
    if (t.user == NULL)
        return true;
    for (size_t i = 0; i < t.user->labels.len; i++) {
        const char *label = t.user->labels.at[i];
        if (strncmp(label, v.bytes.at, v.bytes.len) == 0 && label[v.bytes.len] == '\0')
            return true;
    }
    return false;
}

static int uuid_to_postgres(const struct form *f, struct td_value v, enum td_value_kind kind, struct td_value *out)
{
    char canonical[TD_UUID_TEXT];
    if (td_uuid_is_canonical(v.bytes.at, v.bytes.len))
        return as_text(v, kind, out);
    if (!td_uuid_parse(v.bytes.at, v.bytes.len, canonical))
        return td_form_wrong(f, v);
    *out = td_bytes(kind, td_arena_dup(f->a, canonical, TD_UUID_TEXT - 1), TD_UUID_TEXT - 1);
    return TD_OK;
}

static int not_json(const struct form *f, struct td_value v, int rc, const struct td_err *why)
{
    if (rc == TD_ENOMEM)
        return td_err_nomem(f->err);
    rc = td_form_wrong(f, v);
    td_err_why(f->err, "%s", why->message);
    return rc;
}

static int json_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    struct td_err why = {0};
    int rc = td_jsontext_check(v.bytes.at, v.bytes.len, &why);
    return rc == TD_OK ? as_text(v, TD_V_JSON, out) : not_json(f, v, rc, &why);
}

/* Mostly it is in PostgreSQL's form already: only what is not is kept. */
static int jsonb_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    struct td_err why = {0};
    struct td_buf b = {0};
    int rc = td_jsonb_normalise(v.bytes.at, v.bytes.len, &b, &why);
    if (rc == TD_OK && (b.len != v.bytes.len || memcmp(b.at, v.bytes.at, b.len) != 0)) {
        *out = td_bytes(TD_V_JSON, b.at, b.len);
        td_arena_defer(f->a, td_mem_free, b.at);
        return TD_OK;
    }
    td_buf_deinit(&b);
    return rc == TD_OK ? as_text(v, TD_V_JSON, out) : not_json(f, v, rc, &why);
}

static int network_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    enum td_network_kind kind = f->t.kind == TD_T_INET      ? TD_NETWORK_INET
                                : f->t.kind == TD_T_CIDR    ? TD_NETWORK_CIDR
                                : f->t.kind == TD_T_MACADDR ? TD_NETWORK_MACADDR
                                                            : TD_NETWORK_MACADDR8;
    struct td_err ignored = {0};
    struct td_buf b;
    td_buf_init(&b, f->a);
    if (td_network_canon(kind, td_arena_dup(f->a, v.bytes.at, v.bytes.len), &b, &ignored) != TD_OK)
        return td_form_wrong(f, v);
    return td_form_take(f, TD_V_TEXT, &b, out);
}

/* varchar(n), name: no longer than they may be. */
static int limited(const struct form *f, struct td_value v, struct td_value *out)
{
    size_t most = f->t.kind == TD_T_NAME ? NAME_BYTES : f->t.mod1 < 0 ? SIZE_MAX : (size_t)f->t.mod1;
    if (v.bytes.len > most && (f->t.kind == TD_T_NAME || td_utf8_chars(v.bytes.at, v.bytes.len) > most))
        return td_form_wrong(f, v);
    return as_text(v, TD_V_TEXT, out);
}

static int text_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    int rc = td_form_check_text(f, v);
    if (rc != TD_OK)
        return rc;
    switch (f->t.kind) {
    case TD_T_VARCHAR:
    case TD_T_NAME: return limited(f, v, out);
    case TD_T_BPCHAR: return f->t.mod1 < 0 ? as_text(v, TD_V_TEXT, out) : pad(f, v, out);
    case TD_T_ENUM: return is_label(f->t, v) ? as_text(v, TD_V_TEXT, out) : td_form_wrong(f, v);
    case TD_T_UUID: return uuid_to_postgres(f, v, TD_V_UUID, out);
    case TD_T_JSON: return json_to_postgres(f, v, out);
    case TD_T_JSONB: return jsonb_to_postgres(f, v, out);
    case TD_T_INET:
    case TD_T_CIDR:
    case TD_T_MACADDR:
    case TD_T_MACADDR8: return network_to_postgres(f, v, out);
    case TD_T_INTERVAL: return td_form_interval_to_postgres(f, v, out);
    default: return as_text(v, TD_V_TEXT, out);
    }
}

static int text_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    if (!td_form_is_text(v))
        return td_form_wrong(f, v);
    switch (f->t.kind) {
    case TD_T_BPCHAR: return f->t.mod1 < 0 ? as_text(v, TD_V_TEXT, out) : pad(f, v, out);
    case TD_T_ENUM: return is_label(f->t, v) ? as_text(v, TD_V_TEXT, out) : td_form_wrong(f, v);
    case TD_T_UUID: return uuid_to_postgres(f, v, TD_V_TEXT, out);
    default: return as_text(v, TD_V_TEXT, out);
    }
}

/* ---- booleans and bytes ---- */

static int bool_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    if (v.kind == TD_V_BOOL) {
        *out = td_int(v.b);
        return TD_OK;
    }
    if (!td_form_is_text(v) || v.bytes.len == 0 || strchr("tf", v.bytes.at[0]) == NULL)
        return td_form_wrong(f, v);
    *out = td_int(v.bytes.at[0] == 't');
    return TD_OK;
}

static int bool_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    if (v.kind != TD_V_INT || (v.i != 0 && v.i != 1))
        return td_form_wrong(f, v);
    *out = td_bool(v.i == 1);
    return TD_OK;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \x00ff */
static int bytes_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    if (v.kind == TD_V_BLOB) {
        *out = v;
        return TD_OK;
    }
    if (!td_form_is_text(v) || v.bytes.len % 2 != 0 || v.bytes.len < 2 || memcmp(v.bytes.at, "\\x", 2) != 0)
        return td_form_wrong(f, v);
    size_t n = v.bytes.len / 2 - 1;
    char *bytes = td_arena_alloc(f->a, n + 1);
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(v.bytes.at[2 + 2 * i]), low = hex_digit(v.bytes.at[3 + 2 * i]);
        if (high < 0 || low < 0)
            return td_form_wrong(f, v);
        bytes[i] = (char)(high << 4 | low);
    }
    *out = td_bytes(TD_V_BLOB, bytes, n);
    return TD_OK;
}

static int bytes_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    *out = v;
    return v.kind == TD_V_BLOB ? TD_OK : td_form_wrong(f, v);
}

/* ---- all ---- */

int td_form_scalar_to_sqlite(const struct form *f, struct td_value v, struct td_value *out)
{
    switch (f->t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: return td_form_int_to_sqlite(f, v, out);
    case TD_T_BOOL: return bool_to_sqlite(f, v, out);
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return td_form_float_to_sqlite(f, v, out);
    case TD_T_NUMERIC: return td_form_numeric_to_sqlite(f, v, out);
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP:
    case TD_T_DATE:
    case TD_T_TIME:
    case TD_T_TIMETZ: return td_form_time_to_sqlite(f, v, out);
    case TD_T_BYTEA: return bytes_to_sqlite(f, v, out);
    default: return text_to_sqlite(f, v, out);
    }
}

int td_form_scalar_to_postgres(const struct form *f, struct td_value v, struct td_value *out)
{
    switch (f->t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID: return td_form_int_to_postgres(f, v, out);
    case TD_T_BOOL: return bool_to_postgres(f, v, out);
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return td_form_float_to_postgres(f, v, out);
    case TD_T_NUMERIC: return td_form_numeric_to_postgres(f, v, out);
    case TD_T_TIMESTAMPTZ:
    case TD_T_TIMESTAMP:
    case TD_T_DATE:
    case TD_T_TIME:
    case TD_T_TIMETZ: return td_form_time_to_postgres(f, v, out);
    case TD_T_BYTEA: return bytes_to_postgres(f, v, out);
    default: return text_to_postgres(f, v, out);
    }
}

/* No bytes at all may come without an address. */
static struct td_value with_address(struct td_value v)
{
    if (v.kind >= TD_V_TEXT && v.bytes.at == NULL)
        v.bytes.at = "";
    return v;
}

int td_form_to_sqlite(struct td_arena *a, struct td_type t, struct td_value v, struct td_value *out, struct td_err *err)
{
    struct form f = {a, td_type_base(t), err};
    *out = td_null();
    if (v.kind == TD_V_NULL)
        return TD_OK;
    v = with_address(v);
    return f.t.dims > 0 ? td_form_array_to_sqlite(&f, v, out) : td_form_scalar_to_sqlite(&f, v, out);
}

int td_form_to_postgres(struct td_arena *a, struct td_type t, struct td_value v, struct td_value *out,
                        struct td_err *err)
{
    struct form f = {a, td_type_base(t), err};
    *out = td_null();
    if (v.kind == TD_V_NULL)
        return TD_OK;
    v = with_address(v);
    return f.t.dims > 0 ? td_form_array_to_postgres(&f, v, out) : td_form_scalar_to_postgres(&f, v, out);
}

/* ---- x::text ---- */

static void add_hex(struct td_value v, struct td_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    char block[256];
    size_t n = 0;
    td_buf_add_n(out, "\\x", 2);
    for (size_t i = 0; i < v.bytes.len; i++) {
        block[n++] = digits[(unsigned char)v.bytes.at[i] >> 4];
        block[n++] = digits[(unsigned char)v.bytes.at[i] & 15];
        if (n == sizeof block) {
            td_buf_add_n(out, block, n);
            n = 0;
        }
    }
    td_buf_add_n(out, block, n);
}

static void add_int(int64_t v, struct td_buf *out)
{
    char text[24];
    size_t n = sizeof text;
    uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;
    do {
        text[--n] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0)
        text[--n] = '-';
    td_buf_add_n(out, text + n, sizeof text - n);
}

static void add_text(struct td_type t, struct td_value v, struct td_buf *out)
{
    size_t n = v.bytes.len;
    t = td_type_base(t);
    while (t.dims == 0 && t.kind == TD_T_BPCHAR && n > 0 && v.bytes.at[n - 1] == ' ')
        n--;
    if (n > 0)
        td_buf_add_n(out, v.bytes.at, n);
    if (t.dims == 0 && t.kind == TD_T_INET && n > 0 && memchr(v.bytes.at, '/', n) == NULL)
        td_buf_add(out, memchr(v.bytes.at, ':', n) != NULL ? "/128" : "/32");
}

void td_form_text(struct td_type t, struct td_value v, struct td_buf *out)
{
    switch (v.kind) {
    case TD_V_NULL: break;
    case TD_V_BOOL: td_buf_add(out, v.b ? "true" : "false"); break;
    case TD_V_INT: add_int(v.i, out); break;
    case TD_V_DOUBLE: td_shortest_print(v.d, td_type_base(t).kind == TD_T_FLOAT4, out); break;
    case TD_V_BLOB: add_hex(v, out); break;
    default: add_text(t, v, out); break;
    }
}
