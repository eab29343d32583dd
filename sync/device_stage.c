/* The server's rows on their way in: temporary tables, which a crash or a torn stream leaves nothing of. */
#include "sync/device_impl.h"
#include "sync/form.h"

static int make_stage(struct td_work *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->a);
    td_buf_printf(&b, "CREATE TABLE IF NOT EXISTS %s (", l->stage);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ", tandem_here INTEGER NOT NULL, PRIMARY KEY (");
    td_lite_key(&b, l->t, "");
    td_buf_printf(&b, ")) WITHOUT ROWID; DELETE FROM %s;", l->stage);
    td_lite_add_mine(&b, l);
    return td_lite_exec(w->d, &b, err);
}

static int make_stages(void *data, struct td_err *err)
{
    struct td_work *w = data;
    int rc = TD_OK;
    for (size_t t = 0; t < w->d->all.len && rc == TD_OK; t++)
        rc = make_stage(w, &w->d->lite[t], err);
    return rc;
}

int td_device_stage(struct td_device *d, struct td_err *err)
{
    struct td_work w = {.d = d};
    int rc = td_arena_run(&w.a, make_stages, &w, err);
    td_arena_deinit(&w.a);
    if (rc == TD_OK)
        rc = td_db_begin(d->db, TD_TX_READ, err);
    d->staging = rc == TD_OK;
    return rc;
}

void td_device_stage_cancel(struct td_device *d)
{
    if (d->staging)
        td_db_rollback(d->db);
    d->staging = false;
}

/* ---- rows ---- */

static int prepare_row(struct td_device *d, size_t table, struct td_err *err)
{
    const struct td_lite *l = &d->lite[table];
    struct td_buf b = {0};
    td_buf_printf(&b, "INSERT OR REPLACE INTO %s (", l->stage);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ", tandem_here) VALUES (");
    td_lite_marks(&b, l->t->n_columns + 1);
    td_buf_char(&b, ')');
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_prepare(d->db, td_buf_str(&b), &d->stage_rows[table], err);
    td_buf_deinit(&b);
    return rc;
}

struct one_row {
    struct td_device *d;
    size_t table;
    const struct td_value *at;
    bool here;
};

static int stage_row(void *data, struct td_err *err)
{
    struct one_row *r = data;
    const struct td_sync_table *t = &r->d->all.at[r->table];
    struct td_value *stored = NULL;
    int rc = td_lite_stored(&r->d->scratch, t, r->at, &stored, err);
    if (rc != TD_OK)
        return rc;
    stored[t->n_columns] = td_int(r->here);
    return td_lite_run(r->d->stage_rows[r->table], stored, t->n_columns + 1, err);
}

/* Values are converted in memory that is kept from row to row for a while. */
static void tidy(struct td_device *d)
{
    if (d->scratch.size_bytes > (1 << 20))
        td_arena_deinit(&d->scratch);
}

int td_device_stage_row(struct td_device *d, size_t table, const struct td_value *at, bool here, struct td_err *err)
{
    struct one_row r = {d, table, at, here};
    int rc = d->stage_rows[table] == NULL ? prepare_row(d, table, err) : TD_OK;
    tidy(d);
    return rc == TD_OK ? td_arena_run(&d->scratch, stage_row, &r, err) : rc;
}

/* ---- what is gone ---- */

struct whole {
    struct td_work w;
    size_t table;
};

static void add_gone(struct td_buf *b, const struct td_lite *l, const char *from, const char *where)
{
    td_buf_printf(b, "INSERT INTO %s (", l->stage);
    td_lite_key(b, l->t, "");
    td_buf_add(b, ", tandem_here) SELECT ");
    td_lite_key(b, l->t, "");
    td_buf_printf(b, ", 0 FROM %s WHERE %s(", from, where);
    td_lite_key(b, l->t, "");
    td_buf_add(b, ") NOT IN (SELECT ");
    td_lite_key(b, l->t, "");
    td_buf_printf(b, " FROM %s);", l->stage);
}

static int stage_whole(void *data, struct td_err *err)
{
    struct whole *h = data;
    const struct td_lite *l = &h->w.d->lite[h->table];
    struct td_buf b;
    td_buf_init(&b, &h->w.a);
    add_gone(&b, l, l->table, "");
    add_gone(&b, l, l->base, "tandem_existed AND ");
    return td_lite_exec(h->w.d, &b, err);
}

int td_device_stage_whole(struct td_device *d, size_t table, struct td_err *err)
{
    struct whole h = {{.d = d}, table};
    int rc = td_arena_run(&h.w.a, stage_whole, &h, err);
    td_arena_deinit(&h.w.a);
    return rc;
}

/* ---- keys that have become, or are no longer, the device's ----
 *
 * What counts is the server's rows at the cursor: a row that a program has changed since stands in base as it was then,
 * and in sent when that change was answered. What has changed on the server since then is in the stage, if the device
 * is to have it or had it. */

struct some_rows {
    const struct td_lite *l;
    const size_t *columns; /* of each row */
    size_t n;
};

static void add_not_in(struct td_buf *b, const struct td_lite *l, const char *name)
{
    td_buf_add(b, " AND NOT (");
    td_lite_in(b, l->t, "o.", name);
    td_buf_char(b, ')');
}

static void add_from(struct td_buf *b, const struct some_rows *r, const char *from, const char *where)
{
    td_buf_add(b, "SELECT ");
    td_lite_some(b, r->l->t, r->columns, r->n, "o.");
    td_buf_printf(b, " FROM %s o WHERE %s", from, where);
}

/* SELECT ... UNION ALL SELECT ..., of those of which `where` is true; in it the row is "o.". */
static void add_at_cursor(struct td_buf *b, const struct some_rows *r, const char *where)
{
    const struct td_lite *l = r->l;
    add_from(b, r, l->table, where);
    add_not_in(b, l, l->base);
    add_not_in(b, l, l->sent);
    td_buf_add(b, " UNION ALL ");
    add_from(b, r, l->base, where);
    td_buf_add(b, " AND o.tandem_existed");
    add_not_in(b, l, l->sent);
    td_buf_add(b, " UNION ALL ");
    add_from(b, r, l->sent, where);
    td_buf_add(b, " AND o.tandem_existed");
}

static void add_not_null(struct td_buf *b, const struct td_sync_table *t, const size_t *columns, size_t n,
                         const char *prefix)
{
    for (size_t i = 0; i < n; i++) {
        td_buf_printf(b, " AND %s", prefix);
        td_buf_ident(b, t->columns[columns[i]].name);
        td_buf_add(b, " IS NOT NULL");
    }
}

/* (t's through) IN or NOT IN (what p has of it, of rows of which `where` is true) */
static void add_where_through(struct td_buf *b, const struct td_sync_table *t, const struct td_sync_ref *w,
                              const char *in)
{
    td_buf_char(b, '(');
    td_lite_some(b, t, w->columns, w->n, "o.");
    td_buf_printf(b, ") %s (", in);
}

/* What the parents that are not staged have, and those that are staged. */
static void add_now(struct td_buf *b, struct td_arena *a, const struct td_sync_ref *w, const struct td_lite *p)
{
    struct td_buf kept;
    td_buf_init(&kept, a);
    td_buf_add(&kept, "NOT (");
    td_lite_in(&kept, p->t, "o.", p->stage);
    td_buf_char(&kept, ')');
    add_not_null(&kept, p->t, w->ref_columns, w->n, "o.");
    td_buf_add(b, "SELECT ");
    td_lite_some(b, p->t, w->ref_columns, w->n, "s.");
    td_buf_printf(b, " FROM %s s WHERE s.tandem_here", p->stage);
    add_not_null(b, p->t, w->ref_columns, w->n, "s.");
    td_buf_add(b, " UNION ALL ");
    add_at_cursor(b, &(struct some_rows){p, w->ref_columns, w->n}, td_buf_str(&kept));
}

/* Rows that `through` no longer leads to: the one it led through is in the stage, and none that matches is left. While
 * the first load is not at its end its parts are of different times: then all rows are looked at. And rows that the
 * device has made and sent since the cursor: had they stayed its own, they would be in the stage. */
static void add_left(struct td_arena *a, struct td_buf *b, const struct td_device *d, size_t table,
                     const struct td_sync_ref *w)
{
    const struct td_lite *l = &d->lite[table], *p = &d->lite[w->table];
    const struct td_sync_table *t = l->t;
    const struct some_rows rows = {l, t->key, t->n_key};
    struct td_buf staged, where;
    td_buf_init(&staged, a);
    td_buf_init(&where, a);
    td_lite_in(&staged, p->t, "o.", p->stage);
    if (d->state == TD_DEVICE_ACTIVE) {
        add_where_through(&where, t, w, "IN");
        add_at_cursor(&where, &(struct some_rows){p, w->ref_columns, w->n}, td_buf_str(&staged));
        td_buf_add(&where, ") AND ");
    }
    add_where_through(&where, t, w, "NOT IN");
    add_now(&where, a, w, p);
    td_buf_char(&where, ')');
    add_not_in(&where, l, l->stage);
    td_buf_printf(b, "INSERT INTO %s (", l->stage);
    td_lite_key(b, t, "");
    td_buf_add(b, ", tandem_here) SELECT *, 0 FROM (");
    add_at_cursor(b, &rows, td_buf_str(&where));
    td_buf_add(b, " UNION ALL ");
    add_from(b, &rows, l->sent, "NOT o.tandem_existed");
    add_not_in(b, l, l->stage);
    td_buf_char(b, ')');
}

static void add_entered(struct td_arena *a, struct td_buf *b, const struct td_device *d, const struct td_sync_ref *w)
{
    const struct td_lite *p = &d->lite[w->table];
    const struct td_sync_table *pt = p->t;
    struct td_buf same;
    td_buf_init(&same, a);
    td_lite_match(&same, pt, "o.", "s.");
    for (size_t i = 0; i < w->n; i++) {
        td_buf_add(&same, " AND o.");
        td_buf_ident(&same, pt->columns[w->ref_columns[i]].name);
        td_buf_add(&same, " IS s.");
        td_buf_ident(&same, pt->columns[w->ref_columns[i]].name);
    }
    td_buf_add(b, "SELECT DISTINCT ");
    td_lite_some(b, pt, w->ref_columns, w->n, "s.");
    td_buf_printf(b, " FROM %s s WHERE s.tandem_here", p->stage);
    if (d->state == TD_DEVICE_ACTIVE) {
        td_buf_add(b, " AND NOT EXISTS (");
        add_at_cursor(b, &(struct some_rows){p, pt->key, pt->n_key}, td_buf_str(&same));
        td_buf_char(b, ')');
    }
    add_not_null(b, pt, w->ref_columns, w->n, "s.");
}

struct entering {
    struct td_work w;
    size_t table;
    const struct td_sync_ref *way;
    int (*fn)(void *data, const struct td_value *at, struct td_err *err);
    void *data;
};

static int each_entered(struct entering *e, struct td_db_stmt *st, struct td_err *err)
{
    const struct td_sync_ref *w = e->way;
    const struct td_sync_table *pt = &e->w.d->all.at[w->table];
    struct td_value *at = td_arena_alloc(&e->w.a, (w->n + 1) * sizeof *at);
    int rc = TD_OK;
    for (bool row = true; rc == TD_OK;) {
        row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        for (size_t i = 0; i < w->n && rc == TD_OK; i++)
            rc = td_form_to_postgres(&e->w.a, pt->columns[w->ref_columns[i]].type, td_stmt_column(st, (int)i), &at[i],
                                     err);
        if (rc == TD_OK)
            rc = e->fn(e->data, at, err);
    }
    return rc;
}

static int find_entered(void *data, struct td_err *err)
{
    struct entering *e = data;
    struct td_db_stmt *st;
    struct td_buf b;
    td_buf_init(&b, &e->w.a);
    add_left(&e->w.a, &b, e->w.d, e->table, e->way);
    int rc = td_lite_exec(e->w.d, &b, err);
    add_entered(&e->w.a, &b, e->w.d, e->way);
    if (rc == TD_OK)
        rc = td_lite_prepare(&e->w.a, e->w.d, td_buf_str(&b), &st, err);
    return rc == TD_OK ? each_entered(e, st, err) : rc;
}

int td_device_entered(struct td_device *d, size_t table, const struct td_sync_ref *way,
                      int (*fn)(void *data, const struct td_value *at, struct td_err *err), void *data,
                      struct td_err *err)
{
    struct entering e = {{.d = d}, table, way, fn, data};
    int rc = td_arena_run(&e.w.a, find_entered, &e, err);
    td_arena_deinit(&e.w.a);
    return rc;
}
