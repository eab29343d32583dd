#include "core/migrate/rows.h"

#include <stdlib.h>

struct fetch {
    struct td_arena *arena;
    struct td_db_stmt *st;
    struct td_rows *out;
};

static int fetch_rows(void *data, struct td_err *err)
{
    struct fetch *f = data;
    for (;;) {
        bool row = false;
        int rc = td_stmt_step(f->st, &row, err);
        if (rc != TD_OK || !row)
            return rc;
        int n = td_stmt_columns(f->st);
        const char **cells = td_arena_alloc(f->arena, (size_t)n * sizeof *cells);
        f->out->columns = (size_t)n;
        for (int i = 0; i < n; i++)
            cells[i] = td_arena_strdup(f->arena, td_stmt_text(f->st, i));
        *td_vec_add(f->arena, f->out) = cells;
    }
}

int td_rows_read(struct td_arena *a, struct td_db *db, const char *sql, const struct td_value *values, int n,
                 struct td_rows *out, struct td_err *err)
{
    struct td_db_stmt *st = NULL;
    *out = (struct td_rows){0};
    int rc = td_db_prepare(db, sql, &st, err);
    for (int i = 0; rc == TD_OK && i < n; i++)
        rc = td_stmt_bind(st, i + 1, values[i], err);
    td_stmt_whole(st);
    if (rc == TD_OK) /* a run of its own, so that the statement is closed whatever happens */
        rc = td_arena_run(a, fetch_rows, &(struct fetch){a, st, out}, err);
    td_stmt_close(st);
    return rc;
}

size_t td_rows_count(const struct td_rows *r)
{
    return r->len;
}

const char *td_rows_cell(const struct td_rows *r, size_t row, size_t column)
{
    TD_ASSERT(column < r->columns && row < td_rows_count(r));
    return r->at[row][column];
}

int64_t td_rows_int(const struct td_rows *r, size_t row, size_t column)
{
    const char *text = td_rows_cell(r, row, column);
    return text == NULL ? 0 : (int64_t)strtoll(text, NULL, 10);
}

bool td_rows_bool(const struct td_rows *r, size_t row, size_t column)
{
    const char *text = td_rows_cell(r, row, column);
    return text != NULL && (text[0] == 't' || text[0] == '1');
}
