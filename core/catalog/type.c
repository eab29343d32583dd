/* What PostgreSQL 15 has built in, by every name that its grammar and its users give it. */
#include "core/catalog/type.h"

#include <string.h>

#include "core/catalog/catalog.h"

struct builtin {
    const char *name;
    enum td_type_kind kind;
};

static const struct builtin known[] = {
    {"smallint", TD_T_INT2},
    {"int2", TD_T_INT2},
    {"smallserial", TD_T_INT2},
    {"serial2", TD_T_INT2},
    {"integer", TD_T_INT4},
    {"int", TD_T_INT4},
    {"int4", TD_T_INT4},
    {"serial", TD_T_INT4},
    {"serial4", TD_T_INT4},
    {"bigint", TD_T_INT8},
    {"int8", TD_T_INT8},
    {"bigserial", TD_T_INT8},
    {"serial8", TD_T_INT8},
    {"bool", TD_T_BOOL},
    {"boolean", TD_T_BOOL},
    {"real", TD_T_FLOAT4},
    {"float4", TD_T_FLOAT4},
    {"double precision", TD_T_FLOAT8},
    {"float8", TD_T_FLOAT8},
    {"float", TD_T_FLOAT8},
    {"numeric", TD_T_NUMERIC},
    {"decimal", TD_T_NUMERIC},
    {"dec", TD_T_NUMERIC},
    {"text", TD_T_TEXT},
    {"varchar", TD_T_VARCHAR},
    {"character varying", TD_T_VARCHAR},
    {"bpchar", TD_T_BPCHAR},
    {"character", TD_T_BPCHAR},
    {"citext", TD_T_CITEXT},
    {"name", TD_T_NAME},
    {"uuid", TD_T_UUID},
    {"timestamptz", TD_T_TIMESTAMPTZ},
    {"timestamp", TD_T_TIMESTAMP},
    {"timestamp with time zone", TD_T_TIMESTAMPTZ},
    {"date", TD_T_DATE},
    {"timestamp without time zone", TD_T_TIMESTAMP},
    {"time", TD_T_TIME},
    {"time without time zone", TD_T_TIME},
    {"timetz", TD_T_TIMETZ},
    {"time with time zone", TD_T_TIMETZ},
    {"interval", TD_T_INTERVAL},
    {"json", TD_T_JSON},
    {"jsonb", TD_T_JSONB},
    {"bytea", TD_T_BYTEA},
    {"inet", TD_T_INET},
    {"cidr", TD_T_CIDR},
    {"macaddr", TD_T_MACADDR},
    {"macaddr8", TD_T_MACADDR8},
    {"oid", TD_T_OID},
    {"regclass", TD_T_REGCLASS},
    {"record", TD_T_RECORD},
    {"void", TD_T_VOID},
    {"trigger", TD_T_TRIGGER},
    {"unknown", TD_T_UNKNOWN},
};

/* Carried opaque. `char` here is the one-byte type that is written "char": the grammar makes char(n) to bpchar. */
static const char *const opaque[] = {
    "char",
    "bit",
    "varbit",
    "money",
    "xml",
    "tsvector",
    "tsquery",
    "point",
    "line",
    "lseg",
    "box",
    "path",
    "polygon",
    "circle",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "tsmultirange",
    "tstzmultirange",
    "datemultirange",
    "jsonpath",
    "pg_lsn",
    "pg_snapshot",
    "txid_snapshot",
    "xid",
    "xid8",
    "cid",
    "tid",
    "oidvector",
    "int2vector",
    "aclitem",
    "refcursor",
    "regproc",
    "regprocedure",
    "regoper",
    "regoperator",
    "regtype",
    "regrole",
    "regnamespace",
    "regconfig",
    "regdictionary",
    "regcollation",
    "gtsvector",
    "pg_node_tree",
    "pg_ndistinct",
    "pg_dependencies",
    "pg_mcv_list",
    "pg_brin_bloom_summary",
    "pg_brin_minmax_multi_summary",
    "any",
    "anyarray",
    "anyelement",
    "anyenum",
    "anynonarray",
    "anyrange",
    "anymultirange",
    "anycompatible",
    "anycompatiblearray",
    "anycompatiblenonarray",
    "anycompatiblerange",
    "anycompatiblemultirange",
    "cstring",
    "internal",
    "event_trigger",
    "language_handler",
    "fdw_handler",
    "index_am_handler",
    "table_am_handler",
    "tsm_handler",
    "pg_ddl_command",
    /* extensions that are met in practice */
    "hstore",
    "ltree",
    "lquery",
    "ltxtquery",
    "cube",
    "seg",
    "vector",
    "halfvec",
    "sparsevec",
    "geometry",
    "geography",
    "box2d",
    "box3d",
    "raster",
};

static bool element(const char *name, struct td_type *out)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i].name, name) == 0) {
            *out = TD_TYPE(known[i].kind);
            if (strcmp(name, "character") == 0)
                out->mod1 = 1;
            return true;
        }
    }
    if (strcmp(name, "bit varying") == 0)
        name = "varbit";
    for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) {
        if (strcmp(opaque[i], name) == 0) {
            *out = TD_TYPE(TD_T_OTHER);
            out->name = opaque[i];
            return true;
        }
    }
    return false;
}

bool td_type_builtin(const char *name, struct td_type *out)
{
    if (element(name, out))
        return true;
    if (name[0] != '_' || !element(name + 1, out)) /* _int4: what pg_type calls integer[] */
        return false;
    out->dims = 1;
    return true;
}

struct td_type td_type_of_user(const struct td_user_type *u)
{
    static const enum td_type_kind kinds[] = {[TD_UT_ENUM] = TD_T_ENUM,
                                              [TD_UT_DOMAIN] = TD_T_DOMAIN,
                                              [TD_UT_COMPOSITE] = TD_T_COMPOSITE,
                                              [TD_UT_RANGE] = TD_T_OTHER,
                                              [TD_UT_SHELL] = TD_T_OTHER};
    struct td_type t = TD_TYPE(kinds[u->kind]);
    t.user = u;
    if (t.kind == TD_T_OTHER)
        t.name = u->name;
    return t;
}

const char *td_type_internal_name(const struct td_type *t)
{
    static const char *const names[] = {
        [TD_T_INT2] = "int2",
        [TD_T_INT4] = "int4",
        [TD_T_INT8] = "int8",
        [TD_T_BOOL] = "bool",
        [TD_T_FLOAT4] = "float4",
        [TD_T_FLOAT8] = "float8",
        [TD_T_NUMERIC] = "numeric",
        [TD_T_TEXT] = "text",
        [TD_T_VARCHAR] = "varchar",
        [TD_T_BPCHAR] = "bpchar",
        [TD_T_CITEXT] = "citext",
        [TD_T_NAME] = "name",
        [TD_T_UUID] = "uuid",
        [TD_T_TIMESTAMPTZ] = "timestamptz",
        [TD_T_TIMESTAMP] = "timestamp",
        [TD_T_DATE] = "date",
        [TD_T_TIME] = "time",
        [TD_T_TIMETZ] = "timetz",
        [TD_T_INTERVAL] = "interval",
        [TD_T_JSON] = "json",
        [TD_T_JSONB] = "jsonb",
        [TD_T_BYTEA] = "bytea",
        [TD_T_INET] = "inet",
        [TD_T_CIDR] = "cidr",
        [TD_T_MACADDR] = "macaddr",
        [TD_T_MACADDR8] = "macaddr8",
        [TD_T_OID] = "oid",
        [TD_T_REGCLASS] = "regclass",
        [TD_T_RECORD] = "record",
        [TD_T_VOID] = "void",
        [TD_T_TRIGGER] = "trigger",
        [TD_T_OTHER] = NULL,
    };
    if (t->user != NULL)
        return t->user->name;
    return t->kind == TD_T_OTHER ? t->name : names[t->kind];
}

bool td_type_equal(const struct td_type *a, const struct td_type *b)
{
    if (a->kind != b->kind || (a->dims > 0) != (b->dims > 0) || a->ragged != b->ragged || a->of_view != b->of_view ||
        a->mod1 != b->mod1 || a->mod2 != b->mod2)
        return false;
    if (a->kind == TD_T_OTHER)
        return strcmp(a->name, b->name) == 0;
    return a->user == b->user;
}

struct td_type td_type_base(struct td_type t)
{
    while (t.kind == TD_T_DOMAIN && t.user != NULL) {
        short dims = t.dims;
        t = t.user->base;
        t.dims = (short)(t.dims + dims);
    }
    return t;
}

bool td_type_is_text(const struct td_type *t)
{
    if (t->dims > 0)
        return false;
    switch (t->kind) {
    case TD_T_TEXT:
    case TD_T_VARCHAR:
    case TD_T_BPCHAR:
    case TD_T_CITEXT:
    case TD_T_NAME: return true;
    default: return false;
    }
}

bool td_type_is_integer(const struct td_type *t)
{
    return t->dims == 0 &&
           (t->kind == TD_T_INT2 || t->kind == TD_T_INT4 || t->kind == TD_T_INT8 || t->kind == TD_T_OID);
}

bool td_type_is_number(const struct td_type *t)
{
    return td_type_is_integer(t) ||
           (t->dims == 0 && (t->kind == TD_T_FLOAT4 || t->kind == TD_T_FLOAT8 || t->kind == TD_T_NUMERIC));
}

bool td_type_is_time(const struct td_type *t)
{
    return t->dims == 0 && (t->kind == TD_T_TIMESTAMPTZ || t->kind == TD_T_TIMESTAMP || t->kind == TD_T_DATE);
}

static enum td_storage numeric_storage(const struct td_type *t)
{
    if (t->mod1 < 0)
        return TD_S_TEXT;
    if (t->mod2 <= 0)
        return t->mod1 - t->mod2 <= 18 ? TD_S_INTEGER : TD_S_TEXT;
    return t->mod1 <= 15 && t->mod2 <= 15 ? TD_S_REAL : TD_S_TEXT;
}

enum td_storage td_type_storage(struct td_type t)
{
    t = td_type_base(t);
    if (t.dims > 0)
        return TD_S_TEXT;
    switch (t.kind) {
    case TD_T_INT2:
    case TD_T_INT4:
    case TD_T_INT8:
    case TD_T_OID:
    case TD_T_BOOL: return TD_S_INTEGER;
    case TD_T_FLOAT4:
    case TD_T_FLOAT8: return TD_S_REAL;
    case TD_T_NUMERIC: return numeric_storage(&t);
    case TD_T_BYTEA: return TD_S_BLOB;
    default: return TD_S_TEXT;
    }
}

bool td_type_numeric_native(struct td_type t)
{
    t = td_type_base(t);
    return t.dims == 0 && t.kind == TD_T_NUMERIC && numeric_storage(&t) != TD_S_TEXT;
}
