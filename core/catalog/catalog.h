/* The catalog: a schema as PostgreSQL would have it after the migrations that were replayed.
 *
 * It lives whole in one arena; nobody frees a column. Expressions are PostgreSQL's trees, borrowed from the same
 * arena and never changed in place. Tables and columns have an `id` that stays the same through renames, so that two
 * states of one table can be compared. Names are as PostgreSQL keeps them: folded, unquoted, cut at 63 bytes. */
#ifndef TD_CATALOG_CATALOG_H
#define TD_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/vec.h"
#include "core/catalog/type.h"

struct PgQuery__Node;
struct td_table;

/* On which engines an object exists. A postgres mark leaves only TD_ON_POSTGRES, a sqlite mark only TD_ON_SQLITE. */
enum td_on { TD_ON_POSTGRES = 1, TD_ON_SQLITE = 2, TD_ON_BOTH = 3 };

enum td_user_type_kind { TD_UT_ENUM, TD_UT_DOMAIN, TD_UT_COMPOSITE, TD_UT_RANGE, TD_UT_SHELL };

struct td_user_type {
    unsigned id;
    enum td_user_type_kind kind;
    const char *schema, *name, *comment;
    enum td_on on;
    struct td_strings labels;             /* enum, in order */
    struct td_type base;                  /* domain */
    bool not_null;                        /* domain */
    const struct PgQuery__Node *default_; /* domain, or NULL */
    TD_VEC(struct td_domain_check {
        const char *name;
        const struct PgQuery__Node *expr; /* speaks of VALUE */
    })
    checks;
};

enum td_identity { TD_ID_NONE = 0, TD_ID_ALWAYS = 'a', TD_ID_BY_DEFAULT = 'd' };

struct td_column {
    unsigned id;
    const char *name, *comment;
    struct td_type type;
    bool not_null;
    const struct PgQuery__Node *default_;  /* NULL: none */
    const struct PgQuery__Node *filled_by; /* td_column_default when ALTER TABLE added it: what older rows have */
    const struct PgQuery__Node *left_out;  /* a default that SQLite goes without; counts while it is `default_` */
    const struct PgQuery__Node *generated; /* GENERATED ALWAYS AS (...) STORED, or NULL */
    enum td_identity identity;
    struct td_sequence *serial;     /* the sequence that serial or identity made and owns, or NULL */
    const char *collation;          /* as written, or NULL */
    bool inherited;                 /* from td_table.parent */
    const struct td_column *sqlite; /* as SQLite has it, where a change of it was PostgreSQL's alone; NULL: like this */
    enum td_on on;
    size_t stmt; /* see td_catalog.stmt: the statement that made it as it is now */
};

enum td_constraint_kind { TD_K_PRIMARY, TD_K_UNIQUE, TD_K_FOREIGN, TD_K_CHECK, TD_K_EXCLUDE };
enum td_fk_action {
    TD_FK_NO_ACTION = 'a',
    TD_FK_RESTRICT = 'r',
    TD_FK_CASCADE = 'c',
    TD_FK_SET_NULL = 'n',
    TD_FK_SET_DEFAULT = 'd'
};

struct td_columns { /* borrowed from their table */
    struct td_column **at;
    size_t len, cap;
};

struct td_constraint {
    unsigned id;
    enum td_constraint_kind kind;
    const char *name, *comment; /* PostgreSQL's own generated name where none was written */
    bool named;                 /* was the name written? */
    struct td_columns columns;  /* CHECK: those that the expression names */
    struct td_strings include;
    bool nulls_not_distinct;
    /* FOREIGN: the table referred to is found by id, so that renames follow */
    struct td_table *ref;
    struct td_columns ref_columns;
    struct td_constraint *ref_key; /* the key or the unique index that guarantees the columns referred to: */
    struct td_index *ref_index;    /* it cannot be dropped without this constraint */
    enum td_fk_action on_delete, on_update;
    struct td_columns set_columns; /* ON DELETE SET NULL (these), empty: all */
    char match;                    /* 's' simple, 'f' full */
    bool deferrable, deferred, not_valid;
    const struct PgQuery__Node *expr; /* CHECK */
    const struct PgQuery__Node *node; /* EXCLUDE: the clause */
    bool no_inherit;
    enum td_on on;
    size_t stmt;
};

struct td_index_key {
    struct td_column *column; /* or an expression: */
    const struct PgQuery__Node *expr;
    const char *opclass, *collation; /* or NULL */
    bool desc;
    bool nulls_first; /* as PostgreSQL resolves it: DESC alone means NULLS FIRST */
};

struct td_index {
    unsigned id;
    const char *name, *comment, *method; /* "btree", "hash", "gin"... */
    bool unique, nulls_not_distinct;
    TD_VEC(struct td_index_key) keys;
    struct td_columns include;
    const struct PgQuery__Node *where; /* partial, or NULL */
    enum td_on on;
    size_t stmt;
};

struct td_trigger {
    unsigned id;
    const char *name, *comment;
    const struct PgQuery__Node *node; /* CREATE TRIGGER */
    struct td_function *function;     /* or NULL when it is not ours to know (skipped, built in) */
    bool disabled;
    enum td_on on;
    size_t stmt;
};

struct td_policy {
    const char *name, *comment;
    const struct PgQuery__Node *node;
};

/* A table that a view's query reads and, unless NULL, one of its columns. */
struct td_view_use {
    struct td_table *table;
    struct td_column *column;
};

enum td_relation_kind { TD_R_TABLE, TD_R_VIEW, TD_R_MATVIEW, TD_R_PARTITIONED, TD_R_PARTITION, TD_R_FOREIGN };

struct td_table {
    unsigned id;
    enum td_relation_kind kind;
    const char *schema, *name, *comment;
    bool temporary, unlogged, row_security, force_row_security;
    struct td_columns columns;
    TD_VEC(struct td_constraint *) constraints;
    TD_VEC(struct td_index *) indexes; /* those made by CREATE INDEX; a constraint's own is not listed */
    TD_VEC(struct td_trigger *) triggers;
    TD_VEC(struct td_policy *) policies;
    const struct PgQuery__Node *query; /* views: the SELECT, names as they are now */
    const char *query_text;            /* views: as written in the source */
    TD_VEC(struct td_view_use) uses;   /* views: what the query reads */
    struct td_table *parent;           /* INHERITS or PARTITION OF, or NULL */
    enum td_on on;
    size_t stmt;
};

struct td_sequence {
    unsigned id;
    const char *schema, *name, *comment;
    struct td_type type;
    int64_t start, increment, min, max, cache;
    bool cycle;
    struct td_table *owner; /* OWNED BY, serial, identity; or NULL */
    struct td_column *owner_column;
    enum td_on on;
    size_t stmt;
};

enum td_function_kind { TD_FN_FUNCTION, TD_FN_PROCEDURE, TD_FN_AGGREGATE, TD_FN_OTHER };

struct td_function {
    unsigned id;
    enum td_function_kind kind;
    const char *schema, *name, *comment;
    const char *language;             /* "plpgsql", "sql"... */
    const char *body;                 /* AS '...' */
    const char *arguments;            /* identity text of the argument types: "integer, text" */
    const struct PgQuery__Node *node; /* CREATE FUNCTION */
    struct td_type result;
    bool returns_set;
    const char *source_text; /* whole statement as written, for td_sql_parse_plpgsql */
    enum td_on on;
    size_t stmt;
};

struct td_extension {
    const char *name, *schema;
};

struct td_catalog {
    struct td_arena *arena;
    TD_VEC(const char *) schemas; /* "public" first */
    struct td_strings search_path;
    TD_VEC(struct td_table *) tables; /* views too; in order of creation */
    TD_VEC(struct td_user_type *) types;
    TD_VEC(struct td_sequence *) sequences;
    TD_VEC(struct td_function *) functions;
    TD_VEC(struct td_extension) extensions;
    unsigned next_id;        /* the last one given */
    struct td_map relations; /* schema and name -> struct td_relation: look-ups; kept by core/catalog/edit.h */
    struct td_map type_names;
    struct td_map folded;           /* name without letter case -> how often one was entered; core/catalog/edit.h */
    struct td_map constraint_names; /* of all that any table has ever had; core/catalog/edit.h */
    struct td_undo *undo;           /* core/catalog/edit.h */
    bool recording;
    size_t stmt; /* number given to what is being made now: the caller sets it before each statement */
};

void td_catalog_init(struct td_catalog *c, struct td_arena *a);

/* Look-ups. `schema` NULL: by search path (temporary tables first). NULL when there is none. */
struct td_table *td_catalog_table(const struct td_catalog *c, const char *schema, const char *name);
struct td_user_type *td_catalog_type(const struct td_catalog *c, const char *schema, const char *name);
struct td_sequence *td_catalog_sequence(const struct td_catalog *c, const char *schema, const char *name);
struct td_function *td_catalog_function(const struct td_catalog *c, const char *schema, const char *name);
/* The index and, in *table_out, its table. Also finds the index behind a PRIMARY KEY or UNIQUE constraint: then the
 * return value is NULL and *constraint_out is set. Out pointers may be NULL. */
struct td_index *td_catalog_index(const struct td_catalog *c, const char *schema, const char *name,
                                  struct td_table **table_out, struct td_constraint **constraint_out);
struct td_table *td_catalog_table_by_id(const struct td_catalog *c, unsigned id);
struct td_extension *td_catalog_extension(const struct td_catalog *c, const char *name);
bool td_catalog_has_schema(const struct td_catalog *c, const char *name);
/* Is any relation, sequence or index of that name in the schema? (PostgreSQL keeps them in one name space.) */
bool td_catalog_relation_name_taken(const struct td_catalog *c, const char *schema, const char *name);

struct td_column *td_table_column(const struct td_table *t, const char *name);
struct td_column *td_table_column_by_id(const struct td_table *t, unsigned id);
struct td_constraint *td_table_constraint(const struct td_table *t, const char *name);
struct td_constraint *td_table_primary(const struct td_table *t); /* NULL: no primary key */
struct td_trigger *td_table_trigger(const struct td_table *t, const char *name);
bool td_column_in_primary(const struct td_table *t, const struct td_column *c);
/* The default that counts: its own, or its domain's; NULL: none. */
const struct PgQuery__Node *td_column_default(const struct td_column *c);

/* A copy of the table and of all that hangs on it (columns, constraints, indexes, triggers), so that later changes
 * of the original do not show. Trees, types and tables referred to (`ref`, also `ref_columns`) are shared; a
 * reference to the table itself points into the copy. */
struct td_table *td_table_copy(struct td_arena *a, const struct td_table *t);

/* The table with its columns as SQLite has them: itself, where they are the same, else a copy. */
struct td_table *td_table_on_sqlite(struct td_arena *a, struct td_table *t);
static inline const struct td_column *td_column_on_sqlite(const struct td_column *c)
{
    return c->sqlite != NULL ? c->sqlite : c;
}

/* Names as SQLite has them: tables of "public" (and temporary ones) as they are, others "schema.table" as one name. */
const char *td_table_sqlite_name(struct td_arena *a, const struct td_table *t);

/* PostgreSQL's own names for what has none: "t_col_key", "t_pkey", "t_col_fkey", "t_col_check", "t_col_idx",
 * "t_col_seq". ChooseRelationName/makeObjectName: parts are cut so that the whole fits in 63 bytes, then numbered
 * until it is free. `taken` may be NULL. */
const char *td_name_make(struct td_arena *a, const char *name1, const char *name2, const char *label);
const char *td_name_choose(struct td_arena *a, const char *name1, const char *name2, const char *label,
                           bool (*taken)(const char *name, void *data), void *data);
/* Cut at 63 bytes, not inside a character, as PostgreSQL's truncate_identifier. */
const char *td_name_truncate(struct td_arena *a, const char *name);

#endif
