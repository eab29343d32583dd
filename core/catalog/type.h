/* PostgreSQL's types, as the catalog and the lowering know them. Passed by value. */
#ifndef TD_CATALOG_TYPE_H
#define TD_CATALOG_TYPE_H

#include <stdbool.h>

struct td_buf;
struct td_user_type;

enum td_type_kind {
    TD_T_UNKNOWN = 0, /* an untyped literal or NULL, not resolved yet */
    TD_T_INT2,
    TD_T_INT4,
    TD_T_INT8,
    TD_T_BOOL,
    TD_T_FLOAT4,
    TD_T_FLOAT8,
    TD_T_NUMERIC, /* mod1 precision, mod2 scale; -1: none given */
    TD_T_TEXT,
    TD_T_VARCHAR, /* mod1 length or -1 */
    TD_T_BPCHAR,  /* char(n): mod1 length (1 when only "char" was written) */
    TD_T_CITEXT,
    TD_T_NAME,
    TD_T_UUID,
    TD_T_TIMESTAMPTZ, /* mod1 fractional digits or -1 */
    TD_T_TIMESTAMP,
    TD_T_DATE,
    TD_T_TIME,
    TD_T_TIMETZ,
    TD_T_INTERVAL,
    TD_T_JSON,
    TD_T_JSONB,
    TD_T_BYTEA,
    TD_T_INET,
    TD_T_CIDR,
    TD_T_MACADDR,
    TD_T_MACADDR8,
    TD_T_ENUM,   /* user->labels */
    TD_T_DOMAIN, /* user->base and checks */
    TD_T_COMPOSITE,
    TD_T_OID,
    TD_T_REGCLASS,
    TD_T_RECORD,
    TD_T_VOID,
    TD_T_TRIGGER,
    TD_T_OTHER /* carried opaque as text: `name` says which (tsvector, int4range, ltree...) */
};

struct td_type {
    enum td_type_kind kind;
    short dims; /* 0: scalar; an array of any dimensions: 1 and more. Then kind says the element */
    /* Of SQLite's side of a view alone, where a number holds a numeric that has no digits of its own in PostgreSQL:
     * all values show mod2 digits; ragged: mod2 is the most that a value shows. */
    bool of_view, ragged;
    int mod1, mod2;
    const char *name;                /* TD_T_OTHER: PostgreSQL's name, lower case, no schema */
    const struct td_user_type *user; /* ENUM, DOMAIN, COMPOSITE: lives in the catalog */
};

#define TD_TYPE(k) ((struct td_type){.kind = (k), .mod1 = -1, .mod2 = -1})

/* Text of the type as PostgreSQL's format_type() prints it: "timestamp(3) without time zone", "text[]". */
void td_type_print(const struct td_type *t, struct td_buf *out);
/* Its name, or its element's, as pg_type has it: "int4", "bpchar"; a user's type by its own. NULL: it has none. */
const char *td_type_internal_name(const struct td_type *t);
/* Same type, modifiers included? */
bool td_type_equal(const struct td_type *a, const struct td_type *b);
/* Type for a built-in type's name as written or as the grammar gives it ("int4", "integer", "bool", "bpchar",
 * "varchar", "serial" (INT4), ...); false when it is none that PostgreSQL 15 has built in (contrib's citext, hstore,
 * ltree, vector... count as known: OTHER or CITEXT). */
bool td_type_builtin(const char *name, struct td_type *out);
/* The type of columns that are declared with an enum, a domain, a composite or a range; `u` is borrowed. */
struct td_type td_type_of_user(const struct td_user_type *u);
/* The type beneath a domain (or the type itself); modifiers of the innermost. Arrays stay arrays. */
struct td_type td_type_base(struct td_type t);
bool td_type_is_text(const struct td_type *t);    /* TEXT, VARCHAR, BPCHAR, CITEXT, NAME, not an array */
bool td_type_is_integer(const struct td_type *t); /* INT2, INT4, INT8, OID */
bool td_type_is_number(const struct td_type *t);  /* integers, floats, numeric */
bool td_type_is_time(const struct td_type *t);    /* TIMESTAMPTZ, TIMESTAMP, DATE */

/* How a value of the type is stored on SQLite: DESIGN.md's type table, decided here once for schema text, expressions,
 * casts and drivers. */
enum td_storage {
    TD_S_INTEGER, /* integers, boolean, numeric(p,0) with p <= 18 */
    TD_S_REAL,    /* floats, numeric(p,s) with p <= 15 */
    TD_S_TEXT,
    TD_S_BLOB,
};
enum td_storage td_type_storage(struct td_type t);
/* The numeric types that are not TEXT on SQLite: true when `t` is numeric stored as INTEGER or REAL. */
bool td_type_numeric_native(struct td_type t);

#endif
