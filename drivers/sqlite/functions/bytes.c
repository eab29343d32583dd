/* bytea: encodings, single bits and bytes, random ones. */
#include <stdio.h>
#include <string.h>

#include "core/base/utf8.h"
#include "core/base/uuid.h"
#include "drivers/sqlite/functions/call.h"

static void add_hex(struct td_buf *out, const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        td_buf_printf(out, "%02x", bytes[i]);
}

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* With a newline after each 76 characters, as PostgreSQL (RFC 2045). */
static void encode_base64(struct td_fn_str s, struct td_buf *out)
{
    const unsigned char *p = (const unsigned char *)s.at;
    size_t column = 0;
    for (size_t i = 0; i < s.len; i += 3) {
        unsigned v = (unsigned)p[i] << 16 | (i + 1 < s.len ? (unsigned)p[i + 1] << 8 : 0) |
                     (i + 2 < s.len ? (unsigned)p[i + 2] : 0);
        if (column == 76) {
            td_buf_char(out, '\n');
            column = 0;
        }
        td_buf_char(out, base64[v >> 18]);
        td_buf_char(out, base64[v >> 12 & 63]);
        td_buf_char(out, i + 1 < s.len ? base64[v >> 6 & 63] : '=');
        td_buf_char(out, i + 2 < s.len ? base64[v & 63] : '=');
        column += 4;
    }
}

static void encode_escape(struct td_fn_str s, struct td_buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char ch = (unsigned char)s.at[i];
        if (ch == '\\')
            td_buf_add(out, "\\\\");
        else if (ch == 0 || ch > 127)
            td_buf_printf(out, "\\%03o", ch);
        else
            td_buf_char(out, (char)ch);
    }
}

static int encode(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    const char *format = td_fn_text(c, 1).at;
    if (sqlite3_stricmp(format, "hex") == 0)
        add_hex(&c->out, (const unsigned char *)s.at, s.len);
    else if (sqlite3_stricmp(format, "base64") == 0)
        encode_base64(s, &c->out);
    else if (sqlite3_stricmp(format, "escape") == 0)
        encode_escape(s, &c->out);
    else
        return td_fn_fail(err, "22023", "unrecognized encoding: \"%s\"", format);
    return td_fn_done(c, err);
}

static bool blank(char ch)
{
    return ch == ' ' || ch == '\n' || ch == '\t' || ch == '\r';
}

static int hex_value(char ch)
{
    if (ch >= '0' && ch <= '9')
        return ch - '0';
    ch = (char)(ch | 32);
    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

static int decode_hex(struct td_fn_str s, struct td_buf *out, struct td_err *err)
{
    for (size_t i = 0; i < s.len; i++) {
        if (blank(s.at[i]))
            continue;
        int high = hex_value(s.at[i]);
        if (high < 0)
            return td_fn_fail(err, "22023", "invalid hexadecimal digit: \"%c\"", s.at[i]);
        if (++i >= s.len)
            return td_fn_fail(err, "22023", "invalid hexadecimal data: odd number of digits");
        int low = hex_value(s.at[i]);
        if (low < 0)
            return td_fn_fail(err, "22023", "invalid hexadecimal digit: \"%c\"", s.at[i]);
        td_buf_char(out, (char)(high << 4 | low));
    }
    return TD_OK;
}

static int decode_base64(struct td_fn_str s, struct td_buf *out, struct td_err *err)
{
    unsigned v = 0;
    int have = 0, end = 0;
    for (size_t i = 0; i < s.len; i++) {
        char ch = s.at[i];
        const char *at = ch != '\0' ? strchr(base64, ch) : NULL;
        if (blank(ch))
            continue;
        if (ch == '=' && end == 0) {
            if (have != 2 && have != 3)
                return td_fn_fail(err, "22023", "unexpected \"=\" while decoding base64 sequence");
            end = have == 2 ? 1 : 2;
        } else if (ch != '=' && at == NULL) {
            return td_fn_fail(err, "22023", "invalid symbol \"%.*s\" found while decoding base64 sequence",
                              (int)td_utf8_next(s.at + i, s.len - i, NULL), s.at + i);
        }
        v = v << 6 | (ch == '=' ? 0 : (unsigned)(at - base64));
        if (++have < 4)
            continue;
        td_buf_char(out, (char)(v >> 16));
        if (end == 0 || end > 1)
            td_buf_char(out, (char)(v >> 8));
        if (end == 0)
            td_buf_char(out, (char)v);
        v = 0;
        have = 0;
    }
    return have == 0 ? TD_OK : td_fn_fail(err, "22023", "invalid base64 end sequence");
}

static int decode_escape(struct td_fn_str s, struct td_buf *out, struct td_err *err)
{
    for (size_t i = 0; i < s.len; i++) {
        const char *p = s.at + i;
        if (*p != '\\') {
            td_buf_char(out, *p);
        } else if (i + 1 < s.len && p[1] == '\\') {
            td_buf_char(out, '\\');
            i++;
        } else if (i + 3 < s.len && p[1] >= '0' && p[1] <= '3' && (p[2] & ~7) == '0' && (p[3] & ~7) == '0') {
            td_buf_char(out, (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0')));
            i += 3;
        } else {
            return td_fn_fail(err, "22P02", "invalid input syntax for type bytea");
        }
    }
    return TD_OK;
}

static int decode(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    const char *format = td_fn_text(c, 1).at;
    int rc;
    if (sqlite3_stricmp(format, "hex") == 0)
        rc = decode_hex(s, &c->out, err);
    else if (sqlite3_stricmp(format, "base64") == 0)
        rc = decode_base64(s, &c->out, err);
    else if (sqlite3_stricmp(format, "escape") == 0)
        rc = decode_escape(s, &c->out, err);
    else
        return td_fn_fail(err, "22023", "unrecognized encoding: \"%s\"", format);
    if (rc == TD_OK)
        rc = td_buf_check(&c->out, err);
    return rc != TD_OK ? rc : td_fn_give_blob(c, td_buf_str(&c->out), c->out.len);
}

/* Byte (or, with `bits`, bit) number of argument 1, checked; a writable copy of the bytes. */
static int locate(struct td_fn_call *c, bool bits, unsigned char **bytes, size_t *len, int64_t *at, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    int rc = td_fn_int(c, 1, at, err);
    if (rc != TD_OK)
        return rc;
    int64_t count = (int64_t)s.len * (bits ? 8 : 1);
    if (*at < 0 || *at >= count)
        return td_fn_fail(err, "2202E", "index %lld out of valid range, 0..%lld", (long long)*at, (long long)count - 1);
    *bytes = (unsigned char *)td_arena_dup(c->arena, s.at, s.len);
    *len = s.len;
    return TD_OK;
}

static int get_byte(struct td_fn_call *c, struct td_err *err)
{
    unsigned char *bytes;
    size_t len;
    int64_t at;
    int rc = locate(c, false, &bytes, &len, &at, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, bytes[at]);
}

/* Of a bit string, which is stored as its digits: the first is number 0. */
static int get_digit(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    int64_t at;
    int rc = td_fn_int(c, 1, &at, err);
    if (rc != TD_OK)
        return rc;
    if (at < 0 || at >= (int64_t)s.len)
        return td_fn_fail(err, "2202E", "bit index %lld out of valid range (0..%lld)", (long long)at,
                          (long long)s.len - 1);
    return td_fn_give_int(c, s.at[at] == '1');
}

static int get_bit(struct td_fn_call *c, struct td_err *err)
{
    if (sqlite3_value_type(c->v[0]) == SQLITE_TEXT)
        return get_digit(c, err);
    unsigned char *bytes;
    size_t len;
    int64_t at;
    int rc = locate(c, true, &bytes, &len, &at, err);
    return rc != TD_OK ? rc : td_fn_give_int(c, bytes[at / 8] >> (at % 8) & 1);
}

static int set_byte(struct td_fn_call *c, struct td_err *err)
{
    unsigned char *bytes;
    size_t len;
    int64_t at;
    int32_t v = 0;
    int rc = locate(c, false, &bytes, &len, &at, err);
    if (rc == TD_OK)
        rc = td_fn_int4(c, 2, &v, err);
    if (rc != TD_OK)
        return rc;
    bytes[at] = (unsigned char)v;
    return td_fn_give_blob(c, bytes, len);
}

static int set_bit(struct td_fn_call *c, struct td_err *err)
{
    unsigned char *bytes;
    size_t len;
    int64_t at;
    int32_t v = 0;
    int rc = locate(c, true, &bytes, &len, &at, err);
    if (rc == TD_OK)
        rc = td_fn_int4(c, 2, &v, err);
    if (rc != TD_OK)
        return rc;
    if (v != 0 && v != 1)
        return td_fn_fail(err, "22023", "new bit must be 0 or 1");
    bytes[at / 8] = (unsigned char)((bytes[at / 8] & ~(1 << at % 8)) | v << at % 8);
    return td_fn_give_blob(c, bytes, len);
}

static bool is_utf8(const char *name)
{
    return sqlite3_stricmp(name, "utf8") == 0 || sqlite3_stricmp(name, "utf-8") == 0 ||
           sqlite3_stricmp(name, "unicode") == 0;
}

static int convert_to(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    if (!is_utf8(td_fn_text(c, 1).at))
        return td_fn_fail(err, "0A000", "encoding \"%s\" is not supported on SQLite; use UTF8", td_fn_text(c, 1).at);
    return td_fn_give_blob(c, s.at, s.len);
}

static int convert_from(struct td_fn_call *c, struct td_err *err)
{
    struct td_fn_str s = td_fn_text(c, 0);
    if (!is_utf8(td_fn_text(c, 1).at))
        return td_fn_fail(err, "0A000", "encoding \"%s\" is not supported on SQLite; use UTF8", td_fn_text(c, 1).at);
    size_t bad = td_utf8_find_bad(s.at, s.len);
    const char *nul = memchr(s.at, '\0', s.len);
    if (nul != NULL && (size_t)(nul - s.at) < bad)
        bad = (size_t)(nul - s.at);
    if (bad != TD_UTF8_VALID)
        return td_fn_fail(err, "22021", "invalid byte sequence for encoding \"UTF8\": 0x%02x",
                          (unsigned char)s.at[bad]);
    return td_fn_give_text(c, s.at, s.len);
}

static int gen_random_bytes(struct td_fn_call *c, struct td_err *err)
{
    unsigned char bytes[1024];
    int32_t n = 0;
    int rc = td_fn_int4(c, 0, &n, err);
    if (rc != TD_OK)
        return rc;
    if (n < 1 || n > (int32_t)sizeof bytes)
        return td_fn_fail(err, "39000", "Length not in range");
    sqlite3_randomness(n, bytes);
    return td_fn_give_blob(c, bytes, (size_t)n);
}

static int gen_random_uuid(struct td_fn_call *c, struct td_err *err)
{
    char uuid[TD_UUID_TEXT];
    (void)err;
    td_uuid_v4(uuid);
    return td_fn_give_text(c, uuid, strlen(uuid));
}

const struct td_fn td_fn_bytes[] = {
    {"pg_encode", 2, 2, TD_FN_STRICT, encode},
    {"pg_decode", 2, 2, TD_FN_STRICT, decode},
    {"pg_get_byte", 2, 2, TD_FN_STRICT, get_byte},
    {"pg_get_bit", 2, 2, TD_FN_STRICT, get_bit},
    {"pg_set_byte", 3, 3, TD_FN_STRICT, set_byte},
    {"pg_set_bit", 3, 3, TD_FN_STRICT, set_bit},
    {"pg_convert_to", 2, 2, TD_FN_STRICT, convert_to},
    {"pg_convert_from", 2, 2, TD_FN_STRICT, convert_from},
    {"pg_gen_random_bytes", 1, 1, TD_FN_STRICT | TD_FN_VOLATILE, gen_random_bytes},
    {"pg_gen_random_uuid", 0, 0, TD_FN_VOLATILE, gen_random_uuid},
    {NULL, 0, 0, 0, NULL},
};
