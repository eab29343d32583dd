/* The server's rows on their way in: temporary tables, which a crash or a torn stream leaves nothing of. */
#include <stdio.h>

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

/* ---- keys that have become, or are no longer, the device's ---- */

/* A table as the server had it at the cursor is in two parts: what is not pending, and of the rest what it was. */
static void add_was(struct td_buf *b, const struct td_lite *l, const char *alias, bool pending)
{
    td_buf_printf(b, " FROM %s %s WHERE ", pending ? l->base : l->table, alias);
    if (pending) {
        td_buf_printf(b, "%s.tandem_existed", alias);
        return;
    }
    td_buf_printf(b, "NOT EXISTS (SELECT 1 FROM %s o WHERE ", l->base);
    char prefix[8];
    snprintf(prefix, sizeof prefix, "%s.", alias);
    td_lite_match(b, l->t, "o.", prefix);
    td_buf_char(b, ')');
}

static void add_not_null(struct td_buf *b, const struct td_sync_table *t, const struct td_sync_table *pt,
                         const char *prefix)
{
    for (size_t i = 0; i < t->n_through; i++) {
        td_buf_printf(b, " AND %s", prefix);
        td_buf_ident(b, pt->columns[t->of_through[i]].name);
        td_buf_add(b, " IS NOT NULL");
    }
}

static bool is_through_key(const struct td_sync_table *t, const struct td_sync_table *pt)
{
    for (size_t i = 0; i < t->n_through; i++)
        if (!td_sync_in_key(pt, t->of_through[i]))
            return false;
    return true;
}

/* Rows that `through` no longer leads to. Where it is of the key of the table that it goes through, a staged key tells
 * which rows to look at. Else what such a row led to before is not to be known (this device may have changed or deleted
 * it itself, and what comes is the echo), and all are looked at: members of one tenant. */
static void add_left(struct td_buf *b, const struct td_device *d, size_t table)
{
    const struct td_lite *l = &d->lite[table], *p = &d->lite[l->t->through_table];
    const struct td_sync_table *t = l->t, *pt = p->t;
    td_buf_printf(b, "INSERT INTO %s (", l->stage);
    td_lite_key(b, t, "");
    td_buf_add(b, ", tandem_here) SELECT ");
    td_lite_key(b, t, "t.");
    td_buf_printf(b, ", 0 FROM %s t WHERE EXISTS (SELECT 1 FROM %s) AND (", l->table, p->stage);
    td_lite_some(b, t, t->through, t->n_through, "t.");
    if (is_through_key(t, pt)) {
        td_buf_add(b, ") IN (SELECT ");
        td_lite_some(b, pt, t->of_through, t->n_through, "s.");
        td_buf_printf(b, " FROM %s s) AND (", p->stage);
        td_lite_some(b, t, t->through, t->n_through, "t.");
    }
    td_buf_add(b, ") NOT IN (SELECT ");
    td_lite_some(b, pt, t->of_through, t->n_through, "s.");
    td_buf_printf(b, " FROM %s s WHERE s.tandem_here", p->stage);
    add_not_null(b, t, pt, "s.");
    for (int pending = 0; pending < 2; pending++) {
        td_buf_add(b, " UNION ALL SELECT ");
        td_lite_some(b, pt, t->of_through, t->n_through, "p.");
        add_was(b, p, "p", pending != 0);
        td_buf_add(b, " AND NOT (");
        td_lite_in(b, pt, "p.", p->stage);
        td_buf_char(b, ')');
        add_not_null(b, t, pt, "p.");
    }
    td_buf_add(b, ") AND NOT (");
    td_lite_in(b, t, "t.", l->stage);
    td_buf_add(b, ")");
}

/* Of a membership the value is the row's key: also a key is asked for that the device should have and has not. */
static void add_entered(struct td_buf *b, const struct td_device *d, size_t table)
{
    const struct td_lite *l = &d->lite[table], *p = &d->lite[l->t->through_table];
    const struct td_sync_table *t = l->t, *pt = p->t;
    td_buf_add(b, "SELECT DISTINCT ");
    td_lite_some(b, pt, t->of_through, t->n_through, "s.");
    td_buf_printf(b, " FROM %s s WHERE s.tandem_here AND (", p->stage);
    for (int pending = 0; pending < 2; pending++) {
        td_buf_add(b, pending > 0 ? " AND NOT EXISTS (SELECT 1" : "NOT EXISTS (SELECT 1");
        add_was(b, p, "p", pending != 0);
        td_buf_add(b, " AND ");
        td_lite_match(b, pt, "p.", "s.");
        for (size_t i = 0; i < t->n_through; i++) {
            td_buf_add(b, " AND p.");
            td_buf_ident(b, pt->columns[t->of_through[i]].name);
            td_buf_add(b, " IS s.");
            td_buf_ident(b, pt->columns[t->of_through[i]].name);
        }
        td_buf_char(b, ')');
    }
    for (int pending = 0; pending < 2 && t->scope->kind == TD_SCOPE_MEMBERSHIP; pending++) {
        td_buf_add(b, pending > 0 ? " AND NOT EXISTS (SELECT 1" : " OR NOT EXISTS (SELECT 1");
        add_was(b, l, "t", pending != 0);
        for (size_t i = 0; i < t->n_through; i++) {
            td_buf_add(b, " AND t.");
            td_buf_ident(b, t->columns[t->through[i]].name);
            td_buf_add(b, " = s.");
            td_buf_ident(b, pt->columns[t->of_through[i]].name);
        }
        td_buf_char(b, ')');
    }
    td_buf_char(b, ')');
    add_not_null(b, t, pt, "s.");
}

struct entering {
    struct td_work w;
    size_t table;
    int (*fn)(void *data, const struct td_value *at, struct td_err *err);
    void *data;
};

static int each_entered(struct entering *e, struct td_db_stmt *st, struct td_err *err)
{
    const struct td_sync_table *t = &e->w.d->all.at[e->table], *pt = &e->w.d->all.at[t->through_table];
    struct td_value *at = td_arena_alloc(&e->w.a, (t->n_through + 1) * sizeof *at);
    int rc = TD_OK;
    for (bool row = true; rc == TD_OK;) {
        row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        for (size_t i = 0; i < t->n_through && rc == TD_OK; i++)
            rc = td_form_to_postgres(&e->w.a, pt->columns[t->of_through[i]].type, td_stmt_column(st, (int)i), &at[i],
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
    add_left(&b, e->w.d, e->table);
    int rc = td_lite_exec(e->w.d, &b, err);
    add_entered(&b, e->w.d, e->table);
    if (rc == TD_OK)
        rc = td_lite_prepare(&e->w.a, e->w.d, td_buf_str(&b), &st, err);
    return rc == TD_OK ? each_entered(e, st, err) : rc;
}

int td_device_entered(struct td_device *d, size_t table,
                      int (*fn)(void *data, const struct td_value *at, struct td_err *err), void *data,
                      struct td_err *err)
{
    struct entering e = {{.d = d}, table, fn, data};
    if (d->all.at[table].scope->through == NULL)
        return TD_OK;
    int rc = td_arena_run(&e.w.a, find_entered, &e, err);
    td_arena_deinit(&e.w.a);
    return rc;
}
