/* Lowering: PostgreSQL expressions, queries and data statements -> SQLite text with the same result.
 *
 * Two uses. Text that is stored in the schema (defaults, checks, indexes, views, triggers) may use only what stock
 * SQLite 3.40 has built in, so that any program can write to the file (TD_LOWER_SCHEMA). Text that tandem's own
 * connections run (data statements, queries, the copy of a rebuild: TD_LOWER_QUERY) may also call the functions that
 * the SQLite driver registers; their names start with "pg_" and are listed in core/sql/functions.h.
 *
 * Types are inferred as PostgreSQL does it (columns from the catalog, unknown literals from their context), because
 * ||, ->, +, =, LIKE, casts and comparisons of times mean different things by type. Names are printed quoted, as the
 * catalog has them. What cannot be carried faithfully is TD_EREFUSED with the place in the source, why and what next.
 * All of this works inside td_arena_run. */
#ifndef TD_SQL_LOWER_H
#define TD_SQL_LOWER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/catalog/catalog.h"
#include "core/sql/source.h"

struct td_buf;
struct PgQuery__Node;

enum td_lower_use { TD_LOWER_SCHEMA, TD_LOWER_QUERY };

struct td_lower {
    struct td_arena *arena;
    const struct td_catalog *catalog;
    const struct td_source *source; /* for places in errors; NULL: no places */
    enum td_lower_use use;
    /* Called for each rewrite that a reader of `migrate show` wants to know ("ILIKE became ..."); NULL: not wanted. */
    void (*on_note)(const char *note, int location, void *data);
    void *data;
    unsigned views; /* that we are inside of, to see what their columns are on SQLite */
    /* Inside a trigger: what NEW and OLD are; NULL elsewhere. */
    const struct td_table *new_row, *old_row;
    /* What columns of NEW have become by now, as SQLite text (index: the table's); NULL, there or for all: NEW.column.
     */
    const char *const *new_values;
    /* In the trigger that fills a row: nextval() is the number that the sequence has just counted up to. */
    bool draws;
    /* Runs an SQLite expression without columns, which may call the registered functions, and appends its value as a
     * literal. With it, what is constant in schema text is stored as its value; NULL: where stock SQLite cannot say it,
     * it is refused. Errors carry PostgreSQL's SQLSTATE. Called with `data`. */
    int (*evaluate)(const char *sql, struct td_buf *literal_out, void *data, struct td_err *err);
};

enum td_cast_context { TD_CAST_IMPLICIT, TD_CAST_ASSIGNMENT, TD_CAST_EXPLICIT };

/* An expression over the columns of `table` (NULL: none may be named; unqualified or qualified by its name), coerced
 * by assignment to `to` (NULL: as it comes; *type_out then says what it is). Domain checks speak of VALUE: pass
 * `value` = SQLite text for it and `table` NULL. */
TD_MUST_CHECK int td_lower_expr(const struct td_lower *l, const struct PgQuery__Node *expr,
                                const struct td_table *table, const struct td_type *to, struct td_buf *out,
                                struct td_type *type_out, struct td_err *err);
TD_MUST_CHECK int td_lower_domain_check(const struct td_lower *l, const struct PgQuery__Node *expr,
                                        const struct td_type *value_type, const char *value, struct td_buf *out,
                                        struct td_err *err);

/* As td_lower_expr, for a boolean test: the result may stand after WHERE or in CHECK ( ). */
TD_MUST_CHECK int td_lower_condition(const struct td_lower *l, const struct PgQuery__Node *expr,
                                     const struct td_table *table, struct td_buf *out, struct td_err *err);

/* SQLite text that converts the SQLite expression `sql`, of type `from`, to `to`, with PostgreSQL's errors.
 * In TD_LOWER_SCHEMA only conversions that stock SQLite can do. TD_EREFUSED when PostgreSQL has no such cast in that
 * context (SQLSTATE 42804 or 42846) or we cannot carry it. */
TD_MUST_CHECK int td_lower_cast(const struct td_lower *l, const char *sql, struct td_type from, struct td_type to,
                                enum td_cast_context context, struct td_buf *out, struct td_err *err);

/* A column's DEFAULT, as it may stand after DEFAULT: a literal, or an expression in parentheses. *constant_out says
 * whether SQLite takes it in ALTER TABLE ADD COLUMN (it refuses what is not constant). Always TD_LOWER_SCHEMA. */
TD_MUST_CHECK int td_lower_default(const struct td_lower *l, const struct PgQuery__Node *expr, struct td_type type,
                                   struct td_buf *out, bool *constant_out, struct td_err *err);

/* SELECT (for a view: TD_LOWER_SCHEMA; columns_out, if not NULL, gets the result's names and types). */
struct td_result_column {
    const char *name;
    struct td_type type;
};
struct td_result {
    struct td_result_column *at;
    size_t len, cap;
};
TD_MUST_CHECK int td_lower_select(const struct td_lower *l, const struct PgQuery__Node *select, struct td_buf *out,
                                  struct td_result *columns_out, struct td_err *err);

/* A data statement: SELECT, INSERT, UPDATE, DELETE, TRUNCATE, MERGE(refused), with WITH (also data-modifying), as one
 * or several SQLite statements that give the same end state when run in this order in one transaction; a SELECT whose
 * result nobody reads is still run for its effects (setval, nextval). */
struct td_lowered_stmts {
    const char **at;
    size_t len, cap;
};
TD_MUST_CHECK int td_lower_data(const struct td_lower *l, const struct PgQuery__Node *stmt,
                                struct td_lowered_stmts *out, struct td_err *err);

/* Tables of the catalog that a tree names anywhere (FROM, INSERT INTO, sub-queries), added to `out` once each. */
struct td_table_set {
    struct td_table **at;
    size_t len, cap;
};
void td_lower_tables(const struct td_lower *l, const struct PgQuery__Node *tree, struct td_table_set *out);

/* The CHECK (without the word and the outer parentheses) that keeps a column in the canonical form of its type, for
 * the SQLite expression `column` (a quoted name); nothing is added when the type needs none. Range of integers, 0/1,
 * length, form of uuid, times, numerics, json_valid, labels of an enum, a domain's own checks. NULL passes. */
TD_MUST_CHECK int td_lower_type_check(const struct td_lower *l, struct td_type type, const char *column,
                                      struct td_buf *out, struct td_err *err);

/* What a unique index stands over instead of the SQLite expression `sql`, of a type whose equal values can be stored in
 * several ways: text that is equal for equal values. The expression itself, where it is so already. TD_EREFUSED: stock
 * SQLite has no such text. */
TD_MUST_CHECK int td_lower_unique_key(const struct td_lower *l, struct td_type type, const char *sql,
                                      struct td_buf *out, struct td_err *err);
/* Does the collation order text as SQLite does, by its bytes? */
bool td_lower_collation_known(const char *name);
/* Can equal values of the type be stored in several ways? */
bool td_lower_has_spellings(struct td_type type);

#endif
