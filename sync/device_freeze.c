/* Freezing: pending rows become a batch that does not change any more; what is written from then on is pending anew,
 * with the frozen row as what it was before. */
#include "sync/device_impl.h"

/* So many rows are sent at once, in whole where that is possible. */
enum { BATCH_ROWS = 20000, PART_ROWS = 5000 };

static void side(struct td_buf *b, const struct td_sync_table *t, const char *prefix, const char *from)
{
    for (size_t i = 0; i < t->n_columns; i++) {
        struct td_buf name = {0};
        td_buf_printf(&name, "%s%s", prefix, t->columns[i].name);
        td_buf_printf(b, "%s%s", i > 0 ? ", " : "", from);
        td_buf_ident(b, td_buf_str(&name));
        td_buf_deinit(&name);
    }
}

static int move(struct td_work *w, const struct td_lite *l, int64_t limit, int64_t *moved, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->a);
    td_buf_printf(&b, "INSERT INTO %s (", l->out);
    td_lite_key(&b, l->t, "");
    td_buf_add(&b, ", ");
    side(&b, l->t, "b_", "");
    td_buf_add(&b, ", ");
    side(&b, l->t, "m_", "");
    td_buf_add(&b, ", tandem_existed, tandem_exists) SELECT ");
    td_lite_key(&b, l->t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "b.");
    td_buf_add(&b, ", ");
    td_lite_columns(&b, l->t, "t.");
    td_buf_add(&b, ", b.tandem_existed, t.");
    td_buf_ident(&b, l->t->columns[l->t->key[0]].name);
    td_buf_printf(&b, " IS NOT NULL FROM %s b LEFT JOIN %s t ON ", l->base, l->table);
    td_lite_match(&b, l->t, "t.", "b.");
    td_buf_printf(&b, " ORDER BY ");
    td_lite_key(&b, l->t, "b.");
    td_buf_printf(&b, " LIMIT %lld", (long long)limit);
    int rc = td_lite_exec(w->d, &b, err);
    *moved = rc == TD_OK ? td_db_changes(w->d->db) : 0;
    if (*moved == 0)
        return rc;
    td_buf_printf(&b, "DELETE FROM %s WHERE ", l->base);
    td_lite_in(&b, l->t, "", l->out);
    return td_lite_exec(w->d, &b, err);
}

/* Rows that were changed and changed back, or made and deleted. */
static int drop_unchanged(struct td_work *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->a);
    td_buf_printf(&b, "DELETE FROM %s WHERE tandem_existed = tandem_exists AND (NOT tandem_existed OR (", l->out);
    for (size_t i = 0; i < l->t->n_columns; i++) {
        td_buf_add(&b, i > 0 ? " AND " : "");
        td_buf_ident(&b, td_arena_printf(&w->a, "b_%s", l->t->columns[i].name));
        td_buf_add(&b, " IS ");
        td_buf_ident(&b, td_arena_printf(&w->a, "m_%s", l->t->columns[i].name));
    }
    td_buf_add(&b, "))");
    return td_lite_exec(w->d, &b, err);
}

/* ---- reading the batch ---- */

static int read_side(struct td_arena *a, struct td_db_stmt *st, int from, const struct td_sync_table *t, bool exists,
                     struct td_merge_side *out, struct td_err *err)
{
    struct td_value *at = NULL;
    out->exists = exists;
    int rc = TD_OK;
    if (exists) {
        rc = td_lite_values(a, st, from, t, &at, err);
        out->at = at;
    }
    return rc;
}

/* A side that does not exist has the key all the same. */
static void lend_key(struct td_arena *a, const struct td_sync_table *t, struct td_merge_side *to,
                     const struct td_merge_side *from)
{
    if (to->exists || !from->exists)
        return;
    struct td_value *at = td_arena_alloc(a, (t->n_columns + 1) * sizeof *at);
    for (size_t i = 0; i < t->n_key; i++)
        at[t->key[i]] = from->at[t->key[i]];
    to->at = at;
}

struct reading {
    struct td_arena *a;
    struct td_device *d;
    struct td_batch *out;
    size_t table;
};

static int read_row(struct reading *r, struct td_db_stmt *st, struct td_batch_row *row, struct td_err *err)
{
    const struct td_sync_table *t = &r->d->all.at[r->table];
    int k = (int)t->n_key, n = (int)t->n_columns;
    row->table = r->table;
    int rc = read_side(r->a, st, k, t, td_stmt_int(st, k + 2 * n) != 0, &row->base, err);
    if (rc == TD_OK)
        rc = read_side(r->a, st, k + n, t, td_stmt_int(st, k + 2 * n + 1) != 0, &row->mine, err);
    if (rc != TD_OK)
        return rc;
    lend_key(r->a, t, &row->base, &row->mine);
    lend_key(r->a, t, &row->mine, &row->base);
    return TD_OK;
}

static int open_out(struct td_arena *a, struct td_device *d, size_t table, struct td_db_stmt **st, struct td_err *err)
{
    struct td_buf b;
    const struct td_lite *l = &d->lite[table];
    td_buf_init(&b, a);
    td_buf_add(&b, "SELECT ");
    td_lite_key(&b, l->t, "");
    td_buf_add(&b, ", ");
    side(&b, l->t, "b_", "");
    td_buf_add(&b, ", ");
    side(&b, l->t, "m_", "");
    td_buf_printf(&b, ", tandem_existed, tandem_exists FROM %s ORDER BY ", l->out);
    td_lite_key(&b, l->t, "");
    return td_lite_prepare(a, d, td_buf_str(&b), st, err);
}

static int read_table(struct reading *r, struct td_err *err)
{
    struct td_db_stmt *st;
    bool more = true;
    int rc = open_out(r->a, r->d, r->table, &st, err);
    while (rc == TD_OK) {
        more = false;
        rc = td_stmt_step(st, &more, err);
        if (rc != TD_OK || !more)
            break;
        struct td_batch_row row = {0};
        rc = read_row(r, st, &row, err);
        if (rc == TD_OK)
            *td_vec_add(r->a, r->out) = row;
    }
    return rc;
}

static int read_batch(void *data, struct td_err *err)
{
    struct reading *r = data;
    const char *id = NULL;
    int rc = td_meta_read(r->a, r->d->db, "batch_id", &id, err);
    *r->out = (struct td_batch){.number = r->d->batch, .id = id};
    for (r->table = 0; r->table < r->d->all.len && rc == TD_OK; r->table++)
        rc = read_table(r, err);
    if (rc == TD_OK)
        td_batch_group(r->a, &r->d->all, r->out);
    return rc;
}

int td_device_batch(struct td_device *d, struct td_arena *a, struct td_batch *out, struct td_err *err)
{
    return td_arena_run(a, read_batch, &(struct reading){a, d, out, 0}, err);
}

/* ---- thawing ---- */

static int thaw_table(struct td_work *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->a);
    td_lite_add_unfreeze(&b, &w->a, l, "true");
    td_buf_printf(&b, "; DELETE FROM %s", l->out);
    return td_lite_exec(w->d, &b, err);
}

static int thaw(void *data, struct td_err *err)
{
    struct td_work *w = data;
    int rc = TD_OK;
    for (size_t t = 0; t < w->d->all.len && rc == TD_OK; t++)
        rc = thaw_table(w, &w->d->lite[t], err);
    return rc;
}

/* ---- rows that no batch can carry ---- */

/* Keys, in stored form, of the frozen rows that PostgreSQL has no value for. */
struct bad_rows {
    struct td_aside *at;
    size_t len, cap;
};

static int find_bad_in(struct td_work *w, size_t table, struct bad_rows *bad, struct td_err *err)
{
    const struct td_sync_table *t = &w->d->all.at[table];
    struct reading r = {&w->a, w->d, NULL, table};
    struct td_db_stmt *st;
    bool more = true;
    int rc = open_out(&w->a, w->d, table, &st, err);
    while (rc == TD_OK) {
        more = false;
        rc = td_stmt_step(st, &more, err);
        if (rc != TD_OK || !more)
            break;
        struct td_batch_row row = {0};
        if (read_row(&r, st, &row, err) == TD_OK)
            continue;
        if (err->rc != TD_EDATA)
            return (int)err->rc;
        struct td_value *key = td_arena_alloc(&w->a, (t->n_key + 1) * sizeof *key);
        for (size_t i = 0; i < t->n_key; i++) {
            key[i] = td_stmt_column(st, (int)i);
            if (key[i].kind >= TD_V_TEXT)
                key[i].bytes.at = td_arena_dup(&w->a, key[i].bytes.at, key[i].bytes.len);
        }
        *td_vec_add(&w->a, bad) = (struct td_aside){key, "value", td_arena_strdup(&w->a, err->message)};
        td_err_clear(err);
    }
    return rc;
}

/* Nothing is frozen any more then: what the server has must be able to stand in the place of each. */
static int set_bad_aside(struct td_work *w, bool *found, struct td_err *err)
{
    int rc = TD_OK;
    struct bad_rows *bad = td_arena_alloc(&w->a, (w->d->all.len + 1) * sizeof *bad);
    *found = false;
    for (size_t t = 0; t < w->d->all.len && rc == TD_OK; t++) {
        rc = find_bad_in(w, t, &bad[t], err);
        *found |= bad[t].len > 0;
    }
    if (rc == TD_OK && *found)
        rc = thaw(w, err);
    for (size_t t = 0; t < w->d->all.len && rc == TD_OK && *found; t++)
        rc = td_device_set_aside(&w->a, w->d, t, bad[t].at, bad[t].len, err);
    return rc;
}

/* ---- freezing ---- */

static int fill_once(struct td_work *w, int64_t pending, struct td_err *err)
{
    int64_t left = pending <= BATCH_ROWS ? BATCH_ROWS : PART_ROWS, moved = 0;
    int rc = TD_OK;
    for (size_t t = 0; t < w->d->all.len && rc == TD_OK && left > 0; t++) {
        rc = move(w, &w->d->lite[t], left, &moved, err);
        left -= moved;
        if (rc == TD_OK && moved > 0)
            rc = drop_unchanged(w, &w->d->lite[t], err);
    }
    return rc;
}

static int fill(struct td_work *w, int64_t pending, struct td_err *err)
{
    bool again = true;
    int rc = TD_OK;
    while (rc == TD_OK && again) {
        rc = fill_once(w, pending, err);
        if (rc == TD_OK)
            rc = set_bad_aside(w, &again, err);
    }
    return rc;
}

struct freezing {
    struct td_work w;
    struct td_device_counts counts;
};

static int freeze(void *data, struct td_err *err)
{
    struct freezing *f = data;
    struct td_device *d = f->w.d;
    char id[TD_UUID_TEXT];
    int rc = td_device_count(d, &f->counts, err);
    if (rc == TD_OK)
        rc = fill(&f->w, f->counts.pending, err);
    if (rc == TD_OK)
        rc = td_device_count(d, &f->counts, err);
    if (rc != TD_OK || f->counts.frozen == 0)
        return rc;
    td_uuid_v4(id);
    rc = td_meta_set(d->db, "batch", td_int(d->batch + 1), err);
    return rc == TD_OK ? td_meta_set(d->db, "batch_id", td_text(id), err) : rc;
}

int td_device_freeze(struct td_device *d, size_t *rows_out, int64_t *rejects_out, struct td_err *err)
{
    struct freezing f = {.w.d = d};
    *rows_out = 0;
    *rejects_out = 0;
    int rc = td_device_count(d, &f.counts, err); /* nothing to do is found without a lock */
    *rows_out = (size_t)f.counts.frozen;
    if (rc != TD_OK || f.counts.frozen > 0 || f.counts.pending == 0)
        return rc;
    int64_t rejects = f.counts.rejects;
    rc = td_quiet_begin(d, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(&f.w.a, freeze, &f, err);
    td_arena_deinit(&f.w.a);
    rc = td_quiet_end(d, rc, err);
    if (rc != TD_OK)
        return rc;
    d->batch += f.counts.frozen > 0;
    *rows_out = (size_t)f.counts.frozen;
    *rejects_out = f.counts.rejects - rejects;
    return TD_OK;
}

int td_device_thaw(struct td_device *d, struct td_err *err)
{
    struct td_work w = {.d = d};
    int rc = td_quiet_begin(d, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(&w.a, thaw, &w, err);
    td_arena_deinit(&w.a);
    return td_quiet_end(d, rc, err);
}
