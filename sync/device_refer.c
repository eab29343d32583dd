/* References after an apply: foreign keys were off, and only what was touched can have lost its parent. */
#include "sync/device_impl.h"

struct referring {
    struct td_arena *a;
    struct td_device *d;
    size_t table;
    const struct td_sync_ref *ref;
    int64_t *rejects;
    bool changed;
};

/* c refers to something, and no parent has it. */
static void add_dangling(struct td_buf *b, const struct referring *r)
{
    const struct td_sync_table *c = &r->d->all.at[r->table], *p = &r->d->all.at[r->ref->table];
    for (size_t i = 0; i < r->ref->n; i++) {
        td_buf_add(b, "c.");
        td_buf_ident(b, c->columns[r->ref->columns[i]].name);
        td_buf_add(b, " IS NOT NULL AND ");
    }
    td_buf_printf(b, "NOT EXISTS (SELECT 1 FROM %s p WHERE ", r->d->lite[r->ref->table].table);
    for (size_t i = 0; i < r->ref->n; i++) {
        td_buf_add(b, i > 0 ? " AND p." : "p.");
        td_buf_ident(b, p->columns[r->ref->ref_columns[i]].name);
        td_buf_add(b, " = c.");
        td_buf_ident(b, c->columns[r->ref->columns[i]].name);
    }
    td_buf_char(b, ')');
}

static int collect(struct referring *r, const char *sql, const struct td_sync_table *t, struct td_value **keys,
                   size_t *n, struct td_err *err)
{
    struct td_db_stmt *st;
    TD_VEC(struct td_value) all = {0};
    int rc = td_lite_prepare(r->a, r->d, sql, &st, err);
    *n = 0;
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        for (size_t i = 0; i < t->n_key; i++) {
            struct td_value v = td_stmt_column(st, (int)i);
            if (v.kind >= TD_V_TEXT)
                v.bytes.at = td_arena_dup(r->a, v.bytes.at, v.bytes.len);
            *td_vec_add(r->a, &all) = v;
        }
        ++*n;
    }
    *keys = all.at;
    return rc;
}

static int set_all_aside(struct referring *r, size_t table, const char *sql, const char *message, struct td_err *err)
{
    const struct td_sync_table *t = &r->d->all.at[table];
    struct td_value *keys = NULL;
    size_t n = 0;
    int rc = collect(r, sql, t, &keys, &n, err);
    struct td_aside *rows = td_arena_alloc(r->a, (n + 1) * sizeof *rows);
    for (size_t i = 0; i < n && rc == TD_OK; i++)
        rows[i] = (struct td_aside){keys + i * t->n_key, "foreign-key", message};
    *r->rejects += (int64_t)n;
    r->changed |= n > 0;
    return rc == TD_OK ? td_device_set_aside(r->a, r->d, table, rows, n, err) : rc;
}

/* Pending rows that refer to what is gone. */
static int orphans(struct referring *r, struct td_err *err)
{
    const struct td_lite *l = &r->d->lite[r->table];
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_buf_add(&b, "SELECT ");
    td_lite_key(&b, l->t, "c.");
    td_buf_printf(&b, " FROM %s c JOIN %s b ON ", l->table, l->base);
    td_lite_match(&b, l->t, "c.", "b.");
    td_buf_add(&b, " WHERE ");
    add_dangling(&b, r);
    return set_all_aside(
        r, r->table, td_buf_str(&b),
        td_arena_printf(r->a, "the row of \"%s\" that it refers to is gone", r->d->all.at[r->ref->table].name), err);
}

/* Pending deletes of rows that a row of the server's refers to. */
static int widows(struct referring *r, struct td_err *err)
{
    const struct td_lite *l = &r->d->lite[r->table], *p = &r->d->lite[r->ref->table];
    const struct td_sync_table *c = l->t;
    struct td_buf b;
    td_buf_init(&b, r->a);
    td_buf_add(&b, "SELECT ");
    td_lite_key(&b, p->t, "b.");
    td_buf_printf(&b, " FROM %s b WHERE b.tandem_existed AND NOT (", p->base);
    td_lite_in(&b, p->t, "b.", p->table);
    td_buf_printf(&b, ") AND EXISTS (SELECT 1 FROM %s c WHERE ", l->table);
    for (size_t i = 0; i < r->ref->n; i++) {
        td_buf_add(&b, i > 0 ? " AND c." : "c.");
        td_buf_ident(&b, c->columns[r->ref->columns[i]].name);
        td_buf_add(&b, " = b.");
        td_buf_ident(&b, p->t->columns[r->ref->ref_columns[i]].name);
    }
    td_buf_add(&b, " AND ");
    add_dangling(&b, r);
    td_buf_char(&b, ')');
    return set_all_aside(r, r->ref->table, td_buf_str(&b),
                         td_arena_printf(r->a, "rows of \"%s\" refer to it on the server", c->name), err);
}

static int check_ref(struct referring *r, struct td_err *err)
{
    int rc = orphans(r, err);
    return rc == TD_OK ? widows(r, err) : rc;
}

/* Until nothing changes: a row that is set aside may have been another's parent. Only pending rows are set aside, so
 * that it ends. */
int td_device_check_refs(struct td_arena *a, struct td_device *d, int64_t *rejects, struct td_err *err)
{
    struct referring r = {.a = a, .d = d, .rejects = rejects, .changed = true};
    int rc = TD_OK;
    while (rc == TD_OK && r.changed) {
        r.changed = false;
        for (r.table = 0; r.table < d->all.len && rc == TD_OK; r.table++)
            for (size_t i = 0; i < d->all.at[r.table].n_refs && rc == TD_OK; i++) {
                r.ref = &d->all.at[r.table].refs[i];
                rc = check_ref(&r, err);
            }
    }
    return rc;
}
