/* The first load: chunks in key order, each with the place behind it in one transaction. */
#include <stdlib.h>

#include "core/base/json.h"
#include "core/base/jsontext.h"
#include "core/base/mem.h"
#include "sync/device_impl.h"
#include "sync/form.h"

struct place {
    struct td_arena *a;
    struct td_device *d;
    size_t *table;
    const char ***key;
};

/* The key is kept as a JSON array of the texts that PostgreSQL prints. */
static int parse_key(struct place *p, const char *text, struct td_err *err)
{
    struct td_json_doc *doc = NULL;
    size_t n = 0;
    int rc = td_json_parse(text, strlen(text), "", &doc, err);
    if (rc != TD_OK)
        return rc;
    td_arena_defer(p->a, td_json_close_void, doc);
    const struct td_json *root = td_json_root(doc);
    *p->key = td_arena_alloc(p->a, (td_json_len(root) + 1) * sizeof **p->key);
    for (const struct td_json *j = td_json_first(root); j != NULL; j = td_json_next(j))
        (*p->key)[n++] = td_arena_strdup(p->a, td_json_text(j));
    return TD_OK;
}

static int find_place(void *data, struct td_err *err)
{
    struct place *p = data;
    const char *table = NULL, *key = NULL;
    int rc = td_meta_read(p->a, p->d->db, "load_table", &table, err);
    if (rc == TD_OK)
        rc = td_meta_read(p->a, p->d->db, "load_key", &key, err);
    *p->table = table == NULL ? 0 : (size_t)strtoull(table, NULL, 10);
    *p->key = NULL;
    return rc == TD_OK && key != NULL ? parse_key(p, key, err) : rc;
}

int td_device_load_place(struct td_device *d, struct td_arena *a, size_t *table_out, const char ***key_out,
                         struct td_err *err)
{
    return td_arena_run(a, find_place, &(struct place){a, d, table_out, key_out}, err);
}

int td_device_empty(struct td_device *d, struct td_err *err)
{
    struct td_buf b = {0};
    for (size_t t = 0; t < d->all.len; t++)
        td_buf_printf(&b, "DELETE FROM %s; DELETE FROM %s;", d->lite[t].table, d->lite[t].base);
    int rc = td_quiet_begin(d, err);
    if (rc == TD_OK)
        rc = td_quiet_end(d, td_lite_exec(d, &b, err), err);
    td_buf_deinit(&b);
    return rc;
}

int td_device_load_begin(struct td_device *d, struct td_err *err)
{
    int rc = td_quiet_begin(d, err);
    d->loading = rc == TD_OK;
    return rc;
}

void td_device_load_cancel(struct td_device *d)
{
    struct td_err ignored = {0};
    if (d->loading)
        (void)!td_quiet_end(d, TD_ECANCELLED, &ignored);
    d->loading = false;
}

/* ---- rows ---- */

static int prepare_row(struct td_device *d, size_t table, struct td_err *err)
{
    const struct td_lite *l = &d->lite[table];
    struct td_buf b = {0};
    /* OR REPLACE: chunks are snapshots of different times, so that a row may come in another's place; what has changed
     * meanwhile comes again with the pull that follows */
    td_buf_printf(&b, "INSERT OR REPLACE INTO %s (", l->table);
    td_lite_columns(&b, l->t, "");
    td_buf_add(&b, ") VALUES (");
    td_lite_marks(&b, l->t->n_columns);
    td_buf_char(&b, ')');
    int rc = td_buf_check(&b, err);
    if (rc == TD_OK)
        rc = td_db_prepare(d->db, td_buf_str(&b), &d->load_rows, err);
    td_buf_deinit(&b);
    d->load_table = table;
    return rc;
}

struct one_row {
    struct td_device *d;
    size_t table;
    const struct td_value *at;
};

static int write_row(void *data, struct td_err *err)
{
    struct one_row *r = data;
    const struct td_sync_table *t = &r->d->all.at[r->table];
    struct td_value *stored = NULL;
    int rc = td_lite_stored(&r->d->scratch, t, r->at, &stored, err);
    return rc == TD_OK ? td_lite_run(r->d->load_rows, stored, t->n_columns, err) : rc;
}

static void note_key(struct td_device *d, const struct td_sync_table *t, const struct td_value *at)
{
    struct td_buf text = {0};
    td_buf_reset(&d->load_key);
    for (size_t i = 0; i < t->n_key; i++) {
        td_buf_reset(&text);
        td_form_text(t->columns[t->key[i]].type, at[t->key[i]], &text);
        td_buf_char(&d->load_key, i == 0 ? '[' : ',');
        td_jsontext_string(&d->load_key, td_buf_str(&text), text.len);
    }
    td_buf_char(&d->load_key, ']');
    td_buf_deinit(&text);
}

int td_device_load_row(struct td_device *d, size_t table, const struct td_value *at, struct td_err *err)
{
    int rc = TD_OK;
    if (d->load_rows == NULL || d->load_table != table) {
        td_stmt_close(d->load_rows);
        d->load_rows = NULL;
        rc = prepare_row(d, table, err);
    }
    if (d->scratch.size_bytes > (1 << 20))
        td_arena_deinit(&d->scratch);
    if (rc == TD_OK)
        rc = td_arena_run(&d->scratch, write_row, &(struct one_row){d, table, at}, err);
    if (rc == TD_OK)
        note_key(d, &d->all.at[table], at);
    return rc == TD_OK ? td_buf_check(&d->load_key, err) : rc;
}

static int store_place(struct td_device *d, size_t table, bool done, const char *cursor, struct td_err *err)
{
    int rc = td_meta_set(d->db, "load_table", td_int((int64_t)table + done), err);
    if (rc == TD_OK && (done || d->load_key.len > 0))
        rc = td_meta_set(d->db, "load_key", done ? td_null() : td_text(td_buf_str(&d->load_key)), err);
    if (rc == TD_OK && d->cursor == NULL)
        rc = td_meta_set(d->db, "cursor", td_text(cursor), err);
    return rc;
}

int td_device_load_end(struct td_device *d, size_t table, bool done, const char *cursor, struct td_err *err)
{
    int rc = td_quiet_end(d, store_place(d, table, done, cursor, err), err);
    d->loading = false;
    if (done)
        td_buf_reset(&d->load_key);
    if (rc == TD_OK && d->cursor == NULL && (d->cursor = td_mem_strdup(cursor)) == NULL)
        rc = td_err_nomem(err);
    return rc;
}
