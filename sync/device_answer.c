/* What the server said of a batch. */
#include "sync/device_impl.h"
#include "sync/mask.h"

struct answering {
    struct td_work w;
    const struct td_batch *b;
    const struct td_answer *answer;
    const char *nonce;
};

static const char *message_of(struct td_arena *a, const struct td_answer_reject *r)
{
    return r->message == NULL ? r->reason : td_arena_strdup(a, r->message);
}

/* Its key as stored. */
static int stored_key(struct answering *w, const struct td_batch_row *row, struct td_value **out, struct td_err *err)
{
    const struct td_sync_table *t = &w->w.d->all.at[row->table];
    const struct td_value *at = row->mine.at != NULL ? row->mine.at : row->base.at;
    struct td_value *whole = NULL;
    int rc = td_lite_stored(&w->w.a, t, at, &whole, err);
    *out = td_arena_alloc(&w->w.a, (t->n_key + 1) * sizeof **out);
    for (size_t i = 0; i < t->n_key && rc == TD_OK; i++)
        (*out)[i] = whole[t->key[i]];
    return rc;
}

/* A refused row is pending again, against what the server had; unless it was written since, it is set aside then. */
static int take_back(struct answering *w, const struct td_answer_reject *r, bool *was_written, struct td_err *err)
{
    struct td_device *d = w->w.d;
    const struct td_batch_row *row = &w->b->at[r->row];
    const struct td_lite *l = &d->lite[row->table];
    struct td_value *key;
    struct td_db_stmt *st;
    struct td_buf b, where;
    td_buf_init(&b, &w->w.a);
    int rc = stored_key(w, row, &key, err);
    td_buf_init(&where, &w->w.a);
    for (size_t i = 0; i < l->t->n_key; i++) {
        td_buf_add(&where, i > 0 ? " AND " : "");
        td_buf_ident(&where, l->t->columns[l->t->key[i]].name);
        td_buf_printf(&where, " = $%zu", i + 1);
    }
    td_lite_add_unfreeze(&b, &w->w.a, l, td_buf_str(&where));
    int64_t before = 0, after = 0;
    const char *count = td_arena_printf(&w->w.a, "SELECT count(*) FROM %s", l->base);
    if (rc == TD_OK)
        rc = td_db_query_int(d->db, count, NULL, 0, &before, err);
    if (rc == TD_OK)
        rc = td_lite_prepare(&w->w.a, d, td_buf_str(&b), &st, err);
    if (rc == TD_OK)
        rc = td_lite_run(st, key, l->t->n_key, err);
    if (rc == TD_OK)
        rc = td_db_query_int(d->db, count, NULL, 0, &after, err);
    *was_written = after == before;
    return rc;
}

/* First all are pending again: two that swapped a value fit beside one another only as both are, or as both were. */
static int refuse_all(struct answering *w, struct td_err *err)
{
    const struct td_answer *answer = w->answer;
    TD_VEC(struct td_aside) *aside = td_arena_alloc(&w->w.a, (w->w.d->all.len + 1) * sizeof *aside);
    int rc = TD_OK;
    for (size_t i = 0; i < answer->rejects.len && rc == TD_OK; i++) {
        const struct td_answer_reject *r = &answer->rejects.at[i];
        bool was_written = false;
        struct td_value *key;
        if (r->row >= w->b->len)
            return td_err_set(err, TD_C_SYNC_FILE, "the server's answer is for another batch");
        rc = take_back(w, r, &was_written, err);
        if (rc == TD_OK)
            rc = stored_key(w, &w->b->at[r->row], &key, err);
        if (rc == TD_OK && !was_written)
            *td_vec_add(&w->w.a, &aside[w->b->at[r->row].table]) =
                (struct td_aside){key, r->reason, message_of(&w->w.a, r)};
    }
    for (size_t t = 0; t < w->w.d->all.len && rc == TD_OK; t++)
        rc = td_device_set_aside(&w->w.a, w->w.d, t, aside[t].at, aside[t].len, err);
    return rc;
}

static int record(struct answering *w, const struct td_answer_conflict *c, struct td_err *err)
{
    if (c->row >= w->b->len)
        return td_err_set(err, TD_C_SYNC_FILE, "the server's answer is for another batch");
    const struct td_batch_row *row = &w->b->at[c->row];
    const struct td_sync_table *t = &w->w.d->all.at[row->table];
    const struct td_value *at = row->mine.at != NULL ? row->mine.at : row->base.at;
    return td_record_conflict(w->w.d,
                              &(struct td_recorded){.t = t,
                                                    .pk = td_batch_key(&w->w.a, t, at),
                                                    .column = c->column,
                                                    .policy = c->policy,
                                                    .taken = c->taken,
                                                    .base = c->base,
                                                    .mine = c->mine,
                                                    .theirs = c->theirs,
                                                    .chosen = c->chosen,
                                                    .batch = w->b->number},
                              err);
}

/* The rows as they were at the cursor: until the next pull the file can be brought back to it, and whose rows are the
 * device's hangs on it. */
static int remember(struct answering *w, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->w.a);
    for (size_t t = 0; t < w->w.d->all.len; t++) {
        const struct td_lite *l = &w->w.d->lite[t];
        td_buf_printf(&b, "INSERT INTO %s (", l->sent);
        td_lite_columns(&b, l->t, "");
        td_buf_add(&b, ", tandem_existed) SELECT ");
        for (size_t i = 0; i < l->t->n_columns; i++) {
            const char *name = l->t->columns[i].name;
            td_buf_add(&b, i > 0 ? ", " : "");
            td_buf_ident(&b, td_sync_in_key(l->t, i) ? name : td_arena_printf(&w->w.a, "b_%s", name));
        }
        td_buf_printf(&b, ", tandem_existed FROM %s WHERE true ON CONFLICT DO NOTHING;", l->out);
    }
    return td_lite_exec(w->w.d, &b, err);
}

/* What was written into a masked column was not sent: what the server gives in its place stands again. */
static int mask_again(struct answering *w, const struct td_lite *l, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->w.a);
    td_buf_printf(&b, "UPDATE %s AS t SET ", l->table);
    for (size_t i = 0, n = 0; i < l->t->n_columns; i++) {
        if (l->t->columns[i].mask == NULL)
            continue;
        td_buf_add(&b, n++ > 0 ? ", " : "");
        td_buf_ident(&b, l->t->columns[i].name);
        td_buf_add(&b, " = o.");
        td_buf_ident(&b, td_arena_printf(&w->w.a, "b_%s", l->t->columns[i].name));
    }
    td_buf_printf(&b, " FROM %s o WHERE o.tandem_existed AND o.tandem_exists AND ", l->out);
    td_lite_match(&b, l->t, "t.", "o.");
    td_buf_add(&b, " AND NOT (");
    td_lite_in(&b, l->t, "t.", l->base);
    td_buf_char(&b, ')');
    return td_lite_exec(w->w.d, &b, err);
}

static int mask_all_again(struct answering *w, struct td_err *err)
{
    int rc = TD_OK;
    for (size_t t = 0; t < w->w.d->all.len && rc == TD_OK; t++)
        if (td_mask_any(&w->w.d->all.at[t]))
            rc = mask_again(w, &w->w.d->lite[t], err);
    return rc;
}

static int forget_batch(struct answering *w, struct td_err *err)
{
    struct td_buf b;
    td_buf_init(&b, &w->w.a);
    for (size_t t = 0; t < w->w.d->all.len; t++)
        td_buf_printf(&b, "DELETE FROM %s;", w->w.d->lite[t].out);
    return td_lite_exec(w->w.d, &b, err);
}

static int answer(void *data, struct td_err *err)
{
    struct answering *w = data;
    struct td_db *db = w->w.d->db;
    int64_t rejects = 0;
    int rc = TD_OK;
    for (size_t i = 0; i < w->answer->conflicts.len && rc == TD_OK; i++)
        rc = record(w, &w->answer->conflicts.at[i], err);
    if (rc == TD_OK)
        rc = remember(w, err);
    if (rc == TD_OK)
        rc = refuse_all(w, err);
    if (rc == TD_OK && w->answer->rejects.len > 0) /* what was written since then may refer to a row that is gone now */
        rc = td_device_check_refs(&w->w.a, w->w.d, &rejects, err);
    if (rc == TD_OK)
        rc = mask_all_again(w, err);
    if (rc == TD_OK)
        rc = forget_batch(w, err);
    if (rc == TD_OK)
        rc = td_meta_set(db, "batch_id", td_null(), err);
    if (rc == TD_OK && w->nonce != NULL)
        rc = td_meta_set(db, "nonce", td_text(w->nonce), err);
    return rc;
}

int td_device_answer(struct td_device *d, const struct td_batch *b, const struct td_answer *a, const char *nonce,
                     struct td_err *err)
{
    struct answering w = {{.d = d}, b, a, nonce};
    int rc = td_quiet_begin(d, err);
    if (rc != TD_OK)
        return rc;
    rc = td_arena_run(&w.w.a, answer, &w, err);
    td_arena_deinit(&w.w.a);
    rc = td_quiet_end(d, rc, err);
    if (rc == TD_OK && nonce != NULL)
        (void)td_uuid_parse(nonce, strlen(nonce), d->id.nonce);
    return rc;
}
