/* Types by name, as `type` arguments give them, and values in PostgreSQL's text form. */
#ifndef TD_SQLITE_FUNCTIONS_TYPE_H
#define TD_SQLITE_FUNCTIONS_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include <sqlite3.h>

#include "core/base/buf.h"
#include "core/base/err.h"

enum td_fn_kind {
    TD_FT_TEXT,
    TD_FT_BPCHAR,
    TD_FT_INT2,
    TD_FT_INT4,
    TD_FT_INT8,
    TD_FT_OID,
    TD_FT_BOOL,
    TD_FT_FLOAT4,
    TD_FT_FLOAT8,
    TD_FT_NUMERIC,
    TD_FT_UUID,
    TD_FT_TIMESTAMPTZ,
    TD_FT_TIMESTAMP,
    TD_FT_DATE,
    TD_FT_TIME,
    TD_FT_TIMETZ,
    TD_FT_INTERVAL,
    TD_FT_JSON,
    TD_FT_JSONB,
    TD_FT_BYTEA,
    TD_FT_INET,
    TD_FT_CIDR,
    TD_FT_MACADDR,
    TD_FT_MACADDR8
};

struct td_fn_type {
    enum td_fn_kind kind; /* of the element, for an array */
    int dims;             /* 0: no array */
    int mod1, mod2;       /* in parentheses; -1: none */
};

/* Unknown names (enums, citext, ranges...) are TD_FT_TEXT. */
struct td_fn_type td_fn_type_parse(const char *name, size_t len);
bool td_fn_type_is_number(enum td_fn_kind kind);
bool td_fn_type_is_int(enum td_fn_kind kind);
/* "integer", "timestamp with time zone"...: for messages. */
const char *td_fn_type_name(enum td_fn_kind kind);

/* float8out and float4out: the shortest text that reads back the same. */
void td_fn_print_float8(double v, struct td_buf *out);
void td_fn_print_float4(double v, struct td_buf *out);
/* bytea's output: \x and hexadecimal digits. */
void td_fn_print_bytea(const void *bytes, size_t len, struct td_buf *out);

/* Appends the output function's text of a stored value that is not NULL and no array. */
TD_MUST_CHECK int td_fn_print(struct td_fn_type type, sqlite3_value *v, struct td_buf *out, struct td_err *err);
/* The same for a value given as text in its stored form (elements of arrays, of jsonb). */
TD_MUST_CHECK int td_fn_print_text(struct td_fn_type type, const char *at, size_t len, struct td_buf *out,
                                   struct td_err *err);

#endif
