/* The whole result of a small query, as text in an arena: for our own tables, never for the user's rows. */
#ifndef TD_MIGRATE_ROWS_H
#define TD_MIGRATE_ROWS_H

#include "core/base/vec.h"
#include "core/db/db.h"

struct td_rows {
    const char *const **at; /* row by row its cells; NULL for SQL NULL */
    size_t len, cap;
    size_t columns;
};

/* Inside td_arena_run or outside. */
TD_MUST_CHECK int td_rows_read(struct td_arena *a, struct td_db *db, const char *sql, const struct td_value *values,
                               int n, struct td_rows *out, struct td_err *err);
size_t td_rows_count(const struct td_rows *r);
const char *td_rows_cell(const struct td_rows *r, size_t row, size_t column);
int64_t td_rows_int(const struct td_rows *r, size_t row, size_t column); /* 0 for NULL or what is no integer */
bool td_rows_bool(const struct td_rows *r, size_t row, size_t column);   /* t, true, 1 */

#endif
