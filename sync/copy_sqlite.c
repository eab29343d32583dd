/* Writing to SQLite: row by row, triggers and foreign keys off. */
#include <string.h>

#include "core/migrate/rows.h"
#include "sync/copy_impl.h"
#include "sync/scope_sql.h"

struct putting {
    struct td_arena a;
    struct td_copying *c;
    const struct td_sync_table *t;
    struct td_db_stmt *insert, *same; /* same: is the row there, with these values? */
    bool compare_only;                /* a table without a key that has rows */
    size_t table;
    const char *after;
    size_t n;
    struct td_buf *last;
    struct td_copy_written *w;
};

static void close_stmt(void *st)
{
    td_stmt_close(st);
}

static int prepare(struct putting *p, const struct td_buf *sql, struct td_db_stmt **out, struct td_err *err)
{
    int rc = td_db_prepare(p->c->to->db, td_buf_str(sql), out, err);
    if (rc == TD_OK)
        td_arena_defer(&p->a, close_stmt, *out);
    return rc;
}

static int prepare_both(struct putting *p, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->a);
    td_buf_add(&b, "INSERT INTO ");
    td_scope_add_table_on(TD_ENGINE_SQLITE, p->t->scope->table, &b);
    td_buf_add(&b, " (");
    td_slice_add_columns(p->t, "", &b);
    td_buf_add(&b, ") VALUES (");
    for (size_t i = 0; i < p->t->n_columns; i++)
        td_buf_printf(&b, "%s$%zu", i > 0 ? ", " : "", i + 1);
    td_buf_add(&b, p->t->n_key > 0 ? ") ON CONFLICT DO NOTHING" : ")");
    int rc = prepare(p, &b, &p->insert, err);
    td_buf_reset(&b);
    td_buf_add(&b, "SELECT 1 FROM ");
    td_scope_add_table_on(TD_ENGINE_SQLITE, p->t->scope->table, &b);
    for (size_t i = 0; i < p->t->n_columns; i++) {
        td_buf_add(&b, i > 0 ? " AND " : " WHERE ");
        td_buf_ident(&b, p->t->columns[i].name);
        td_buf_printf(&b, td_sync_in_key(p->t, i) ? " = $%zu" : " IS $%zu", i + 1); /* =: by the key's index */
    }
    return rc == TD_OK ? prepare(p, &b, &p->same, err) : rc;
}

static int step(struct putting *p, struct td_db_stmt *st, const struct td_value *at, bool *row, struct td_err *err)
{
    int rc = td_stmt_reset(st, err);
    for (size_t i = 0; i < p->t->n_columns && rc == TD_OK; i++)
        rc = td_stmt_bind(st, (int)i + 1, at[i], err);
    *row = false;
    if (rc == TD_OK)
        rc = td_stmt_step(st, row, err);
    return rc;
}

static int put(void *data, const struct td_value *at, struct td_err *err)
{
    struct putting *p = data;
    struct td_err ignored = {0};
    bool row = false;
    int rc = p->compare_only ? TD_OK : step(p, p->insert, at, &row, err);
    if (rc != TD_OK)
        return td_err_wrap(err, "\"%s\"", p->t->name);
    if (!p->compare_only && td_db_changes(p->c->to->db) > 0) {
        p->w->rows++;
        return TD_OK;
    }
    rc = step(p, p->same, at, &row, err);
    (void)!td_stmt_reset(p->same, &ignored);
    if (rc == TD_OK && !row)
        return td_copy_other_row(p->t, p->t->n_key > 0 ? td_copy_key_text(&p->c->scratch, p->t, at) : "without a key",
                                 err);
    p->w->present++;
    return rc;
}

/* A table without a key is copied into an empty one; else it must have the same rows. */
static int look(struct putting *p, int64_t *count, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->a);
    *count = 0;
    if (p->t->n_key > 0)
        return TD_OK;
    td_buf_add(&b, "SELECT count(*) FROM ");
    td_scope_add_table_on(TD_ENGINE_SQLITE, p->t->scope->table, &b);
    return td_db_query_int(p->c->to->db, td_buf_str(&b), NULL, 0, count, err);
}

static int chunk(void *data, struct td_err *err)
{
    struct putting *p = data;
    int64_t count = 0;
    int rc = look(p, &count, err);
    p->compare_only = count > 0;
    if (rc == TD_OK)
        rc = prepare_both(p, err);
    const struct td_copy_read read = {
        .table = p->table, .after = p->after, .limit = p->t->n_key > 0 ? TD_COPY_CHUNK : 0, .sink = put, .data = p};
    if (rc == TD_OK)
        rc = td_copy_read(p->c, &read, &p->n, p->last, err);
    if (rc == TD_OK && p->compare_only && count != (int64_t)p->n)
        rc = td_copy_other_row(p->t, "without a key", err);
    return rc;
}

int td_copy_chunk_sqlite(struct td_copying *c, size_t table, const char *after, size_t *n_out, struct td_buf *last,
                         struct td_copy_written *w, struct td_err *err)
{
    struct putting p = {.c = c, .t = &c->slice.all.at[table], .table = table, .after = after, .last = last, .w = w};
    int rc = td_arena_run(&p.a, chunk, &p, err);
    td_arena_deinit(&p.a);
    *n_out = p.n;
    return rc;
}
