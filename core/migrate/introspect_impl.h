/* Shared by introspect_*.c alone. Objects are found by their oid, as text. */
#ifndef TD_MIGRATE_INTROSPECT_IMPL_H
#define TD_MIGRATE_INTROSPECT_IMPL_H

#include "core/catalog/edit.h"
#include "core/db/db.h"
#include "core/migrate/rows.h"

struct td_introspecting {
    struct td_arena *a;
    struct td_db *db;
    struct td_catalog *c;
    const char *schemas;  /* text of a name[]: those that are read */
    struct td_map tables; /* oid -> struct td_introspected_table */
    struct td_map types;  /* oid -> struct td_user_type */
    struct td_map functions;
    struct td_map indexes; /* oid -> struct td_index, of those that no constraint owns */
    struct td_map keys;    /* oid -> what a constraint takes from the others */
};

/* A table and its columns by their number. */
struct td_introspected_table {
    struct td_table *table;
    TD_VEC(struct td_column *) by_number; /* NULL where a column was dropped */
};

/* An object that an extension, or another object, brought along. */
#define TD_NOT_BROUGHT(catalog, alias)                                                                                 \
    " AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog." catalog "'::regclass"       \
    " AND d.objid = " alias ".oid AND d.deptype = 'e')"
#define TD_COMMENT_ON(catalog, alias) "obj_description(" alias ".oid, '" catalog "')"
/* Four columns that td_introspect_type reads: oid, schema and name of the scalar type, is it an array? `t` is the type,
 * `e` its element. */
#define TD_TYPE_COLUMNS                                                                                                \
    "coalesce(e.oid, t.oid)::text, coalesce(en.nspname, tn.nspname)::text, coalesce(e.typname, t.typname)::text,"      \
    " e.oid IS NOT NULL"
#define TD_TYPE_JOINS                                                                                                  \
    " JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace"                                                      \
    " LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typtype = 'b' AND t.typcategory = 'A'"                 \
    " LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace"

/* introspect_postgres.c */
/* $1 of each query is the array of schemas. */
TD_MUST_CHECK int td_introspect_read(struct td_introspecting *in, const char *sql, struct td_rows *out,
                                     struct td_err *err);
/* An expression or a statement; NULL for NULL. An error names `what`. */
TD_MUST_CHECK int td_introspect_expr(struct td_introspecting *in, const char *text, const char *what,
                                     const struct PgQuery__Node **out, struct td_err *err);
struct td_introspected_table *td_introspect_table(const struct td_introspecting *in, const char *oid);
/* Columns by "{1,3}". */
void td_introspect_columns(struct td_introspecting *in, const struct td_introspected_table *t, const char *numbers,
                           struct td_columns *out);

/* introspect_type.c */
TD_MUST_CHECK int td_introspect_types(struct td_introspecting *in, struct td_err *err);
struct td_type td_introspect_type(struct td_introspecting *in, const struct td_rows *r, size_t row, size_t column,
                                  int64_t modifier);

/* introspect_table.c, introspect_key.c (constraints and indexes), introspect_routine.c (functions, triggers, policies),
 * introspect_sequence.c; in this order. */
TD_MUST_CHECK int td_introspect_tables(struct td_introspecting *in, struct td_err *err);
TD_MUST_CHECK int td_introspect_indexes(struct td_introspecting *in, struct td_err *err);
TD_MUST_CHECK int td_introspect_constraints(struct td_introspecting *in, struct td_err *err);
TD_MUST_CHECK int td_introspect_sequences(struct td_introspecting *in, struct td_err *err);
TD_MUST_CHECK int td_introspect_routines(struct td_introspecting *in, struct td_err *err);

#endif
