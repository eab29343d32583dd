/* A batch on the server: what sync/server_postgres_push.c does with SQL. */
#include <string.h>

#include "core/base/buf.h"
#include "tests/sync/sim/server.h"

struct pushing {
    struct sim_world *w;
    struct td_arena *a;
    struct sim_tx tx;
    struct sim_mark mark;
    int tenant;
};

static const char *key_of(struct pushing *p, const struct td_push_rows *rows, const struct td_push_row *r)
{
    const struct td_value *at = r->row->mine.at != NULL ? r->row->mine.at : r->row->base.at;
    return sim_key_text(p->a, (size_t)(rows->table - sim_schema.all->at), at);
}

static size_t number(const struct td_push_rows *rows)
{
    return (size_t)(rows->table - sim_schema.all->at);
}

static int lock(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    if (rows->table->read_only)
        return TD_OK;
    for (size_t i = 0; i < rows->len; i++) {
        const char *key = key_of(p, rows, rows->at[i]);
        sim_wait(p->w, &p->tx, number(rows), key, NULL);
        sim_statement(p->w, &p->tx);
        const struct sim_row *row = sim_find(&p->tx.view[number(rows)], key);
        if (row == NULL)
            continue;
        rows->at[i]->theirs = (struct td_merge_side){true, row->at};
        rows->at[i]->elsewhere = !sim_belongs(p->tx.view, number(rows), row->at, p->tenant);
    }
    return TD_OK;
}

static int mark(void *data, struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    p->mark = sim_statement(p->w, &p->tx);
    return TD_OK;
}

static int keep(void *data, struct td_err *err)
{
    (void)data;
    (void)err;
    return TD_OK;
}

static int undo(void *data, struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    sim_undo(&p->tx, p->mark);
    return TD_OK;
}

static int insert(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct pushing *p = data;
    struct sim_mark m = sim_statement(p->w, &p->tx);
    int rc = TD_OK;
    for (size_t i = 0; i < rows->len && rc == TD_OK; i++)
        rc = sim_insert(p->w, &p->tx, number(rows), rows->at[i]->merged.at, err);
    return sim_end_statement(p->w, &p->tx, m, rc, err);
}

static int denied(const struct td_push_rows *rows, struct td_err *err)
{
    td_err_set(err, TD_C_DB_DENIED, "the server does not let this role write the row of \"%s\"", rows->table->name);
    return td_err_sqlstate(err, "42501");
}

/* Changed columns alone. */
static int update_one(struct pushing *p, const struct td_push_rows *rows, const struct td_push_row *r,
                      struct td_err *err)
{
    size_t n = rows->table->n_columns;
    const char *key = key_of(p, rows, r);
    struct td_value *at = td_arena_alloc(p->a, (n + 1) * sizeof *at);
    const struct sim_row *row = sim_find(&p->tx.view[number(rows)], key);
    if (row == NULL)
        return denied(rows, err);
    for (size_t i = 0; i < n; i++)
        at[i] = r->changed[i] ? r->merged.at[i] : row->at[i];
    return sim_update(p->w, &p->tx, number(rows), key, at, err);
}

static int update(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct pushing *p = data;
    size_t width = rows->table->n_columns * sizeof(bool);
    bool *done = td_arena_alloc(p->a, rows->len + 1);
    int rc = TD_OK;
    for (size_t i = 0; i < rows->len && rc == TD_OK; i++) {
        struct sim_mark m = sim_statement(p->w, &p->tx);
        if (done[i])
            continue;
        for (size_t k = i; k < rows->len && rc == TD_OK; k++) {
            if (done[k] || memcmp(rows->at[k]->changed, rows->at[i]->changed, width) != 0)
                continue;
            rc = update_one(p, rows, rows->at[k], err);
            done[k] = true;
        }
        rc = sim_end_statement(p->w, &p->tx, m, rc, err);
    }
    return rc;
}

static int removal(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct pushing *p = data;
    struct sim_mark m = sim_statement(p->w, &p->tx);
    int rc = TD_OK;
    for (size_t i = 0; i < rows->len && rc == TD_OK; i++)
        rc = sim_delete(p->w, &p->tx, number(rows), key_of(p, rows, rows->at[i]), err);
    return sim_end_statement(p->w, &p->tx, m, rc, err);
}

static int park(void *data, const struct td_push_rows *rows, struct td_err *err)
{
    struct pushing *p = data;
    struct sim_mark m = sim_statement(p->w, &p->tx);
    size_t n = rows->table->n_columns;
    int rc = TD_OK;
    if (number(rows) != sim_schema.projects)
        return TD_OK;
    size_t slug = sim_column(sim_schema.projects, "slug");
    for (size_t i = 0; i < rows->len && rc == TD_OK; i++) {
        const char *key = key_of(p, rows, rows->at[i]);
        struct td_value *at = td_arena_alloc(p->a, (n + 1) * sizeof *at);
        const struct sim_row *row = sim_find(&p->tx.view[number(rows)], key);
        rows->at[i]->changed[slug] = true;
        if (row == NULL)
            continue;
        memcpy(at, row->at, n * sizeof *at);
        at[slug] = td_text(td_arena_printf(p->a, "parked %s", key));
        rc = sim_update(p->w, &p->tx, number(rows), key, at, err);
    }
    return sim_end_statement(p->w, &p->tx, m, rc, err);
}

static int outside(void *data, const struct td_push_rows *rows, struct td_push_row **out, struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    sim_statement(p->w, &p->tx);
    for (size_t i = 0; i < rows->len; i++) {
        const struct sim_row *row = sim_find(&p->tx.view[number(rows)], key_of(p, rows, rows->at[i]));
        if (row == NULL || sim_belongs(p->tx.view, number(rows), row->at, p->tenant))
            continue;
        *out = rows->at[i];
        return TD_OK;
    }
    return TD_OK;
}

static int astray(void *data, const struct td_push_rows *rows, const struct td_sync_ref *ref, struct td_push_row **out,
                  struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    sim_statement(p->w, &p->tx);
    for (size_t i = 0; i < rows->len; i++) {
        const struct sim_row *row = sim_find(&p->tx.view[number(rows)], key_of(p, rows, rows->at[i]));
        for (size_t k = 0; row != NULL && k < p->tx.view[ref->table].len; k++) {
            const struct sim_row *to = p->tx.view[ref->table].at[k];
            bool same = true;
            for (size_t c = 0; c < ref->n; c++)
                same &= sim_equal(row->at[ref->columns[c]], to->at[ref->ref_columns[c]]);
            if (same && !sim_belongs(p->tx.view, ref->table, to->at, p->tenant))
                *out = rows->at[i];
        }
    }
    return TD_OK;
}

static int look(void *data, const struct td_push_rows *rows, bool *gone, struct td_err *err)
{
    struct pushing *p = data;
    (void)err;
    sim_statement(p->w, &p->tx);
    for (size_t i = 0; i < rows->len; i++)
        gone[i] = sim_find(&p->tx.view[number(rows)], key_of(p, rows, rows->at[i])) == NULL;
    return TD_OK;
}

/* ---- the transaction ---- */

static int unknown(struct td_err *err)
{
    return td_err_set(err, TD_C_SYNC_IDENTITY, "the server does not know this device by its number and nonce");
}

static int look_at_batch(struct sim_conn *c, struct td_arena *a, const struct sim_known *k, const struct td_batch *b,
                         struct td_answer *out, const char **nonce, bool *answered, struct td_err *err)
{
    if (k == NULL || k->batch > b->number)
        return unknown(err);
    if (k->batch < b->number || c->w->mutation == SIM_NO_NUMBER)
        return TD_OK;
    bool by_number = c->w->mutation == SIM_NO_FROZEN || c->w->mutation == SIM_NO_NONCE;
    if (!by_number && (k->batch_id == NULL || strcmp(k->batch_id, b->id) != 0))
        return unknown(err);
    *answered = true;
    *nonce = td_arena_strdup(a, k->nonce);
    return td_answer_parse(a, k->result, out, err);
}

static void keep_answer(struct sim_conn *c, struct sim_known *k, const struct td_batch *b,
                        const struct td_answer *answer)
{
    struct td_buf text;
    td_buf_init(&text, &c->w->a);
    td_answer_print(answer, &text);
    k->batch = b->number;
    k->batch_id = td_arena_strdup(&c->w->a, b->id);
    k->result = td_arena_strdup(&c->w->a, td_buf_str(&text));
    memcpy(k->before, k->nonce, sizeof k->before);
    sim_uuid(c->w, k->nonce);
}

int sim_push(struct sim_conn *c, struct td_arena *a, const struct td_device *d, const struct td_batch *b,
             struct td_answer *out, const char **nonce, struct td_err *err)
{
    struct pushing p = {.w = c->w, .a = a, .tenant = c->dev->tenant};
    const struct td_push_store store = {.lock = lock,
                                        .mark = mark,
                                        .keep = keep,
                                        .undo = undo,
                                        .insert = insert,
                                        .update = update,
                                        .remove = removal,
                                        .park = park,
                                        .outside = outside,
                                        .astray = astray,
                                        .look = look,
                                        .data = &p};
    bool answered = false;
    *out = (struct td_answer){0};
    struct sim_known *k = sim_known(c->w, d);
    int rc = look_at_batch(c, a, k, b, out, nonce, &answered, err);
    if (rc != TD_OK || answered)
        return rc;
    sim_begin(c->w, &p.tx);
    rc = td_push(a, sim_schema.all, b, &store, out, err);
    if (rc != TD_OK) {
        sim_abort(c->w, &p.tx);
        return rc;
    }
    keep_answer(c, k, b, out);
    sim_commit(c->w, &p.tx, true, false);
    *nonce = td_arena_strdup(a, k->nonce);
    return TD_OK;
}
