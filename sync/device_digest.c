/* Digests: what a table holds, in 256 numbers that the server computes alike (server_postgres). */
#include "core/base/md5.h"
#include "sync/device_impl.h"
#include "sync/form.h"

struct digesting {
    struct td_work w;
    size_t table;
    struct td_digest *out;
};

struct digest_row {
    struct digesting *g;
    struct td_db_stmt *st;
    struct td_arena *a;
};

static uint64_t first_64(const unsigned char *md5)
{
    uint64_t v = 0;
    for (int i = 0; i < 8; i++)
        v = v << 8 | md5[i];
    return v;
}

/* Each value as its length and its text, NULL as "-". */
static int add_row(void *data, struct td_err *err)
{
    struct digest_row *r = data;
    const struct td_sync_table *t = &r->g->w.d->all.at[r->g->table];
    struct td_value *at = NULL;
    struct td_buf row, text;
    unsigned char md5[16];
    int rc = td_lite_values(r->a, r->st, 0, t, &at, err);
    if (rc != TD_OK)
        return rc;
    td_buf_init(&row, r->a);
    td_buf_init(&text, r->a);
    for (size_t i = 0; i < t->n_columns; i++) {
        td_buf_reset(&text);
        td_form_text(t->columns[i].type, at[i], &text);
        if (at[i].kind == TD_V_NULL) {
            td_buf_char(&row, '-');
            continue;
        }
        td_buf_int(&row, (int64_t)text.len);
        td_buf_char(&row, ':');
        if (text.len > 0)
            td_buf_add_n(&row, td_buf_str(&text), text.len);
    }
    const char *key = td_batch_key(r->a, t, at);
    td_md5(key, strlen(key), md5);
    unsigned bucket = md5[0];
    td_md5(td_buf_str(&row), row.len, md5);
    r->g->out->count[bucket]++;
    r->g->out->sum[bucket] += first_64(md5);
    return TD_OK;
}

static int open_rows(struct digesting *g, struct td_db_stmt **st, struct td_err *err)
{
    const struct td_lite *l = &g->w.d->lite[g->table];
    struct td_buf b;
    td_buf_init(&b, &g->w.a);
    td_buf_add(&b, "SELECT ");
    td_lite_columns(&b, l->t, "t.");
    td_buf_printf(&b, " FROM %s t WHERE NOT EXISTS (SELECT 1 FROM %s b WHERE ", l->table, l->base);
    td_lite_match(&b, l->t, "b.", "t.");
    td_buf_add(&b, ") UNION ALL SELECT ");
    td_lite_columns(&b, l->t, "b.");
    td_buf_printf(&b, " FROM %s b WHERE b.tandem_existed", l->base);
    return td_lite_prepare(&g->w.a, g->w.d, td_buf_str(&b), st, err);
}

static int digest(void *data, struct td_err *err)
{
    struct digesting *g = data;
    struct td_arena row_arena = {0};
    struct td_db_stmt *st;
    int rc = open_rows(g, &st, err);
    while (rc == TD_OK) {
        bool row = false;
        rc = td_stmt_step(st, &row, err);
        if (rc != TD_OK || !row)
            break;
        rc = td_arena_run(&row_arena, add_row, &(struct digest_row){g, st, &row_arena}, err);
        if (row_arena.size_bytes > (1 << 20))
            td_arena_deinit(&row_arena);
    }
    td_arena_deinit(&row_arena);
    return rc;
}

int td_device_digest(struct td_device *d, size_t table, struct td_digest *out, struct td_err *err)
{
    struct digesting g = {{.d = d}, table, out};
    *out = (struct td_digest){0};
    int rc = td_arena_run(&g.w.a, digest, &g, err);
    td_arena_deinit(&g.w.a);
    return rc;
}
