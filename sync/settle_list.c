/* Lists of what was recorded. */
#include "sync/device_impl.h"
#include "sync/settle.h"

struct listing {
    struct td_arena *a;
    struct td_device *d;
    int64_t id;
    bool open_only;
    struct td_conflict_records *conflicts;
    struct td_reject_records *rejects;
};

static int conflicts(void *data, struct td_err *err)
{
    struct listing *l = data;
    struct td_rows rows = {0};
    const struct td_value v[] = {td_int(l->id), td_int(l->open_only)};
    int rc = td_rows_read(l->a, l->d->db,
                          "SELECT id, batch, tbl, pk, column_name, policy, taken, base, mine, theirs, chosen, state, at"
                          " FROM main.tandem_conflict WHERE ($1 = 0 OR id = $1) AND (NOT $2 OR state = 'open')"
                          " ORDER BY id",
                          v, 2, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        *td_vec_add(l->a, l->conflicts) = (struct td_conflict_record){
            .id = td_rows_int(&rows, i, 0),
            .batch = td_rows_int(&rows, i, 1),
            .table = td_rows_cell(&rows, i, 2),
            .key = td_rows_cell(&rows, i, 3),
            .column = td_rows_cell(&rows, i, 4),
            .policy = td_rows_cell(&rows, i, 5),
            .taken = td_rows_cell(&rows, i, 6),
            .base = td_rows_cell(&rows, i, 7),
            .mine = td_rows_cell(&rows, i, 8),
            .theirs = td_rows_cell(&rows, i, 9),
            .chosen = td_rows_cell(&rows, i, 10),
            .state = td_rows_cell(&rows, i, 11),
            .at = td_rows_cell(&rows, i, 12),
        };
    return rc;
}

int td_settle_conflicts(struct td_device *d, struct td_arena *a, int64_t id, bool open_only,
                        struct td_conflict_records *out, struct td_err *err)
{
    *out = (struct td_conflict_records){0};
    return td_arena_run(a, conflicts, &(struct listing){a, d, id, open_only, out, NULL}, err);
}

static int rejects(void *data, struct td_err *err)
{
    struct listing *l = data;
    struct td_rows rows = {0};
    int rc = td_rows_read(l->a, l->d->db,
                          "SELECT id, batch, tbl, pk, reason, sqlstate, message, at, base, mine FROM main.tandem_reject"
                          " WHERE $1 = 0 OR id = $1 ORDER BY id",
                          (struct td_value[]){td_int(l->id)}, 1, &rows, err);
    for (size_t i = 0; rc == TD_OK && i < td_rows_count(&rows); i++)
        *td_vec_add(l->a, l->rejects) = (struct td_reject_record){
            .id = td_rows_int(&rows, i, 0),
            .batch = td_rows_int(&rows, i, 1),
            .table = td_rows_cell(&rows, i, 2),
            .key = td_rows_cell(&rows, i, 3),
            .reason = td_rows_cell(&rows, i, 4),
            .sqlstate = td_rows_cell(&rows, i, 5),
            .message = td_rows_cell(&rows, i, 6),
            .at = td_rows_cell(&rows, i, 7),
            .base = td_rows_cell(&rows, i, 8),
            .mine = td_rows_cell(&rows, i, 9),
        };
    return rc;
}

int td_settle_rejects(struct td_device *d, struct td_arena *a, int64_t id, struct td_reject_records *out,
                      struct td_err *err)
{
    *out = (struct td_reject_records){0};
    return td_arena_run(a, rejects, &(struct listing){a, d, id, false, NULL, out}, err);
}

/* ---- what is pending ---- */

struct pending {
    struct td_work w;
    size_t table;
    int (*fn)(void *data, const struct td_pending_row *row, struct td_err *err);
    void *data;
};

static int open_pending(struct pending *p, struct td_db_stmt **st, struct td_err *err)
{
    const struct td_lite *l = &p->w.d->lite[p->table];
    struct td_buf b;
    td_buf_init(&b, &p->w.a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, l->t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "t.");
    td_buf_add(&b, ", b.tandem_existed, t.");
    td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
    td_buf_printf(&b, " IS NOT NULL FROM %s b LEFT JOIN %s t ON ", l->base, l->table);
    td_lite_match(&b, l->t, "t.", "b.");
    return td_lite_prepare(&p->w.a, p->w.d, td_buf_str(&b), st, err);
}

static const char *text_at(struct td_arena *a, const struct td_sync_table *t, const struct td_value *at, size_t i,
                           bool exists)
{
    return exists ? td_batch_text(a, t->columns[i].type, at[i]) : NULL;
}

static int give(struct pending *p, struct td_db_stmt *st, struct td_err *err)
{
    const struct td_sync_table *t = &p->w.d->all.at[p->table];
    int n = (int)t->n_columns;
    bool existed = td_stmt_int(st, 2 * n) != 0, exists = td_stmt_int(st, 2 * n + 1) != 0;
    struct td_value *base = NULL, *mine = NULL;
    struct td_pending_row row = {.table = t->name, .change = !existed ? "insert" : exists ? "update" : "delete"};
    int rc = td_lite_image(&p->w.a, st, 0, t, &base, err);
    if (rc == TD_OK)
        rc = td_lite_image(&p->w.a, st, n, t, &mine, err);
    if (rc != TD_OK || (!existed && !exists))
        return rc;
    row.key = td_batch_key(&p->w.a, t, base);
    row.columns = td_arena_alloc(&p->w.a, (t->n_columns + 1) * sizeof *row.columns);
    for (size_t i = 0; i < t->n_columns && rc == TD_OK; i++) {
        bool same = false;
        if (existed && exists)
            rc = td_merge_same(t->columns[i].type, base[i], mine[i], &same, err);
        if (!same)
            row.columns[row.n_columns++] = (struct td_pending_column){
                t->columns[i].name, text_at(&p->w.a, t, base, i, existed), text_at(&p->w.a, t, mine, i, exists)};
    }
    return rc == TD_OK && row.n_columns > 0 ? p->fn(p->data, &row, err) : rc;
}

static int list_pending(void *data, struct td_err *err)
{
    struct pending *p = data;
    int rc = TD_OK;
    for (p->table = 0; p->table < p->w.d->all.len && rc == TD_OK; p->table++) {
        struct td_db_stmt *st;
        rc = open_pending(p, &st, err);
        while (rc == TD_OK) {
            bool row = false;
            rc = td_stmt_step(st, &row, err);
            if (rc != TD_OK || !row)
                break;
            rc = give(p, st, err);
        }
    }
    return rc;
}

int td_settle_pending(struct td_device *d, int (*fn)(void *data, const struct td_pending_row *row, struct td_err *err),
                      void *data, struct td_err *err)
{
    struct pending p = {{.d = d}, 0, fn, data};
    int rc = td_arena_run(&p.w.a, list_pending, &p, err);
    td_arena_deinit(&p.w.a);
    return rc;
}
