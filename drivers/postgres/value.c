/* Values to and from PostgreSQL's text format, which is exact for every type. */
#include <stdlib.h>
#include <string.h>

#include "core/db/number.h"
#include "drivers/postgres/conn.h"

/* Of the server's catalog, fixed for ever (catalog/pg_type.dat); libpq's headers do not have them. */
enum oid {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_OID = 26,
    OID_JSON = 114,
    OID_FLOAT4 = 700,
    OID_FLOAT8 = 701,
    OID_DATE = 1082,
    OID_TIME = 1083,
    OID_TIMESTAMP = 1114,
    OID_TIMESTAMPTZ = 1184,
    OID_TIMETZ = 1266,
    OID_NUMERIC = 1700,
    OID_UUID = 2950,
    OID_JSONB = 3802
};

static void encode_bool(bool b, Oid type, struct td_buf *out)
{
    bool number = type == OID_INT2 || type == OID_INT4 || type == OID_INT8 || type == OID_NUMERIC;
    td_buf_add(out, number ? (b ? "1" : "0") : (b ? "t" : "f"));
}

static void encode_hex(const char *bytes, size_t len, struct td_buf *out)
{
    static const char digits[] = "0123456789abcdef";
    td_buf_add(out, "\\x");
    for (size_t i = 0; i < len; i++) {
        char pair[2] = {digits[(unsigned char)bytes[i] >> 4], digits[(unsigned char)bytes[i] & 15]};
        td_buf_add_n(out, pair, 2);
    }
}

int td_pq_encode(const struct td_value *v, Oid type, struct td_buf *out, struct td_err *err)
{
    char number[TD_NUMBER_SIZE];
    switch (v->kind) {
    case TD_V_NULL: break;
    case TD_V_BOOL: encode_bool(v->b, type, out); break;
    case TD_V_INT: td_buf_int(out, v->i); break;
    case TD_V_DOUBLE:
        td_number_print(v->d, number);
        td_buf_add(out, number);
        break;
    case TD_V_BLOB: encode_hex(v->bytes.at, v->bytes.len, out); break;
    default:
        if (v->bytes.len > 0 && memchr(v->bytes.at, '\0', v->bytes.len) != NULL) {
            td_err_set(err, TD_C_DB_DATA, "PostgreSQL cannot store the character NUL in a text");
            td_err_sqlstate(err, "22021");
            return td_err_next(err, "Use a bytea column, or take the character out.");
        }
        if (v->bytes.len > 0)
            td_buf_add_n(out, v->bytes.at, v->bytes.len);
    }
    return td_buf_check(out, err);
}

static enum td_value_kind text_kind(Oid type)
{
    switch (type) {
    case OID_NUMERIC: return TD_V_NUMERIC;
    case OID_DATE:
    case OID_TIME:
    case OID_TIMETZ:
    case OID_TIMESTAMP:
    case OID_TIMESTAMPTZ: return TD_V_TIMESTAMP;
    case OID_UUID: return TD_V_UUID;
    case OID_JSON:
    case OID_JSONB: return TD_V_JSON;
    default: return TD_V_TEXT;
    }
}

/* A bytea value decoded, owned (PQfreemem); NULL with `*len` 0 for what is NULL or no bytea. */
int td_pq_decode_bytes(const PGresult *res, int row, int col, unsigned char **out, size_t *len, struct td_err *err)
{
    *out = NULL;
    *len = 0;
    if (PQftype(res, col) != OID_BYTEA || PQgetisnull(res, row, col))
        return TD_OK;
    *out = PQunescapeBytea((const unsigned char *)PQgetvalue(res, row, col), len);
    return *out == NULL ? td_err_nomem(err) : TD_OK;
}

struct td_value td_pq_decode(const PGresult *res, int row, int col)
{
    if (PQgetisnull(res, row, col))
        return td_null();
    const char *text = PQgetvalue(res, row, col);
    switch (PQftype(res, col)) {
    case OID_BOOL: return td_bool(text[0] == 't');
    case OID_INT2:
    case OID_INT4:
    case OID_INT8:
    case OID_OID: return td_int(strtoll(text, NULL, 10));
    case OID_FLOAT4: /* the number that the digits say, which as a float4 is the same one again */
    case OID_FLOAT8: return td_double(td_number_parse(text));
    default: return td_bytes(text_kind(PQftype(res, col)), text, (size_t)PQgetlength(res, row, col));
    }
}
