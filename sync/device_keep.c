/* Before the server's rows replace what the device has, for a reason other than a change on the server. */
#include "sync/device_impl.h"

struct keeping {
    struct td_work w;
    size_t table;
    const char *reason;
    int64_t *n;
};

struct keeping_row {
    struct keeping *k;
    struct td_db_stmt *st;
    struct td_arena *a;
};

static int differs(const struct td_sync_table *t, const struct td_merge_side *mine, const struct td_merge_side *theirs,
                   bool *out, struct td_err *err)
{
    bool same = theirs->exists;
    int rc = TD_OK;
    for (size_t i = 0; i < t->n_columns && same && rc == TD_OK; i++)
        rc = td_merge_same(t->columns[i].type, mine->at[i], theirs->at[i], &same, err);
    *out = !same;
    return rc;
}

static int keep_row(void *data, struct td_err *err)
{
    struct keeping_row *r = data;
    struct td_device *d = r->k->w.d;
    const struct td_sync_table *t = &d->all.at[r->k->table];
    struct td_value *mine = NULL, *theirs = NULL;
    int n = (int)t->n_columns;
    bool lost = false;
    struct td_rejected j = {.t = t, .reason = r->k->reason, .mine.exists = true};
    j.base.exists = td_stmt_int(r->st, 2 * n) != 0;
    j.message = j.base.exists ? "the server has the row otherwise" : "the server does not have the row";
    int rc = td_lite_image(r->a, r->st, 0, t, &mine, err);
    if (rc == TD_OK && j.base.exists)
        rc = td_lite_image(r->a, r->st, n, t, &theirs, err);
    j.mine.at = mine;
    j.base.at = theirs;
    if (rc == TD_OK)
        rc = differs(t, &j.mine, &j.base, &lost, err);
    if (rc != TD_OK || !lost)
        return rc;
    *r->k->n += 1;
    return td_record_reject(r->a, d, &j, err);
}

static int open_rows(struct keeping *k, struct td_db_stmt **st, struct td_err *err)
{
    const struct td_lite *l = &k->w.d->lite[k->table];
    struct td_buf b;
    td_buf_init(&b, &k->w.a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, l->t, "t.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "s.");
    td_buf_printf(&b, ", s.tandem_here FROM %s t JOIN %s s ON ", l->table, l->stage);
    td_lite_match(&b, l->t, "s.", "t.");
    td_buf_printf(&b, " WHERE NOT EXISTS (SELECT 1 FROM %s b WHERE ", l->base);
    td_lite_match(&b, l->t, "b.", "t.");
    td_buf_add(&b, ")");
    return td_lite_prepare(&k->w.a, k->w.d, td_buf_str(&b), st, err);
}

static int keep(void *data, struct td_err *err)
{
    struct keeping *k = data;
    struct td_arena row_arena = {0};
    struct td_db_stmt *st;
    int rc = open_rows(k, &st, err);
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        rc = td_arena_run(&row_arena, keep_row, &(struct keeping_row){k, st, &row_arena}, err);
        if (row_arena.size_bytes > (1 << 20))
            td_arena_deinit(&row_arena);
    }
    td_arena_deinit(&row_arena);
    return rc;
}

int td_device_keep_lost(struct td_device *d, size_t table, const char *reason, int64_t *n_out, struct td_err *err)
{
    struct keeping k = {{.d = d}, table, reason, n_out};
    int rc = td_arena_run(&k.w.a, keep, &k, err);
    td_arena_deinit(&k.w.a);
    return rc;
}
