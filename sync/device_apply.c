/* Applying: from one snapshot of the server to the next, what is pending laid over it again. */
#include "core/base/mem.h"
#include "sync/device_impl.h"

struct applying {
    struct td_work w;
    const char *cursor, *lost;
    struct td_applied *out;
};

/* ---- rows that both sides have changed ---- */

/* base, mine, theirs of a row in three runs of columns, then whether each exists. */
static int open_both(struct applying *p, const struct td_lite *l, struct td_db_stmt **st, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->w.a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, l->t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "t.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "s.");
    td_buf_add(&b, ", b.tandem_existed, t.");
    td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
    td_buf_printf(&b, " IS NOT NULL, s.tandem_here FROM %s b JOIN %s s ON ", l->base, l->stage);
    td_lite_match(&b, l->t, "s.", "b.");
    td_buf_printf(&b, " LEFT JOIN %s t ON ", l->table);
    td_lite_match(&b, l->t, "t.", "b.");
    return td_lite_prepare(&p->w.a, p->w.d, td_buf_str(&b), st, err);
}

static int read_side(struct td_arena *a, struct td_db_stmt *st, const struct td_sync_table *t, int nth,
                     struct td_merge_side *out, struct td_err *err)
{
    int n = (int)t->n_columns;
    struct td_value *at = NULL;
    out->exists = td_stmt_int(st, 3 * n + nth) != 0;
    int rc = out->exists ? td_lite_values(a, st, nth * n, t, &at, err) : TD_OK;
    out->at = at;
    return rc;
}

static int keep_mine(struct applying *p, const struct td_lite *l, struct td_db_stmt *insert, const struct td_merged *m,
                     const struct td_value *key, struct td_arena *a, struct td_err *err)
{
    const struct td_sync_table *t = l->t;
    struct td_value *stored = td_arena_alloc(a, (t->n_columns + 2) * sizeof *stored), *whole;
    int rc = TD_OK;
    (void)p;
    if (m->exists) {
        rc = td_lite_stored(a, t, m->at, &whole, err);
        if (rc == TD_OK)
            memcpy(stored, whole, t->n_columns * sizeof *stored);
    }
    for (size_t i = 0; i < t->n_key && rc == TD_OK; i++)
        stored[t->key[i]] = key[i];
    stored[t->n_columns] = td_int(m->exists);
    return rc == TD_OK ? td_lite_run(insert, stored, t->n_columns + 1, err) : rc;
}

static int merge_row(struct applying *p, const struct td_lite *l, struct td_db_stmt *st, struct td_db_stmt *insert,
                     struct td_arena *a, struct td_err *err)
{
    const struct td_sync_table *t = l->t;
    struct td_merge_side base, mine, theirs;
    struct td_merged m = {0};
    struct td_value *key = td_arena_alloc(a, (t->n_key + 1) * sizeof *key);
    for (size_t i = 0; i < t->n_key; i++) {
        key[i] = td_stmt_column(st, (int)t->key[i]);
        if (key[i].kind >= TD_V_TEXT)
            key[i].bytes.at = td_arena_dup(a, key[i].bytes.at, key[i].bytes.len);
    }
    int rc = read_side(a, st, t, 0, &base, err);
    if (rc == TD_OK)
        rc = read_side(a, st, t, 1, &mine, err);
    if (rc == TD_OK)
        rc = read_side(a, st, t, 2, &theirs, err);
    if (rc == TD_OK)
        rc = td_merge_row(a, t->columns, t->n_columns, &base, &mine, &theirs, &m, err);
    if (rc != TD_OK)
        return rc;
    p->out->conflicts += (int64_t)m.n_conflicts;
    if (m.n_conflicts > 0)
        rc = td_record_merge(a, p->w.d, t, mine.exists ? mine.at : theirs.at, &m, err);
    if (rc == TD_OK && m.changes_theirs)
        rc = keep_mine(p, l, insert, &m, key, a, err);
    return rc;
}

struct merging_row {
    struct applying *p;
    const struct td_lite *l;
    struct td_db_stmt *st, *insert;
    struct td_arena *a;
};

static int merge_row_run(void *data, struct td_err *err)
{
    struct merging_row *m = data;
    return merge_row(m->p, m->l, m->st, m->insert, m->a, err);
}

/* What comes of them goes to `mine`, unless it is what the server has. */
static int merge_both(struct applying *p, const struct td_lite *l, struct td_err *err)
{
    struct td_arena row_arena = {0};
    struct td_db_stmt *st, *insert;
    struct td_buf b;
    td_buf_init(&b, &p->w.a);
    td_buf_printf(&b, "INSERT INTO %s (", l->mine);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ", tandem_exists) VALUES (");
    td_lite_marks(&b, l->t->n_columns + 1);
    td_buf_char(&b, ')');
    int rc = open_both(p, l, &st, err);
    if (rc == TD_OK)
        rc = td_lite_prepare(&p->w.a, p->w.d, td_buf_str(&b), &insert, err);
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        rc = td_arena_run(&row_arena, merge_row_run, &(struct merging_row){p, l, st, insert, &row_arena}, err);
        if (row_arena.size_bytes > (1 << 20))
            td_arena_deinit(&row_arena);
    }
    td_arena_deinit(&row_arena);
    return rc;
}

/* ---- the table ---- */

/* What is pending is pending against the new row; what the server has now, too, is pending no more. */
static void add_new_base(struct td_buf *b, const struct td_lite *l)
{
    td_buf_printf(b, "DELETE FROM %s WHERE ", l->base);
    td_lite_in(b, l->t, "", l->stage);
    td_buf_printf(b, "; INSERT INTO %s (", l->base);
    td_lite_columns(b, l->t, "");
    td_buf_add(b, ", tandem_existed) SELECT ");
    td_lite_columns(b, l->t, "s.");
    td_buf_printf(b, ", s.tandem_here FROM %s s JOIN %s m ON ", l->stage, l->mine);
    td_lite_match(b, l->t, "s.", "m.");
    td_buf_add(b, "; ");
}

static void add_write(struct td_buf *b, const struct td_lite *l)
{
    td_buf_printf(b, "DELETE FROM %s WHERE ", l->table);
    td_lite_in(b, l->t, "", l->stage);
    td_buf_printf(b, "; INSERT INTO %s (", l->table);
    td_lite_columns(b, l->t, "");
    td_buf_add(b, ") SELECT ");
    td_lite_columns(b, l->t, "");
    td_buf_printf(b, " FROM %s WHERE tandem_here AND NOT (", l->stage);
    td_lite_in(b, l->t, "", l->mine);
    td_buf_printf(b, "); INSERT INTO %s (", l->table);
    td_lite_columns(b, l->t, "");
    td_buf_add(b, ") SELECT ");
    td_lite_columns(b, l->t, "");
    td_buf_printf(b, " FROM %s WHERE tandem_exists", l->mine);
}

static int write_table(struct applying *p, size_t table, struct td_err *err)
{
    struct td_device *d = p->w.d;
    const struct td_lite *l = &d->lite[table];
    struct td_buf b;
    td_buf_init(&b, &p->w.a);
    add_new_base(&b, l);
    int rc = td_lite_exec(d, &b, err);
    if (rc == TD_OK)
        rc = td_db_begin(d->db, TD_TX_WRITE, err);
    if (rc != TD_OK)
        return rc;
    add_write(&b, l);
    rc = td_lite_exec(d, &b, err);
    if (rc == TD_OK)
        return td_db_commit(d->db, err);
    td_db_rollback(d->db);
    if (rc != TD_EUNIQUE)
        return td_err_wrap(err, "writing rows of \"%s\"", l->t->name);
    td_err_clear(err);
    return td_device_rebase(&p->w.a, d, table, true, &p->out->rejects, err);
}

static int apply_table(struct applying *p, size_t table, struct td_err *err)
{
    const struct td_lite *l = &p->w.d->lite[table];
    struct td_buf b;
    int64_t n = 0;
    td_buf_init(&b, &p->w.a);
    td_buf_printf(&b, "SELECT count(*) FROM %s", l->stage);
    int rc = td_db_query_int(p->w.d->db, td_buf_str(&b), NULL, 0, &n, err);
    if (rc != TD_OK || n == 0)
        return rc;
    p->out->rows += n;
    if (p->lost != NULL)
        rc = td_device_keep_lost(p->w.d, table, p->lost, &p->out->lost, err);
    if (rc == TD_OK)
        rc = merge_both(p, l, err);
    return rc == TD_OK ? write_table(p, table, err) : rc;
}

/* What was sent before is in the new snapshot. */
static int forget_sent(struct applying *p, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &p->w.a);
    for (size_t t = 0; t < p->w.d->all.len; t++)
        td_buf_printf(&b, "DELETE FROM %s;", p->w.d->lite[t].sent);
    return td_lite_exec(p->w.d, &b, err);
}

static int apply(void *data, struct td_err *err)
{
    struct applying *p = data;
    int rc = forget_sent(p, err);
    for (size_t t = 0; t < p->w.d->all.len && rc == TD_OK; t++)
        rc = apply_table(p, t, err);
    if (rc == TD_OK && p->out->rows > 0)
        rc = td_device_check_refs(&p->w.a, p->w.d, &p->out->rejects, err);
    return rc == TD_OK ? td_meta_set(p->w.d->db, "cursor", td_text(p->cursor), err) : rc;
}

int td_device_apply(struct td_device *d, const char *cursor, const char *lost, struct td_applied *out,
                    struct td_err *err)
{
    struct applying p = {{.d = d}, cursor, lost, out};
    char *kept = td_mem_strdup(cursor);
    *out = (struct td_applied){0};
    int rc = kept == NULL ? td_err_nomem(err) : td_db_commit(d->db, err);
    d->staging = false;
    if (rc == TD_OK)
        rc = td_quiet_begin(d, err);
    if (rc == TD_OK) {
        rc = td_arena_run(&p.w.a, apply, &p, err);
        td_arena_deinit(&p.w.a);
        rc = td_quiet_end(d, rc, err);
    }
    if (rc != TD_OK) {
        td_mem_free(kept);
        return rc;
    }
    td_mem_free(d->cursor);
    d->cursor = kept;
    return TD_OK;
}
