/* SQLite's text for what the catalog knows: tables, columns, indexes, foreign keys.
 *
 * Tables are STRICT. Each column carries the CHECK of its type; a UNIQUE constraint is a unique index of its name (so
 * that SQLite can add and drop it without a rebuild, and foreign keys may refer to it); a primary key over one serial
 * integer, counted up by one, is SQLite's INTEGER PRIMARY KEY AUTOINCREMENT, any other integer key is declared INT,
 * because INTEGER would make it an alias of rowid that fills in NULLs silently. All functions work inside td_arena_run.
 */
#ifndef TD_MIGRATE_DDL_TABLE_H
#define TD_MIGRATE_DDL_TABLE_H

#include "core/base/buf.h"
#include "core/catalog/catalog.h"
#include "core/sql/lower.h"

/* Do we put it on SQLite at all? */
static inline bool td_on_sqlite(enum td_on on)
{
    return (on & TD_ON_SQLITE) != 0;
}

/* Is the column SQLite's rowid (INTEGER PRIMARY KEY AUTOINCREMENT)? */
bool td_ddl_is_rowid(const struct td_catalog *c, const struct td_table *t, const struct td_column *col);

/* Names of objects in the file. */
const char *td_ddl_index_name(struct td_arena *a, const struct td_table *t, const char *index);

/* One column as it stands in CREATE TABLE and ADD COLUMN, its own single-column foreign key included.
 * *addable_out: can SQLite's ADD COLUMN take it? (not when it is unique, has a default that is not constant, is NOT
 * NULL without one, is generated, or refers to another table and has a default). NULL: not asked. */
TD_MUST_CHECK int td_ddl_column(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                                struct td_buf *out, bool *addable_out, struct td_err *err);
/* What must be equal for two states of a column to be the same in the file, whatever its name is. */
TD_MUST_CHECK int td_ddl_column_shape(const struct td_lower *l, const struct td_table *t, const struct td_column *col,
                                      struct td_buf *out, struct td_err *err);

/* CREATE TABLE under the name `name`; indexes and triggers are not in it. */
TD_MUST_CHECK int td_ddl_table(const struct td_lower *l, const struct td_table *t, const char *name, struct td_buf *out,
                               struct td_err *err);
/* Is it a unique index in the file? UNIQUE, and a primary key over a generated column, which SQLite refuses. */
bool td_ddl_constraint_is_index(const struct td_constraint *k);
/* Is the constraint part of CREATE TABLE (and a change of it a rebuild)? */
bool td_ddl_constraint_in_table(const struct td_constraint *k);
/* Is it written with its one column, so that ADD and DROP COLUMN take it along? */
bool td_ddl_constraint_inline(const struct td_constraint *k);
/* ON DELETE as SQLite has it. Rows of one table that refer to each other may go in one statement: PostgreSQL looks for
 * RESTRICT when it has ended, SQLite before; NO ACTION is its word for that. */
enum td_fk_action td_ddl_on_delete(const struct td_table *t, const struct td_constraint *k);
/* One constraint's text, to see that it can be carried. */
TD_MUST_CHECK int td_ddl_constraint(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k,
                                    struct td_buf *out, struct td_err *err);

/* `"n" = (mark) OR ...` for each column that the expression names and that waits for its number when a row comes in
 * (the expression is then not to be asked); nothing when none does. */
void td_ddl_waiting(const struct td_lower *l, const struct td_table *t, const struct PgQuery__Node *expr,
                    struct td_buf *out);

/* NULL: SQLite gets the index; else why it does without it (only a matter of speed). */
const char *td_ddl_index_skipped(const struct td_index *ix);
/* CREATE INDEX statements, one or (for NULLS NOT DISTINCT) two, added to `out`. */
TD_MUST_CHECK int td_ddl_index(const struct td_lower *l, const struct td_table *t, const struct td_index *ix,
                               struct td_strings *out, struct td_err *err);
TD_MUST_CHECK int td_ddl_unique(const struct td_lower *l, const struct td_table *t, const struct td_constraint *k,
                                struct td_strings *out, struct td_err *err);
/* Name of the second index of a NULLS NOT DISTINCT pair. */
const char *td_ddl_nulls_index_name(struct td_arena *a, const char *index);

#endif
