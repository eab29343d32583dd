/* Between dml.c (one statement) and steps.c (WITH that changes data: several). */
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
int dml_update(struct lw *w, const PgQuery__UpdateStmt *s, struct td_buf *out);
int dml_delete(struct lw *w, const PgQuery__DeleteStmt *s, struct td_buf *out);
int dml_statement(struct lw *w, const PgQuery__Node *n, struct td_buf *out);
const char *dml_rowid(const struct td_table *t); /* a name for the rowid that no column has */

/* Has the statement a WITH that inserts, updates or deletes? */
bool dml_with_changes(const PgQuery__Node *stmt);
int dml_steps(struct lw *w, const PgQuery__Node *stmt, struct td_lowered_stmts *out);

#endif
