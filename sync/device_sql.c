/* Pieces of SQL over a synced table, and its values on their way in and out. */
#include "sync/device_impl.h"
#include "sync/form.h"

void td_lite_some(struct td_buf *b, const struct td_sync_table *t, const size_t *columns, size_t n, const char *prefix)
{
    for (size_t i = 0; i < n; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(b, t->columns[columns[i]].name);
    }
}

void td_lite_columns(struct td_buf *b, const struct td_sync_table *t, const char *prefix)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", prefix);
        td_buf_ident(b, t->columns[i].name);
    }
}

void td_lite_key(struct td_buf *b, const struct td_sync_table *t, const char *prefix)
{
    td_lite_some(b, t, t->key, t->n_key, prefix);
}

void td_lite_match(struct td_buf *b, const struct td_sync_table *t, const char *left, const char *right)
{
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_printf(b, "%s%s", i > 0 ? " AND " : "", left);
        td_buf_ident(b, t->columns[t->key[i]].name);
        td_buf_printf(b, " = %s", right);
        td_buf_ident(b, t->columns[t->key[i]].name);
    }
}

void td_lite_in(struct td_buf *b, const struct td_sync_table *t, const char *prefix, const char *name)
{
    td_buf_char(b, '(');
    td_lite_key(b, t, prefix);
    td_buf_add(b, ") IN (SELECT ");
    td_lite_key(b, t, "");
    td_buf_printf(b, " FROM %s)", name);
}

void td_lite_marks(struct td_buf *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        td_buf_printf(b, "%s$%zu", i > 0 ? ", " : "", i + 1);
}

void td_lite_add_unfreeze(struct td_buf *b, struct td_arena *a, const struct td_lite *l, const char *where)
{
    td_buf_printf(b, "INSERT INTO %s (", l->base);
    td_lite_columns(b, l->t, "");
    td_buf_add(b, ", tandem_existed) SELECT ");
    for (size_t i = 0; i < l->t->n_columns; i++) {
        const char *name = l->t->columns[i].name;
        td_buf_add(b, i > 0 ? ", " : "");
        td_buf_ident(b, td_sync_in_key(l->t, i) ? name : td_arena_printf(a, "b_%s", name));
    }
    td_buf_printf(b, ", tandem_existed FROM %s WHERE %s ON CONFLICT (", l->out, where);
    td_lite_key(b, l->t, "");
    td_buf_add(b, ") DO UPDATE SET tandem_existed = excluded.tandem_existed");
    for (size_t i = 0; i < l->t->n_columns; i++) {
        if (td_sync_in_key(l->t, i))
            continue;
        td_buf_add(b, ", ");
        td_buf_ident(b, l->t->columns[i].name);
        td_buf_add(b, " = excluded.");
        td_buf_ident(b, l->t->columns[i].name);
    }
}

int td_lite_exec(struct td_device *d, struct td_buf *sql, struct td_err *err)
{
    int rc = td_buf_check(sql, err);
    if (rc == TD_OK)
        rc = td_db_exec(d->db, td_buf_str(sql), err);
    td_buf_reset(sql);
    return rc;
}

static void close_stmt(void *st)
{
    td_stmt_close(st);
}

int td_lite_prepare(struct td_arena *a, struct td_device *d, const char *sql, struct td_db_stmt **out,
                    struct td_err *err)
{
    int rc = td_db_prepare(d->db, sql, out, err);
    if (rc == TD_OK)
        td_arena_defer(a, close_stmt, *out);
    return rc;
}

int td_lite_run(struct td_db_stmt *st, const struct td_value *at, size_t n, struct td_err *err)
{
    bool row = true;
    int rc = td_stmt_reset(st, err);
    for (size_t i = 0; i < n && rc == TD_OK; i++)
        rc = td_stmt_bind(st, (int)i + 1, at[i], err);
    while (rc == TD_OK && row) {
        row = false;
        rc = td_stmt_step(st, &row, err);
    }
    return rc;
}

/* ---- values ---- */

static int of_column(const struct td_sync_table *t, size_t i, struct td_err *err)
{
    return td_err_wrap(err, "\"%s.%s\"", t->name, t->columns[i].name);
}

int td_lite_values(struct td_arena *a, struct td_db_stmt *st, int from, const struct td_sync_table *t,
                   struct td_value **out, struct td_err *err)
{
    *out = td_arena_alloc(a, (t->n_columns + 1) * sizeof **out);
    for (size_t i = 0; i < t->n_columns; i++) {
        struct td_value v = td_stmt_column(st, from + (int)i);
        if (v.kind >= TD_V_TEXT) /* the statement goes on */
            v.bytes.at = td_arena_dup(a, v.bytes.at, v.bytes.len);
        if (td_form_to_postgres(a, t->columns[i].type, v, &(*out)[i], err) != TD_OK)
            return of_column(t, i, err);
    }
    return TD_OK;
}

int td_lite_image(struct td_arena *a, struct td_db_stmt *st, int from, const struct td_sync_table *t,
                  struct td_value **out, struct td_err *err)
{
    *out = td_arena_alloc(a, (t->n_columns + 1) * sizeof **out);
    for (size_t i = 0; i < t->n_columns; i++) {
        struct td_value v = td_stmt_column(st, from + (int)i);
        if (v.kind >= TD_V_TEXT)
            v.bytes.at = td_arena_dup(a, v.bytes.at, v.bytes.len);
        int rc = td_form_to_postgres(a, t->columns[i].type, v, &(*out)[i], err);
        if (rc != TD_OK && rc != TD_EDATA)
            return rc;
        if (rc == TD_EDATA)
            (*out)[i] = td_text(td_arena_strdup(a, td_stmt_text(st, from + (int)i)));
        td_err_clear(err);
    }
    return TD_OK;
}

int td_lite_stored(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at, struct td_value **out,
                   struct td_err *err)
{
    *out = td_arena_alloc(a, (t->n_columns + 1) * sizeof **out);
    for (size_t i = 0; i < t->n_columns; i++)
        if (td_form_to_sqlite(a, t->columns[i].type, at[i], &(*out)[i], err) != TD_OK)
            return of_column(t, i, err);
    return TD_OK;
}

/* ---- a transaction of ours ---- */

static void be_loud(struct td_device *d)
{
    struct td_err ignored = {0};
    (void)!td_db_triggers(d->db, true, &ignored);
    (void)!td_db_exec(d->db, "PRAGMA foreign_keys = ON", &ignored);
}

int td_quiet_begin(struct td_device *d, struct td_err *err)
{
    int rc = td_db_exec(d->db, "PRAGMA foreign_keys = OFF", err);
    if (rc == TD_OK)
        rc = td_db_triggers(d->db, false, err);
    if (rc == TD_OK)
        rc = td_db_begin(d->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        be_loud(d);
    return rc;
}

int td_quiet_end(struct td_device *d, int rc, struct td_err *err)
{
    if (rc == TD_OK)
        rc = td_db_commit(d->db, err);
    else
        td_db_rollback(d->db);
    be_loud(d);
    return rc;
}
