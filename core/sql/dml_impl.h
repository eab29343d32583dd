/* Between dml.c, insert.c and its neighbours, truncate.c (one statement) and steps.c (WITH that changes data: several).
 */
#ifndef TD_SQL_DML_IMPL_H
#define TD_SQL_DML_IMPL_H

#include <strings.h>

#include "core/sql/lower_impl.h"

int dml_target(struct lw *w, const PgQuery__RangeVar *v, const struct td_table **out);
int dml_insert(struct lw *w, const PgQuery__InsertStmt *s, struct td_buf *out);
/* Refuses an INSERT that also asks the sequence that numbers its rows (own_number.c). */
int dml_check_own_number(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t);
/* Refuses ON CONFLICT over what BEFORE INSERT triggers assign (on_conflict.c). */
int dml_check_conflict(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t);
/* The columns of an INSERT, in the order of its rows. */
struct dml_given {
    TD_VEC(const struct td_column *) columns;
};
/* How many of the statement's rows have the same key, as SQLite text over c1, c2... (`given`, in order); NULL where no
 * row can be met twice (conflict_key.c). */
int dml_rows_of_key(struct lw *w, const PgQuery__InsertStmt *s, const struct td_table *t, const struct dml_given *given,
                    const char **out);
int dml_update(struct lw *w, const PgQuery__UpdateStmt *s, struct td_buf *out);
int dml_delete(struct lw *w, const PgQuery__DeleteStmt *s, struct td_buf *out);
int dml_statement(struct lw *w, const PgQuery__Node *n, struct td_buf *out);
int dml_truncate(struct lw *w, const PgQuery__TruncateStmt *s, struct td_lowered_stmts *out);
const char *dml_rowid(const struct td_table *t); /* a name for the rowid that no column has */

/* What INSERT and UPDATE share. */
int dml_find_column(struct lw *w, const struct td_table *t, const char *name, int loc, const struct td_column **out);
const char *dml_sequence_lit(struct lw *w,
                             const struct td_sequence *s); /* as the functions for sequences read a name */
bool dml_numbered_by_sqlite(const struct td_table *t,
                            const struct td_column *c); /* INTEGER PRIMARY KEY AUTOINCREMENT */
bool dml_is_counted(struct lw *w, const struct td_table *t, const struct td_column *c); /* numbered by a trigger */
bool dml_is_default(const PgQuery__Node *n);                                            /* the word DEFAULT */
int dml_column_default(struct lw *w, const struct td_column *c, struct ex *out);
void dml_not_null(struct lw *w, const struct td_table *t, const struct td_column *c, struct ex *e);
int dml_assigned(struct lw *w, const PgQuery__Node *n, const struct td_table *t, const struct td_column *c,
                 struct ex *out); /* a value, converted to the column's type */
int dml_set_list(struct lw *w, const struct td_table *t, PgQuery__Node *const *at, size_t n, struct td_buf *out);
int dml_where(struct lw *w, const PgQuery__Node *where, struct td_buf *out);
const char *dml_target_alias(const PgQuery__RangeVar *v);
void dml_target_scope(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, bool qualified,
                      struct td_buf *out);
int dml_returning(struct lw *w, const PgQuery__RangeVar *v, const struct td_table *t, PgQuery__Node *const *at,
                  size_t n, bool joined, struct td_buf *out);

/* Has the statement a WITH that inserts, updates or deletes? */
bool dml_with_changes(const PgQuery__Node *stmt);
int dml_steps(struct lw *w, const PgQuery__Node *stmt, struct td_lowered_stmts *out);

#endif
