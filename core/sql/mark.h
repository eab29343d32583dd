/* Marks: comments that speak to tandem. */
#ifndef TD_SQL_MARK_H
#define TD_SQL_MARK_H

#include "core/sql/parse.h"
#include "core/sql/split.h"

/* Finds the marks among the comments and gives them to the statements of `f` (already there, in order) and to the
 * file. TD_ESYNTAX with the place. Inside td_arena_run. */
TD_MUST_CHECK int td_marks_read(struct td_arena *a, const struct td_pieces *p, struct td_sql_file *f,
                                struct td_err *err);

#endif
